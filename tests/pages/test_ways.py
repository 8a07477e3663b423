"""The way between two places, as the desk asks for it."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.round_town import RoundTown, build_round_town


@pytest.fixture
def town(db: None) -> RoundTown:
    return build_round_town()


def ask_way(client: Client, start, end, vehicle: str = "pickup"):
    places = {"dari": f"{start.x},{start.y}", "ke": f"{end.x},{end.y}", "kendaraan": vehicle}
    return client.get("/rute/antar.json", places)


def test_a_way_says_how_long_how_far_and_where_to_turn(town: RoundTown, client_of):
    answer = ask_way(client_of("operator"), town.at(1), town.at(5))
    found = answer.json()["properties"]
    assert found["length_m"] == pytest.approx(2004, abs=3)
    assert found["duration_s"] == pytest.approx(2004 / (24 / 3.6), abs=2)  # 24 km/h
    assert found["steps"][0]["words"] == "Berangkat di Jalan Panjang"
    assert found["steps"][-1]["words"] == "Tiba di Jalan Panjang"


def test_no_way_leads_over_the_sea_and_the_answer_says_so(town: RoundTown, client_of):
    answer = ask_way(client_of("operator"), town.at(1), town.at(1, 0.18))
    assert answer.status_code == 400
    assert "Tidak ada jalan di antara" in answer.json()["title"]


def test_a_place_far_from_any_street_is_refused_not_moved(town: RoundTown, client_of):
    answer = ask_way(client_of("operator"), town.at(1, 0.01), town.at(5))
    assert "Terlalu jauh dari jalan" in answer.json()["title"]


@pytest.mark.parametrize(
    "words", [{"dari": "a,b"}, {"dari": "0,0"}, {"kendaraan": "kuda"}, {"ke": ""}]
)
def test_a_question_that_is_not_understood_is_refused(town: RoundTown, client_of, words):
    good = {"dari": f"{town.west},{town.south}", "ke": f"{town.west},{town.south}"}
    answer = client_of("operator").get("/rute/antar.json", {**good, **words})
    assert answer.status_code == 400 and answer.json()["code"] == "BAD_INPUT"


@pytest.mark.parametrize("page", ["/rute/antar/", "/rute/antar.json"])
def test_the_way_finder_is_for_the_desk(client_of, page: str):
    assert client_of("crew").get(page).status_code == 404
    assert client_of("visitor").get(page).status_code == 302
    assert client_of("planner").get("/rute/antar/").status_code == 200
