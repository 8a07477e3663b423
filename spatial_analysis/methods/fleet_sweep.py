"""Try smaller fleets too: with trips to the tip a solver gets stuck on the number of trucks."""

from __future__ import annotations

from dataclasses import dataclass

from spatial_analysis.methods.insertion import insert_worthwhile
from spatial_analysis.methods.tours import Plan, TourProblem, cost_s, with_trucks


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to look: counts, not seconds, so that an answer can be had again."""

    iterations: int = 1500
    patience: int = 500
    seeds: tuple[int, ...] = (1,)


def sweep(problem: TourProblem, effort: Effort) -> Plan:
    """Return the best plan over fleet sizes and seeds; ties go to the earlier try.

    Starts with all trucks, then leaves the one that serves least at home, and goes on as long
    as that makes the plan cheaper. (Measured on real bins of Montevideo: 8,217 s of driving
    when three trucks might be used, 7,844 s when asked with one.)
    """
    kept = frozenset(range(len(problem.trucks)))
    best = _best_of_seeds(problem, kept, effort)
    while True:
        used = [tour for tour in best.tours if tour.stops]
        if len(used) <= 1:
            return best
        least = min(used, key=lambda t: (sum(problem.stops[s].load_l for s in t.stops), t.truck))
        kept = frozenset(tour.truck for tour in used if tour is not least)
        kept |= _obliged(problem)
        fewer = _best_of_seeds(problem, kept, effort)
        if cost_s(problem, fewer) >= cost_s(problem, best):
            return best
        best = fewer


def _obliged(problem: TourProblem) -> frozenset[int]:
    """Trucks that must come home in any case: loaded already, or away from their depot."""
    return frozenset(
        i for i, t in enumerate(problem.trucks)
        if t.load_l or t.load_kg or t.start_place != t.end_place
    )  # fmt: skip


def _best_of_seeds(problem: TourProblem, kept: frozenset[int], effort: Effort) -> Plan:
    from spatial_analysis.methods.tour_solver import solve_tours  # loads the solver

    smaller = with_trucks(problem, kept)
    plans = [
        insert_worthwhile(
            smaller,
            solve_tours(smaller, iterations=effort.iterations, seed=seed, patience=effort.patience),
        )
        for seed in effort.seeds
    ]
    return min(plans, key=lambda plan: cost_s(problem, plan))
