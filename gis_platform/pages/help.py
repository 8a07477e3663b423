"""One-minute guides by role."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from layers.access import Role, roles_of

GUIDES = (
    (None, "help/citizen.html"),
    (Role.OPERATOR, "help/operator.html"),
    (Role.PLANNER, "help/planner.html"),
    (Role.CREW, "help/crew.html"),
    (Role.AGENCY, "help/agency.html"),
    (Role.ADMIN, "help/admin.html"),
)


@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    """The guide of the person's own roles first, then the others; nothing in them is secret."""
    roles = roles_of(request.user)
    own = [template for role, template in GUIDES if role in roles]
    others = [template for role, template in GUIDES if role not in roles]
    return render(request, "help/guides.html", {"own": own, "others": others})
