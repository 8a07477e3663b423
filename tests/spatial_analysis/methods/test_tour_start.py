"""Our own start of rounds: it holds without trimming, is the same twice, costs what it believes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.tours.solvers import faults
from spatial_analysis.methods import fleet_sweep, tour_solver
from spatial_analysis.methods.fleet_sweep import Effort, Search
from spatial_analysis.methods.left_out import MUST_S
from spatial_analysis.methods.tour_solver import solve_tours
from spatial_analysis.methods.tour_start import (
    Annealing,
    Start,
    start_tours,
    start_tours_within,
    wants_start,
)
from spatial_analysis.methods.tours import (
    NEVER_S,
    Plan,
    Tip,
    TourProblem,
    cost_s,
    plan_of,
    timeline,
)
from tests.spatial_analysis.methods.test_tours import LINE, on_a_line, stop, truck


def scattered(seed: int, stops: int = 160) -> TourProblem:
    """Stops at random in a square of an hour, half of them with hours, six trucks, no tip."""
    random = np.random.default_rng(seed)
    xy = random.uniform(0, 3600, size=(stops + 1, 2))
    drive = np.rint(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) / 4).astype(np.int64)
    rows = []
    for place in range(1, stops + 1):
        opens = int(random.integers(0, 6)) * 3600 if random.random() < 0.5 else 0
        rows.append(
            stop(place, load_l=int(random.integers(10, 60)), service_s=60, opens_s=opens,
                 closes_s=opens + 4 * 3600 if opens else 10 * 3600,
                 prize_s=int(random.choice([900, MUST_S])))
        )  # fmt: skip
    return TourProblem(drive[None], tuple(rows), (truck(ends_s=10 * 3600),) * 6)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_start_of_many_stops_holds_and_is_the_same_twice(seed: int):
    problem = scattered(seed)
    assert wants_start(problem)
    tours = start_tours(problem, seed=3, iterations=1500)
    assert faults(problem, plan_of(problem, tours)) == []
    assert all(timeline(problem, tour) is not None for tour in tours)
    assert start_tours(problem, seed=3, iterations=1500) == tours
    few = cost_s(problem, plan_of(problem, start_tours(problem, seed=3, iterations=20)))
    assert cost_s(problem, plan_of(problem, tours)) < few


def test_no_start_of_ours_where_stops_are_few():
    assert not wants_start(scattered(1, stops=40))
    assert wants_start(replace(scattered(1, stops=40), tips=(Tip(0, 60),)))
    assert not wants_start(TourProblem(LINE, (stop(1), stop(2)), (truck(),), (Tip(3, 0),)))


def crowded(seed: int) -> TourProblem:
    """A random city with two tips, vehicles that do not fit everywhere and a truck under way."""
    random = np.random.default_rng(seed)
    asked, tips = 60, 2
    xy = random.uniform(0, 3000, size=(1 + tips + asked, 2))
    away_m = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    drive = np.rint(away_m / random.uniform(4, 9, size=(2, *away_m.shape))).astype(np.int64)
    drive[:, np.arange(len(xy)), np.arange(len(xy))] = 0
    drive[:, 5, 9] = NEVER_S
    stops = tuple(
        stop(1 + tips + i, load_l=int(random.integers(50, 400)), service_s=90,
             opens_s=int(random.integers(0, 4)) * 3600, closes_s=8 * 3600,
             ready_s=int(random.integers(0, 2)) * 3600,
             fits=frozenset({0, 2}) if random.random() < 0.2 else None,
             prize_s=int(random.choice([300, 2000, MUST_S])))
        for i in range(asked)
    )  # fmt: skip
    shift = {"ends_s": 9 * 3600, "capacity_l": 1500}
    trucks = (truck(**shift), truck(matrix=1, **shift), truck(start_place=7, load_l=700, **shift))
    return TourProblem(drive, stops, trucks, (Tip(1, 300), Tip(2, 600, 3600, 6 * 3600)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_start_with_tips_hours_and_vehicles_that_do_not_fit_holds_without_trimming(seed: int):
    problem = crowded(seed)
    tours = start_tours(problem, seed=1, iterations=1500)
    assert all(timeline(problem, tour) is not None for tour in tours)
    plan = plan_of(problem, tours)
    assert faults(problem, plan) == []
    assert sum(visit.is_tip for tour in plan.tours for visit in tour.visits) > len(plan.tours)
    assert start_tours(problem, seed=1, iterations=1500) == tours
    alone = solve_tours(problem, iterations=5, seed=1)
    assert cost_s(problem, plan) < cost_s(problem, alone)


def test_what_the_search_believes_its_plan_costs_is_what_it_costs():
    problem = crowded(4)
    search = Annealing(problem, seed=1)
    search.slice(0.0, 1.0, 800)
    assert search.cost == cost_s(problem, plan_of(problem, search.tours()))


def test_cooled_by_the_clock_it_ends_in_time_and_tells_its_iterations():
    problem = crowded(1)
    found = start_tours_within(problem, seed=1, runtime_s=0.3)
    assert found.iterations > 0
    assert faults(problem, plan_of(problem, found.tours)) == []


@pytest.mark.parametrize(
    ("change", "share"), [({}, 0.8), ({"prize_s": 900}, 0.3), ({"ready_s": 60}, 0.6)]
)
def test_by_the_clock_our_start_gets_its_share_and_the_solver_the_rest(
    change: dict[str, int], share: float, monkeypatch: pytest.MonkeyPatch
):
    told_s: list[float] = []

    def within(_: TourProblem, *, seed: int, runtime_s: float) -> Start:
        told_s.append(runtime_s)
        return Start([], seed)

    def solved(_: TourProblem, *, runtime_s: float, **how: object) -> Plan:
        told_s.append(runtime_s)
        return Plan((), tuple(range(20)))

    monkeypatch.setattr(fleet_sweep, "wants_start", lambda _: True)
    monkeypatch.setattr(fleet_sweep, "start_tours_within", within)
    monkeypatch.setattr(tour_solver, "solve_tours", solved)
    clock = SimpleNamespace(monotonic=lambda: 50.0 + sum(told_s))
    monkeypatch.setattr(fleet_sweep, "time", clock)
    alike = [replace(s, prize_s=MUST_S) for s in scattered(1, stops=20).stops]
    problem = replace(scattered(1), stops=(replace(alike[0], **change), *alike[1:]))
    Search(problem, Effort(runtime_s=10.0))._best()
    assert told_s == pytest.approx([10 * share, 10 * (1 - share)])


def test_a_trip_more_is_of_a_truck_at_home_where_goods_come_late_and_of_one_under_way_else():
    both = (stop(1, load_l=100), stop(2, load_l=100))
    trucks = (truck(capacity_l=100),) * 2
    problem = TourProblem(on_a_line([0, 5, 10]), both, trucks, (Tip(0, 0),))
    assert len(start_tours(problem, seed=1, iterations=20)) == 1
    late = replace(problem, stops=tuple(replace(s, ready_s=600) for s in both))
    assert len(start_tours(late, seed=1, iterations=20)) == 2


def test_a_sweep_keeps_what_its_start_found():
    problem = crowded(2)
    search = Search(problem, Effort(iterations=10, patience=10))
    best = search.best()
    first = start_tours(problem, seed=1, iterations=search.start_iterations)
    assert cost_s(problem, best) <= cost_s(problem, plan_of(problem, first))
    assert faults(problem, best) == []
