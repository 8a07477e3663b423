"""A good placement to begin with: greedy within the rules, then exchanges one for one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from spatial_analysis.methods.placement_cover import Cover, Floats, Ints

Chosen = NDArray[np.bool_]


def good_start(problem: Cover, *, rounds: int = 3) -> Chosen | None:
    """Return a placement that keeps the rules, or None where greedy finds none.

    Takes the best of two greedy orders (people; people per rupiah) and then exchanges one
    column for one better while that helps, at most `rounds` times through.
    """
    orders = (False, True) if np.isfinite(problem.budget) else (False,)
    weights = sparse.csr_array(problem.reach.T, dtype=np.float64)
    found = [_greedy(problem, weights, per_cost=order) for order in orders]
    kept = [chosen for chosen in found if problem.keeps_rules(chosen)]
    if not kept:
        return None
    best = max(kept, key=problem.value)
    for _ in range(rounds):
        if not _exchange(problem, weights, best):
            break
    return best


def _greedy(problem: Cover, weights: sparse.csr_array, *, per_cost: bool) -> Chosen:
    chosen = np.zeros(len(problem.columns), dtype=bool)
    waiting, second = problem.people.copy(), problem.backup.copy()
    price = np.maximum(problem.cost, 1e-9) if per_cost else np.ones(len(chosen))
    while True:
        may = affordable(problem, chosen)
        if not may.any():
            return chosen
        gain = np.where(may, (weights @ waiting) / price, -1.0)
        best = int(np.argmax(gain))
        if gain[best] <= 0 and not _short(problem, chosen):
            return chosen
        chosen[best] = True
        rows = _rows(problem, best)
        waiting[rows], second[rows] = second[rows], 0.0


def _exchange(problem: Cover, weights: sparse.csr_array, chosen: Chosen) -> bool:
    """Give each chosen column to a better one, in place; True when something changed."""
    changed = False
    times = problem.reach[:, chosen].sum(axis=1).astype(np.int64)
    for old in np.flatnonzero(chosen):
        times[_rows(problem, old)] -= 1
        chosen[old] = False
        may = affordable(problem, chosen)
        may[old] = True
        left = np.where(times == 0, problem.people, np.where(times == 1, problem.backup, 0.0))
        gain = np.where(may, weights @ left, -1.0)
        best = int(np.argmax(gain))
        new = best if gain[best] > gain[old] + 1e-9 else int(old)
        chosen[new] = True
        times[_rows(problem, new)] += 1
        changed |= new != old
    return changed


def affordable(problem: Cover, chosen: Chosen) -> Chosen:
    """Columns that may be added so that money and number still suffice for all floors.

    None is too near to a chosen one; whether the floors find places apart is not looked at.
    """
    cost, free = problem.cost, ~chosen & ~problem.blocked(chosen)
    money = problem.budget - float(cost[chosen].sum())
    room = problem.count - int(chosen.sum())
    unmet = _short(problem, chosen)
    reserve = [_cheapest(cost, mask & free, short) for mask, short in unmet]
    reserved = sum(float(cost[kept].sum()) for kept in reserve)
    slots = sum(short for _, short in unmet)
    may = free & (cost <= money - reserved + 1e-9) & (room > slots)
    for (mask, short), kept in zip(unmet, reserve, strict=True):
        if len(kept) < short:
            continue
        dearest = float(cost[kept].max())
        spared = np.full(len(cost), dearest)  # the dearest of the reserve need not be bought
        spared[kept] = cost[kept]
        fits = (cost <= money - reserved + spared + 1e-9) & (room >= slots)
        may = np.where(mask & free, fits, may)
    return may


def _short(problem: Cover, chosen: Chosen) -> list[tuple[Chosen, int]]:
    """Floors not met yet, and how many columns each still needs."""
    counted = [(mask, least - int(chosen[mask].sum())) for mask, least in problem.floors]
    return [(mask, short) for mask, short in counted if short > 0]


def _cheapest(cost: Floats, mask: Chosen, number: int) -> Ints:
    inside = np.flatnonzero(mask)
    return inside[np.argsort(cost[inside], kind="stable")[:number]]


def _rows(problem: Cover, column: int | np.integer) -> Ints:
    return problem.reach.indices[problem.reach.indptr[column] : problem.reach.indptr[column + 1]]
