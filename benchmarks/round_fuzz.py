"""Random cities of stops: every plan holds for the independent checker, every stop is told of.

Each city has random trucks, tips, hours, loads and one-sided drive times, and four planted stops
whose cause is known: too large a load, no way, closed hours, a vehicle that does not fit. Seeds
count up from 1, so a city can be had again.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace

import numpy as np
from rich.console import Console
from rich.table import Table

from spatial_analysis.methods.fleet_sweep import Effort, sweep
from spatial_analysis.methods.left_out import reason_left_out
from spatial_analysis.methods.reasons import Reason
from spatial_analysis.methods.tour_check import faults_of
from spatial_analysis.methods.tours import NEVER_S, Plan, Stop, Tip, TourProblem, Truck

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
    drive = np.rint(away_m / random.uniform(4, 9, size=away_m.shape)).astype(np.int64)
    np.fill_diagonal(drive, 0)
    first = 1 + tips
    island = first + asked + PLANTED.index(Reason.NO_CONNECTION)
    drive[island, :] = drive[:, island] = NEVER_S
    drive[island, island] = 0
    stops = [_stop(random, first + i) for i in range(asked)]
    start = int(random.integers(5, 9)) * HOUR
    trucks = tuple(
        Truck(0, 0, int(random.integers(1500, 9000)), 50_000, start,
              start + int(random.integers(2, 9)) * HOUR)
        for _ in range(fleet)
    )  # fmt: skip
    largest = max(truck.capacity_l for truck in trucks)
    odd = [replace(_stop(random, first + asked + i), opens_s=0, closes_s=NEVER_S) for i in range(4)]
    odd[0] = replace(odd[0], load_l=largest + 1)
    odd[2] = replace(odd[2], closes_s=start - 1)
    odd[3] = replace(odd[3], fits=frozenset())
    return TourProblem(
        drive[None],
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
    for i, reason in enumerate(PLANTED, start=len(problem.stops) - len(PLANTED)):
        seen.planted += 1
        told = reason_left_out(problem, plan, i) if i in plan.left_out else None
        seen.misnamed += told is not reason
    return plan


def faults(problem: TourProblem, plan: Plan) -> list[str]:
    """What the independent checker finds."""
    return faults_of(
        drive_s=problem.drive_s.tolist(),
        stops=[asdict(s) for s in problem.stops],
        trucks=[asdict(t) for t in problem.trucks],
        tips=[asdict(t) for t in problem.tips],
        tours=[
            (t.truck, [("tip" if v.is_tip else "stop", v.index) for v in t.visits])
            for t in plan.tours
        ],
        left_out=plan.left_out,
    )


def main() -> None:
    """Print the table."""
    seen, began = Outcome(), time.perf_counter()
    for seed in range(1, CITIES + 1):
        look_at(seed, seen)
    table = Table("cities", "stops", "plans with a fault", "plans that forget a stop",
                  "planted causes", "named wrong", "seconds")  # fmt: skip
    figures = (seen.cities, seen.stops, seen.faulty, seen.untold, seen.planted, seen.misnamed)
    table.add_row(*(str(value) for value in figures), f"{time.perf_counter() - began:.0f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
