"""Try smaller fleets too: with trips to the tip a solver gets stuck on the number of trucks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from spatial_analysis.methods.insertion import insert_worthwhile
from spatial_analysis.methods.tour_start import start_tours, start_tours_within, wants_start
from spatial_analysis.methods.tours import (
    Plan,
    Tour,
    TourProblem,
    cost_s,
    plan_of,
    with_trucks,
)

START_ITERATIONS = 100  # of our own start, which are short, for one of the solver
OF_THE_TIME = 0.8  # that our own start gets, where the clock ends the search
TO_CHOOSE = 0.3  # the same where stops differ in worth: the solver is better at leaving out
TO_WAIT = 0.6  # the same where goods come during the shift


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to look: counts, not seconds, so that an answer can be had again.

    `runtime_s` ends the search by the clock all the same; then two runs may differ.
    """

    iterations: int = 1500
    patience: int = 500
    seeds: tuple[int, ...] = (1,)
    runtime_s: float | None = None


def sweep(problem: TourProblem, effort: Effort) -> Plan:
    """Return the best plan over seeds, and over fleet sizes where needed; ties to the earlier try.

    Many stops, or some and trips to the tip: from a start of ours, whose trucks under way are
    filled before others are sent. Else with trips to the tip: with all trucks, then with half of
    those that were used, or with one less, as long as that makes the plan cheaper; the other
    seeds with the best fleet only. (Measured on real bins of Montevideo: the solver alone finds
    8,217 s of driving when three trucks might be used, 7,844 s when asked with one.)
    """
    return Search(problem, effort).best()


class Search:
    """One search, with its clock; `start_iterations` were done by our own start."""

    def __init__(self, problem: TourProblem, effort: Effort) -> None:
        self.problem, self.effort, self.start_iterations = problem, effort, 0
        self.ends = None if effort.runtime_s is None else time.monotonic() + effort.runtime_s

    def best(self) -> Plan:
        """Return the best plan that was found."""
        best = self._best()
        return insert_worthwhile(self.problem, best) if best.left_out else best

    def _best(self) -> Plan:
        problem, first = self.problem, self.effort.seeds[0]
        kept = frozenset(range(len(problem.trucks)))
        start = self._start(first)
        if start or not problem.tips:
            plans = [plan_of(problem, start)] if start else []
            return self._of_seeds(plans, kept, self.effort.seeds, start)
        best = self._solved(kept, first, share=0.3)
        tried: set[frozenset[int]] = {kept}
        while (smaller := _next_fleet(problem, best, tried)) is not None:
            tried.add(smaller)
            plan = self._solved(smaller, first, share=0.4)
            if cost_s(problem, plan) < cost_s(problem, best):
                best, kept = plan, smaller
        return self._of_seeds([best], kept, self._more_seeds(), ())

    def _more_seeds(self) -> Sequence[int]:
        """Seeds after the first; by the clock two more at least, so that no time is left over."""
        told = self.effort.seeds
        if self.ends is None or len(told) > 2:
            return told[1:]
        return (*told[1:], told[-1] + 1, told[-1] + 2)

    def _start(self, seed: int) -> list[Tour]:
        if not wants_start(self.problem):
            return []
        if self.ends is None:
            self.start_iterations = START_ITERATIONS * self.effort.iterations
            return start_tours(self.problem, seed=seed, iterations=self.start_iterations)
        left = start_share(self.problem) * (self.ends - time.monotonic())
        found = start_tours_within(self.problem, seed=seed, runtime_s=left)
        self.start_iterations = found.iterations
        return found.tours

    def _of_seeds(
        self, plans: list[Plan], kept: frozenset[int], seeds: Sequence[int], start: Sequence[Tour]
    ) -> Plan:
        for i, seed in enumerate(seeds):
            plans.append(self._solved(kept, seed, share=1 / (len(seeds) - i), start=start))
        return min(plans, key=lambda plan: cost_s(self.problem, plan))

    def _solved(
        self, kept: frozenset[int], seed: int, *, share: float, start: Sequence[Tour] = ()
    ) -> Plan:
        from spatial_analysis.methods.tour_solver import solve_tours  # loads the solver

        left = None if self.ends is None else max(self.ends - time.monotonic(), 0.1) * share
        return solve_tours(
            with_trucks(self.problem, kept),
            iterations=self.effort.iterations,
            seed=seed,
            patience=self.effort.patience,
            runtime_s=left,
            start=start,
        )


def start_share(problem: TourProblem) -> float:
    """Share of the clock that our own start gets; the rest is the solver's."""
    if any(stop.ready_s > 0 for stop in problem.stops):
        return TO_WAIT
    return TO_CHOOSE if len({stop.prize_s for stop in problem.stops}) > 1 else OF_THE_TIME


def _next_fleet(
    problem: TourProblem, best: Plan, tried: set[frozenset[int]]
) -> frozenset[int] | None:
    """Half of the trucks that the best plan uses, else one less; None when both were tried."""
    used = [tour for tour in best.tours if tour.stops]
    by_load = sorted(used, key=lambda t: (-sum(problem.stops[s].load_l for s in t.stops), t.truck))
    for size in ((len(used) + 1) // 2, len(used) - 1):
        fleet = frozenset(tour.truck for tour in by_load[:size]) | _obliged(problem)
        if 0 < size < len(used) and fleet not in tried:
            return fleet
    return None


def _obliged(problem: TourProblem) -> frozenset[int]:
    """Trucks that must come home in any case: loaded already, or away from their depot."""
    return frozenset(
        i for i, t in enumerate(problem.trucks)
        if t.load_l or t.load_kg or t.start_place != t.end_place
    )  # fmt: skip
