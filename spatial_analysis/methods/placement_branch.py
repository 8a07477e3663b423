"""The exact answer of a covering problem: shrink, start, bound, then branch with HiGHS."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.placement_bound import fix_by_bound
from spatial_analysis.methods.placement_cover import Cover, drop_dominated, merge_equal_rows
from spatial_analysis.methods.placement_start import good_start

Chosen = NDArray[np.bool_]


class NoAnswerInTime(MethodError):
    """No placement was found in the time given; allow more seconds or fewer candidates."""


@dataclass(frozen=True, slots=True)
class Limit:
    """When to stop: seconds for branching; from how many columns on to bound and fix first."""

    seconds: float
    prune_from: int


@dataclass(frozen=True, slots=True)
class Solved:
    """Columns chosen (outside numbers), people they reach, proven upper limit, sizes on the way."""

    columns: list[int]
    objective: float
    bound: float
    sizes: dict[str, int] = field(default_factory=dict)


def solve(problem: Cover, limit: Limit) -> Solved | None:
    """Best columns of `problem`, or None where the rules cannot all be kept."""
    lean = drop_dominated(merge_equal_rows(problem))
    if not len(lean.columns):  # nobody waits, or nobody is in reach
        return None if any(least > 0 for _, least in lean.floors) else Solved([], 0.0, 0.0)
    deadline = perf_counter() + limit.seconds  # shrinking may have had to compile itself first
    sizes = {"rows": lean.reach.shape[0], "columns": len(lean.columns)}
    bound = float(lean.people.sum() + lean.backup.sum())
    start = good_start(lean)
    if start is not None and len(lean.columns) >= limit.prune_from:
        bound, kept, start = fix_by_bound(lean, start)
        lean, start = lean.only(kept), start[kept]
        sizes["columns_left"] = len(kept)
        if bound <= lean.value(start):
            return _solved(lean, start, bound, sizes)
        lean = merge_equal_rows(lean)
    answer = _highs(lean, max(deadline - perf_counter(), 0.5))
    if answer.status == 2:
        return None
    if answer.mip_dual_bound is not None:
        bound = min(bound, -float(answer.mip_dual_bound))
    return _solved(lean, _better(lean, start, answer), bound, sizes)


def _solved(lean: Cover, chosen: Chosen, bound: float, sizes: dict[str, int]) -> Solved:
    value = lean.value(chosen)
    return Solved([int(c) for c in lean.columns[chosen]], value, max(value, bound), sizes)


def _better(lean: Cover, start: Chosen | None, answer: OptimizeResult) -> Chosen:
    if answer.x is None:
        if start is None:
            raise NoAnswerInTime
        return start
    taken: Chosen = answer.x[: len(lean.columns)] > 0.5
    return taken if start is None or lean.value(taken) >= lean.value(start) else start


def _in_units(cost: NDArray[np.float64], budget: float) -> tuple[float, float]:
    """Unit of money and the budget in it; whole prices leave a budget of whole units."""
    if (cost == np.round(cost)).all() and cost.max(initial=0.0) < 2**53:
        unit = float(np.gcd.reduce(cost.astype(np.int64))) if len(cost) else 0.0
        if unit > 0:
            return unit, float(np.floor(budget / unit + 1e-9))
    unit = max(float(cost.max(initial=0.0)), 1.0)
    return unit, budget / unit


def _highs(lean: Cover, seconds: float) -> OptimizeResult:
    """Columns first (0/1), then rows reached (0..1) and rows reached twice (0..1).

    A row counts as often as columns serve it; twice is worth less than once, so once comes first.
    """
    n, m = lean.reach.shape
    twice = np.flatnonzero(lean.backup)
    again = sparse.csr_array(
        (np.ones(len(twice)), (twice, np.arange(len(twice)))), shape=(n, len(twice))
    )
    counted = sparse.hstack(
        [-sparse.csr_array(lean.reach, dtype=float), sparse.eye_array(n), again]
    )
    rules = [LinearConstraint(counted, ub=np.zeros(n))] if n else []
    rest = n + len(twice)

    def over_columns(rows: sparse.csr_array | NDArray[np.float64]) -> sparse.csr_array:
        left = sparse.csr_array(rows if rows.ndim == 2 else rows[None, :])
        return sparse.csr_array(sparse.hstack([left, sparse.csr_array((left.shape[0], rest))]))

    rules.append(LinearConstraint(over_columns(np.ones(m)), ub=lean.count))
    if np.isfinite(lean.budget):
        unit, budget = _in_units(lean.cost, lean.budget)
        rules.append(LinearConstraint(over_columns(lean.cost / unit), ub=budget))
    for mask, least in lean.floors:
        rules.append(LinearConstraint(over_columns(mask.astype(float)), lb=least))
    if lean.sets.shape[0]:
        rules.append(LinearConstraint(over_columns(lean.sets), ub=1))
    return milp(
        np.concatenate([np.zeros(m), -lean.people, -lean.backup[twice]]),
        constraints=rules,
        integrality=np.concatenate([np.ones(m), np.zeros(rest)]),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0, "time_limit": seconds},
    )
