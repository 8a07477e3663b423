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
from spatial_analysis.methods.tours import NEVER_S, Tour, TourProblem, Visit

MANY_STOPS = 150
ITERATIONS = 100_000
TRIED = 3_000  # iterations by which the machine's pace is told
OF_THE_TIME = 0.7
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
    stops, trucks = problem.stops, problem.trucks
    drive = np.minimum(problem.drive_s[trucks[0].matrix], NEVER_S).astype(np.int64)
    near, mean = _neighbours(drive, np.array([stop.place for stop in stops]))
    tours, lengths = improved(
        drive,
        np.array(
            [[s.place, s.load_l, s.load_kg, s.service_s, s.opens_s, s.closes_s, s.prize_s]
             for s in stops], dtype=np.int64,
        ),
        np.array(
            [[t.start_place, t.end_place, t.capacity_l - t.load_l, t.capacity_kg - t.load_kg,
              t.starts_s, t.ends_s] for t in trucks], dtype=np.int64,
        ),
        near,
        HOTTEST * mean,
        COLDEST * mean,
        iterations,
        seed,
    )  # fmt: skip
    return [
        Tour(truck, tuple(Visit(int(stop)) for stop in tours[truck, : lengths[truck]]))
        for truck in np.flatnonzero(lengths).tolist()
    ]


def start_tours_within(problem: TourProblem, *, seed: int, runtime_s: float) -> list[Tour]:
    """Like `start_tours`, with as many iterations as most of `runtime_s` lets this machine do."""
    start_tours(problem, seed=seed, iterations=1)  # loads what is compiled
    began = time.monotonic()
    start_tours(problem, seed=seed, iterations=TRIED)
    pace_s = (time.monotonic() - began) / TRIED
    iterations = int(OF_THE_TIME * runtime_s / max(pace_s, 1e-7))
    return start_tours(problem, seed=seed, iterations=max(iterations, TRIED))


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
