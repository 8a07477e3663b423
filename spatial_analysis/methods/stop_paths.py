"""Ways between places that lie on streets, not at junctions: matrices and drawn routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.paths import UNREACHABLE, StreetPaths, closed
from spatial_analysis.methods.snapping import Snap
from spatial_analysis.methods.street_graph import WGS84, Streets


@dataclass(frozen=True, slots=True)
class StreetPiece:
    """A part of one street: from fraction `start` to `end` as drawn (start > end: against)."""

    edge: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class StopPath:
    """A way between two places: its cost in milliseconds and the pieces of street it takes."""

    cost_ms: int
    pieces: tuple[StreetPiece, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StopStreets:
    """Streets, their weights for one profile, and the paths on them.

    A place on a street can be left towards each end that the street's direction allows; the
    rest is junction to junction. Costs are whole milliseconds, and a route costs exactly what
    the matrix says.
    """

    streets: Streets
    weights_ms: NDArray[np.uint32]
    paths: StreetPaths

    def without(self, edges: NDArray[np.integer]) -> StopStreets:
        """Return ways that never use `edges` in either direction; these stay as they are."""
        if not len(edges):
            return self
        arcs = np.column_stack((2 * edges, 2 * edges + 1)).ravel()
        return StopStreets(
            self.streets, closed(self.weights_ms, arcs), self.paths.with_closures(arcs)
        )

    def matrix_ms(self, stops: Sequence[Snap]) -> NDArray[np.uint32]:
        """(k, k) milliseconds from each place to each other; UNREACHABLE where no way leads."""
        return self.costs_ms(stops, stops)

    def costs_ms(self, starts: Sequence[Snap], goals: Sequence[Snap]) -> NDArray[np.uint32]:
        """(s, g) milliseconds from each start to each goal; UNREACHABLE where no way leads."""
        if not len(starts) or not len(goals):
            return np.zeros((len(starts), len(goals)), dtype=np.uint32)
        leave_node, leave_cost = _two_wide([self.exits(stop) for stop in starts])
        enter_node, enter_cost = _two_wide([self.entries(stop) for stop in goals])
        between = self.paths.matrix(leave_node.ravel(), enter_node.ravel()).astype(np.int64)
        between = between.reshape(len(starts), 2, len(goals), 2)
        total = between + leave_cost[:, :, None, None] + enter_cost[None, None, :, :]
        total[between >= UNREACHABLE] = UNREACHABLE
        best = total.min(axis=(1, 3))
        self._same_street(starts, goals, best)
        return np.minimum(best, UNREACHABLE).astype(np.uint32)

    def _same_street(
        self, starts: Sequence[Snap], goals: Sequence[Snap], best: NDArray[np.int64]
    ) -> None:
        on_edge: dict[int, list[int]] = {}
        for j, goal in enumerate(goals):
            on_edge.setdefault(goal.edge, []).append(j)
        for i, start in enumerate(starts):
            for j in on_edge.get(start.edge, ()):
                best[i, j] = min(best[i, j], self._along(start, goals[j]))

    def route(self, start: Snap, end: Snap) -> StopPath | None:
        """Return the cheapest way from one place to another, or None."""
        best_ms = self._along(start, end)
        stay = StreetPiece(start.edge, start.fraction, end.fraction)
        found = StopPath(best_ms, (stay,)) if best_ms < UNREACHABLE else None
        for out_node, out_ms, out_end in self.exits(start):
            for in_node, in_ms, in_start in self.entries(end):
                path = self.paths.route(out_node, in_node)
                if path is None or out_ms + path.cost + in_ms >= best_ms:
                    continue
                best_ms = out_ms + path.cost + in_ms
                middle = (
                    StreetPiece(arc // 2, float(arc % 2), float(1 - arc % 2)) for arc in path.arcs
                )
                pieces = (
                    StreetPiece(start.edge, start.fraction, out_end),
                    *middle,
                    StreetPiece(end.edge, in_start, end.fraction),
                )
                found = StopPath(best_ms, tuple(p for p in pieces if p.start != p.end))
        return found

    def entry_ms(self, start: Snap, limit_ms: int) -> NDArray[np.float64]:
        """(2e,) milliseconds from a place until each arc is entered; inf beyond `limit_ms`."""
        cost = np.full(len(self.streets.node_lon), np.inf)
        for node, spent, _ in self.exits(start):
            if spent <= limit_ms:
                more = self.paths.reach(node, limit_ms - spent).astype(np.float64)
                cost = np.minimum(cost, np.where(more < UNREACHABLE, more + spent, np.inf))
        return cost[self.streets.tail]

    def exits(self, stop: Snap) -> list[tuple[int, int, float]]:
        """(junction, ms, fraction there) for each end that the street may be left by."""
        ahead, back = self._weight(stop.edge, 0), self._weight(stop.edge, 1)
        found = []
        if ahead < UNREACHABLE:
            to = int(self.streets.to_node[stop.edge])
            found.append((to, round((1 - stop.fraction) * ahead), 1.0))
        if back < UNREACHABLE:
            frm = int(self.streets.from_node[stop.edge])
            found.append((frm, round(stop.fraction * back), 0.0))
        return found

    def entries(self, stop: Snap) -> list[tuple[int, int, float]]:
        """(junction, ms, fraction there) for each end that the street may be entered by."""
        ahead, back = self._weight(stop.edge, 0), self._weight(stop.edge, 1)
        found = []
        if ahead < UNREACHABLE:
            frm = int(self.streets.from_node[stop.edge])
            found.append((frm, round(stop.fraction * ahead), 0.0))
        if back < UNREACHABLE:
            to = int(self.streets.to_node[stop.edge])
            found.append((to, round((1 - stop.fraction) * back), 1.0))
        return found

    def _along(self, start: Snap, end: Snap) -> int:
        """Milliseconds along one street without leaving it, or UNREACHABLE."""
        if start.edge != end.edge:
            return UNREACHABLE
        step = end.fraction - start.fraction
        if step == 0:
            return 0
        weight = self._weight(start.edge, 0 if step > 0 else 1)
        return UNREACHABLE if weight >= UNREACHABLE else round(abs(step) * weight)

    def _weight(self, edge: int, against: int) -> int:
        return int(self.weights_ms[2 * edge + against])

    def length_m(self, path: StopPath) -> float:
        """Metres of street along a way."""
        lengths = self.streets.length_mm
        return sum(abs(p.end - p.start) * int(lengths[p.edge]) for p in path.pieces) / 1000.0

    def line(self, path: StopPath) -> NDArray[np.float64]:
        """(k, 2) lon/lat along a way; k is 0 when it stays where it is."""
        parts = [cut(self.streets.line(p.edge), p.start, p.end) for p in path.pieces]
        return joined(parts)


def joined(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return lines one after another, without repeated points."""
    if not parts:
        return np.zeros((0, 2))
    points = np.concatenate(parts)
    fresh = np.concatenate(([True], np.any(np.diff(points, axis=0) != 0, axis=1)))
    return points[fresh]


