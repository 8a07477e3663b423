"""The port through which everything finds its way: cheapest paths over weighted arcs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.errors import MethodError

UNREACHABLE = 2**31 - 1  # also the largest weight: 24.8 days in milliseconds


class BadWeights(MethodError):
    """Weights must be whole numbers from 1 to UNREACHABLE, one an arc."""


@dataclass(frozen=True, slots=True)
class Path:
    """A cheapest path: its cost in the unit of the weights, and the arcs it takes."""

    cost: int
    arcs: tuple[int, ...]


class StreetPaths(Protocol):
    """Cheapest paths on one immutable set of weights.

    Weights and costs are whole milliseconds (or millimetres) below UNREACHABLE; a missing
    way is UNREACHABLE in a matrix and None as a route, never a large number that adds up.
    Of parallel arcs the cheapest counts.
    """

    def route(self, source: int, target: int) -> Path | None:
        """Return the cheapest path between two nodes, or None."""

    def matrix(
        self, sources: NDArray[np.integer], targets: NDArray[np.integer]
    ) -> NDArray[np.uint32]:
        """(s, t) cost from every source to every target."""

    def reach(self, source: int, limit: int) -> NDArray[np.uint32]:
        """(n,) cost to every node at most `limit` away, UNREACHABLE beyond."""

    def with_closures(self, arcs: NDArray[np.integer]) -> StreetPaths:
        """Return new paths that never use `arcs`; these stay as they are."""


def checked_weights(weights: NDArray[np.integer], arcs: int) -> NDArray[np.uint32]:
    """Return `weights` as (m,) uint32; raises BadWeights."""
    values = np.asarray(weights)
    if values.shape != (arcs,) or values.dtype.kind not in "iu":
        raise BadWeights
    if arcs and (values.min() < 1 or values.max() > UNREACHABLE):
        raise BadWeights
    return values.astype(np.uint32)


def closed(weights: NDArray[np.uint32], arcs: NDArray[np.integer]) -> NDArray[np.uint32]:
    """Return a copy of `weights` in which `arcs` cannot be used."""
    shut = weights.copy()
    shut[np.asarray(arcs, dtype=np.int64)] = UNREACHABLE
    return shut
