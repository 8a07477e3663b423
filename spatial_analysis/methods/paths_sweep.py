"""Matrices of many places at once on a contraction hierarchy: one sweep down serves 16 rows.

RoutingKit gives the order of the nodes and answers single routes; from place to place of a large
matrix it walks the same part of the hierarchy again for every row. Here the arcs that no cheapest
way needs are left out once, what lies above the targets is kept together, and rows go down over
it sixteen at a time. Sources: Dibbelt, Strasser & Wagner (2016), Customizable Contraction
Hierarchies, section 7.4 (perfect customization); Delling, Goldberg & Werneck (2011), Faster
Batched Shortest Paths in Road Networks (restricted sweeps).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.paths_sweep_compiled import (
    WIDE,
    fill_in,
    lower,
    perfect,
    restrict,
    sweep,
    without_detours,
)


@dataclass(frozen=True, slots=True, eq=False)
class Contraction:
    """A network with the shortcuts that its order of nodes makes; no weights yet.

    Attributes
    ----------
    rank : (n,) place of each node in the order, 0 contracted first
    parent : (n,) by rank: the first node above, -1 at the top
    first, head : (n + 1,) and (m,) by rank: nodes above each node, ascending
    arc_at : (a,) shortcut that holds each input arc, -1 for an arc back to its own node
    arc_up : (a,) True where the input arc leads up the order
    """

    rank: NDArray[np.int32]
    parent: NDArray[np.int32]
    first: NDArray[np.int64]
    head: NDArray[np.int32]
    arc_at: NDArray[np.int64]
    arc_up: NDArray[np.bool_]


def contract(
    tail: NDArray[np.integer], head: NDArray[np.integer], rank: NDArray[np.integer]
) -> Contraction:
    """Work out the shortcuts of a network whose nodes are contracted in the order of `rank`."""
    place, nodes = np.asarray(rank, np.int64), len(rank)
    a, b = place[np.asarray(tail, np.int64)], place[np.asarray(head, np.int64)]
    key = np.minimum(a, b) * nodes + np.maximum(a, b)
    pairs = np.unique(key[a != b])
    counts = np.bincount(pairs // nodes, minlength=nodes)
    near = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    first, above, parent = fill_in(near, (pairs % nodes).astype(np.int32))
    below = np.repeat(np.arange(nodes), np.diff(first))
    arc_at = np.searchsorted(below * nodes + above, key)
    return Contraction(
        place.astype(np.int32), parent, first, above, np.where(a == b, -1, arc_at), a < b
    )


class Sweep:
    """Matrices under one set of weights; nothing changes once made, so threads may share it."""

    def __init__(self, shape: Contraction, weights: NDArray[np.uint32]) -> None:
        """Give every shortcut its cost, and drop those that a cheaper way goes round."""
        self._rank, self._parent = shape.rank, shape.parent
        up = np.full(len(shape.head), UNREACHABLE, np.uint32)
        down = up.copy()
        rising, falling = shape.arc_up, (shape.arc_at >= 0) & ~shape.arc_up
        np.minimum.at(up, shape.arc_at[rising], weights[rising])
        np.minimum.at(down, shape.arc_at[falling], weights[falling])
        lower(shape.first, shape.head, up, down)
        true_up, true_down = up.copy(), down.copy()
        perfect(shape.first, shape.head, true_up, true_down)
        self._up = without_detours(shape.first, shape.head, up, true_up)
        self._down = without_detours(shape.first, shape.head, down, true_down)

    def matrix(
        self, sources: NDArray[np.integer], targets: NDArray[np.integer]
    ) -> NDArray[np.uint32]:
        """(s, t) cost from every source to every target; UNREACHABLE where no way leads."""
        starts = self._rank[np.asarray(sources, np.int64)]
        ends = self._rank[np.asarray(targets, np.int64)]
        spot, *below = restrict(*self._down, ends)  # type: ignore[call-arg]
        costs = np.empty((-(-len(starts) // WIDE) * WIDE, len(ends)), np.uint32)
        sweep(starts, spot[ends], self._parent, *self._up, spot, *below, costs)  # type: ignore[call-arg]
        return costs[: len(starts)]
