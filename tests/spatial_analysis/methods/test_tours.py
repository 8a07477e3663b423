"""Rounds of trucks: small ones by hand, random ones through an independent checker."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.tours.fuzz import city
from benchmarks.tours.solvers import faults
from spatial_analysis.methods.fleet_sweep import Effort, sweep
from spatial_analysis.methods.insertion import cheapest_insertion, insert_worthwhile
from spatial_analysis.methods.left_out import MUST_S, reason_left_out
from spatial_analysis.methods.reasons import Reason
from spatial_analysis.methods.steady import steadied
from spatial_analysis.methods.tour_solver import kinds_of, solve_tours
from spatial_analysis.methods.tours import (
    NEVER_S,
    BadTourProblem,
    Plan,
    Stop,
    Tip,
    Tour,
    TourProblem,
    Truck,
    Visit,
    cost_s,
    timeline,
)

MINUTE = 60
FAST = Effort(iterations=200, patience=200)


def on_a_line(positions: list[int]) -> np.ndarray:
    """Places on one road, `positions` in minutes of driving from its start."""
    at = np.array(positions)
    return (np.abs(at[:, None] - at[None, :]) * MINUTE)[None]


def stop(place: int, **how: object) -> Stop:
    plain = {"load_l": 100, "load_kg": 10, "service_s": 0, "prize_s": MUST_S}
    return Stop(place, **{**plain, **how})  # type: ignore[arg-type]


def truck(**how: object) -> Truck:
    plain = {
        "start_place": 0, "end_place": 0, "capacity_l": 1000, "capacity_kg": 1000,
        "starts_s": 0, "ends_s": 120 * MINUTE,
    }  # fmt: skip
    return Truck(**{**plain, **how})  # type: ignore[arg-type]


# depot 0, stops at minute 5 and 10, tip at minute 20
LINE = on_a_line([0, 5, 10, 20])


def test_two_stops_and_the_tip_on_one_road_are_a_drive_there_and_back():
    problem = TourProblem(LINE, (stop(1), stop(2)), (truck(),), (Tip(3, 5 * MINUTE),))
    plan = sweep(problem, FAST)
    assert plan == Plan((Tour(0, (Visit(0), Visit(1), Visit(0, is_tip=True))),), ())
    clock = timeline(problem, plan.tours[0])
    assert clock is not None
    assert [v.arrive_s // MINUTE for v in clock.visits] == [5, 10, 20]
    assert [v.load_l for v in clock.visits] == [100, 200, 0]
    assert clock.home_s == 45 * MINUTE  # 20 there, 5 tipping, 20 back
    assert clock.drive_s == 40 * MINUTE


def test_a_truck_that_holds_one_bin_tips_between_the_two():
    problem = TourProblem(LINE, (stop(1), stop(2)), (truck(capacity_l=150),), (Tip(3, 5 * MINUTE),))
    plan = sweep(problem, FAST)
    assert [v.is_tip for v in plan.tours[0].visits] == [False, True, False, True]
    assert plan.left_out == ()
    assert faults(problem, plan) == []


def test_kilograms_fill_a_truck_as_litres_do():
    problem = TourProblem(LINE, (stop(1), stop(2)), (truck(capacity_kg=15),), (Tip(3, 0),))
    plan = sweep(problem, FAST)
    assert sum(v.is_tip for v in plan.tours[0].visits) == 2


def test_an_island_without_a_tip_gives_one_load_home_and_the_rest_is_left_out():
    problem = TourProblem(LINE, (stop(1), stop(2)), (truck(capacity_l=150),))
    plan = sweep(problem, FAST)
    assert (len(plan.left_out), faults(problem, plan)) == (1, [])
    assert reason_left_out(problem, plan, plan.left_out[0]) is Reason.SHIFT_FULL


def test_times_that_differ_by_direction_decide_the_order():
    #  the ring 0 -> 1 -> 2 -> 0 takes a minute a step, the other way round ten
    ring = np.array([[0, 1, 10], [10, 0, 1], [1, 10, 0]]) * MINUTE
    problem = TourProblem(ring[None], (stop(1), stop(2)), (truck(),))
    plan = sweep(problem, FAST)
    assert plan.tours[0].stops == (0, 1)
    assert cost_s(problem, plan) == 3 * MINUTE


def test_a_stop_waits_for_its_hours_and_is_left_out_after_them():
    early = TourProblem(LINE, (stop(1, opens_s=30 * MINUTE),), (truck(),))
    clock = timeline(early, sweep(early, FAST).tours[0])
    assert clock is not None
    assert (clock.visits[0].arrive_s, clock.visits[0].begin_s) == (5 * MINUTE, 30 * MINUTE)
    late = TourProblem(LINE, (stop(2, closes_s=9 * MINUTE),), (truck(),))
    plan = sweep(late, FAST)
    assert reason_left_out(late, plan, 0) is Reason.WINDOW_CLOSED


def test_a_small_prize_does_not_pay_for_a_long_detour():
    problem = TourProblem(LINE, (stop(1), stop(3, prize_s=10 * MINUTE)), (truck(),))
    plan = sweep(problem, FAST)
    assert plan.left_out == (1,)  # 15 minutes further and 15 back are 30 > 10
    assert reason_left_out(problem, plan, 1) is Reason.NOT_WORTH_IT
    assert reason_left_out(problem, plan, 1, stale=True) is Reason.STALE_READING


def test_a_shift_too_short_for_both_serves_the_one_worth_more():
    problem = TourProblem(
        on_a_line([10, 0, 20]),
        (stop(1, prize_s=MUST_S), stop(2, prize_s=2 * MUST_S)),
        (truck(ends_s=25 * MINUTE),),
    )
    plan = sweep(problem, FAST)
    assert plan.tours[0].stops == (1,)
    assert reason_left_out(problem, plan, 0) is Reason.SHIFT_FULL


def test_a_bin_in_a_lane_goes_to_the_vehicle_that_fits():
    problem = TourProblem(LINE, (stop(1, fits=frozenset({1})),), (truck(), truck()))
    plan = sweep(problem, FAST)
    assert [(t.truck, t.stops) for t in plan.tours] == [(1, (0,))]


def test_the_checker_finds_a_stop_served_without_its_skill():
    """Also where the problem's own list of fitting trucks forgot to say so."""
    crane = frozenset({"crane"})
    skilled = TourProblem(LINE, (stop(1, needs=crane),), (truck(), truck(skills=crane)))
    wrong, right = (Plan((Tour(k, (Visit(0),)),), ()) for k in (0, 1))
    assert faults(skilled, wrong) == ["truck 0, stop 0: nobody aboard has crane"]
    assert faults(skilled, right) == []


