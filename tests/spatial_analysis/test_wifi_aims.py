"""Other aims than most people, sites that fill up, cable by the metre: on the toy city, by hand."""

from __future__ import annotations

import pytest
from django.utils import translation

from layers.catalog.facilities import Facility
from layers.catalog.wifi import WifiHotspot
from layers.catalog.wifi_proposals import WifiProposal
from spatial_analysis.models import Run
from spatial_analysis.studies import wifi_placement
from spatial_analysis.studies.wifi_aims import AimWantsCount, BadAim, IslandWithoutSite
from spatial_analysis.studies.wifi_backup import BadBackup
from spatial_analysis.studies.wifi_costs import Backhaul, FirstYear, WifiCosts
from spatial_analysis.studies.wifi_moves import FullSites, frame_of
from spatial_analysis.studies.wifi_refusal import RulesContradict
from spatial_analysis.studies.wifi_said import sentence_of, site_said
from spatial_analysis.studies.wifi_spacing import BadSpacing
from spatial_analysis.study import ask, perform
from tests.spatial_analysis import toy_city

pytestmark = pytest.mark.django_db
FIBER = WifiCosts(
    capex_idr=10_000_000, opex_idr_per_month=0, revive_capex_idr=1_000_000, solar_capex_idr=0,
    backhaul={"fiber": Backhaul(capex_idr_per_m=10_000, reach_m=350, beyond="radio"),
              "radio": Backhaul(capex_idr=5_000_000)},
)  # fmt: skip


@pytest.fixture(autouse=True)
def toy(db: None) -> None:
    toy_city.build()


def _answer(**params: object) -> Run:
    return perform(ask("wifi_placement", {"walk_m": 400, **params}))


def _sites(run: Run) -> dict[str, int]:
    rows = WifiProposal.objects.of_run(run.pk)
    return {row.candidate: row.people_gained for row in rows}


def test_everybody_is_reached_with_the_fewest_sites() -> None:
    #  waiting: the small island, and 600, 800, 1000 m: school and revived one reach all three, the
    #  revived one for less
    run = _answer(aim="all")
    assert _sites(run) == {"hidupkan:east": 300, "tempat:pier": 30}
    assert (run.summary["proven"], run.summary["aim_figures"]) == (True, {"out_of_reach": 0})
    assert run.sentence.startswith("Paling sedikit 2 titik agar semua")
    with pytest.raises(RulesContradict, match="jumlah titik: tambah 1"):
        _answer(aim="all", count=1)
    with pytest.raises(RulesContradict, match="anggaran: kurang Rp"):
        _answer(aim="all", budget_idr=1_000_000)


def test_the_mean_walk_is_shortest_and_who_has_no_way_counts_as_far() -> None:
    #  today 100 people each at 0, 200 .. 1000 m and 30 without a way (10 km): 600,000 / 630
    one, two = _answer(aim="mean", count=1), _answer(aim="mean", count=2)
    assert list(_sites(one)) == ["tempat:pier"]
    assert one.summary["aim_figures"]["before"] == {"mean_m": 952, "farthest_m": 10_000}
    assert one.summary["aim_figures"]["after"] == {"mean_m": 476, "farthest_m": 1_000}
    #  then 0, 200, 300, 100, 100, 300 m: 100,000 / 630
    assert set(_sites(two)) == {"tempat:pier", "tempat:school"}
    assert two.summary["aim_figures"]["after"]["mean_m"] == 159
    assert two.summary["proven"] is True
    with translation.override("en"):
        assert sentence_of(two).startswith("2 sites shorten the mean walk from 952 m to 159 m")


def test_the_farthest_person_is_brought_as_near_as_can_be() -> None:
    run = _answer(aim="farthest", count=2)
    assert set(_sites(run)) == {"tempat:pier", "tempat:school"}
    assert run.summary["aim_figures"]["after"]["farthest_m"] == 300
    kept = _answer(aim="farthest", count=2, must=["tempat:mosque"])
    assert set(_sites(kept)) == {"tempat:mosque", "tempat:pier"}
    WifiHotspot.objects.update(status="off")
    with pytest.raises(IslandWithoutSite):
        _answer(aim="farthest", count=1)


def test_a_site_serves_no_more_people_than_it_may() -> None:
    run = _answer(count=1, capacity=120)
    assert _sites(run) == {"tempat:school": 120}
    assert (run.summary["people_gained"], run.summary["aim_figures"]) == (120, {"capacity": 120})
    assert run.summary["areas"][0]["after_pct"] == 70.0  # 300 of today and 120 of 600
    #  three sites share the three cells; the small island's 30 would be less than the last 60
    shared = _sites(_answer(count=3, capacity=120))
    assert (len(shared), sum(shared.values()), max(shared.values())) == (3, 300, 120)
    assert sum(_sites(_answer(count=3, capacity=1_000)).values()) == 330
    with pytest.raises(FullSites):
        frame_of(run)


