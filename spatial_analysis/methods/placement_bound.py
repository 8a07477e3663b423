"""An upper limit for a placement, and the columns that cannot matter under it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from spatial_analysis.methods.placement_cover import Cover, Floats, Ints


def fix_by_bound(
    problem: Cover, start: NDArray[np.bool_], *, steps: int = 600
) -> tuple[float, Ints, NDArray[np.bool_]]:
    """Upper limit, the columns that can still be part of something better, the best start seen.

    Lagrangian: a row may count as reached (and reached twice) without a column, at the price u
    of that row (0 <= u <= people); the budget and each set of columns that stand too near have
    a price too. Prices are improved by subgradient steps
    (Polyak). A column whose forced use brings the limit below the start is dropped; columns
    of the best start stay. Source: Beasley (1993), Lagrangian relaxation, in Reeves (ed.).
    """
    dual = _Dual.of(problem)
    best_value, best = problem.value(start), start
    limit, prices, calm, size = np.inf, dual.first_prices(start), 0, 1.0
    trial, kept = prices, np.ones(len(problem.columns), dtype=bool)
    for _ in range(steps):
        at = dual.at(trial)
        if at.limit < limit - 1e-9:
            limit, prices, calm = at.limit, trial, 0
        else:
            calm += 1
        if problem.keeps_rules(at.taken):
            value = problem.value(at.taken)
            if value > best_value:
                best_value, best = value, at.taken
        kept &= at.limit_with >= dual.worth(best_value)
        if limit - best_value < dual.least_step or size < 1e-4:
            break
        if calm >= 15:
            calm, size, trial = 0, size / 2, prices
            at = dual.at(trial)
        trial = dual.step(trial, at, size * (at.limit - best_value) / at.length)
    if limit - best_value < dual.least_step:
        limit = best_value
    return limit, np.flatnonzero(kept | best), best


@dataclass(frozen=True, slots=True)
class _Relaxation:
    """Lagrangian at some prices: its value, columns taken, value if each column is forced in."""

    limit: float
    taken: NDArray[np.bool_]
    limit_with: Floats
    slope: Floats
    length: float


@dataclass(frozen=True, slots=True)
class _Dual:
    problem: Cover
    weights: sparse.csr_array  # (m, n) transposed reach
    group: Ints  # floor of each column, -1 without; floors that overlap others are ignored
    least: Ints  # of each group
    side: sparse.csr_array  # (r, m) left sides of budget and sets, in units near one
    most: Floats  # (r,) and their upper limits
    whole: bool  # people are whole numbers

    @classmethod
    def of(cls, problem: Cover) -> _Dual:
        group = np.full(len(problem.columns), -1, dtype=np.int64)
        least: list[int] = []
        for mask, needed in problem.floors:
            if (group[mask] < 0).all():  # a bound may ignore a rule, it only gets weaker
                group[mask] = len(least)
                least.append(needed)
        weights = sparse.csr_array(problem.reach.T, dtype=np.float64)
        side, most = [problem.sets], [np.ones(problem.sets.shape[0])]
        if np.isfinite(problem.budget):
            unit = (float(problem.cost.mean()) if len(problem.cost) else 1.0) or 1.0
            side.append(sparse.csr_array(problem.cost[None, :] / unit))
            most.append(np.array([problem.budget / unit]))
        worths = np.concatenate([problem.people, problem.backup])
        return cls(
            problem,
            weights,
            group,
            np.array(least, dtype=np.int64),
            sparse.csr_array(sparse.vstack(side)),
            np.concatenate(most),
            bool((worths == np.round(worths)).all()),
        )

    @property
    def least_step(self) -> float:
        """Two different answers are at least this far apart."""
        return 1 - 1e-6 if self.whole else 1e-9

    def worth(self, best: float) -> float:
        """A column is kept when forcing it in leaves a limit of at least this."""
        return best + (1 - 1e-6 if self.whole else 0.0)

    def first_prices(self, start: NDArray[np.bool_]) -> Floats:
        times = self.problem.reach[:, start].sum(axis=1)
        rows = np.where(times == 0, self.problem.people, self.problem.people / (1 + times))
        return np.concatenate([rows, np.zeros(len(self.most))])

    def at(self, prices: Floats) -> _Relaxation:
        people, backup = self.problem.people, self.problem.backup
        rows, charges = prices[: len(people)], prices[len(people) :]
        worth = self.weights @ rows - self.side.T @ charges
        taken, limit_with = self._take(worth)
        free = np.maximum(people - rows, 0.0) + np.maximum(backup - rows, 0.0)
        limit = float(free.sum() + worth[taken].sum() + charges @ self.most)
        times = self.problem.reach[:, taken].sum(axis=1)
        least = (rows < people).astype(float) + (rows < backup)
        most = (rows <= people).astype(float) + (rows <= backup)
        spare = self.most - self.side @ taken.astype(np.float64)
        slope = np.concatenate([times - np.clip(times, least, most), spare])
        slope[(prices <= 0) & (slope > 0)] = 0.0
        return _Relaxation(limit, taken, limit + limit_with, slope, float(slope @ slope) or 1.0)

    def step(self, prices: Floats, at: _Relaxation, length: float) -> Floats:
        top = np.concatenate([self.problem.people, np.full(len(self.most), np.inf)])
        return np.clip(prices - length * at.slope, 0.0, top)

    def _take(self, worth: Floats) -> tuple[NDArray[np.bool_], Floats]:
        """Best columns under count and floors, and what forcing each column in would lose."""
        taken = np.zeros(len(worth), dtype=bool)
        for g, least in enumerate(self.least):
            inside = np.flatnonzero(self.group == g)
            taken[inside[np.argsort(-worth[inside], kind="stable")[:least]]] = True
        room = self.problem.count - int(taken.sum())
        free = np.flatnonzero(~taken & (worth > 0))
        if room > 0 and len(free):
            taken[free[np.argsort(-worth[free], kind="stable")[:room]]] = True
        return taken, np.where(taken, 0.0, worth - self._given_up(worth, taken))

    def _given_up(self, worth: Floats, taken: NDArray[np.bool_]) -> Floats:
        """For each column, the worth of the taken one that would leave for it (or nought)."""
        full = taken.sum() >= self.problem.count
        held = np.bincount(self.group[taken] + 1, minlength=len(self.least) + 1)[1:]
        loose = taken & ((self.group < 0) | np.append(held > self.least, False)[self.group])
        leave = float(worth[loose].min()) if loose.any() else np.inf
        leave = leave if full else 0.0
        given = np.full(len(worth), leave)
        for g in range(len(self.least)):
            inside = self.group == g
            if (inside & taken).any():
                given[inside] = min(leave, float(worth[inside & taken].min()))
        return given
