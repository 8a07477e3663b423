"""Random cities of stops: every plan holds for the independent checker, every stop is told of.

Each city has random trucks, tips, hours, loads and one-sided drive times, and four planted stops
whose cause is known: too large a load, no way, closed hours, a vehicle that does not fit. Seeds
count up from 1, so a city can be had again.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace

import numpy as np

from benchmarks._row import Row
from benchmarks.tours.solvers import faults, plain
from spatial_analysis.methods.fleet_sweep import Effort, sweep
from spatial_analysis.methods.left_out import reason_left_out
from spatial_analysis.methods.reasons import Reason
from spatial_analysis.methods.tour_check import clock_of
from spatial_analysis.methods.tours import NEVER_S, Plan, Stop, Tip, TourProblem, Truck, timeline

CITIES = 1000
EFFORT = Effort(iterations=40, patience=25)
HOUR = 3600
PLANTED = (
    Reason.LOAD_TOO_BIG, Reason.NO_CONNECTION, Reason.WINDOW_CLOSED, Reason.NO_STREET_FOR_VEHICLE,
)  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """What a run over many cities found."""

    cities: int = 0
    stops: int = 0
    faulty: int = 0
    untold: int = 0
    misclocked: int = 0
    planted: int = 0
    misnamed: int = 0


def city(seed: int) -> TourProblem:
    """A random city; its last four stops are the planted ones, in the order of PLANTED."""
    random = np.random.default_rng(seed)
    asked, fleet = int(random.integers(1, 26)), int(random.integers(1, 5))
    tips = int(random.integers(0, 3))
    places = 1 + tips + asked + len(PLANTED)
    xy = random.uniform(0, 6000, size=(places, 2))
    away_m = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    kinds = 1 + int(random.random() < 0.3)  # of vehicles, each with its own streets
    drive = np.rint(away_m / random.uniform(4, 9, size=(kinds, *away_m.shape))).astype(np.int64)
    first = 1 + tips
    planted = first + asked
    drive[:, :planted, :planted][random.random((kinds, planted, planted)) < 0.03] = NEVER_S
    island = planted + PLANTED.index(Reason.NO_CONNECTION)
    drive[:, island, :] = drive[:, :, island] = NEVER_S
    drive[:, np.arange(places), np.arange(places)] = 0
    stops = [_stop(random, first + i) for i in range(asked)]
    start = int(random.integers(5, 9)) * HOUR
    trucks = tuple(
        Truck(0, 0, int(random.integers(1500, 9000)), 50_000, start,
              start + int(random.integers(2, 9)) * HOUR, matrix=i % kinds)
        for i in range(fleet)
    )  # fmt: skip
    largest = max(truck.capacity_l for truck in trucks)
    odd = [replace(_stop(random, first + asked + i), opens_s=0, closes_s=NEVER_S) for i in range(4)]
    odd[0] = replace(odd[0], load_l=largest + 1)
    odd[2] = replace(odd[2], closes_s=start - 1)
    odd[3] = replace(odd[3], fits=frozenset())
    return TourProblem(
        drive,
        (*stops, *odd),
        trucks,
        tuple(Tip(1 + i, int(random.integers(300, 1500))) for i in range(tips)),
    )


def _stop(random: np.random.Generator, place: int) -> Stop:
    opens = int(random.integers(0, 12)) * HOUR
    wide = random.random() < 0.7
    return Stop(
        place,
        int(random.integers(50, 1200)),
        int(random.integers(5, 200)),
        int(random.integers(60, 600)),
        int(random.integers(200, 100_000)),
        0 if wide else opens,
        2 * 24 * HOUR if wide else opens + 4 * HOUR,
    )


def look_at(seed: int, seen: Outcome, effort: Effort = EFFORT) -> Plan:
    """Plan one city and write down what is wrong with it."""
    problem = city(seed)
    plan = sweep(problem, effort)
    served = [stop for tour in plan.tours for stop in tour.stops]
    seen.cities += 1
    seen.stops += len(problem.stops)
    seen.faulty += bool(faults(problem, plan))
    seen.untold += sorted([*served, *plan.left_out]) != list(range(len(problem.stops)))
    seen.misclocked += sum(not _clock_holds(problem, plan, i) for i in range(len(plan.tours)))
    for i, reason in enumerate(PLANTED, start=len(problem.stops) - len(PLANTED)):
        seen.planted += 1
        told = reason_left_out(problem, plan, i) if i in plan.left_out else None
        seen.misnamed += told is not reason
    return plan


def _clock_holds(problem: TourProblem, plan: Plan, number: int) -> bool:
    """True when a tour's clock is what the checker works out a second time."""
    tour = plan.tours[number]
    clock = timeline(problem, tour)
    arrivals, home = clock_of(
        drive_s=problem.drive_s.tolist(),
        stops=[asdict(s) for s in problem.stops],
        trucks=[asdict(t) for t in problem.trucks],
        tips=[asdict(t) for t in problem.tips],
        truck=tour.truck,
        visits=plain(plan)[number][1],
    )
    return clock is not None and ([v.arrive_s for v in clock.visits], clock.home_s) == (
        arrivals, home,
    )  # fmt: skip


def goal() -> Row:
    """Goal 11: every city's plan holds, tells of each stop, and names the planted causes."""
    began = time.perf_counter()
    seen = over(CITIES)
    took = time.perf_counter() - began
    right = 100 * (1 - seen.misnamed / seen.planted)
    told = (
        f"{seen.faulty} faulty, {seen.untold} forget a stop, {seen.misclocked} wrong clocks, "
        f"causes right {right:.1f} % ({seen.stops:,} stops, {took:.0f} s)"
    )
    met = not (seen.faulty or seen.untold or seen.misclocked) and right >= 99
    return Row("11", f"{CITIES:,} random cities: all told of, causes >= 99 %", told, met)


def over(cities: int) -> Outcome:
    """Look at cities 1 to `cities`."""
    seen = Outcome()
    for seed in range(1, cities + 1):
        look_at(seed, seen)
    return seen