@pytest.mark.parametrize(
    "params",
    [{"aim": "best"}, {"capacity": 0}, {"capacity": "9"}, {"capacity": 9, "aim": "mean"}],
)
def test_aims_that_cannot_be_read_are_refused(params: dict[str, object]) -> None:
    with pytest.raises(BadAim):
        _answer(count=1, **params)


@pytest.mark.parametrize("params", [{"budget_idr": 9}, {"count": 2, "floors": {"small": 1}}])
def test_aims_of_distance_take_a_number_alone(params: dict[str, object]) -> None:
    with pytest.raises(AimWantsCount):
        _answer(aim="mean", **params)


def test_cable_is_paid_by_the_metre_and_far_places_go_by_radio(monkeypatch) -> None:
    monkeypatch.setattr(wifi_placement, "read_costs", lambda: FIBER)
    #  the hotspot at 0 m works; no office but the pier's island's own
    Facility.objects.filter(code__in=("school", "mosque")).update(kind="worship")
    run = _answer(count=3, must=["tempat:mosque", "tempat:school", "hidupkan:east"])
    costs = dict(WifiProposal.objects.of_run(run.pk).values_list("candidate", "cost_idr"))
    assert costs == {
        "tempat:mosque": 13_000_000,  # 300 m of cable
        "tempat:school": 15_000_000,  # 700 m are too many: radio
        "hidupkan:east": 1_000_000,  # its cable lies there
    }
    facts = run.summary["site_facts"]
    assert facts["tempat:mosque"]["cable_m"] == 300
    assert "kabel 300 m" in site_said(facts["tempat:mosque"])
    assert facts["tempat:school"]["cable_m"] is None
    assert FIBER.first_year(backhaul="fiber", power_hours=24, revived=False) == FirstYear(
        10_000_000, False
    )


def test_sites_stand_apart_from_each_other_and_from_what_works() -> None:
    #  west works at 0, mosque 300, school 700, east 1000: at 350 m the mosque is too near the west
    #  one, and of school and east only one may stand
    run = _answer(count=3, walk_m=250, spacing_m=350)
    assert sum(_sites(run).values()) == 230
    assert len({"tempat:school", "hidupkan:east", "tempat:mosque"} & set(_sites(run))) == 1
    assert run.summary["prices"]["spacing"] == 170
    reasons = {other["code"]: other["reason"] for other in run.summary["others"]}
    assert reasons["tempat:mosque"] == "near"
    moves = run.summary["moves"]["tempat:pier"]
    assert moves == []
    with pytest.raises(RulesContradict) as refusal:
        _answer(count=3, spacing_m=350, must=["tempat:school", "hidupkan:east"])
    assert "- jarak antartitik: cukup 300 m" in str(refusal.value).splitlines()
    kept = _answer(count=3, spacing_m=300, must=["tempat:school", "hidupkan:east"])
    assert len(_sites(kept)) == 3
    with pytest.raises(AimWantsCount):
        _answer(aim="mean", count=1, spacing_m=350)


def test_a_second_site_in_reach_counts_and_is_told() -> None:
    run = _answer(count=3, walk_m=250, backup_pct=50)
    #  school reaches 600 and 800, east 800 and 1000, mosque 400 and 200, which the west one serves
    assert run.summary["people_gained"] == 400
    assert run.summary["bound"] == 500
    assert run.summary["backup"] == {"pct": 50, "before": 0, "after": 200}
    assert run.sentence.endswith("Warga yang punya titik cadangan: 0 menjadi 200.")
    mosque = WifiProposal.objects.of_run(run.pk).get(candidate="tempat:mosque")
    assert "Barat yang kini berjalan 400 m, menjadi cadangan bagi 100 orang" in mosque.sentence
    with translation.override("en"):
        assert sentence_of(run).endswith("People with a backup site: 0 becomes 200.")


@pytest.mark.parametrize(
    ("params", "error"),
    [({"spacing_m": 5}, BadSpacing), ({"spacing_m": "300"}, BadSpacing),
     ({"spacing_m": True}, BadSpacing), ({"backup_pct": 101}, BadBackup),
     ({"backup_pct": 0.5}, BadBackup), ({"backup_pct": 20, "capacity": 10}, BadBackup),
     ({"backup_pct": 20, "aim": "all"}, BadBackup)],
)  # fmt: skip
def test_odd_distances_and_backups_are_refused(params: dict, error: type[Exception]) -> None:
    with pytest.raises(error):
        _answer(count=1, **params)
