"""What every template may use: the city, the person's roles, the pages open to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from layers.access import EVERYBODY, Role, roles_of
from layers.geography import city


@dataclass(frozen=True, slots=True)
class Tab:
    """A page in the head line, and the roles that see it."""

    name: str
    label: Any
    roles: frozenset[Role]


THEMES = ("light", "dark")
TABS = (
    Tab("peta", _("Peta"), EVERYBODY),
    Tab("lapor", _("Lapor"), EVERYBODY),
    Tab("kinerja", _("Kinerja"), EVERYBODY),
    Tab("data", _("Data"), EVERYBODY),
    Tab("ops", _("Meja laporan"), frozenset({Role.OPERATOR, Role.ADMIN})),
    Tab("panas", _("Peta panas"), frozenset({Role.OPERATOR, Role.ADMIN})),
    Tab("analisis", _("Analisis"), frozenset({Role.PLANNER, Role.ADMIN})),
    Tab("rencana-wifi", _("Rencana WiFi"), frozenset({Role.PLANNER, Role.ADMIN})),
    Tab("rencana-bak", _("Bak"), frozenset({Role.OPERATOR, Role.PLANNER, Role.ADMIN})),
    Tab("rute", _("Rute"), frozenset({Role.OPERATOR, Role.PLANNER, Role.ADMIN})),
    Tab("kru", _("Tugas saya"), frozenset({Role.CREW, Role.ADMIN})),
    Tab("instansi", _("Instansi"), frozenset({Role.AGENCY, Role.ADMIN})),
)


def tabs_for(roles: frozenset[Role]) -> list[dict[str, Any]]:
    """Head-line tabs of somebody with `roles`; pages that are not installed are left out."""
    shown = []
    for tab in TABS:
        if roles & tab.roles:
            try:
                shown.append({"name": tab.name, "label": tab.label, "url": reverse(tab.name)})
            except NoReverseMatch:
                continue
    return shown


def current_tab(request: HttpRequest) -> str:
    """Address of the tab that the page lies under: the longest one that its path starts with."""
    under = [
        tab["url"]
        for tab in tabs_for(roles_of(request.user))
        if request.path.startswith(tab["url"])
    ]
    return max(under, key=len, default="")


def city_and_roles(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    roles = SimpleLazyObject(lambda: roles_of(request.user))
    theme = request.COOKIES.get("theme", "")
    return {
        "city": city(),
        "roles": roles,
        "tabs": SimpleLazyObject(lambda: tabs_for(roles_of(request.user))),
        "current_tab": SimpleLazyObject(lambda: current_tab(request)),
        "theme": theme if theme in THEMES else "",
    }
