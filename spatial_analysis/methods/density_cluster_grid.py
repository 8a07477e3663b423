"""The compiled engine of DBSCAN: a grid whose full cells need no counting (needs numba)."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spatial_analysis.methods.frame import Floats, Ints

NARROWER = 1 - 1e-9  # so that rounding never puts two points of a cell further apart than eps
AROUND = ((0, 2), (-1, 2), (1, 2), (-2, 1), (2, 1))  # rows away, columns away: no far corners
MOST_KEYS = 2**62


class Engine:
    """Points of one island sorted into cells of side eps/√2 (and layers of eps_s), once.

    Keys count through layers, rows and columns with a margin, so a neighbour's key is the own
    key plus a step that is the same everywhere: neighbours are found by walking, not searching.
    """

    def __init__(self, xy: Floats, at: Floats, eps_m: float, eps_s: float) -> None:
        """Sort; O(n log n)."""
        self.eps2, self.eps_s = float(eps_m) ** 2, float(eps_s)  # one compiled signature
        self.timed = bool(len(at) and at.max() > at.min())
        side = eps_m / sqrt(2) * NARROWER
        column, columns = _numbers(xy[:, 0], side)
        key, rows = _numbers(xy[:, 1], side)
        layers, deep = (2 if eps_s > 0 and self.timed else 0), 1
        if self.timed:
            layer, deep = (
                _numbers(at, eps_s * NARROWER) if eps_s > 0
                else (np.unique(at, return_inverse=True)[1].astype(np.int64), len(at))
            )  # fmt: skip
            key += layer * rows
        if float(deep) * rows * columns > MOST_KEYS:
            raise OverflowError("the reach is too small for so wide a ground")
        key *= columns
        key += column
        del column
        order = np.argsort(key)
        key = key[order]
        self.order = order.astype(np.int32) if len(order) < 2**31 else order
        del order
        new = np.ones(len(key), dtype=bool)
        new[1:] = key[1:] != key[:-1]
        start = np.flatnonzero(new)
        self.keys = key[start]
        self.start = np.append(start, len(key)).astype(np.int64)
        steps = [
            ((away * rows + row) * columns - reach, 2 * reach)
            for away in range(-layers, layers + 1)
            for row, reach in AROUND
        ]
        self.wide = np.array([width for _, width in steps], dtype=np.int64)
        self.step = np.array([step for step, _ in steps], dtype=np.int64)
        self.near = _walked(self.keys, self.step)
        self.x, self.y = xy[self.order, 0], xy[self.order, 1]
        self.t = at[self.order] if self.timed else np.zeros(1)

    def cores(self, min_pts: int) -> tuple[NDArray[np.bool_], Ints]:
        """Which places are core, and the number of the connected part of each core."""
        ground = (self.x, self.y, self.t, self.start, self.keys, self.step, self.wide, self.near)
        reach = (self.eps2, self.eps_s, self.timed)
        core = _core(*ground, *reach, min_pts)
        root = _joined(*ground, *reach, core)
        numbers = _ranked(root)
        n = len(self.order)
        part, is_core = np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=bool)
        is_core[self.order] = core
        of_point = np.repeat(numbers, np.diff(self.start))
        part[self.order[core]] = of_point[core]
        return is_core, part

    def borders(self, core: NDArray[np.bool_], label: Ints) -> Ints:
        """Give each border place the label of its nearest core, the lower one of equally near."""
        ground = (self.x, self.y, self.t, self.start, self.keys, self.step, self.wide, self.near)
        given = _bordered(
            *ground, self.eps2, self.eps_s, self.timed, core[self.order], label[self.order]
        )
        result = np.empty_like(label)
        result[self.order] = given
        return result


def _numbers(values: Floats, side: float) -> tuple[Ints, int]:
    """Number of each value's cell, from 2 on, and how many numbers there are with the margin."""
    numbers = ((values - values.min(initial=np.inf)) / side).astype(np.int64)
    numbers += 2
    return numbers, int(numbers.max(initial=2)) + 3


def _ranked(root: Ints) -> Ints:
    """Roots (-1 = none) as numbers 0, 1, ... in their order."""
    known = np.zeros(len(root) + 1, dtype=np.int64)
    known[root[root >= 0]] = 1
    return np.where(root >= 0, (np.cumsum(known) - 1)[root], -1)


@njit(cache=True)
def _walked(keys, step):  # type: ignore[no-untyped-def]
    """(steps, cells): first cell whose key is not below the cell's own key plus the step."""
    near = np.empty((len(step), len(keys)), dtype=np.int32)
    for s in range(len(step)):
        at = 0
        for k in range(len(keys)):
            wanted = keys[k] + step[s]
            while at < len(keys) and keys[at] < wanted:
                at += 1
            near[s, k] = at
    return near


@njit(cache=True)
def _close(x, y, t, i, j, eps2, eps_s, timed):  # type: ignore[no-untyped-def]
    dx, dy = x[i] - x[j], y[i] - y[j]
    if dx * dx + dy * dy > eps2:
        return False
    return not timed or abs(t[i] - t[j]) <= eps_s