def test_random_needs_are_always_met_and_unmet_ones_named():
    dealt, skills = np.random.default_rng(7), ("a", "b", "c")

    def some() -> frozenset[str]:
        return frozenset(skill for skill in skills if dealt.random() < 0.4)

    for _ in range(20):
        trucks = tuple(truck(skills=some()) for _ in range(3))
        needs = [some() for _ in range(6)]
        fit = [frozenset(k for k, t in enumerate(trucks) if n <= t.skills) for n in needs]
        stops = tuple(
            stop(1 + i % 3, load_l=10, needs=n, fits=f)
            for i, (n, f) in enumerate(zip(needs, fit, strict=True))
        )
        problem = TourProblem(LINE, stops, trucks)
        plan = sweep(problem, FAST)
        assert faults(problem, plan) == []
        assert set(plan.left_out) == {i for i, f in enumerate(fit) if not f}
        for i in plan.left_out:
            assert reason_left_out(problem, plan, i) is Reason.NO_VEHICLE_WITH_SKILL


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"load_l": 5000}, Reason.LOAD_TOO_BIG),
        ({"fits": frozenset()}, Reason.NO_STREET_FOR_VEHICLE),
        ({"fits": frozenset(), "needs": frozenset({"crane"})}, Reason.NO_VEHICLE_WITH_SKILL),
        ({"closes_s": 60}, Reason.WINDOW_CLOSED),
    ],
)
def test_a_planted_cause_gets_its_own_reason(change: dict[str, object], reason: Reason):
    problem = TourProblem(LINE, (stop(1, **change),), (truck(),))
    plan = sweep(problem, FAST)
    assert plan.left_out == (0,)
    assert reason_left_out(problem, plan, 0) is reason


