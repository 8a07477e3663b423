"""The study of the rounds on two toy islands: who fetches what, by which boat, or why not."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta

import pytest
from django.contrib.gis.geos import Point
from django.utils import timezone

from layers.catalog.bins import WasteBin
from layers.catalog.facilities import Facility
from layers.catalog.rounds.models import Round, RoundPlan, RoundStop, UnservedStop
from layers.catalog.streets import StreetEdge
from layers.catalog.work_orders import WorkKind, WorkOrder
from layers.errors import BadInput
from spatial_analysis import study
from spatial_analysis.models import Run
from spatial_analysis.snapshots import network
from spatial_analysis.studies import bin_rounds, round_stretches
from tests.round_town import RoundTown, build_round_town, local

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 2)


@pytest.fixture
def town(db: None) -> RoundTown:
    return build_round_town()


def plan(**params: object) -> RoundPlan:
    run = study.perform(study.ask("bin_rounds", {"on": MONDAY.isoformat(), **params}, seed=1))
    return RoundPlan.objects.get(pk=run.summary["plan"])


def story(round_: Round) -> list[str]:
    """Legs and stops in order, as short words."""
    rows = [(leg.order, leg.kind) for leg in round_.legs.all()]
    rows += [(stop.order, stop.code) for stop in round_.stops.all()]
    return [word for _, word in sorted(rows)]


def reasons(made: RoundPlan) -> dict[str, str]:
    return dict(UnservedStop.objects.filter(plan=made).values_list("code", "reason"))


def test_full_bins_are_fetched_in_order_tipped_at_the_tpa_and_timed(town: RoundTown):
    town.truck("truk-1")
    town.bin("B2", 2)
    town.bin("B4", 4)
    made = plan()
    (only,) = made.rounds.all()
    served = [s.code for s in only.stops.all() if s.kind == "bin"]
    assert sorted(served) == ["B2", "B4"]
    assert [s.kind for s in only.stops.all()] == ["bin", "bin", "tip"]
    assert local(only.starts_at) == "06:00"
    first = only.stops.all()[0]
    # 1,000 m at 20 km/h are three minutes (blocks measure 501 m)
    assert local(first.arrives_at) == "06:03"
    assert (first.load_after_l, first.load_after_kg) == (900, 162)
    assert [s.load_after_l for s in only.stops.all()] == [900, 1800, 0]
    assert only.length_m == pytest.approx(10_000, rel=0.01)
    assert (made.checked, made.asked) == (True, 2)


def test_bins_below_80_percent_stay_and_silent_ones_are_taken_and_marked(town: RoundTown):
    town.truck("truk-1")
    town.bin("rendah", 1, fill=79)
    town.bin("penuh", 2, fill=80)
    town.bin("diam", 3, fill=10, hours_ago=7)
    (only,) = plan().rounds.all()
    assert {s.code: s.stale for s in only.stops.all() if s.kind == "bin"} == {
        "penuh": False, "diam": True,
    }  # fmt: skip


def test_an_open_waste_order_is_a_stop_and_other_orders_are_not(town: RoundTown):
    town.truck("truk-1")
    for kind in (WorkKind.WASTE, WorkKind.REPAIR):
        WorkOrder.objects.create(
            kind=kind, words=f"tumpukan {kind}", island=town.main, load_l=400,
            made_at=timezone.now(), geom=town.at(3),
        )  # fmt: skip
    (only,) = plan().rounds.all()
    first = only.stops.all()[0]
    assert (first.kind, first.label, first.load_l) == (
        "work", "tumpukan waste", 400,
    )  # fmt: skip


def test_hours_of_a_stop_are_kept_and_the_wait_is_told(town: RoundTown):
    town.truck("truk-1")
    town.bin("B2", 2)
    late = town.bin("B4", 4)
    (only,) = plan(hours={f"bin:{late.pk}": ["07:00", "08:00"]}).rounds.all()
    stop = only.stops.get(code="B4")
    assert (stop.opens, stop.closes) == (time(7), time(8))
    begun = stop.leaves_at - timedelta(seconds=stop.service_s)
    assert time(7) <= timezone.localtime(begun).time() <= time(8)
    waited = sum(
        (s.leaves_at - s.arrives_at).total_seconds() - s.service_s for s in only.stops.all()
    )
    assert only.wait_s == waited


def test_hours_that_no_shift_meets_leave_the_stop_out_with_its_reason(town: RoundTown):
    town.truck("truk-1")
    town.bin("B2", 2)
    early = town.bin("B4", 4)
    made = plan(hours={f"bin:{early.pk}": ["04:00", "05:00"]})
    assert reasons(made) == {"B4": "window_closed"}
    assert made.unserved.get().closes == time(5)


def test_what_must_be_served_today_is_served_before_what_is_fuller(town: RoundTown):
    town.truck("truk-1", capacity_l=1000, shift_end=time(7))
    far = town.bin("jauh", 8, fill=81)
    town.bin("dekat", 7, fill=94)
    assert reasons(plan()) == {"jauh": "shift_full"}
    assert "jauh" not in reasons(plan(must=[f"bin:{far.pk}"]))


def test_the_queue_at_the_tip_is_driven_around_and_refused_past_two_hours(town: RoundTown):
    town.truck("truk-1")
    town.bin("B2", 2)
    short, long = plan(), plan(tip_queue_min=30)
    ends = [made.rounds.get().ends_at for made in (short, long)]
    assert ends[1] - ends[0] == timedelta(minutes=30)
    assert long.tip_queue_s == 1800
    with pytest.raises(BadInput):
        bin_rounds.question(MONDAY, {"tip_queue_min": 121})


def test_each_tip_has_its_own_queue_and_a_long_one_is_driven_around(town: RoundTown):
    Facility.objects.create(
        code="tpa-timur", name="TPA Timur", kind="tpa", island=town.main, geom=town.at(9)
    )
    town.truck("truk-1")
    town.bin("B2", 2)

    def tipped(**params: object) -> tuple[str, int]:
        made = plan(**params)
        (tip,) = RoundStop.objects.filter(round__plan=made, kind="tip")
        return tip.label, tip.service_s

    assert tipped() == ("TPA Timur", 900)
    queued = {"tpa-timur": 40, "tpa": 5}
    assert tipped(tip_queues_min=queued) == ("TPA", 900 + 300)
    assert tipped(tip_queue_min=10, tip_queues_min={"tpa": 60}) == ("TPA Timur", 900 + 600)
    made = plan(tip_queues_min=queued)
    assert [made.queue_at_s(code) for code in ("tpa-timur", "tpa", "baru")] == [2400, 300, 0]
    later = round_stretches.read(made.rounds.get(), at=timezone.now()).stretches[-1]
    assert [tip.queue_s for tip in later.tips] == [300, 2400]  # an order anew keeps to them
    for wrong in ({"tpa": 121}, {"pasar": 5}):
        with pytest.raises(BadInput):
            bin_rounds.question(MONDAY, {"tip_queues_min": wrong})


def test_a_small_truck_tips_on_the_way(town: RoundTown):
    town.truck("truk-1", capacity_l=2000)
    for i in range(4):
        town.bin(f"B{i}", 2 + 2 * i)
    (only,) = plan().rounds.all()
    assert Counter(s.kind for s in only.stops.all()) == {"bin": 4, "tip": 2}
    assert only.load_max_l <= 2000


def test_an_island_without_a_vehicle_is_reached_by_a_day_trip_with_minutes_to_spare(
    town: RoundTown,
):
    town.truck("truk-1")
    town.truck("truk-2")
    town.bin("sini", 1)
    town.bin("sana-1", 0.5, island="small")
    town.bin("sana-2", 1.5, island="small")
    town.boat(8, out=True)
    town.boat(10, out=True)
    town.boat(11, out=False)
    made = plan()
    assert reasons(made) == {}
    over = next(r for r in made.rounds.all() if r.legs.filter(kind="ferry").exists())
    words = story(over)
    assert words.count("ferry") == 2
    between = words[words.index("ferry") + 1 : len(words) - 1 - words[::-1].index("ferry")]
    assert {"sana-1", "sana-2"} < set(between)
    out, back = over.legs.filter(kind="ferry")
    assert (local(out.departs_at), local(out.arrives_at)) == ("08:00", "08:30")
    assert (out.start_name, out.end_name) == ("Dermaga Sini", "Dermaga Sana")
    assert out.ferry["spare_s"] == 15 * 60
    assert timezone.datetime.fromisoformat(out.ferry["next"]).astimezone() is not None
    assert local(back.departs_at) == "11:00"
    assert back.ferry["spare_s"] > 0
    # what came over the water is tipped at the TPA before the truck goes home
    assert [s.kind for s in over.stops.all()][-1] == "tip"


@pytest.mark.parametrize(
    ("boats", "reason"),
    [
        ([], "no_vehicle_on_island"),
        ([(5.5, True), (11, False)], "no_boat_in_time"),
        ([(8, True), (15, False)], "no_boat_back"),
        ([(8, True), (8.5, False)], "no_boat_back"),
    ],
)
def test_an_island_that_no_boat_serves_in_time_is_left_out_with_the_reason(
    town: RoundTown, boats: list[tuple[float, bool]], reason: str
):
    town.truck("truk-1")
    town.truck("truk-2")
    town.bin("sana", 1, island="small")
    for hour, out in boats:
        town.boat(hour, out=out)
    assert reasons(plan()) == {"sana": reason}


def test_a_boat_that_does_not_sail_that_day_does_not_help(town: RoundTown):
    town.truck("truk-1")
    town.bin("sana", 1, island="small")
    town.boat(8, out=True, weekdays=0b0111110)  # not on Mondays, not on Sundays
    town.boat(11, out=False)
    assert reasons(plan()) == {"sana": "no_boat_in_time"}


def test_a_boat_that_carries_no_vehicles_does_not_help(town: RoundTown):
    town.line.carries_vehicles = False
    town.line.save()
    town.truck("truk-1")
    town.bin("sana", 1, island="small")
    town.boat(8, out=True)
    town.boat(11, out=False)
    assert reasons(plan()) == {"sana": "no_vehicle_on_island"}


def test_the_only_truck_stays_where_its_own_island_asks(town: RoundTown):
    town.truck("truk-1")
    town.bin("sini", 1)
    town.bin("sana", 1, island="small")
    town.boat(8, out=True)
    town.boat(11, out=False)
    assert reasons(plan()) == {"sana": "shift_full"}


def test_a_bin_far_from_every_street_is_left_out_and_told_how_far(town: RoundTown):
    town.truck("truk-1")
    town.bin("dekat", 1)
    town.bin("jauh", 2, north_m=200)
    made = plan()
    left = UnservedStop.objects.get(plan=made)
    assert (left.code, left.reason) == ("jauh", "too_far_from_street")
    assert left.nearest_street_m == pytest.approx(200, rel=0.02)


def test_a_lane_too_narrow_for_the_truck_is_a_reason_of_its_own(town: RoundTown):
    town.truck("truk-1")
    StreetEdge.objects.update(width_m=2.5)
    town.bin("gang", 1)
    made = plan()
    assert made.rounds.count() == 0
    assert set(reasons(made).values()) <= {"no_street_for_vehicle", "no_vehicle_on_island"}


def test_a_bin_behind_a_one_way_street_is_reached_and_left_only_that_way(town: RoundTown):
    town.truck("truk-1")
    town.bin("buntu", 9.5)
    StreetEdge.objects.filter(source_id="besar-8").update(direction="forward")
    assert reasons(plan()) == {"buntu": "no_connection"}


def test_more_than_the_shift_holds_is_left_out_and_served_plus_unserved_is_asked(
    town: RoundTown,
):
    town.truck("truk-1", shift_end=time(7, 0))
    for i in range(9):
        town.bin(f"B{i}", 1 + i, fill=100)
    made = plan()
    served = sum(r.stops.filter(kind="bin").count() for r in made.rounds.all())
    assert 0 < served < 9
    assert served + made.unserved.count() == made.asked == 9
    assert set(reasons(made).values()) == {"shift_full"}


def test_the_dispatcher_may_choose_stops_and_vehicles(town: RoundTown):
    town.truck("truk-1")
    town.truck("truk-2")
    kept, _ = town.bin("A", 2), town.bin("B", 4)
    made = plan(vehicles=["truk-2"], stops=[f"bin:{kept.pk}"])
    (only,) = made.rounds.all()
    assert (only.vehicle.code, made.asked) == ("truk-2", 1)


def test_the_same_question_has_the_same_digest_and_a_full_bin_more_another_one(town: RoundTown):
    town.truck("truk-1")
    for i in range(6):
        town.bin(f"B{i}", 1 + i)
    at = (timezone.now() + timedelta(minutes=1)).isoformat()
    first, again = (
        study.perform(study.ask("bin_rounds", {"on": MONDAY.isoformat(), "at": at}, seed=1))
        for _ in range(2)
    )
    assert first.digest == again.digest
    town.bin("B9", 9)
    third = study.perform(study.ask("bin_rounds", {"on": MONDAY.isoformat(), "at": at}, seed=1))
    assert third.digest != first.digest


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"on": "besok"}, BadInput),
        ({"vehicles": []}, bin_rounds.NoVehicles),
        ({"stops": []}, bin_rounds.NothingToFetch),
        ({"at": "2026-11-02T06:00"}, BadInput),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_and_recorded(
    town: RoundTown, params: dict[str, object], error: type[Exception]
):
    town.truck("truk-1")
    town.bin("A", 2)
    with pytest.raises(error):
        plan(**params)
    assert Run.objects.latest("id").state == "refused"


def test_a_city_without_streets_says_so(town: RoundTown):
    town.truck("truk-1")
    town.bin("A", 2)
    StreetEdge.objects.all().delete()
    with pytest.raises(bin_rounds.NoStreetNetwork):
        plan()


def test_a_changed_street_makes_a_new_network_and_an_unchanged_one_is_kept(town: RoundTown):
    first = network()
    assert network() is first
    StreetEdge.objects.filter(source_id="besar-3").update(direction="forward")
    assert network().version != first.version


def test_a_bin_at_sea_is_left_out_with_its_reason(town: RoundTown):
    town.truck("truk-1")
    town.bin("A", 2)
    WasteBin.objects.create(
        label="laut", capacity_l=500, fill_pct=99, sensed_at=timezone.now(),
        geom=Point(town.west + 0.5, town.south, srid=4326),
    )  # fmt: skip
    assert reasons(plan()) == {"laut": "too_far_from_street"}


def test_without_a_day_the_rounds_are_of_today(town: RoundTown):
    town.truck("truk-1")
    town.bin("A", 2)
    run = study.perform(study.ask("bin_rounds", {}, seed=1))
    assert RoundPlan.objects.get(pk=run.summary["plan"]).on == timezone.localdate()