def cut(line: NDArray[np.float64], start: float, end: float) -> NDArray[np.float64]:
    """Part of a lon/lat line between two fractions of its length; reversed when start > end."""
    if start > end:
        return cut(line, end, start)[::-1]
    if start == 0 and end == 1 and (line[0] != line[1]).any() and (line[-1] != line[-2]).any():
        return line  # a whole street, as most pieces of a way are, needs no measuring
    steps = WGS84.inv(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1])[2]
    run = np.concatenate(([0.0], np.cumsum(steps)))
    if run[-1] == 0:
        return line[:1]
    at = run / run[-1]
    inside = (at > start) & (at < end)
    ends = [[np.interp(f, at, line[:, 0]), np.interp(f, at, line[:, 1])] for f in (start, end)]
    return np.vstack((ends[0], line[inside], ends[1]))


def _two_wide(
    choices: Sequence[list[tuple[int, int, float]]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(k, 2) nodes and (k, 2) costs; a missing second choice costs UNREACHABLE."""
    node = np.zeros((len(choices), 2), dtype=np.int64)
    cost = np.full((len(choices), 2), UNREACHABLE, dtype=np.int64)
    for i, row in enumerate(choices):
        for j, (where, price, _) in enumerate(row):
            node[i, j], cost[i, j] = where, price
    return node, cost
