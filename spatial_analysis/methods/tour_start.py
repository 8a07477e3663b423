"""A good plan in seconds: tear out strings of neighbours, put them back greedily, cool down.

A solver that begins with a random plan of a thousand stops spends its time on what this finds at
once; and with trips to the tip it gets stuck on the number of trucks, where this fills a truck
under way before it sends out another.
Source: Christiaens & Vanden Berghe (2020), Slack Induction by String Removals for Vehicle
Routing Problems, Transportation Science 54(2). Trips to tips, hours in which goods become ready,
vehicles that do not fit and stops left out at a price are ours.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from spatial_analysis.methods.compiled import HAS_NUMBA
from spatial_analysis.methods.string_removal import improved
from spatial_analysis.methods.string_rows import WAY, refresh
from spatial_analysis.methods.tour_rows import given_of, room_of, rows_of, tours_of
from spatial_analysis.methods.tours import Tour, TourProblem

MANY_STOPS = 150
MANY_WITH_TIPS = 15
ITERATIONS = 100_000
TRIED = 500  # iterations by which the machine's pace is first told
SLICES = 40
NEAREST = 10
COLDEST = 0.015  # temperatures, in mean drives to the nearest ten stops
HOTTEST, HOTTEST_WITH_HOURS = 1.5, 6.0  # hours make moves dearer; measured in DECISIONS.md


@dataclass(frozen=True, slots=True)
class Start:
    """Tours that hold, and how many iterations found them."""

    tours: list[Tour]
    iterations: int


def wants_start(problem: TourProblem) -> bool:
    """True where a start of ours helps: many stops, or some and trips to the tip."""
    least = MANY_WITH_TIPS if problem.tips else MANY_STOPS
    return HAS_NUMBA and len(problem.stops) >= least


def start_tours(problem: TourProblem, *, seed: int, iterations: int = ITERATIONS) -> list[Tour]:
    """Return tours that hold, by ruin and recreate under simulated annealing.

    Deterministic for the same problem, seed and count.
    """
    search = Annealing(problem, seed)
    search.slice(0.0, 1.0, iterations)
    return search.tours()


def start_tours_within(problem: TourProblem, *, seed: int, runtime_s: float) -> Start:
    """Like `start_tours`, cooled by the clock: `runtime_s`, however busy the machine is."""
    began, search = time.monotonic(), Annealing(problem, seed)
    search.slice(0.0, 0.0, 0)  # loads what is compiled, makes the first tours
    done, total, iterations = 0.0, 0, TRIED
    while done < 1.0:
        before = time.monotonic()
        search.slice(done, min(done + 1 / SLICES, 1.0), iterations)
        now, total = time.monotonic(), total + iterations
        done = max(min((now - began) / runtime_s, 1.0), done + 1e-3)
        iterations = max(int(iterations * runtime_s / SLICES / max(now - before, 1e-6)), 50)
    return Start(search.tours(), total)


class Annealing:
    """A search that can be cooled in slices."""

    def __init__(self, problem: TourProblem, seed: int) -> None:
        self.problem, self.given = problem, given_of(problem)
        self.rows = rows_of(problem, self.given)
        for k in range(len(problem.trucks)):
            refresh(self.given, self.rows, k)
        prizes = sum(stop.prize_s for stop in problem.stops)
        mixed = (seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) % 2**64
        self.room = room_of(self.rows, cost=int(self.rows.cost.sum()) + prizes, state=mixed or 1)
        near = self.given.near[:, 1 : NEAREST + 1]
        ten = self.given.drive[self.given.trucks[0, WAY]][np.arange(len(near))[:, None], near]
        self.mean = float(max(ten.mean(), 1.0)) if ten.size else 1.0
        hours = self.given.windows and (not problem.tips or self.given.released)
        self.hottest = HOTTEST_WITH_HOURS if hours else HOTTEST

    def slice(self, start: float, end: float, iterations: int) -> None:
        """Go on from `start` to `end` of the cooling (0 to 1)."""
        fall = COLDEST / self.hottest
        hot, cold = (self.hottest * fall**part * self.mean for part in (start, end))
        improved(self.given, self.rows, self.room, hot, cold, iterations)

    @property
    def cost(self) -> int:
        """What the best tours so far cost: drive, and prizes of what is left out."""
        return int(self.room.best[0])

    def tours(self) -> list[Tour]:
        """The best tours so far."""
        return tours_of(self.problem, self.room.best_node, self.room.best_size)
