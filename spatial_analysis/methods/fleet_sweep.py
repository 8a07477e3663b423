"""Try smaller fleets too: with trips to the tip a solver gets stuck on the number of trucks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from spatial_analysis.methods.insertion import insert_worthwhile
from spatial_analysis.methods.tour_start import start_tours, start_tours_within, wants_start
from spatial_analysis.methods.tours import Plan, Tour, TourProblem, cost_s, with_trucks


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
    """Return the best plan over fleet sizes and seeds; ties go to the earlier try.

    Starts with all trucks, then asks with half of those that were used, or with one less, as
    long as that makes the plan cheaper: so the number of tries grows with the logarithm of the
    fleet. The other seeds are tried with the best fleet only. (Measured on real bins of
    Montevideo: 8,217 s of driving when three trucks might be used, 7,844 s when asked with one.)
    Where nothing is tipped on the way the fleet is no trap: then all the time goes to one search,
    for many stops from a start of ours.
    """
    search = _Search(problem, effort)
    best = search.best()
    return insert_worthwhile(problem, best) if best.left_out else best


class _Search:
    """One sweep, with its clock."""

    def __init__(self, problem: TourProblem, effort: Effort) -> None:
        self.problem, self.effort = problem, effort
        self.ends = None if effort.runtime_s is None else time.monotonic() + effort.runtime_s

    def best(self) -> Plan:
        """Return the best plan that was found."""
        problem, first = self.problem, self.effort.seeds[0]
        kept = frozenset(range(len(problem.trucks)))
        if not problem.tips:
            return self._of_seeds([], kept, self.effort.seeds, self._start(first))
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

    def _start(self, seed: int) -> Sequence[Tour]:
        if not wants_start(self.problem):
            return ()
        if self.effort.runtime_s is None:
            return start_tours(self.problem, seed=seed)
        return start_tours_within(self.problem, seed=seed, runtime_s=self.effort.runtime_s)

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
