"""The search behind the p-median: bound, close what cannot matter, then HiGHS or branching."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import count as counter
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from spatial_analysis.methods.p_median_bound import (
    CLOSED,
    FREE,
    OPEN,
    first_prices,
    greedy,
    improve,
    interchange,
    shake,
    total,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ROOT_STEPS, NODE_STEPS = 2_000, 120
SHAKES, SEED = 40, 8271
FEW_PAIRS = 5_000  # so many pairs of client and site HiGHS settles in a blink


@dataclass(slots=True)
class _Node:
    limit: float
    prices: Floats
    state: Ints


class Search:
    """One branch and bound: the best answer so far, and the open nodes by their limit."""

    def __init__(self, cost: Floats, count: int) -> None:
        self.cost, self.count = cost, count
        self.unit = 1.0 if (cost == np.round(cost)).all() else 0.0
        self.sites = interchange(cost, greedy(cost, count))
        self.upper = float(total(cost, self.sites))
        self.columns = np.arange(cost.shape[1])  # those that still matter
        self.order, self.ranked = self._by_cost()

    def _by_cost(self) -> tuple[Ints, Floats]:
        table = self.cost[:, self.columns]
        order = np.argsort(table, axis=1, kind="stable")
        return order, np.ascontiguousarray(np.take_along_axis(table, order, axis=1))

    def enough(self) -> float:
        """Limit from which on nothing better than the best answer can hide."""
        slack = 1e-9 * max(self.upper, 1.0)
        return self.upper - (self.unit - 1e-6 if self.unit else slack)

    def run(self, deadline: float) -> tuple[float, int]:
        """Search until proven or out of time; the proven limit, and nodes looked at."""
        tie = counter()
        root = self._root()
        if root is None:
            return self.upper, 1
        if self._settled(root, deadline):
            return self.upper, 1
        heap = [(root.limit, next(tie), root)]
        nodes = 1
        while heap and heap[0][0] < self.enough() and perf_counter() < deadline:
            node = heapq.heappop(heap)[2]
            for child in self._children(node):
                nodes += 1
                heapq.heappush(heap, (child.limit, next(tie), child))
        return (heap[0][0] if heap else self.upper), nodes

    def _root(self) -> _Node | None:
        prices = first_prices(self.cost, self.sites)
        state = np.full(len(self.columns), FREE)
        limit = -np.inf
        for steps, size in ((ROOT_STEPS, 1.5), (ROOT_STEPS, 0.5)):
            node = self._bounded(_Node(limit, prices, state), steps, size)
            if node is None:
                return None
            self.sites = shake(self.cost, self.sites, SHAKES, SEED)
            self.upper = float(total(self.cost, self.sites))
            kept = node.state != CLOSED
            self.columns = self.columns[kept]
            self.order, self.ranked = self._by_cost()
            limit, prices, state = node.limit, node.prices, node.state[kept]
        return _Node(limit, prices, state)

    def _settled(self, root: _Node, deadline: float) -> bool:
        """Solve what is left with HiGHS when it is small; True when that settles the matter.

        A pair of client and site stays only where serving the one from the other at its cost,
        above the client's price, could still lead below the best answer.
        """
        cost = self.cost[:, self.columns]
        over = cost - root.prices[:, None]
        i, j = np.nonzero(over <= self.upper - root.limit + 1e-6 * max(self.upper, 1.0))
        if len(i) > FEW_PAIRS:
            return False
        answer = milp(
            np.concatenate([np.zeros(len(self.columns)), cost[i, j]]),
            constraints=_model(i, j, cost.shape, self.count),
            integrality=np.concatenate([np.ones(len(self.columns)), np.zeros(len(i))]),
            bounds=Bounds(np.append((root.state == OPEN) * 1.0, np.zeros(len(i))), 1.0),
            options={"mip_rel_gap": 0.0, "time_limit": max(deadline - perf_counter(), 0.5)},
        )
        if answer.x is not None:
            self._try(np.flatnonzero(answer.x[: len(self.columns)] > 0.5))
        return answer.status in (0, 2)  # 2: none is left that is better than the best answer

    def _bounded(self, node: _Node, steps: int, size: float) -> _Node | None:
        """The node with its limit raised and its sites decided where they can be; None: closed."""
        found = improve(
            self.order, self.ranked, node.prices, node.state, self.count, self.upper,
            self.enough(), steps, size,
        )  # fmt: skip
        limit, prices, worth, use, taken = found
        self._try(taken)
        limit = max(limit, node.limit)
        if limit >= self.enough():
            return None
        state = self._decided(node.state, limit, worth, taken)
        left = self.count - int((state == OPEN).sum())
        if left == 0 or left >= int((state == FREE).sum()):
            self._try(np.flatnonzero(state == OPEN if left == 0 else state != CLOSED))
            return None
        self.use = use
        return _Node(limit, prices, state)

    def _try(self, taken: Ints) -> None:
        """Keep the sites (after exchanges) when they are better than the best so far."""
        if len(taken) != self.count:
            return
        sites = self.columns[taken]
        value = float(total(self.cost, sites))
        if value < 1.01 * self.upper:
            sites = interchange(self.cost, sites)
            value = float(total(self.cost, sites))
        if value < self.upper:
            self.upper, self.sites = value, sites

    def _decided(self, state: Ints, limit: float, worth: Floats, taken: Ints) -> Ints:
        """Close sites whose use, and open sites whose absence, lifts the limit far enough."""
        free = state == FREE
        inside = np.zeros(len(state), dtype=bool)
        inside[taken] = True
        ours, others = free & inside, free & ~inside
        new = state.copy()
        if ours.any():
            new[others & (limit + worth - worth[ours].max() >= self.enough())] = CLOSED
        if others.any():
            new[ours & (limit - worth + worth[others].min() >= self.enough())] = OPEN
        return new

    def _children(self, node: _Node) -> list[_Node]:
        free = np.flatnonzero(node.state == FREE)
        again = improve(
            self.order, self.ranked, node.prices, node.state, self.count, self.upper,
            self.enough(), 40, 0.1,
        )  # fmt: skip
        doubt = np.abs(again[3][free] / max(again[3].max(), 1e-9) - 0.5)
        pick = free[int(np.argmin(doubt))]
        children = []
        for choice in (OPEN, CLOSED):
            state = node.state.copy()
            state[pick] = choice
            child = self._bounded(_Node(node.limit, node.prices, state), NODE_STEPS, 0.5)
            if child is not None:
                children.append(child)
        return children


def _model(i: Ints, j: Ints, shape: tuple[int, int], count: int) -> list[LinearConstraint]:
    """Each client served once, only from open sites, of which there are `count`."""
    (n, m), k = shape, len(i)
    pair = np.arange(k)
    served = sparse.csr_array((np.ones(k), (i, m + pair)), shape=(n, m + k))
    ends = np.concatenate([m + pair, j])
    signs = np.repeat([1.0, -1.0], k)
    from_open = sparse.csr_array((signs, (np.tile(pair, 2), ends)), shape=(k, m + k))
    number = sparse.csr_array(np.append(np.ones(m), np.zeros(k))[None, :])
    return [
        LinearConstraint(served, 1, 1),
        LinearConstraint(from_open, ub=np.zeros(k)),
        LinearConstraint(number, count, count),
    ]
