"""The plain engine of DBSCAN: whole arrays of pairs (needs no compiler)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from spatial_analysis.methods.frame import Floats, Ints


class Engine:
    """The same steps on whole arrays, for machines without numba; memory grows with links."""

    def __init__(self, xy: Floats, at: Floats, eps_m: float, eps_s: float) -> None:
        self.xy, self.at = xy, at
        self.i, self.j = _links(xy, at, eps_m, eps_s)

    def cores(self, min_pts: int) -> NDArray[np.bool_]:
        """Which places are core; connects them to clusters."""
        i, j, n = self.i, self.j, len(self.xy)
        core = np.bincount(i, minlength=n) + np.bincount(j, minlength=n) + 1 >= min_pts
        both = core[i] & core[j]
        graph = sparse.coo_array((np.ones(both.sum()), (i[both], j[both])), shape=(n, n))
        self.core, self.part = core, np.full(n, -1, dtype=np.int64)
        self.part[core] = connected_components(graph, directed=False)[1][core]
        _known, self.part[core] = np.unique(self.part[core], return_inverse=True)
        return core

    def parts(self) -> tuple[Ints, Ints]:
        """Of each cluster: how many cores, and its first one by x, then y, then time."""
        inner = np.flatnonzero(self.core)
        keys = (self.at[inner], self.xy[inner, 1], self.xy[inner, 0], self.part[inner])
        order = inner[np.lexsort(keys)]
        _, first, size = np.unique(self.part[order], return_index=True, return_counts=True)
        return size, order[first]

    def labels(self, rank: Ints) -> Ints:
        """Labels (n,): clusters by their rank, border places as their nearest core."""
        core, label = self.core, np.full(len(self.xy), -1, dtype=np.int64)
        label[core] = rank[self.part[core]]
        border = np.concatenate([self.i, self.j])
        inner = np.concatenate([self.j, self.i])
        ask = ~core[border] & core[inner]
        border, inner = border[ask], inner[ask]
        step = self.xy[border] - self.xy[inner]
        distance = step[:, 0] ** 2 + step[:, 1] ** 2
        order = np.lexsort((label[inner], distance, border))
        chosen, first = np.unique(border[order], return_index=True)
        label[chosen] = label[inner[order][first]]
        return label


def _links(xy: Floats, at: Floats, eps_m: float, eps_s: float) -> tuple[Ints, Ints]:
    """Pairs within both reaches, each once."""
    pairs = cKDTree(xy).query_pairs(eps_m * (1 + 1e-9), output_type="ndarray")
    i, j = pairs[:, 0], pairs[:, 1]
    step = xy[i] - xy[j]
    near = (step[:, 0] ** 2 + step[:, 1] ** 2 <= eps_m**2) & (np.abs(at[i] - at[j]) <= eps_s)
    return i[near].astype(np.int64), j[near].astype(np.int64)
