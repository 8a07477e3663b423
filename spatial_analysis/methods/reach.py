"""How far one gets along the streets in a given time: street by street, and as an area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
import shapely.ops
from numpy.typing import NDArray

from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.snapping import Snap
from spatial_analysis.methods.stop_paths import StopStreets

CELL_M = 50.0


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

    def merged(self) -> list[tuple[int, float, float]]:
        """Like `parts`, without overlap: what is reached from both ends counts once."""
        by_edge: dict[int, list[tuple[float, float]]] = {}
        for edge, start, end in self.parts():
            by_edge.setdefault(edge, []).append((start, end))
        found = []
        for edge, spans in sorted(by_edge.items()):
            done = 0.0
            for start, end in sorted(spans):
                if end > max(start, done):
                    found.append((edge, max(start, done), end))
                    done = end
        return found


def reach_within(ways: StopStreets, start: Snap, limit_ms: int) -> Reach:
    """Return the parts of streets within `limit_ms` of a place, by bounded Dijkstra."""
    streets, weights = ways.streets, ways.weights_ms.astype(np.float64)
    cost = np.full(len(streets.node_lon), np.inf)
    for node, spent, _ in ways.exits(start):
        if spent <= limit_ms:
            more = ways.paths.reach(node, limit_ms - spent).astype(np.float64)
            cost = np.minimum(cost, np.where(more < UNREACHABLE, more + spent, np.inf))
    near = _part(limit_ms - cost[streets.from_node], weights[0::2])
    far = _part(limit_ms - cost[streets.to_node], weights[1::2])
    ahead, back = weights[2 * start.edge], weights[2 * start.edge + 1]
    forward = limit_ms / ahead if ahead < UNREACHABLE else 0.0
    backward = limit_ms / back if back < UNREACHABLE else 0.0
    own = max(start.fraction - backward, 0.0), min(start.fraction + forward, 1.0)
    return Reach(near, far, (start.edge, *own))


def _part(left_ms: NDArray[np.float64], weight_ms: NDArray[np.float64]) -> NDArray[np.float64]:
    usable = (left_ms > 0) & (weight_ms < UNREACHABLE)
    return np.where(usable, np.clip(left_ms / weight_ms, 0.0, 1.0), 0.0)


def area_of(
    reach: Reach, lines_xy: NDArray[np.object_], *, cell_m: float = CELL_M
) -> shapely.Geometry:
    """Area of all square cells that a reached part of a street touches.

    `lines_xy` are the streets in a metric frame. Cells, not a hull: a hull would cross water.
    """
    parts = [
        shapely.ops.substring(lines_xy[edge], start, end, normalized=True)
        for edge, start, end in reach.parts()
        if end > start
    ]
    if not parts:
        return shapely.Polygon()
    dense = shapely.get_coordinates(shapely.segmentize(np.array(parts), cell_m / 4))
    cells = np.unique(np.floor(dense / cell_m).astype(np.int64), axis=0)
    west, south = cells[:, 0] * cell_m, cells[:, 1] * cell_m
    return shapely.union_all(shapely.box(west, south, west + cell_m, south + cell_m))
