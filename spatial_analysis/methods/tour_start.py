"""A good first plan for many stops: tear out strings of neighbours, put them back greedily.

A solver that begins with a random plan of a thousand stops spends its time on what this finds in
seconds. One load a truck: where trucks are emptied on the way, the solver begins by itself.
Source: Christiaens & Vanden Berghe (2020), Slack Induction by String Removals for Vehicle
Routing Problems, Transportation Science 54(2).
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.compiled import HAS_NUMBA
from spatial_analysis.methods.string_removal import improved
from spatial_analysis.methods.tours import NEVER_S, Tour, TourProblem, Visit, cost_s, plan_of

MANY_STOPS = 150
ITERATIONS = 100_000
TRIED = 1_000  # iterations by which the machine's pace is first told
SLICES = 24
OF_THE_TIME = 0.8
NEIGHBOURS = 200
HOTTEST, COLDEST = 1.5, 0.015  # temperatures, in mean drives to the nearest ten stops


def wants_start(problem: TourProblem) -> bool:
    """True where a start of ours helps: many stops, one load a truck, any truck for any stop."""
    plain = not problem.tips and all(stop.fits is None for stop in problem.stops)
    alike = len({truck.matrix for truck in problem.trucks}) == 1
    return HAS_NUMBA and plain and alike and len(problem.stops) >= MANY_STOPS


def start_tours(problem: TourProblem, *, seed: int, iterations: int = ITERATIONS) -> list[Tour]:
    """Return tours that hold, by ruin and recreate under simulated annealing.

    Deterministic for the same problem, seed and count. Expects `wants_start(problem)`.
    """
    search = _Annealing(problem)
    return search.slice(0.0, 1.0, iterations, seed)


def start_tours_within(problem: TourProblem, *, seed: int, runtime_s: float) -> list[Tour]:
    """Like `start_tours`, cooled by the clock: most of `runtime_s`, however busy the machine is."""
    began, search = time.monotonic(), _Annealing(problem)
    search.slice(0.0, 0.0, 1, seed)  # loads what is compiled, makes the first tours
    done, iterations, number = 0.0, TRIED, 0
    tours: list[Tour] = []
    while done < 1.0:
        until = min(done + 1 / SLICES, 1.0)
        before = time.monotonic()
        tours = search.slice(done, until, iterations, seed + number)
        pace_s = max((time.monotonic() - before) / iterations, 1e-7)
        spent = (time.monotonic() - began) / (OF_THE_TIME * runtime_s)
        done, number = max(until, min(spent, 1.0)), number + 1
        iterations = max(int(OF_THE_TIME * runtime_s / SLICES / pace_s), 200)
    return tours


class _Annealing:
    """A search that can be cooled in slices."""

    def __init__(self, problem: TourProblem) -> None:
        stops, trucks = problem.stops, problem.trucks
        self.drive = np.minimum(problem.drive_s[trucks[0].matrix], NEVER_S).astype(np.int64)
        self.near, self.mean = _neighbours(self.drive, np.array([stop.place for stop in stops]))
        self.stops = np.array(
            [[s.place, s.load_l, s.load_kg, s.service_s, s.opens_s, s.closes_s, s.prize_s]
             for s in stops], dtype=np.int64,
        )  # fmt: skip
        self.trucks = np.array(
            [[t.start_place, t.end_place, t.capacity_l - t.load_l, t.capacity_kg - t.load_kg,
              t.starts_s, t.ends_s] for t in trucks], dtype=np.int64,
        )  # fmt: skip
        self.tour = np.zeros((len(trucks), len(stops) + 1), dtype=np.int32)
        self.length = np.zeros(len(trucks), dtype=np.int64)
        self.best: tuple[int, list[Tour]] | None = None
        self.problem = problem

    def slice(self, start: float, end: float, iterations: int, seed: int) -> list[Tour]:
        """Go on from `start` to `end` of the cooling (0 to 1); return the best tours so far."""
        hot, cold = (HOTTEST * (COLDEST / HOTTEST) ** part * self.mean for part in (start, end))
        order, lengths = improved(
            self.drive, self.stops, self.trucks, self.near, hot, cold, iterations, seed,
            self.tour, self.length,
        )  # fmt: skip
        tours = [
            Tour(truck, tuple(Visit(int(stop)) for stop in order[truck, : lengths[truck]]))
            for truck in np.flatnonzero(lengths).tolist()
        ]
        cost = cost_s(self.problem, plan_of(self.problem, tours))
        if self.best is None or cost < self.best[0]:
            self.best = cost, tours
        return self.best[1]


def _neighbours(
    drive: NDArray[np.int64], place: NDArray[np.int64]
) -> tuple[NDArray[np.int32], float]:
    """(n, k) nearest stops of each stop, itself first; mean drive to the nearest ten."""
    between = drive[np.ix_(place, place)]
    both = (between + between.T).astype(np.float64)
    np.fill_diagonal(both, -1.0)
    near = np.argsort(both, axis=1, kind="stable")[:, : NEIGHBOURS + 1].astype(np.int32)
    ten = np.take_along_axis(both, near[:, 1:11].astype(np.int64), axis=1) / 2
    return near, float(max(ten.mean(), 1.0))
