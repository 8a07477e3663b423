"""Sites that may not both be chosen: pairs nearer than a least distance, and sets of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from spatial_analysis.methods.errors import MethodError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pairs = tuple[Ints, Floats]  # (k, 2) numbers, (k,) metres


class BadConflicts(MethodError):
    """Pairs are two site numbers each, with metres below a least distance above nought."""


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Pairs of sites that stand nearer than `least_m`, so that one of them at most is chosen.

    pairs : (k, 2) numbers of sites; (j, j): site j is that near to something that stands already
    metres : (k,) how far apart they are, >= 0 and < least_m
    """

    pairs: Ints
    metres: Floats
    least_m: float

    def __post_init__(self) -> None:
        """Refuse what is no list of pairs; raises BadConflicts."""
        shaped = self.pairs.ndim == 2 and self.pairs.shape == (len(self.metres), 2)
        near = (self.metres >= 0).all() and (self.metres < self.least_m).all()
        if not (shaped and self.least_m > 0 and near):
            raise BadConflicts

    def within(self, sites: tuple[int, ...] | list[int]) -> Pairs:
        """Pairs that both belong to `sites`."""
        both = np.isin(self.pairs, np.asarray(sites, dtype=np.int64)).all(axis=1)
        return self.pairs[both], self.metres[both]

    def beside(self, sites: tuple[int, ...] | list[int]) -> set[int]:
        """Sites that conflict with one of `sites`, or with what stands already.

        One of `sites` is among them only when `sites` cannot all be taken.
        """
        taken = np.isin(self.pairs, np.asarray(sites, dtype=np.int64))
        one, two = self.pairs.T
        return {*two[taken[:, 0]].tolist(), *one[taken[:, 1]].tolist(), *one[one == two].tolist()}

    def cliques(self, columns: int) -> sparse.csr_array:
        """(r, columns) sets of which one site at most is chosen; every pair is in one of them."""
        return cliques(self.pairs, columns)


def too_near(
    xy: Floats,
    least_m: float,
    *,
    island: Ints,
    standing: Floats,
    standing_island: Ints,
) -> Conflicts:
    """Pairs of sites nearer than `least_m` (<) in a straight line on the same island.

    xy : (m, 2) metres; island : (m,); standing : (s, 2) places of what stands already, with
    their islands: a site that near to one of them is in conflict with itself.

    Squared metres are compared, with no tolerance. O(m log m + pairs). Raises BadConflicts.
    Source: Moon & Chaudhry (1984), An analysis of network location problems with distance
    constraints (anti-covering, r-separation).
    """
    if not least_m > 0:
        raise BadConflicts
    near, far = _between(xy, island, xy, island, least_m)
    once = near[:, 0] < near[:, 1]
    found = [(near[once], far[once])]
    if len(standing):
        beside, metres = _between(xy, island, standing, standing_island, least_m)
        least = np.full(len(xy), np.inf)
        np.minimum.at(least, beside[:, 0], metres)
        close = np.flatnonzero(np.isfinite(least))
        found.append((np.column_stack([close, close]), least[close]))
    pairs, far = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Conflicts(pairs, far, least_m)


def _between(a: Floats, a_home: Ints, b: Floats, b_home: Ints, least_m: float) -> Pairs:
    """Pairs of a and b of one island nearer than `least_m`, ordered."""
    if not len(a) or not len(b):
        return np.zeros((0, 2), dtype=np.int64), np.zeros(0)
    near = cKDTree(b).query_ball_point(a, least_m)
    size = np.array([len(one) for one in near], dtype=np.int64)
    left = np.repeat(np.arange(len(a)), size)
    right = np.concatenate([np.sort(np.asarray(one, dtype=np.int64)) for one in near])
    squared = ((a[left] - b[right]) ** 2).sum(axis=1)
    kept = (squared < least_m**2) & (a_home[left] == b_home[right])
    return np.column_stack([left[kept], right[kept]]), np.sqrt(squared[kept])


def cliques(pairs: Ints, columns: int) -> sparse.csr_array:
    """(r, columns) sets of which one site at most is chosen; every pair is in one of them.

    Each pair that no set holds yet grows to a set by taking, in order, the sites that are in
    conflict with all it holds. A set bounds far better than its pairs do one by one.
    """
    near: list[set[int]] = [set() for _ in range(columns)]
    for a, b in pairs.tolist():
        if a != b:
            near[a].add(b)
            near[b].add(a)
    held: set[tuple[int, int]] = set()
    starts, members = [0], []
    for a, b in sorted({(min(pair), max(pair)) for pair in pairs.tolist() if pair[0] != pair[1]}):
        if (a, b) in held:
            continue
        group, common = [a, b], near[a] & near[b]
        while common:
            new = min(common)
            group.append(new)
            common &= near[new]
        group.sort()
        held.update((x, y) for i, x in enumerate(group) for y in group[i + 1 :])
        members += group
        starts.append(len(members))
    ones = np.ones(len(members))
    return sparse.csr_array((ones, members, starts), shape=(len(starts) - 1, columns))


def neighbours(sets: sparse.csr_array) -> sparse.csr_array:
    """(m, m) True where two columns share a set (none with itself); sorted."""
    both = sparse.csr_array(sets.T @ sets)
    both.setdiag(0)
    both.eliminate_zeros()
    both.sort_indices()
    return both
