"""The first page: sends each role to the page of its main job."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from gis_platform.pages.context import tabs_for
from layers.access import Role, roles_of

HOME = (
    (Role.CREW, "kru"),
    (Role.AGENCY, "instansi"),
    (Role.PLANNER, "rencana-wifi"),
    (Role.OPERATOR, "ops"),
)


def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the main page of the first role held, else to the public map."""
    roles = roles_of(request.user)
    reachable = {tab["name"] for tab in tabs_for(roles)}
    wanted = next((name for role, name in HOME if role in roles and name in reachable), "peta")
    return redirect(wanted if wanted in reachable else "data")