def test_a_stop_that_no_way_leads_to_is_never_in_a_tour():
    cut = LINE.copy()
    cut[0, :, 2] = cut[0, 2, :] = NEVER_S
    problem = TourProblem(cut, (stop(1), stop(2)), (truck(),))
    plan = sweep(problem, FAST)
    assert plan.tours[0].stops == (0,)
    assert reason_left_out(problem, plan, 1) is Reason.NO_CONNECTION


def test_no_truck_at_all_is_a_reason_too():
    problem = TourProblem(LINE, (stop(1),), ())
    plan = sweep(problem, FAST)
    assert reason_left_out(problem, plan, 0) is Reason.NO_VEHICLE_ON_ISLAND


def test_a_truck_that_comes_off_the_ferry_loaded_is_emptied_on_its_way_home():
    problem = TourProblem(
        LINE, (stop(2),), (truck(start_place=1, load_l=950, starts_s=60),), (Tip(3, 0),)
    )
    plan = sweep(problem, FAST)
    assert faults(problem, plan) == []
    assert [v.is_tip for v in plan.tours[0].visits] == [True, False, True]


def test_a_truck_with_nothing_to_do_stays_at_home():
    problem = TourProblem(LINE, (stop(1),), (truck(), truck()))
    assert len(sweep(problem, FAST).tours) == 1


def test_insertion_finds_the_cheapest_place_and_puts_in_only_what_pays():
    problem = TourProblem(LINE, (stop(1, prize_s=60), stop(3)), (truck(),))
    plan = Plan((Tour(0, (Visit(1),)),), (0,))
    found = cheapest_insertion(problem, plan, 0)
    assert found is not None and found.extra_s == 0  # it lies on the way
    assert insert_worthwhile(problem, plan).left_out == ()
    dear = replace(problem, stops=(stop(1, prize_s=0), stop(3)))
    assert insert_worthwhile(dear, plan).left_out == (0,)


def test_a_problem_that_names_a_place_outside_its_matrix_is_refused():
    with pytest.raises(BadTourProblem):
        TourProblem(LINE, (stop(9),), (truck(),))


# ------------------------------------------------------------------ the checker itself

GOOD = TourProblem(LINE, (stop(1), stop(2)), (truck(capacity_l=150),), (Tip(3, 0),))
TIPPED = (Visit(0), Visit(0, is_tip=True), Visit(1), Visit(0, is_tip=True))


@pytest.mark.parametrize(
    ("plan", "fault"),
    [
        (Plan((), (0,)), "stop 1 is forgotten"),
        (Plan((Tour(0, TIPPED),), (1,)), "stop 1 is named 2 times"),
        (Plan((Tour(0, (Visit(0), Visit(1), Visit(0, is_tip=True))),), ()), "overloaded"),
        (Plan((Tour(0, (Visit(0),)),), (1,)), "without being emptied"),
        (Plan((Tour(0, TIPPED), Tour(0, ())), ()), "two tours"),
    ],
)
def test_the_checker_finds_each_planted_fault(plan: Plan, fault: str):
    assert any(fault in found for found in faults(GOOD, plan))


def test_the_checker_passes_a_plan_that_holds():
    assert faults(GOOD, Plan((Tour(0, TIPPED),), ())) == []


def test_the_checker_sees_a_shift_that_ends_too_early_a_closed_stop_and_a_wrong_vehicle():
    short = replace(GOOD, trucks=(truck(ends_s=60, capacity_l=150),))
    assert "truck 0: home after its shift" in faults(short, Plan((Tour(0, TIPPED),), ()))
    shut = replace(GOOD, stops=(stop(1, closes_s=0), stop(2, fits=frozenset({1}))))
    found = faults(shut, Plan((Tour(0, TIPPED),), ()))
    assert "truck 0, stop 0: reached after it closed" in found
    assert "truck 0, stop 1: the vehicle does not fit" in found


# -------------------------------------------------- random problems: see test_route_truths


