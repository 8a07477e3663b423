"""`/rute/jaringan/`: figures, faults in list and map, for the desk alone."""

from __future__ import annotations

import pytest

from layers.catalog.streets import StreetEdge
from tests.pages.planning_page import text_of
from tests.pages.test_rounds_hand import town
from tests.round_town import RoundTown, street

pytestmark = pytest.mark.django_db
__all__ = ["town"]
PAGE = "/rute/jaringan/"


@pytest.mark.parametrize("who", ["visitor", "crew", "agency"])
def test_others_find_no_network_page(client_of, who):
    client = client_of(who)
    for address in (PAGE, f"{PAGE}peta.json"):
        assert client.get(address).status_code in (302, 404)


def test_the_desk_sees_figures_version_and_each_fault(town: RoundTown, client_of):
    street(town, town.main, "Jalan Lepas", 2, 3, 3 / 111_000)
    StreetEdge.objects.filter(name="Jalan Lepas").update(from_node="x", to_node="y")
    town.truck("truk-1")
    town.bin("jauh", 4, north_m=300)
    desk = client_of("operator")
    answer = desk.get(PAGE)
    words = text_of(answer)
    assert "besar 5,5 km Ruas 11 Bagian terpisah 1" in words and "Jalan Lepas besar" in words
    assert "Perhentian yang tak terjangkau 1" in words and "Terlalu jauh dari jalan" in words
    assert PAGE in desk.get("/rute/").content.decode()
    data = desk.get(f"{PAGE}peta.json").json()
    kinds = sorted(one["properties"]["kind"] for one in data["features"])
    assert kinds == ["near_miss", "near_miss", "part", "stop"]
    assert data["version"][:12] in words
    english = text_of(desk.get(PAGE, headers={"Accept-Language": "en"}))
    assert "Stops out of reach 1" in english and "Too far from any street" in english


def test_an_empty_street_map_says_what_to_type(client_of):
    assert "import_streets" in client_of("operator").get(PAGE).content.decode()
