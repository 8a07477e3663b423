"""Placing wifi hotspots on the toy city: money, floors, wishes, refusals, scenarios."""

from __future__ import annotations

import pytest
from django.utils import translation

from layers.catalog.wifi import WifiHotspot
from layers.catalog.wifi_proposals import WifiProposal
from layers.errors import NotFound
from spatial_analysis import scenarios
from spatial_analysis.models import Run, RunState
from spatial_analysis.scenarios import approve, keep
from spatial_analysis.studies import wifi_costs, wifi_placement
from spatial_analysis.studies.wifi_costs import (
    Area,
    Backhaul,
    FirstYear,
    WifiCosts,
    areas_of,
    read_costs,
)
from spatial_analysis.studies.wifi_moves import UnknownSite, figures, frame_of
from spatial_analysis.studies.wifi_placement import BadQuestion, NoSuchCandidate
from spatial_analysis.studies.wifi_power import BadPower
from spatial_analysis.studies.wifi_refusal import RulesContradict
from spatial_analysis.studies.wifi_said import refusal_said, sentence_of, site_said, why_said
from spatial_analysis.study import ask, perform
from tests.spatial_analysis import toy_city

pytestmark = pytest.mark.django_db
#  A new site 10 + 12 x 0.5 = 16 million, one revived 4 + 6 = 10, one with a panel 16 + 9 = 25.
PRICES = WifiCosts(
    capex_idr=10_000_000, opex_idr_per_month=500_000, revive_capex_idr=4_000_000,
    solar_capex_idr=9_000_000, solar_below_power_h=12,
)  # fmt: skip


