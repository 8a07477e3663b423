"""The compiled engine of DBSCAN: a grid whose full cells need no counting (needs numba)."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spatial_analysis.methods.frame import Floats, Ints

NARROWER = 1 - 1e-9  # so that rounding never puts two points of a cell further apart than eps


def cores(
    xy: Floats, at: Floats, eps_m: float, eps_s: float, min_pts: int
) -> tuple[NDArray[np.bool_], Ints]:
    """Which places are core, and the number of the connected part of each core."""
    order, start, cell, layers = _sorted_cells(xy, at, eps_m, eps_s)
    x, y, t = xy[order, 0], xy[order, 1], at[order]
    core = _core(x, y, t, start, cell, layers, eps_m**2, eps_s, min_pts)
    root = _joined(x, y, t, core, start, cell, layers, eps_m**2, eps_s)
    part_of_cell = np.repeat(root, np.diff(start))
    part = np.full(len(xy), -1, dtype=np.int64)
    is_core = np.zeros(len(xy), dtype=bool)
    is_core[order] = core
    _known, numbers = np.unique(part_of_cell[core], return_inverse=True)
    part[order[core]] = numbers
    return is_core, part


def borders(
    xy: Floats, at: Floats, eps_m: float, eps_s: float, core: NDArray[np.bool_], label: Ints
) -> Ints:
    """Give each border place the label of its nearest core, the lower one when equally near."""
    order, start, cell, layers = _sorted_cells(xy, at, eps_m, eps_s)
    x, y, t = xy[order, 0], xy[order, 1], at[order]
    result = label.copy()
    given = _bordered(x, y, t, core[order], label[order], start, cell, layers, eps_m**2, eps_s)
    result[order] = given
    return result


def _sorted_cells(
    xy: Floats, at: Floats, eps_m: float, eps_s: float
) -> tuple[Ints, Ints, Ints, int]:
    """Order of points by cell, first point of each cell (+ end), cells (k, 3), time reach."""
    side = eps_m / sqrt(2) * NARROWER
    column = np.floor((xy[:, 0] - xy[:, 0].min(initial=np.inf)) / side).astype(np.int64)
    row = np.floor((xy[:, 1] - xy[:, 1].min(initial=np.inf)) / side).astype(np.int64)
    layer = np.zeros(len(xy), dtype=np.int64)
    layers = 0
    if eps_s > 0:
        layer = np.floor((at - at.min(initial=np.inf)) / (eps_s * NARROWER)).astype(np.int64)
        layers = 2
    elif len(at) and at.max() > at.min():
        layer = np.unique(at, return_inverse=True)[1].astype(np.int64)
    order = np.lexsort((column, row, layer))
    keys = np.column_stack([layer[order], row[order], column[order]])
    new = np.ones(len(order), dtype=bool)
    new[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    start = np.flatnonzero(new).astype(np.int64)
    return order, np.append(start, len(order)), keys[start], layers


@njit(cache=True)
def _find_cell(cell, layer, row, column):  # type: ignore[no-untyped-def]
    """First cell not before (layer, row, column), by binary search."""
    low, high = 0, len(cell)
    while low < high:
        middle = (low + high) // 2
        a, b, c = cell[middle, 0], cell[middle, 1], cell[middle, 2]
        before = a < layer or (a == layer and (b < row or (b == row and c < column)))
        if before:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True)
def _near(x, y, t, i, j, eps2, eps_s):  # type: ignore[no-untyped-def]
    dx, dy = x[i] - x[j], y[i] - y[j]
    return dx * dx + dy * dy <= eps2 and abs(t[i] - t[j]) <= eps_s


@njit(cache=True)
def _core(x, y, t, start, cell, layers, eps2, eps_s, min_pts):  # type: ignore[no-untyped-def]
    """Core flags of the sorted points; a cell with min_pts points is core throughout."""
    core = np.zeros(len(x), dtype=np.bool_)
    around = np.empty(5 * 5 * (2 * layers + 1), dtype=np.int64)
    for k in range(len(cell)):
        first, last = start[k], start[k + 1]
        if last - first >= min_pts:
            core[first:last] = True
            continue
        known = _neighbours(cell, k, layers, around)
        for i in range(first, last):
            count = last - first
            for a in range(known):
                other = around[a]
                if other == k:
                    continue
                for j in range(start[other], start[other + 1]):
                    if _near(x, y, t, i, j, eps2, eps_s):
                        count += 1
                        if count >= min_pts:
                            break
                if count >= min_pts:
                    break
            core[i] = count >= min_pts
    return core


@njit(cache=True)
def _neighbours(cell, k, layers, around):  # type: ignore[no-untyped-def]
    """Fill `around` with the cells at most two rows and columns away (no far corners)."""
    known = 0
    for layer in range(cell[k, 0] - layers, cell[k, 0] + layers + 1):
        for row in range(cell[k, 1] - 2, cell[k, 1] + 3):
            reach = 1 if abs(row - cell[k, 1]) == 2 else 2
            at = _find_cell(cell, layer, row, cell[k, 2] - reach)
            while (
                at < len(cell)
                and cell[at, 0] == layer
                and cell[at, 1] == row
                and cell[at, 2] <= cell[k, 2] + reach
            ):
                around[known] = at
                known += 1
                at += 1
    return known


@njit(cache=True)
def _root(parent, k):  # type: ignore[no-untyped-def]
    while parent[k] != k:
        parent[k] = parent[parent[k]]
        k = parent[k]
    return k


@njit(cache=True)
def _joined(x, y, t, core, start, cell, layers, eps2, eps_s):  # type: ignore[no-untyped-def]
    """Union of cells that hold core points within reach of each other."""
    parent = np.arange(len(cell))
    around = np.empty(5 * 5 * (2 * layers + 1), dtype=np.int64)
    for k in range(len(cell)):
        known = _neighbours(cell, k, layers, around)
        for a in range(known):
            other = around[a]
            if other >= k or _root(parent, k) == _root(parent, other):
                continue
            if _touch(x, y, t, core, start, k, other, eps2, eps_s):
                parent[_root(parent, k)] = _root(parent, other)
    root = np.empty(len(cell), dtype=np.int64)
    for k in range(len(cell)):
        root[k] = _root(parent, k)
    return root


@njit(cache=True)
def _touch(x, y, t, core, start, one, two, eps2, eps_s):  # type: ignore[no-untyped-def]
    for i in range(start[one], start[one + 1]):
        if core[i]:
            for j in range(start[two], start[two + 1]):
                if core[j] and _near(x, y, t, i, j, eps2, eps_s):
                    return True
    return False


@njit(cache=True)
def _bordered(  # type: ignore[no-untyped-def]
    x, y, t, core, label, start, cell, layers, eps2, eps_s
):
    """Labels of the sorted points, border points joined to their nearest core."""
    given = label.copy()
    around = np.empty(5 * 5 * (2 * layers + 1), dtype=np.int64)
    for k in range(len(cell)):
        known = -1
        for i in range(start[k], start[k + 1]):
            if core[i]:
                continue
            if known < 0:
                known = _neighbours(cell, k, layers, around)
            best, chosen = np.inf, -1
            for a in range(known):
                for j in range(start[around[a]], start[around[a] + 1]):
                    if core[j] and _near(x, y, t, i, j, eps2, eps_s):
                        dx, dy = x[i] - x[j], y[i] - y[j]
                        far = dx * dx + dy * dy
                        if far < best or (far == best and label[j] < chosen):
                            best, chosen = far, label[j]
            given[i] = chosen
    return given
