"""Who is served from where when every site has only so much room (capacitated p-median)."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from spatial_analysis.methods.allocation_bound import ascend, forced, knapsacks, recentre
from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.p_median import BadCosts
from spatial_analysis.methods.placement_rules import NothingToPlace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
STEPS, ROUNDS = 600, 3


class NoRoom(MethodError):
    """The sites together, or each for the largest client, have too little room."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """Sites, the site of each client, and the proof: nobody can get below `bound`."""

    sites: list[int]
    served_by: Ints
    objective: float
    bound: float
    gap_pct: float
    proven: bool
    seconds: float


def capacitated_p_median(
    cost: Floats, load: Ints, room: int, count: int, *, seconds: float = 60.0
) -> Allocation:
    """Choose `count` sites and give every client whole to one of them, within its room.

    Lagrangian prices of the clients split the problem into a knapsack for each site: the
    limit is that of the sites' best sets. Pairs of client and site whose forced use lifts
    the limit above the best answer are closed; HiGHS solves what is left.

    Parameters
    ----------
    cost : (n, m) of serving client i from site j, finite, >= 0
    load : (n,) whole units (litres, households), > 0; room : units of each site
    count : sites, 1..m; seconds : stop after this time, the answer then states its gap

    Raises BadCosts, NothingToPlace, NoRoom. A step of the bound costs O(n x m x room).
    Source: Osman & Christofides (1994), Capacitated clustering problems by hybrid simulated
    annealing and tabu search; Beasley (1993), Lagrangean heuristics for location problems.
    """
    begin = perf_counter()
    table, loads = _checked(cost, load, room, count)
    search = _Search(table, loads, int(room), count)
    limit = search.run(begin + seconds)
    if search.home is None:
        raise NoRoom
    bound = min(limit, search.upper)
    proven = bound >= search.enough()
    return Allocation(
        sites=sorted(int(j) for j in search.sites),
        served_by=search.sites[search.home],
        objective=search.upper,
        bound=search.upper if proven else bound,
        gap_pct=0.0 if proven else 100 * (search.upper - bound) / max(search.upper, 1e-12),
        proven=proven,
        seconds=perf_counter() - begin,
    )


def _checked(cost: Floats, load: Ints, room: int, count: int) -> tuple[Floats, Ints]:
    table = np.ascontiguousarray(cost, dtype=np.float64)
    loads = np.ascontiguousarray(load, dtype=np.int64)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all() or (table < 0).any():
        raise BadCosts
    if loads.shape != (len(table),) or (loads <= 0).any():
        raise BadCosts
    if not 1 <= count <= table.shape[1]:
        raise NothingToPlace
    if loads.sum() > count * room or loads.max() > room:
        raise NoRoom
    return table, loads


class _Search:
    """The best answer so far, and which pairs of client and site still matter."""

    def __init__(self, cost: Floats, load: Ints, room: int, count: int) -> None:
        self.cost, self.load, self.room, self.count = cost, load, room, count
        self.unit = 1.0 if (cost == np.round(cost)).all() else 0.0
        self.free = np.ones(cost.shape, dtype=np.bool_)
        self.upper, self.sites = np.inf, np.zeros(0, dtype=np.int64)
        self.home: Ints | None = None

    def enough(self) -> float:
        """Limit from which on nothing better than the best answer can hide."""
        if not np.isfinite(self.upper):
            return np.inf
        return self.upper - (self.unit - 1e-6 if self.unit else 1e-9 * max(self.upper, 1.0))

    def run(self, deadline: float) -> float:
        """Search until proven or out of time; the proven limit."""
        self._first_answers()
        guess = self.upper if np.isfinite(self.upper) else float(self.cost.max(axis=1).sum())
        prices = np.sort(self.cost, axis=1)[:, min(self.count, self.cost.shape[1] - 1)]
        limit = -np.inf
        for turn in range(ROUNDS):
            found, prices, sites = ascend(
                self.cost, self.load, self.room, prices, self.free, self.count,
                min(self.upper, guess), self.enough(), STEPS, 1.5 / 3**turn,
            )  # fmt: skip
            limit = max(limit, found)
            self._try(sites)
            if limit >= self.enough() or perf_counter() > deadline:
                return limit
            self._close(found, prices)
        return self._settle(limit, deadline)

    def _first_answers(self) -> None:
        dice = np.random.default_rng(8271)
        for _ in range(20):
            self._try(dice.choice(self.cost.shape[1], self.count, replace=False))

    def _try(self, sites: Ints) -> None:
        value, better, home = recentre(
            self.cost, self.load, self.room, np.asarray(sites, dtype=np.int64)
        )
        if value < self.upper:
            self.upper, self.sites, self.home = value, better, home

    def _close(self, limit: float, prices: Floats) -> None:
        """Close pairs, and whole sites, whose use lifts the limit past the best answer."""
        worth, _ = knapsacks(self.cost, self.load, self.room, prices, self.free)
        must = forced(self.cost, self.load, self.room, prices, self.free)
        order = np.argsort(worth, kind="stable")
        taken = np.zeros(len(worth), dtype=bool)
        taken[order[: self.count]] = True
        dearest = worth[order[self.count - 1]]
        with_site = np.where(taken, limit, limit - dearest + worth)  # this site is open
        with_pair = with_site[None, :] + must - worth[None, :]
        self.free &= with_pair < self.enough()

    def _settle(self, limit: float, deadline: float) -> float:
        """Let HiGHS solve the pairs that are left; the limit it proves."""
        i, j = np.nonzero(self.free)
        columns, at = np.unique(j, return_inverse=True)
        answer = milp(
            np.append(np.zeros(len(columns)), self.cost[i, j]),
            constraints=self._model(i, at, len(columns)),
            integrality=1,
            bounds=Bounds(0, 1),
            options={"mip_rel_gap": 0.0, "time_limit": max(deadline - perf_counter(), 0.5)},
        )
        if answer.x is not None and answer.fun < self.upper:
            pairs = np.flatnonzero(answer.x[len(columns) :] > 0.5)
            sites = np.flatnonzero(answer.x[: len(columns)] > 0.5)
            home = np.zeros(len(self.cost), dtype=np.int64)
            home[i[pairs]] = np.searchsorted(sites, at[pairs])
            self.sites, self.home = columns[sites], home
            self.upper = float(self.cost[np.arange(len(home)), self.sites[home]].sum())
        if answer.status in (0, 2):  # 2: no pair that is left leads to anything better
            return float(self.upper)
        return max(limit, float(answer.mip_dual_bound or -np.inf))

    def _model(self, i: Ints, at: Ints, m: int) -> list[LinearConstraint]:
        n, k = len(self.cost), len(i)
        pair = np.arange(k)
        served = sparse.csr_array((np.ones(k), (i, m + pair)), shape=(n, m + k))
        load = np.append(np.full(m, -float(self.room)), self.load[i].astype(float))
        where = np.append(np.arange(m), at)
        within = sparse.csr_array((load, (where, np.arange(m + k))), shape=(m, m + k))
        ends = np.append(m + pair, at)
        signs = np.repeat([1.0, -1.0], k)
        from_open = sparse.csr_array((signs, (np.tile(pair, 2), ends)), shape=(k, m + k))
        number = sparse.csr_array(np.append(np.ones(m), np.zeros(k))[None, :])
        return [
            LinearConstraint(served, 1, 1),
            LinearConstraint(within, ub=np.zeros(m)),
            LinearConstraint(from_open, ub=np.zeros(k)),
            LinearConstraint(number, self.count, self.count),
        ]
