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

    Starts with all trucks, then asks with half of those that were used, or with one less, as
    long as that makes the plan cheaper: so the number of tries grows with the logarithm of the
    fleet. The other seeds are tried with the best fleet only. (Measured on real bins of
    Montevideo: 8,217 s of driving when three trucks might be used, 7,844 s when asked with one.)
    """
    first = effort.seeds[0]
    kept = frozenset(range(len(problem.trucks)))
    best = _solved(problem, kept, effort, first)
    tried: set[frozenset[int]] = {kept}
    while (smaller := _next_fleet(problem, best, tried)) is not None:
        tried.add(smaller)
        plan = _solved(problem, smaller, effort, first)
        if cost_s(problem, plan) < cost_s(problem, best):
            best, kept = plan, smaller
    plans = [best, *(_solved(problem, kept, effort, seed) for seed in effort.seeds[1:])]
    best = min(plans, key=lambda plan: cost_s(problem, plan))
    return insert_worthwhile(problem, best) if best.left_out else best


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


def _solved(problem: TourProblem, kept: frozenset[int], effort: Effort, seed: int) -> Plan:
    from spatial_analysis.methods.tour_solver import solve_tours  # loads the solver

    return solve_tours(
        with_trucks(problem, kept),
        iterations=effort.iterations,
        seed=seed,
        patience=effort.patience,
    )
