"""The compiled engine of DBSCAN: a grid whose full cells need no counting (needs numba)."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods import density_cluster_loops as loops
from spatial_analysis.methods.frame import Floats, Ints

NARROWER = 1 - 1e-9  # so that rounding never puts two points of a cell further apart than eps
AROUND = ((0, 2), (-1, 2), (1, 2), (-2, 1), (2, 1))  # rows away, columns away: no far corners
MOST_ROWS, MOST_COLUMNS = 2**62, 2**31 - 8
TOO_WIDE = "the reach is too small for so wide a ground"
AT_ONCE = 1 << 17  # points whose coordinates are copied at a time: memory does not follow n
Window = tuple[Any, ...]


class Engine:
    """Points of one island sorted into cells of side eps/√2 (and layers of eps_s), once.

    Kept for a point are its place in that order (4 bytes) and whether it is core; for a cell its
    column, first point and cluster (12 bytes). Coordinates are copied for a few rows of cells at
    a time, with the rows around them. Neighbours are found by walking, not by searching.
    """

    def __init__(self, xy: Floats, at: Floats, eps_m: float, eps_s: float) -> None:
        """Sort; O(n log n) within rows of cells."""
        if len(xy) >= 2**31:
            raise OverflowError("more than 2^31 places: work them out in parts")
        self.xy, self.at = xy, at
        self.eps2, self.eps_s = float(eps_m) ** 2, float(eps_s)  # one compiled signature
        self.timed = bool(at.max() > at.min())
        side = eps_m / sqrt(2) * NARROWER
        (west, south), (east, north) = xy.min(axis=0), xy.max(axis=0)
        if (east - west) / side > MOST_COLUMNS:
            raise OverflowError(TOO_WIDE)
        row, rows, layers = self._rows(south, (north - south) / side, side)
        self.order, self.row_start, self.row_number = _by_row(row)
        del row
        steps = [
            (away * rows + up, reach) for away in range(-layers, layers + 1) for up, reach in AROUND
        ]
        self.step = np.array([step for step, _ in steps], dtype=np.int64)
        self.reach = np.array([reach for _, reach in steps], dtype=np.int64)
        self.row_cell = np.zeros(len(self.row_start), dtype=np.int64)
        found = [self._cells(*block, west, side) for block in self._blocks()]
        np.cumsum(self.row_cell, out=self.row_cell)
        self.column = np.concatenate([column for column, _ in found])
        end = np.array([len(xy)], dtype=np.int32)
        self.start = np.concatenate([*(start for _, start in found), end])
        del found
        self.core = np.zeros(len(xy), dtype=bool)
        self.cluster = np.full(len(self.column), -1, dtype=np.int32)

    def cores(self, min_pts: int) -> NDArray[np.bool_]:
        """Which places are core; connects them to clusters."""
        for window in self._windows():
            loops.core_points(*window, *self._reach(), self.core, min_pts)  # type: ignore[call-arg]
        for window in self._windows():
            loops.join_cells(*window, *self._reach(), self.core, self.cluster)  # type: ignore[call-arg]
        self.found = int(loops.number_clusters(self.cluster))
        is_core = np.empty_like(self.core)
        is_core[self.order] = self.core
        return is_core

    def parts(self) -> tuple[Ints, Ints]:
        """Of each cluster: how many cores, and its first one by x, then y, then time."""
        size, first = np.zeros(self.found, dtype=np.int64), np.zeros(self.found, dtype=np.int64)
        best = np.full((self.found, 3), np.inf)
        for window in self._windows():
            loops.first_cores(  # type: ignore[call-arg]
                *window, self.order, self.core, self.cluster, size, first, best
            )
        return size, first

    def labels(self, rank: Ints) -> Ints:
        """Labels (n,): clusters by their rank, border places as their nearest core."""
        label = np.empty(len(self.order), dtype=np.int64)
        for window in self._windows():
            loops.labelled(  # type: ignore[call-arg]
                *window, *self._reach(), self.order, self.core, self.cluster, rank, label
            )
        return label

    def _rows(self, south: float, high: float, side: float) -> tuple[Ints, int, int]:
        """Row of cells of each point (layer after layer, with a margin), rows and layers around."""
        rows, layers = int(high) + 5, 0
        if rows > MOST_ROWS:
            raise OverflowError(TOO_WIDE)
        row = _numbers(self.xy[:, 1], south, side)
        if self.timed and self.eps_s > 0:
            least, span = self.at.min(), self.eps_s * NARROWER
            deep, layers = (self.at.max() - least) / span + 5, 2
            layer = _numbers(self.at, least, span) if deep * rows <= MOST_ROWS else None
        elif self.timed:
            layer, deep = np.unique(self.at, return_inverse=True)[1], len(self.at)
        else:
            return row, rows, 0
        if layer is None or float(deep) * rows > MOST_ROWS:
            raise OverflowError(TOO_WIDE)
        row += layer * rows
        return row, rows, layers

    def _cells(
        self, row: int, end: int, west: float, side: float
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Sort the points of some rows by column; columns and first points of their cells."""
        first, last = self.row_start[row], self.row_start[end]
        mine = self.order[first:last]
        x = self.xy[mine, 0]
        column, start, cells = loops.sort_rows(
            mine, x, self.row_start[row : end + 1] - first, west, side
        )
        self.row_cell[row + 1 : end + 1] = cells
        return column, (start + first).astype(np.int32)

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Rows [row, end) with about AT_ONCE points."""
        row = 0
        while row < len(self.row_number):
            wanted = self.row_start[row] + AT_ONCE
            end = max(row + 1, int(np.searchsorted(self.row_start, wanted, side="right")) - 1)
            yield row, min(end, len(self.row_number))
            row = end

    def _windows(self) -> Iterator[Window]:
        """Some rows, with the coordinates of all points of the rows around them."""
        for row, end in self._blocks():
            least, most = self.row_number[row], self.row_number[end - 1]
            low = int(np.searchsorted(self.row_number, least + self.step.min()))
            high = int(np.searchsorted(self.row_number, most + self.step.max(), side="right"))
            first, last = self.row_start[low], self.row_start[high]
            mine = self.order[first:last]
            t = self.at[mine] if self.timed else np.zeros(1)
            yield (
                self.xy[mine, 0], self.xy[mine, 1], t, int(first), row, end, low, high,
                self.row_number, self.row_cell, self.column, self.start,
            )  # fmt: skip

    def _reach(self) -> tuple[Any, ...]:
        return self.step, self.reach, self.eps2, self.eps_s, self.timed


def _numbers(values: Floats, least: float, side: float) -> Ints:
    """Number of each value's cell, from 2 on; some at a time, so that nothing else is kept."""
    numbers = np.empty(len(values), dtype=np.int64)
    for start in range(0, len(values), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        numbers[some] = (values[some] - least) / side
        numbers[some] += 2
    return numbers


def _by_row(row: Ints) -> tuple[NDArray[np.int32], Ints, Ints]:
    """Points in the order of their rows, first point of each row and the end, number of each row.

    Rows are counted where most of them may be used; where the ground is wide and empty only
    those that hold points are numbered.
    """
    rows = int(row.max()) + 1
    if rows <= 2 * len(row) + 1024:
        number = np.arange(rows, dtype=np.int64)
    else:
        number, row = np.unique(row, return_inverse=True)
        row = row.astype(np.int64)
    order, start = loops.counted_order(row, len(number))
    return order, start, number
