"""The cast that all tests share: one person of each role."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.test import Client, override_settings
from django.utils import translation

from gis_platform import maps
from layers.access import Role
from spatial_analysis import live
from spatial_analysis.studies import incident_frames
from tile_service.publish import extents, timeline, wmts

CAST = {
    "operator": Role.OPERATOR,
    "planner": Role.PLANNER,
    "crew": Role.CREW,
    "agency": Role.AGENCY,
}


def forget() -> None:
    """Drop what this process keeps of rows: another database may count its rows the same."""
    maps.forget()
    live.forget()
    incident_frames.forget()
    extents.kept.held.clear()
    timeline.kept.clear()
    wmts.tiles.clear()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Each test begins in the city's own language, and knows nothing of the rows before it.

    A page asked for in English leaves that language active in the process, as Django's middleware
    does; the next test, whichever it is, must not read its sentences in it.
    """
    translation.deactivate()
    forget()


@pytest.fixture(scope="session", autouse=True)
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a test writes lies in folders of its process, never in those of the loaded city."""
    home, own = Path(settings.VAR_DIR), tmp_path_factory.mktemp("var")
    places = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    moved = {
        name: own / place.relative_to(home)
        for name, place in places.items()
        if isinstance(place, Path) and place.is_relative_to(home) and name != "STATIC_ROOT"
    }
    for folder in moved.values():
        folder.mkdir(exist_ok=True)
    with override_settings(**moved):
        yield


@cache
def hashed(password: str) -> str:
    """The password as it is stored, worked out once: to be slow is what its method is for."""
    return make_password(password)


@pytest.fixture
def person(db: None):
    """Make a person: person("operator") -> User with that role's group."""

    def make(name: str) -> User:
        user = User.objects.create(username=name, password=hashed("sandi-uji-123"))
        if name in CAST:
            user.groups.add(Group.objects.get_or_create(name=CAST[name].value)[0])
        if name == "admin":
            User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
            user.refresh_from_db()
        return user

    return make


@pytest.fixture
def client_of(person):
    """Make a signed-in client: client_of("planner"); "visitor" is nobody."""

    def make(name: str) -> Client:
        client = Client()
        if name != "visitor":
            client.force_login(person(name))
        return client

    return make
