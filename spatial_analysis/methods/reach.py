"""How far one gets along the streets in a given time: street by street, and as an area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.snapping import Snap
from spatial_analysis.methods.stop_paths import StopStreets

CELL_M = 50.0
_STEPS_A_CELL = 4


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Parts of streets within a time.

    `near[i]` is the part of street i reached from its first node on, `far[i]` from its last
    node back, both from 0 (nothing) to 1 (all of it). `own` is the part of the street one
    starts on that is reached without leaving it: (street, from fraction, to fraction).
    """

    near: NDArray[np.float64]
    far: NDArray[np.float64]
    own: tuple[int, float, float]

    def parts(self) -> list[tuple[int, float, float]]:
        """(street, from, to) of every reached part, as fractions along the drawn line."""
        from_first = [(int(i), 0.0, float(self.near[i])) for i in np.flatnonzero(self.near)]
        from_last = [(int(i), 1.0 - float(self.far[i]), 1.0) for i in np.flatnonzero(self.far)]
        return [self.own, *from_first, *from_last]

    def covered(self) -> NDArray[np.float64]:
        """(e,) part of each street that is reached; what is reached from both ends counts once."""
        part = np.minimum(self.near + self.far, 1.0)
        edge, start, end = self.own
        spans = [(0.0, float(self.near[edge])), (start, end), (1.0 - float(self.far[edge]), 1.0)]
        done = total = 0.0
        for begin, stop in sorted(spans):
            total += max(stop - max(begin, done), 0.0)
            done = max(done, stop)
        part[edge] = total
        return part


def reach_within(ways: StopStreets, start: Snap, limit_ms: int) -> Reach:
    """Return the parts of streets within `limit_ms` of a place, by bounded Dijkstra."""
    return reaches(ways, start, [limit_ms])[0]


def reaches(ways: StopStreets, start: Snap, limits_ms: Sequence[int]) -> list[Reach]:
    """Return the parts of streets within each of `limits_ms` of a place, by one search.

    Vehicles obey turn rules and pay for turning round, as on any way of `ways`.
    """
    if not limits_ms:
        return []
    entry = ways.entry_ms(start, max(limits_ms))
    weights = ways.weights_ms.astype(np.float64)
    ahead, back = float(weights[2 * start.edge]), float(weights[2 * start.edge + 1])
    found = []
    for limit in limits_ms:
        part = _part(limit - entry, weights)
        forward = limit / ahead if ahead < UNREACHABLE else 0.0
        backward = limit / back if back < UNREACHABLE else 0.0
        own = max(start.fraction - backward, 0.0), min(start.fraction + forward, 1.0)
        found.append(Reach(part[0::2], part[1::2], (start.edge, *own)))
    return found


def _part(left_ms: NDArray[np.float64], weight_ms: NDArray[np.float64]) -> NDArray[np.float64]:
    usable = (left_ms > 0) & (weight_ms < UNREACHABLE)
    return np.where(usable, np.clip(left_ms / weight_ms, 0.0, 1.0), 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class StreetCells:
    """Streets as points, four or more a cell: worked out once, cut anew for every reach.

    Attributes
    ----------
    lines : (e,) shapely LineStrings in a metric frame
    edge, at : (p,) street of each point, and where on it as a fraction
    cell : (p, 2) column and row of the square cell that each point lies in
    cell_m : side of a cell, metres
    """

    lines: NDArray[np.object_]
    edge: NDArray[np.int64]
    at: NDArray[np.float64]
    cell: NDArray[np.int64]
    cell_m: float

    def within(self, reach: Reach) -> NDArray[np.int64]:
        """(k, 2) all different cells that a reached part of a street touches."""
        own, begin, end = reach.own
        inside = (self.at <= reach.near[self.edge]) & (reach.near[self.edge] > 0)
        inside |= (self.at >= 1.0 - reach.far[self.edge]) & (reach.far[self.edge] > 0)
        inside |= (self.edge == own) & (self.at >= begin) & (self.at <= end)
        ends = _cells(shapely.get_coordinates(self._tips(reach)), self.cell_m)
        return different(np.concatenate((self.cell[inside], ends)))

    def _tips(self, reach: Reach) -> NDArray[np.object_]:
        """Points at which parts of streets end."""
        first = np.flatnonzero((reach.near > 0) & (reach.near < 1))
        last = np.flatnonzero((reach.far > 0) & (reach.far < 1))
        own, begin, end = reach.own
        edges = np.concatenate((first, last, [own, own]))
        at = np.concatenate((reach.near[first], 1.0 - reach.far[last], [begin, end]))
        points = shapely.line_interpolate_point(self.lines[edges], at, normalized=True)
        return np.atleast_1d(points)


def street_cells(lines: NDArray[np.object_], *, cell_m: float = CELL_M) -> StreetCells:
    """Return the points of all streets ((e,) LineStrings in a metric frame), ready to be cut."""
    dense = shapely.segmentize(lines, cell_m / _STEPS_A_CELL)
    points, edge = shapely.get_coordinates(dense, return_index=True)
    steps = np.hypot(*np.diff(points, axis=0, prepend=points[:1]).T)
    fresh = np.diff(edge, prepend=-1) != 0
    steps[fresh] = 0.0
    run = np.cumsum(steps)
    first = np.flatnonzero(fresh)
    run -= np.repeat(run[first], np.diff(np.append(first, len(run))))
    length = shapely.length(lines)[edge]
    at = np.divide(run, length, out=np.zeros_like(run), where=length > 0)
    return StreetCells(lines, edge, np.minimum(at, 1.0), _cells(points, cell_m), cell_m)


def _cells(points: NDArray[np.float64], cell_m: float) -> NDArray[np.int64]:
    return np.floor(points / cell_m).astype(np.int64)


def keys(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """(k,) one whole number a cell ((k, 2) column and row), ordered by row, then column."""
    return (cells[:, 1] << 32) + cells[:, 0]


def different(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return all different cells, in the order of their rows."""
    _, first = np.unique(keys(cells), return_index=True)
    return cells[first]


def cells_of(xy: NDArray[np.float64], *, cell_m: float = CELL_M) -> NDArray[np.int64]:
    """(k, 2) cell of each of (k, 2) points in the frame of the streets."""
    return _cells(xy, cell_m)