@njit(cache=True)
def _core(  # type: ignore[no-untyped-def]
    x, y, t, start, keys, step, wide, near, eps2, eps_s, timed, min_pts
):
    """Core flags of the sorted points; a cell with min_pts points is core throughout."""
    core = np.zeros(len(x), dtype=np.bool_)
    around = np.empty(5 * len(step), dtype=np.int64)
    for k in range(len(keys)):
        first, last = start[k], start[k + 1]
        if last - first >= min_pts:
            core[first:last] = True
            continue
        known, most = 0, 0
        for s in range(len(step)):
            at, end = near[s, k], keys[k] + step[s] + wide[s]
            while at < len(keys) and keys[at] <= end:
                most += start[at + 1] - start[at]
                if at != k:
                    around[known] = at
                    known += 1
                at += 1
        if most < min_pts:
            continue
        for i in range(first, last):
            count = last - first
            for a in range(known):
                for j in range(start[around[a]], start[around[a] + 1]):
                    if _close(x, y, t, i, j, eps2, eps_s, timed):
                        count += 1
                if count >= min_pts:
                    core[i] = True
                    break
    return core


@njit(cache=True)
def _root(parent, k):  # type: ignore[no-untyped-def]
    while parent[k] != k:
        parent[k] = parent[parent[k]]
        k = parent[k]
    return k


@njit(cache=True)
def _joined(  # type: ignore[no-untyped-def]
    x, y, t, start, keys, step, wide, near, eps2, eps_s, timed, core
):
    """Root of each cell that holds core points (-1: none), joined where cores lie within reach."""
    parent, number = np.full(len(keys), -1, dtype=np.int64), np.zeros(len(keys), dtype=np.int32)
    held = 0
    for k in range(len(keys)):
        number[k] = held
        for i in range(start[k], start[k + 1]):
            if core[i]:
                parent[k] = k
                held += 1
                break
    box = np.empty((held, 4))
    for k in range(len(keys)):
        if parent[k] < 0:
            continue
        west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
        for i in range(start[k], start[k + 1]):
            if core[i]:
                west, east = min(west, x[i]), max(east, x[i])
                south, north = min(south, y[i]), max(north, y[i])
        box[number[k]] = (west, south, east, north)
    for k in range(len(keys)):
        if parent[k] < 0:
            continue
        for s in range(len(step)):
            at, end = near[s, k], keys[k] + step[s] + wide[s]
            while at < k and keys[at] <= end:
                if parent[at] >= 0:
                    one, two = _root(parent, k), _root(parent, at)
                    if one != two and _touch(
                        x,
                        y,
                        t,
                        start,
                        eps2,
                        eps_s,
                        timed,
                        core,
                        box[number[k]],
                        box[number[at]],
                        k,
                        at,
                    ):
                        parent[max(one, two)] = min(one, two)
                at += 1
    for k in range(len(keys)):
        if parent[k] >= 0:
            parent[k] = _root(parent, k)
    return parent


@njit(cache=True)
def _touch(  # type: ignore[no-untyped-def]
    x, y, t, start, eps2, eps_s, timed, core, mine, other, one, two
):
    """Whether a core of one cell is within reach of a core of the other; boxes of their cores."""
    dx = max(0.0, max(mine[0] - other[2], other[0] - mine[2]))
    dy = max(0.0, max(mine[1] - other[3], other[1] - mine[3]))
    if (dx * dx + dy * dy) * (1 - 1e-12) > eps2:
        return False
    for i in range(start[one], start[one + 1]):
        if core[i]:
            dx = max(0.0, max(x[i] - other[2], other[0] - x[i]))
            dy = max(0.0, max(y[i] - other[3], other[1] - y[i]))
            if (dx * dx + dy * dy) * (1 - 1e-12) > eps2:
                continue
            for j in range(start[two], start[two + 1]):
                if core[j] and _close(x, y, t, i, j, eps2, eps_s, timed):
                    return True
    return False


@njit(cache=True)
def _bordered(  # type: ignore[no-untyped-def]
    x, y, t, start, keys, step, wide, near, eps2, eps_s, timed, core, label
):
    """Labels of the sorted points, border points joined to their nearest core."""
    given = label.copy()
    held = np.zeros(len(keys), dtype=np.bool_)
    for k in range(len(keys)):
        for i in range(start[k], start[k + 1]):
            if core[i]:
                held[k] = True
                break
    around = np.empty(5 * len(step), dtype=np.int64)
    for k in range(len(keys)):
        known = -1
        for i in range(start[k], start[k + 1]):
            if core[i]:
                continue
            if known < 0:
                known = 0
                for s in range(len(step)):
                    at, end = near[s, k], keys[k] + step[s] + wide[s]
                    while at < len(keys) and keys[at] <= end:
                        if held[at]:
                            around[known] = at
                            known += 1
                        at += 1
            best, chosen = np.inf, -1
            for a in range(known):
                for j in range(start[around[a]], start[around[a] + 1]):
                    if core[j] and _close(x, y, t, i, j, eps2, eps_s, timed):
                        dx, dy = x[i] - x[j], y[i] - y[j]
                        far = dx * dx + dy * dy
                        if far < best or (far == best and label[j] < chosen):
                            best, chosen = far, label[j]
            given[i] = chosen
    return given
