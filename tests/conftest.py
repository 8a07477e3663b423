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

HERE = Path(__file__).parent
# What takes a process half a minute or more, longest first: a file, or a group of its tests.
LONGEST = (
    "test_judge", "test_load_layer", "test_adversary", "test_load_city", "test_matrix",
    "test_ogc_clients", "test_spread", "test_notebook_klaster", "test_notebook_wifi",
    "test_with_clients", "test_street_readers", "test_bulk", "test_truths", "test_incident_heat",
    "test_every_page False", "test_every_page True", "test_planner ", "test_operator ",
    "test_dispatcher ", "test_heat ", "test_report_to_tracking ",
)  # fmt: skip
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


def place_in_line(item: pytest.Item) -> tuple[bool, int]:
    """Where a test stands in line: those with a browser last, of each kind the longest first."""
    own = item.get_closest_marker("xdist_group")
    names = (item.path.stem, own.args[0] if own else "")
    longest = (place for place, name in enumerate(LONGEST) if name in names)
    return item.get_closest_marker("browser") is not None, next(longest, len(LONGEST))


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deal files to processes so that all end together: a file stays whole, the longest go first.

    Those with a browser come last: a process that has driven one holds a loop of asyncio, beside
    which no other runs. Which tests are chosen, and their order in a file, stays as it was.
    """
    items.sort(key=place_in_line)
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(HERE))))


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