@pytest.fixture(autouse=True)
def toy(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    toy_city.build()
    monkeypatch.setattr(wifi_placement, "read_costs", lambda: PRICES)


def _answer(**params: object) -> Run:
    return perform(ask("wifi_placement", {"walk_m": 250, **params}))


def _sites(run: Run) -> list[tuple[str, int, int]]:
    rows = WifiProposal.objects.of_run(run.pk)
    return [(row.candidate, row.people_gained, row.cost_idr) for row in rows]


def test_the_site_that_reaches_most_people_comes_first() -> None:
    run = _answer(count=1)
    #  served today: cells at 0 and 200 m. The school at 700 m reaches 600 and 800 m, as the
    #  revived one reaches 800 and 1000 m; the mosque at 300 m adds only 400 m.
    assert run.summary["people_gained"] == 200
    assert run.summary["proven"] is True
    run = _answer(count=3)
    assert sum(gain for _, gain, _ in _sites(run)) == 400
    assert run.summary["areas"][0] == {
        "code": "big", "name": "Besar", "people": 600, "before_pct": 33.3, "after_pct": 100.0,
        "sites": 3, "floor": 0,
    }  # fmt: skip


def test_money_decides_for_the_revived_site() -> None:
    run = _answer(budget_idr=12_000_000)
    assert _sites(run) == [("hidupkan:east", 200, 10_000_000)]
    assert run.summary["spent_idr"] == 10_000_000
    assert run.summary["left_idr"] == 2_000_000


def test_a_floor_brings_a_site_with_a_panel_to_the_small_island() -> None:
    run = _answer(budget_idr=35_000_000, floors={"small": 1})
    assert _sites(run) == [("hidupkan:east", 200, 10_000_000), ("tempat:pier", 30, 25_000_000)]
    pier = WifiProposal.objects.of_run(run.pk)[1]
    assert pier.solar
    assert pier.sentence == (
        "melayani 30 orang di Seberang yang kini tanpa WiFi di pulaunya; "
        "listrik 6 jam (dengan panel surya); Rp 25 juta"
    )


def test_a_site_says_whom_it_serves_and_how_far_they_walk_today() -> None:
    run = _answer(budget_idr=12_000_000)
    assert WifiProposal.objects.of_run(run.pk)[0].sentence == (
        "melayani 200 orang di Timur yang kini berjalan 900 m; listrik 24 jam; Rp 10 juta"
    )


def test_the_price_of_the_money_and_of_each_floor_is_told() -> None:
    run = _answer(budget_idr=25_000_000, floors={"small": 1})
    assert run.summary["people_gained"] == 30
    assert run.summary["prices"] == {"floor:small": 170}  # 200 from the revived one instead
    run = _answer(budget_idr=24_000_000)
    assert run.summary["prices"] == {"budget": 100}  # 26.4 million: school or mosque as well


def test_too_little_money_names_both_ways_out() -> None:
    run = ask("wifi_placement", {"budget_idr": 20_000_000, "floors": {"small": 1}, "walk_m": 250})
    with pytest.raises(RulesContradict):
        perform(run)
    run.refresh_from_db()
    assert run.state == RunState.REFUSED
    assert sorted(run.sentence.splitlines()[1:]) == [
        "- anggaran: kurang Rp 5.000.000 (cukup dengan Rp 25 juta)",
        "- batas Kecil: kurangi 1 (calon di sana: 1)",
    ]
    assert not WifiProposal.objects.exists()


def test_a_moved_site_is_forbidden_and_another_asked_for() -> None:
    run = _answer(budget_idr=30_000_000, must=["tempat:school"], forbidden=["hidupkan:east"])
    assert _sites(run) == [("tempat:school", 200, 16_000_000)]
    assert WifiProposal.objects.of_run(run.pk)[0].wished
    others = {other["code"]: why_said(other) for other in run.summary["others"]}
    assert others["hidupkan:east"] == "ditolak oleh perencana"
    assert others["tempat:mosque"] == "sisa anggaran Rp 14 juta, perlu Rp 16 juta"


def test_each_site_says_where_else_it_could_stand_on_its_islands() -> None:
    run = _answer(budget_idr=12_000_000)
    moves = run.summary["moves"]["hidupkan:east"]
    assert [(move["code"], move["adds"]) for move in moves] == [
        ("tempat:school", 200),
        ("tempat:mosque", 100),
    ]


def test_a_hotspot_that_works_again_leaves_less_to_gain() -> None:
    WifiHotspot.objects.filter(code="east").update(status="works")
    run = _answer(count=4)
    assert run.summary["people_gained"] == 230  # 400 m, 600 m and the small island


@pytest.mark.parametrize(
    "params",
    [{}, {"budget_idr": -1}, {"budget_idr": 1.5}, {"count": 0}, {"count": True},
     {"count": 2, "floors": {"nowhere": 1}}, {"count": 2, "floors": {"big": "1"}}],
)  # fmt: skip
def test_questions_that_cannot_be_read_are_refused(params: dict[str, object]) -> None:
    with pytest.raises(BadQuestion):
        _answer(**params)


def test_an_unknown_wish_is_refused() -> None:
    with pytest.raises(NoSuchCandidate):
        _answer(count=1, must=["tempat:atlantis"])


def test_equal_questions_have_equal_digests() -> None:
    assert _answer(count=2).digest == _answer(count=2).digest
    assert _answer(count=2).digest != _answer(count=1).digest


def test_the_newest_plan_is_shown_until_one_is_approved(person) -> None:
    planner = person("planner")
    first, second = _answer(count=1), _answer(count=2)
    assert {row.run_number for row in WifiProposal.objects.current()} == {second.pk}
    kept = scenarios.keep(run=first, name="Hemat", by=planner)
    scenarios.approve(scenario_id=kept.pk, by=planner)
    third = _answer(count=3)
    assert {row.run_number for row in WifiProposal.objects.current()} == {first.pk}
    other = scenarios.keep(run=third, name="Penuh", by=planner)
    scenarios.approve(scenario_id=other.pk, by=planner)
    assert {row.run_number for row in WifiProposal.objects.current()} == {third.pk}
    kept.refresh_from_db()
    assert kept.approved_at is None


def test_a_scenario_name_belongs_to_one_plan(person) -> None:
    planner = person("planner")
    first, second = _answer(count=1), _answer(count=2)
    kept = scenarios.keep(run=first, name="Hemat", by=planner)
    assert scenarios.keep(run=first, name=" Hemat ", by=planner) == kept
    with pytest.raises(scenarios.NameTaken):
        scenarios.keep(run=second, name="Hemat", by=planner)
    scenarios.forget(scenario_id=kept.pk)
    with pytest.raises(NotFound):
        scenarios.forget(scenario_id=kept.pk)


def test_a_refused_run_is_no_scenario(person) -> None:
    run = ask("wifi_placement", {"count": 0})
    with pytest.raises(scenarios.NothingToKeep):
        scenarios.keep(run=run, name="Kosong", by=person("planner"))


def test_the_city_folder_sets_prices_ways_and_areas() -> None:
    costs = read_costs(
        {
            "wifi": {
                "capex_idr": 1,
                "opex_idr_per_month": 2,
                "backhaul": {"satelit": {"capex_idr": 30, "opex_idr_per_month": 4}},
                "areas": [{"code": "jauh", "name": "Jauh", "islands": ["a", "b"]}],
            }
        }
    )
    assert costs.first_year(backhaul="satelit", power_hours=24, revived=False) == FirstYear(
        103, False
    )
    assert costs.backhaul["satelit"] == Backhaul(30, 4)
    found = areas_of(costs, {"b": "Pulau B", "c": "Pulau C"})
    assert [(area.code, area.islands) for area in found] == [("jauh", ("a", "b")), ("c", ("c",))]
    assert areas_of(wifi_costs.WifiCosts(), {"c": "Pulau C"}) == (Area("c", "Pulau C", ("c",)),)


def test_power_all_day_without_panels_is_refused_by_name_and_with_panels_granted() -> None:
    """The pier of Kecil has six hours of power: its floor cannot be kept without a panel."""
    asked = {"budget_idr": 60_000_000, "floors": {"small": 1}, "power_h": 24, "solar": False}
    with pytest.raises(RulesContradict) as refusal:
        perform(ask("wifi_placement", {**asked, "walk_m": 250}))
    assert str(refusal.value).splitlines()[1:] == [
        "- listrik 24 jam: izinkan panel surya (tidak ada calon seperti itu di Kecil)",
        "- batas Kecil: kurangi 1 (calon di sana: 0)",
    ]
    run = _answer(**{**asked, "solar": True})
    (pier,) = WifiProposal.objects.of_run(run.pk).filter(island="Kecil")
    assert pier.solar
    wished = _answer(**{**asked, "must": ["tempat:pier"]})
    assert wished.summary["areas"][-1]["sites"] == 1, "a wish by name stands above the rule"


@pytest.mark.parametrize("power_h", [-1, 25, "24", True, 12.5])
def test_odd_hours_of_power_are_refused(power_h: object) -> None:
    with pytest.raises(BadPower):
        perform(ask("wifi_placement", {"count": 1, "power_h": power_h}))


def test_answers_are_said_in_the_readers_language() -> None:
    run = _answer(budget_idr=30_000_000)
    row = WifiProposal.objects.of_run(run.pk)[0]
    facts = run.summary["site_facts"][row.candidate]
    assert site_said(facts) == row.sentence
    assert sentence_of(run) == run.sentence
    with translation.override("en"):
        assert site_said(facts).startswith("serves 200 people of Timur who ")
        assert sentence_of(run).endswith("; proven optimal.")
    with pytest.raises(RulesContradict):
        perform(ask("wifi_placement", {"budget_idr": 1, "floors": {"small": 1}}))
    refused = Run.objects.first()
    assert "\n- ".join(refusal_said(refused)) == refused.sentence
    with translation.override("en"):
        assert "budget: Rp " in refusal_said(refused)[1]


def test_an_arrangement_is_counted_like_the_plan_it_came_from() -> None:
    run = _answer(budget_idr=60_000_000, floors={"small": 1})
    frame = frame_of(run)
    codes = [row.candidate for row in WifiProposal.objects.of_run(run.pk)]
    same = figures(run, frame, codes)
    assert same["people_gained"] == run.summary["people_gained"]
    assert same["spent_idr"] == run.summary["spent_idr"]
    assert same["broken"] == []
    assert [area["after_pct"] for area in same["areas"]] == [
        area["after_pct"] for area in run.summary["areas"]
    ]
    without = figures(run, frame, [code for code in codes if code != "tempat:pier"])
    assert [(rule["kind"], rule["name"], rule["by"]) for rule in without["broken"]] == [
        ("floor", "Kecil", 1)
    ]
    again = _answer(count=len(codes), must=codes)
    assert again.summary["people_gained"] == same["people_gained"]
    with pytest.raises(UnknownSite):
        figures(run, frame, ["tempat:nowhere"])


def test_approved_sites_become_planned_hotspots_until_another_plan_is_approved(person) -> None:
    chief = person("planner")
    first, second = _answer(count=1), _answer(count=3)
    one = keep(run=first, name="Hemat", by=chief)
    three = keep(run=second, name="Penuh", by=chief)
    approve(scenario_id=three.pk, by=chief)
    made = WifiHotspot.objects.filter(status="planned")
    new = [row for row in WifiProposal.objects.of_run(second.pk) if "tempat:" in row.candidate]
    assert {spot.planned_from for spot in made} == {row.candidate for row in new}
    assert all(spot.planned_run == second.pk and spot.kelurahan for spot in made)
    assert WifiHotspot.objects.get(code="east").planned_run == second.pk, "off, and to be revived"
    assert _answer(count=3).summary["candidates"] == second.summary["candidates"]
    approve(scenario_id=one.pk, by=chief)
    kept = {row.candidate for row in WifiProposal.objects.of_run(first.pk)}
    assert set(made.values_list("planned_from", flat=True)) <= kept
