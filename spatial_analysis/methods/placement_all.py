"""Fewest sites that reach everybody who can be reached, under the rules of a placement (LSCP)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from spatial_analysis.methods.p_center import Fewest
from spatial_analysis.methods.placement_branch import NoAnswerInTime
from spatial_analysis.methods.placement_rules import (
    CannotPlace,
    NothingToPlace,
    Relaxed,
    Rules,
    ways_out,
)

Floats = NDArray[np.float64]
INFEASIBLE = 2


def cover_everyone(
    reach: ArrayLike | sparse.sparray,
    rules: Rules,
    *,
    served: NDArray[np.bool_] | None = None,
    seconds: float = 10.0,
) -> Fewest:
    """Choose as few sites as reach every place that any allowed site reaches, and prove it.

    reach : (n, m) True where site j serves place i; dense or sparse
    rules : wished and forbidden sites, floors, conflicts; count and budget are upper limits
    served : (n,) True where people are reached already; they ask for nothing

    Of equally few sites the cheapest. Equal rows ask once. CannotPlace says how much money or
    how many sites are missing for everybody, or how much nearer sites must be allowed to stand.
    Raises NothingToPlace, NoAnswerInTime.
    Source: Toregas et al. (1971), The location of emergency service facilities.
    """
    begin = perf_counter()
    matrix = sparse.csr_array(reach, dtype=bool)
    columns = matrix.shape[1]
    if not columns:
        raise NothingToPlace
    asked = _asked(matrix, rules, served)
    cost = rules.prices(columns)
    few = 1.0 + cost / (1.0 + cost.sum())
    best = _least(few, asked, rules, columns, begin + seconds)
    if best is None:
        raise CannotPlace(ways_out(rules, columns) or _nearer(asked, rules, columns, seconds))
    sites, bound = best
    if rules.count is not None and len(sites) > rules.count:
        raise CannotPlace(((Relaxed("count", "", float(len(sites) - rules.count)),),))
    if rules.budget is not None and cost[sites].sum() > rules.budget:
        sites, bound = _within_money(few, asked, rules, columns, begin + seconds)
    limit = int(np.floor(bound + 1e-6))  # k sites weigh k and less than one more
    return Fewest(sites, limit, limit >= len(sites), perf_counter() - begin)


def _asked(
    matrix: sparse.csr_array, rules: Rules, served: NDArray[np.bool_] | None
) -> sparse.csr_array:
    """Rows that somebody must reach, each set of columns once, forbidden columns empty."""
    open_to_choice = np.ones(matrix.shape[1])
    open_to_choice[list(rules.forbidden)] = 0.0  # too near is no reason to be left out
    rows = sparse.csr_array(matrix.astype(float) @ sparse.diags_array(open_to_choice))
    rows.eliminate_zeros()
    rows.sort_indices()
    first: dict[bytes, int] = {}
    for i in np.flatnonzero(np.diff(rows.indptr)).tolist():
        if served is None or not served[i]:
            first.setdefault(rows.indices[rows.indptr[i] : rows.indptr[i + 1]].tobytes(), i)
    return sparse.csr_array(rows[[first[key] for key in sorted(first)]])


def _least(
    weight: Floats,
    asked: sparse.csr_array,
    rules: Rules,
    columns: int,
    deadline: float,
    budget: float | None = None,
) -> tuple[list[int], float] | None:
    """Sites of least weight together, and the proven limit; None where the rules contradict."""
    low, high = np.zeros(columns), np.ones(columns)
    low[list(rules.must)] = 1.0
    high[list(rules.forbidden)] = 0.0
    if (low > high).any():
        return None
    limits = [LinearConstraint(asked, lb=1)] if asked.shape[0] else []
    for floor in rules.floors:
        inside = np.zeros(columns)
        inside[list(floor.sites)] = 1.0
        limits.append(LinearConstraint(inside[None, :], lb=floor.least))
    if (sets := rules.sets(columns)).shape[0]:
        limits.append(LinearConstraint(sets, ub=1))
    if budget is not None:
        unit = max(float(rules.prices(columns).max()), 1.0)
        limits.append(LinearConstraint(rules.prices(columns)[None, :] / unit, ub=budget / unit))
    left = max(deadline - perf_counter(), 0.5)
    answer = _milp(weight, limits, Bounds(low, high), left)
    if answer.status == INFEASIBLE:
        return None
    if answer.x is None:
        raise NoAnswerInTime
    sites = [int(j) for j in np.flatnonzero(answer.x > 0.5)]
    return sites, float(answer.mip_dual_bound if answer.mip_dual_bound is not None else 0.0)


def _nearer(
    asked: sparse.csr_array, rules: Rules, columns: int, seconds: float
) -> tuple[tuple[Relaxed, ...], ...]:
    """The widest distance at which everybody can still be reached: halving the distances there are.

    No way out at all where the conflicts are not to blame.
    """
    conflicts, deadline = rules.conflicts, perf_counter() + seconds
    if conflicts is None:
        return ((),)

    def works(least_m: float) -> bool:
        kept = conflicts.metres < least_m
        softer = replace(conflicts, pairs=conflicts.pairs[kept], metres=conflicts.metres[kept])
        now = replace(rules, conflicts=softer)
        return _least(np.ones(columns), asked, now, columns, deadline) is not None

    levels = np.unique(conflicts.metres)
    low, high = 0, len(levels) - 1  # at levels[0] no pair is left
    if not works(float(levels[0])):
        return ((),)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if works(float(levels[middle])) else (low, middle - 1)
    return ((Relaxed("spacing", "", round(conflicts.least_m - float(levels[low]), 6)),),)


def _milp(
    weight: Floats, limits: Sequence[LinearConstraint], bounds: Bounds, seconds: float
) -> OptimizeResult:
    return milp(
        weight,
        constraints=list(limits) or None,
        integrality=1,
        bounds=bounds,
        options={"mip_rel_gap": 0.0, "time_limit": seconds},
    )


def _within_money(
    few: Floats, asked: sparse.csr_array, rules: Rules, columns: int, deadline: float
) -> tuple[list[int], float]:
    """As few as the money allows; CannotPlace with what is missing when it is too little."""
    cost = rules.prices(columns)
    cheapest = _least(cost + 1e-6 * max(cost.max(), 1.0), asked, rules, columns, deadline)
    if cheapest is None or rules.budget is None:
        raise NothingToPlace
    needed = float(cost[cheapest[0]].sum())
    if needed > rules.budget:
        raise CannotPlace(((Relaxed("budget", "", needed - rules.budget),),))
    found = _least(few, asked, rules, columns, deadline, rules.budget)
    return (cheapest[0], 0.0) if found is None else found
