"""Who is served by WiFi on foot, and why others are not; on the toy city."""

from __future__ import annotations

import pytest

from layers.catalog.population import PopulationCell
from layers.catalog.streets import StreetEdge
from layers.catalog.underserved_zones import UnderservedZone
from layers.catalog.wifi import WifiHotspot
from layers.catalog.wifi_service import WifiService
from spatial_analysis.models import RunState
from spatial_analysis.studies.underserved_zones import BadWalk
from spatial_analysis.studies.wifi_frames import (
    NoPeopleKnown,
    NoStreetsKnown,
    StreetJoinsIslands,
)
from spatial_analysis.study import ask, perform
from tests.spatial_analysis import toy_city

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def toy(db: None) -> None:
    toy_city.build()


def _answer(**params: object):
    return perform(ask("underserved_zones", params))


def _share(level: str, code: str) -> tuple[int, int, float]:
    row = WifiService.objects.get(level=level, code=code)
    return row.people, row.served, row.share_pct


def test_people_within_the_walk_of_a_working_hotspot_are_served() -> None:
    run = _answer(walk_m=400)
    assert _share("kelurahan", "1.1") == (300, 300, 100.0)  # cells at 0, 200 and 400 m
    assert _share("kelurahan", "1.2") == (300, 0, 0.0)  # the hotspot there is off
    assert _share("island", "big") == (600, 300, 50.0)
    assert _share("island", "small") == (30, 0, 0.0)
    assert _share("kecamatan", "1") == (630, 300, 47.6)
    assert run.summary["served"] == 300
    assert run.summary["share_pct"] == 47.6


def test_a_shorter_walk_serves_fewer() -> None:
    _answer(walk_m=399)
    assert _share("kelurahan", "1.1") == (300, 200, 66.7)


def test_service_without_power_all_day_is_counted_apart() -> None:
    WifiHotspot.objects.filter(code="west").update(power_hours=12)
    _answer()
    row = WifiService.objects.get(level="kelurahan", code="1.1")
    assert (row.share_pct, row.share_24h_pct) == (100.0, 0.0)
    assert (row.working, row.off) == (1, 0)


def test_zones_say_why_and_how_far() -> None:
    _answer(walk_m=250)
    found = [
        (z.rank, z.kelurahan, z.people, z.reason, z.nearest_m, z.power_hours)
        for z in UnderservedZone.objects.all()
    ]
    assert found == [
        # cells stand 200 m apart, so each is a zone of its own
        (1, "Barat", 100, "no_site", 400, 24),
        (2, "Timur", 100, "no_site", 600, 24),
        (3, "Timur", 100, "site_off", 800, 24),  # 200 m from the one that is off
        (4, "Timur", 100, "site_off", 1000, 24),
        (5, "Seberang", 30, "no_power", None, 6),
    ]


def test_a_zone_speaks_a_sentence_of_its_own() -> None:
    _answer(walk_m=250)
    assert UnderservedZone.objects.get(rank=5).sentence == (
        "30 orang di Seberang: listrik tidak 24 jam (6 jam); tidak ada titik hidup"
    )
    assert UnderservedZone.objects.get(rank=4).sentence == (
        "100 orang di Timur: titik ada tetapi mati; titik hidup terdekat 1 km"
    )


def test_a_new_count_replaces_the_old_rows() -> None:
    _answer(walk_m=400)
    second = _answer(walk_m=250)
    assert set(WifiService.objects.values_list("run_number", flat=True)) == {second.pk}
    assert set(UnderservedZone.objects.values_list("run_number", flat=True)) == {second.pk}


def test_equal_questions_on_equal_data_have_equal_digests() -> None:
    first, second = _answer(walk_m=400), _answer(walk_m=400)
    assert first.digest == second.digest
    assert first.inputs == second.inputs
    WifiHotspot.objects.filter(code="east").update(status="works")
    third = _answer(walk_m=400)
    assert third.digest != first.digest
    assert third.inputs["wifi-hotspots"] != first.inputs["wifi-hotspots"]
    assert third.inputs["streets"] == first.inputs["streets"]


@pytest.mark.parametrize("walk", [0, 49, 5001, "400", 99.5])
def test_a_walk_that_makes_no_sense_is_refused(walk: object) -> None:
    run = ask("underserved_zones", {"walk_m": walk})
    with pytest.raises(BadWalk):
        perform(run)
    run.refresh_from_db()
    assert run.state == RunState.REFUSED
    assert "5.000 meter" in run.sentence


def test_a_street_over_water_stops_the_count_and_leaves_the_old_rows() -> None:
    _answer()
    StreetEdge.objects.filter(source_id="b-0").update(from_node="a(1000.0, 0.0)")
    with pytest.raises(StreetJoinsIslands):
        _answer()
    assert WifiService.objects.filter(level="island").count() == 2


def test_without_people_or_streets_nothing_is_counted() -> None:
    StreetEdge.objects.all().delete()
    with pytest.raises(NoStreetsKnown):
        _answer()
    PopulationCell.objects.all().delete()
    with pytest.raises(NoPeopleKnown):
        _answer()
