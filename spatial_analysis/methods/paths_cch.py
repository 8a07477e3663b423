"""Cheapest paths by a customizable contraction hierarchy (RoutingKit): microseconds a route.

The topology is worked out once a network; each profile and each set of closures is only a
new set of weights on it (milliseconds). Large matrices are swept over the same hierarchy, see
`paths_sweep`. Source: Dibbelt, Strasser & Wagner (2016), Customizable Contraction Hierarchies.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.compiled import HAS_NUMBA
from spatial_analysis.methods.paths import (
    UNREACHABLE,
    Path,
    StreetPaths,
    checked_weights,
    closed,
)
from spatial_analysis.methods.paths_scipy import ScipyPaths
from spatial_analysis.methods.paths_sweep import Contraction, Sweep, contract

try:
    import pyroutingkit
except ImportError:  # no wheel for this machine: the city still works, only slower
    pyroutingkit = None

HAS_CCH = pyroutingkit is not None
MANY = 10_000  # cells of a matrix from which a sweep pays for its own weights (some 0.1 s)


@dataclass(frozen=True, eq=False)
class Topology:
    """Nodes and arcs of a network, with its hierarchy where the wheel is present."""

    tail: NDArray[np.uint32]
    head: NDArray[np.uint32]
    nodes: int
    hierarchy: object | None

    def paths(self, weights: NDArray[np.integer]) -> StreetPaths:
        """Cheapest paths under `weights` ((m,) whole, 1..UNREACHABLE)."""
        if self.hierarchy is None:
            return ScipyPaths(self.tail, self.head, weights, nodes=self.nodes)
        return CchPaths(self, checked_weights(weights, len(self.tail)))

    @cached_property
    def contraction(self) -> Contraction:
        """The hierarchy's own order as arrays; RoutingKit tells it only by its files."""
        with TemporaryDirectory() as folder:
            self.hierarchy.save(folder)  # type: ignore[union-attr]
            rank = np.fromfile(FilePath(folder) / "rank", np.uint32)
        return contract(self.tail, self.head, rank)


def build_topology(
    tail: NDArray[np.integer],
    head: NDArray[np.integer],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> Topology:
    """Work out the hierarchy of a network (about half a second for 25,000 nodes)."""
    tail32, head32 = np.asarray(tail, np.uint32), np.asarray(head, np.uint32)
    hierarchy = None
    if HAS_CCH and len(tail32):
        hierarchy = pyroutingkit.CCHTopology()
        lat32, lon32 = np.asarray(lat, np.float32), np.asarray(lon, np.float32)
        hierarchy.build(tail32, head32, lat32, lon32, len(lon32))
    return Topology(tail32, head32, len(lon), hierarchy)


class CchPaths:
    """Adapter of the port `StreetPaths` on pyroutingkit.

    A metric keeps the state of its search in itself and lets go of Python's lock while it
    searches: two threads on one metric would crash the process, so they wait for each other.
    """

    def __init__(self, topology: Topology, weights: NDArray[np.uint32]) -> None:
        self._topology = topology
        self._weights = weights
        self._metric = pyroutingkit.CCHMetric(topology.hierarchy)
        self._metric.customize(weights, 1)  # more threads were slower on shared cores
        self._oracle: ScipyPaths | None = None
        self._one = Lock()

    def route(self, source: int, target: int) -> Path | None:
        """Return the cheapest path between two nodes, or None."""
        if source == target:
            return Path(0, ())
        with self._one:
            cost, _, arcs = self._metric.query(int(source), int(target))
        return None if cost >= UNREACHABLE else Path(int(cost), tuple(map(int, arcs)))

    def matrix(
        self, sources: NDArray[np.integer], targets: NDArray[np.integer]
    ) -> NDArray[np.uint32]:
        """(s, t) cost from every source to every target."""
        if not len(sources) or not len(targets):
            return np.zeros((len(sources), len(targets)), dtype=np.uint32)
        rows = np.asarray(sources, np.uint32)
        different, column = np.unique(np.asarray(targets, np.uint32), return_inverse=True)
        if HAS_NUMBA and len(rows) * len(different) >= MANY:
            return self._sweep.matrix(rows, different)[:, column]
        with self._one:
            costs = self._metric.distances_many_to_many(rows, different)
        return np.minimum(np.asarray(costs, np.uint32)[:, column], UNREACHABLE).astype(np.uint32)

    @cached_property
    def _sweep(self) -> Sweep:
        return Sweep(self._topology.contraction, self._weights)

    def reach(self, source: int, limit: int) -> NDArray[np.uint32]:
        """(n,) cost to every node at most `limit` away, UNREACHABLE beyond."""
        if self._oracle is None:  # a bounded Dijkstra beats a hierarchy at one-to-all
            shape = self._topology
            self._oracle = ScipyPaths(shape.tail, shape.head, self._weights, nodes=shape.nodes)
        return self._oracle.reach(source, limit)

    def with_closures(self, arcs: NDArray[np.integer]) -> CchPaths:
        """Return new paths that never use `arcs`; these stay as they are."""
        return CchPaths(self._topology, closed(self._weights, arcs))
