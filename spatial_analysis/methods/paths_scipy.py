"""Cheapest paths by Dijkstra in scipy: the oracle of the tests, and the way out without a wheel."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from spatial_analysis.methods.paths import UNREACHABLE, Path, checked_weights, closed


class ScipyPaths:
    """Adapter of the port `StreetPaths` on scipy.sparse.csgraph.dijkstra."""

    def __init__(
        self,
        tail: NDArray[np.integer],
        head: NDArray[np.integer],
        weights: NDArray[np.integer],
        *,
        nodes: int,
    ) -> None:
        self._tail = np.asarray(tail, dtype=np.int64)
        self._head = np.asarray(head, dtype=np.int64)
        self._weights = checked_weights(weights, len(self._tail))
        self._nodes = nodes
        self._kept = self._cheapest_arcs()
        shape, tail, head = (nodes, nodes), self._tail[self._kept], self._head[self._kept]
        cost = self._weights[self._kept].astype(np.float64)
        self._graph = csr_array((cost, (tail, head)), shape=shape)

    @cached_property
    def _arc_of(self) -> dict[tuple[int, int], int]:
        """Arc by its two nodes; only a drawn route asks for it."""
        ends = zip(self._tail[self._kept].tolist(), self._head[self._kept].tolist(), strict=True)
        return dict(zip(ends, self._kept.tolist(), strict=True))

    def _cheapest_arcs(self) -> NDArray[np.int64]:
        """Keep one arc a node pair: scipy would add parallel arcs up."""
        usable = np.flatnonzero(self._weights < UNREACHABLE)
        pair = self._tail[usable] * self._nodes + self._head[usable]
        order = np.lexsort((usable, self._weights[usable], pair))
        _, first = np.unique(pair[order], return_index=True)
        return usable[order][first]

    def route(self, source: int, target: int) -> Path | None:
        """Return the cheapest path between two nodes, or None."""
        if source == target:
            return Path(0, ())
        costs, before = dijkstra(self._graph, indices=source, return_predecessors=True)
        if not np.isfinite(costs[target]):
            return None
        arcs, node = [], target
        while node != source:
            previous = int(before[node])
            arcs.append(self._arc_of[previous, node])
            node = previous
        return Path(int(costs[target]), tuple(reversed(arcs)))

    def matrix(
        self, sources: NDArray[np.integer], targets: NDArray[np.integer]
    ) -> NDArray[np.uint32]:
        """(s, t) cost from every source to every target."""
        if not len(sources) or not len(targets):
            return np.zeros((len(sources), len(targets)), dtype=np.uint32)
        different, row = np.unique(np.asarray(sources, dtype=np.int64), return_inverse=True)
        costs = dijkstra(self._graph, indices=different)[:, np.asarray(targets, dtype=np.int64)]
        return _as_costs(costs)[row]

    def reach(self, source: int, limit: int) -> NDArray[np.uint32]:
        """(n,) cost to every node at most `limit` away, UNREACHABLE beyond."""
        return _as_costs(dijkstra(self._graph, indices=source, limit=float(limit)))

    def with_closures(self, arcs: NDArray[np.integer]) -> ScipyPaths:
        """Return new paths that never use `arcs`; these stay as they are."""
        shut = closed(self._weights, arcs)
        return ScipyPaths(self._tail, self._head, shut, nodes=self._nodes)


def _as_costs(costs: NDArray[np.float64]) -> NDArray[np.uint32]:
    return np.where(np.isfinite(costs), costs, UNREACHABLE).astype(np.uint32)
