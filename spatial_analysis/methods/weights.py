"""Who is whose neighbour: sparse matrices in which the sea always separates."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats, Ints, checked_islands, checked_points
from spatial_analysis.methods.lattice import HexLattice, find_cells

VERSION = "1"


class BadWeights(MethodError):
    """Weights must be a square sparse matrix of finite numbers >= 0."""


class JoinsIslands(MethodError):
    """A weight joins two islands across the sea."""


def distance_band(
    xy: ArrayLike,
    radius_m: float,
    island: ArrayLike | None = None,
    *,
    crosses_water: bool = False,
) -> sparse.csr_array:
    """Binary weights between places at most `radius_m` apart, without self links.

    xy : (n, 2) metres; island : (n,) numbers; only `crosses_water=True` joins islands.
    The radius includes its end (squared metres, no tolerance). O(n log n + links).
    """
    points = checked_points(xy)
    islands = checked_islands(island, len(points))
    pairs = cKDTree(points).query_pairs(radius_m * (1 + 1e-9), output_type="ndarray")
    i, j = pairs[:, 0], pairs[:, 1]
    step = points[i] - points[j]
    near = step[:, 0] ** 2 + step[:, 1] ** 2 <= radius_m**2
    if not crosses_water:
        near &= islands[i] == islands[j]
    return _both_ways(i[near], j[near], len(points))


def knn(xy: ArrayLike, k: int, island: ArrayLike | None = None) -> sparse.csr_array:
    """Binary weights to the k nearest places of the same island; ties go to the first place.

    Places of an island with k or fewer others are joined to all of them. O(n k log n).
    """
    points = checked_points(xy)
    islands = checked_islands(island, len(points))
    rows, columns = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for number in np.unique(islands):
        members = np.flatnonzero(islands == number)
        near = _nearest(points[members], min(k, len(members) - 1))
        rows.append(np.repeat(members, near.shape[1]))
        columns.append(members[near].ravel())
    i, j = np.concatenate(rows), np.concatenate(columns)
    return sparse.csr_array((np.ones(len(i)), (i, j)), shape=(len(points), len(points)))


def contiguity(lattice: HexLattice, rings: int = 1) -> sparse.csr_array:
    """Binary weights between cells of one island at most `rings` steps apart on the grid."""
    steps = [
        (q, r)
        for q in range(-rings, rings + 1)
        for r in range(-rings, rings + 1)
        if (q, r) != (0, 0) and abs(q + r) <= rings
    ]
    cells = np.arange(len(lattice), dtype=np.int64)
    i, j = [], []
    for dq, dr in steps:
        other = find_cells(lattice, lattice.q + dq, lattice.r + dr, lattice.island)
        i.append(cells[other >= 0])
        j.append(other[other >= 0])
    rows, columns = np.concatenate(i), np.concatenate(j)
    size = (len(lattice), len(lattice))
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=size)


def checked_weights(w: sparse.sparray, n: int) -> sparse.csr_array:
    """Return `w` as an (n, n) CSR copy with sorted columns; raises BadWeights."""
    if not sparse.issparse(w) or w.shape != (n, n):
        raise BadWeights
    matrix = sparse.csr_array(w, dtype=np.float64, copy=True)
    matrix.sum_duplicates()
    if not np.isfinite(matrix.data).all() or (matrix.data < 0).any():
        raise BadWeights
    return matrix


def with_self(w: sparse.csr_array) -> sparse.csr_array:
    """Return `w` with a weight of 1 from each place to itself where it had none."""
    diagonal = w.diagonal()
    return sparse.csr_array(w + sparse.diags_array(np.where(diagonal == 0, 1.0, 0.0)))


def row_standardised(w: sparse.csr_array) -> sparse.csr_array:
    """Return `w` with each row summing to 1; rows without neighbours stay empty."""
    sums = row_sums(w)
    scale = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    return sparse.csr_array(sparse.diags_array(scale) @ w)


def row_sums(w: sparse.csr_array) -> Floats:
    """Sum of every row (n,)."""
    return np.asarray(w.sum(axis=1), dtype=np.float64).ravel()


def components_by_island(w: sparse.csr_array, island: ArrayLike) -> Ints:
    """Number (n,) of the connected part each place belongs to; raises JoinsIslands."""
    islands = checked_islands(island, w.shape[0])
    links = w.tocoo()
    if (islands[links.row] != islands[links.col]).any():
        raise JoinsIslands
    return connected_components(w, directed=False)[1].astype(np.int64)


def _both_ways(i: Ints, j: Ints, n: int) -> sparse.csr_array:
    rows, columns = np.concatenate([i, j]), np.concatenate([j, i])
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))


def _nearest(points: Floats, k: int) -> Ints:
    """Columns (n, k) of the nearest others, by (squared distance, index).

    The tree's k-th distance bounds the search; all places inside it compete, so equal
    distances are decided by index and not by the shape of the tree.
    """
    if k < 1:
        return np.empty((len(points), 0), dtype=np.int64)
    tree = cKDTree(points)
    reach = tree.query(points, k=k + 1)[0][:, -1]
    near = np.empty((len(points), k), dtype=np.int64)
    for row, found in enumerate(tree.query_ball_point(points, reach * (1 + 1e-9))):
        others = np.array([i for i in found if i != row], dtype=np.int64)
        step = points[others] - points[row]
        distance = step[:, 0] ** 2 + step[:, 1] ** 2
        near[row] = others[np.lexsort((others, distance))][:k]
    return near