def test_the_same_seed_and_count_give_the_same_plan_twice():
    problem = city(7)
    first = solve_tours(problem, iterations=100, seed=3)
    assert solve_tours(problem, iterations=100, seed=3) == first


# ------------------------------------------------------------------ trucks that are alike


def test_trucks_that_are_alike_are_one_kind_and_a_lane_makes_them_two():
    plain = TourProblem(LINE, (stop(1), stop(2)), (truck(), truck(), truck(capacity_l=500)))
    assert [kind.trucks for kind in kinds_of(plain, [0, 1, 2])] == [(0, 1), (2,)]
    lane = replace(plain, stops=(stop(1, fits=frozenset({1})), stop(2)))
    assert [kind.trucks for kind in kinds_of(lane, [0, 1, 2])] == [(0, 2), (1,)] or [
        kind.trucks for kind in kinds_of(lane, [0, 1, 2])
    ] == [(0,), (1,), (2,)]


def test_two_full_trucks_of_a_kind_get_a_tour_each():
    problem = TourProblem(LINE, (stop(1, load_l=900), stop(2, load_l=900)), (truck(), truck()))
    plan = sweep(problem, FAST)
    assert [(t.truck, len(t.stops)) for t in plan.tours] == [(0, 1), (1, 1)]


def test_a_search_begins_with_the_tours_it_is_given():
    problem = TourProblem(LINE, (stop(1), stop(2)), (truck(capacity_l=150),), (Tip(3, 0),))
    given = Tour(0, (Visit(1), Visit(0, is_tip=True), Visit(0), Visit(0, is_tip=True)))
    plan = solve_tours(problem, iterations=1, seed=1, start=[given])
    assert (plan.left_out, faults(problem, plan)) == ((), [])


# ------------------------------------------------------------------ goods that become ready


def test_a_truck_sets_out_when_the_last_of_its_goods_is_ready():
    late = TourProblem(LINE, (stop(1), stop(2, ready_s=40 * MINUTE)), (truck(),))
    clock = timeline(late, Tour(0, (Visit(0), Visit(1))))
    assert clock is not None
    assert [v.arrive_s // MINUTE for v in clock.visits] == [45, 50]
    assert faults(late, Plan((Tour(0, (Visit(0), Visit(1))),), ())) == []


def test_only_the_trip_that_needs_the_goods_waits_for_them():
    asked = TourProblem(
        LINE, (stop(1), stop(2, ready_s=80 * MINUTE)), (truck(ends_s=150 * MINUTE),), (Tip(0, 0),)
    )
    tour = Tour(0, (Visit(0), Visit(0, is_tip=True), Visit(1), Visit(0, is_tip=True)))
    clock = timeline(asked, tour)
    assert clock is not None
    assert [v.arrive_s // MINUTE for v in clock.visits] == [5, 10, 90, 100]
    short = replace(asked, trucks=(truck(ends_s=99 * MINUTE),))
    assert timeline(short, tour) is None
    assert "truck 0: home after its shift" in faults(short, Plan((tour,), ()))


# ------------------------------------------------------------------ an order that is known


def test_a_known_order_stays_unless_the_new_one_saves_a_twentieth():
    problem = TourProblem(on_a_line([0, 30, 31, 32]), (stop(1), stop(2), stop(3)), (truck(),))
    best = Plan((Tour(0, (Visit(0), Visit(1), Visit(2))),), ())
    near = Tour(0, (Visit(1), Visit(0), Visit(2)))  # two minutes more in 64
    assert steadied(problem, near, best).tours[0].stops == (1, 0, 2)
    far = replace(problem, drive_s=on_a_line([0, 10, 20, 30]))
    assert steadied(far, near, best) == best  # twenty minutes more in sixty


def test_a_known_order_that_breaks_the_shift_is_given_up():
    problem = TourProblem(LINE, (stop(1), stop(2)), (truck(ends_s=21 * MINUTE),))
    best = Plan((Tour(0, (Visit(0), Visit(1))),), ())
    late = Tour(0, (Visit(1), Visit(0), Visit(1, is_tip=True)))
    assert steadied(replace(problem, tips=(Tip(3, 0), Tip(3, 0))), late, best) == best
