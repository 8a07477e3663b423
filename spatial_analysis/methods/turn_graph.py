"""Turns between streets: which are forbidden, what turning round costs, and ways that obey.

Every directed arc of the streets is a state; a turn from arc a to arc b costs what driving b
takes, and a price where it goes back the way it came. A forbidden turn is left out. So the same
engines that find ways between junctions find ways between arcs, with one row a turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.paths import UNREACHABLE, StreetPaths, closed
from spatial_analysis.methods.paths_cch import Topology, build_topology
from spatial_analysis.methods.snapping import LEFT, ON_IT, Snap
from spatial_analysis.methods.stop_paths import StopPath, StopStreets, StreetPiece
from spatial_analysis.methods.street_graph import Streets


@dataclass(frozen=True, slots=True)
class TurnRule:
    """From one street over a junction to another: forbidden, or the only way on."""

    from_edge: int
    via_node: int
    to_edge: int
    only: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class TurnGraph:
    """All turns of a network that no rule forbids, in the order of (from, to).

    Attributes
    ----------
    from_arc, to_arc : (t,) arcs (2i along street i as drawn, 2i + 1 against it)
    back : (t,) True where the turn goes back along the street it came by
    needless : (t,) True where it goes back though the junction offers another way on
    topology : its hierarchy, whose nodes are arcs and whose arcs are turns
    """

    from_arc: NDArray[np.int64]
    to_arc: NDArray[np.int64]
    back: NDArray[np.bool_]
    needless: NDArray[np.bool_]
    topology: Topology

    def weights_ms(self, arcs_ms: NDArray[np.uint32], *, back_ms: int) -> NDArray[np.uint32]:
        """(t,) milliseconds of each turn with the arc after it; UNREACHABLE where barred."""
        drive = arcs_ms[self.to_arc].astype(np.int64) + np.where(self.needless, back_ms, 0)
        barred = (arcs_ms[self.to_arc] >= UNREACHABLE) | (arcs_ms[self.from_arc] >= UNREACHABLE)
        return np.where(barred, UNREACHABLE, np.minimum(drive, UNREACHABLE)).astype(np.uint32)

    def over(self, arcs: NDArray[np.integer]) -> NDArray[np.int64]:
        """(k,) turns that touch any of `arcs`."""
        touched = np.isin(self.from_arc, arcs) | np.isin(self.to_arc, arcs)
        return np.flatnonzero(touched)


def build_turns(streets: Streets, rules: Iterable[TurnRule] = ()) -> TurnGraph:
    """Work out all turns of a network; rules that name no real turn change nothing."""
    tail, head = streets.tail.astype(np.int64), streets.head.astype(np.int64)
    by_tail = np.argsort(tail, kind="stable")
    first = np.searchsorted(tail[by_tail], np.arange(len(streets.node_lon) + 1))
    counts = first[head + 1] - first[head]
    from_arc = np.repeat(np.arange(len(head)), counts)
    step = np.arange(len(from_arc)) - np.repeat(np.cumsum(counts) - counts, counts)
    to_arc = by_tail[first[head[from_arc]] + step]
    kept = ~_forbidden(streets, from_arc, to_arc, rules)
    from_arc, to_arc = from_arc[kept], to_arc[kept]
    back = to_arc == (from_arc ^ 1)
    onward = ~back & ~streets.against[to_arc]
    has_onward = np.bincount(from_arc[onward], minlength=len(head)) > 0
    lon, lat = _middles(streets)
    topology = build_topology(from_arc, to_arc, lon, lat)
    return TurnGraph(from_arc, to_arc, back, back & has_onward[from_arc], topology)


def _middles(streets: Streets) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lon = (streets.node_lon[streets.tail] + streets.node_lon[streets.head]) / 2
    return lon, (streets.node_lat[streets.tail] + streets.node_lat[streets.head]) / 2


def _forbidden(
    streets: Streets,
    from_arc: NDArray[np.int64],
    to_arc: NDArray[np.int64],
    rules: Iterable[TurnRule],
) -> NDArray[np.bool_]:
    barred = np.zeros(len(from_arc), dtype=np.bool_)
    told = list(rules)
    if not told:
        return barred
    via = streets.head[from_arc]
    for rule in told:
        here = (from_arc // 2 == rule.from_edge) & (via == rule.via_node)
        there = to_arc // 2 == rule.to_edge
        if rule.only and not (here & there).any():
            continue  # the street it demands is not there: nothing to demand
        barred |= here & (~there if rule.only else there)
    return barred


@dataclass(frozen=True, slots=True, eq=False)
class TurnStreets(StopStreets):
    """Ways between places that obey turn rules and pay for turning round.

    Each end of a place's street is left and entered by its own arc. Distances between arcs
    count the last arc whole, so entering takes back what lies behind the place. On streets that
    are `sided` ((e,); None: nowhere) a place that asks for its own side is passed only by the
    arc that runs along it, where traffic `keeps` LEFT or RIGHT.
    """

    turns: TurnGraph
    turn_ms: NDArray[np.uint32]
    turn_paths: StreetPaths
    sided: NDArray[np.bool_] | None = None
    keeps: int = LEFT

    def without(self, edges: NDArray[np.integer]) -> TurnStreets:
        """Return ways that never use `edges` in either direction; these stay as they are."""
        if not len(edges):
            return self
        arcs = np.column_stack((2 * edges, 2 * edges + 1)).ravel()
        shut = self.turns.over(arcs)
        return TurnStreets(
            self.streets,
            closed(self.weights_ms, arcs),
            self.paths.with_closures(arcs),
            self.turns,
            closed(self.turn_ms, shut),
            self.turn_paths.with_closures(shut),
            self.sided,
            self.keeps,
        )

    def _directions(self, stop: Snap) -> tuple[int, ...]:
        """Directions of its street (0 as drawn, 1 against) in which a vehicle may pass a place."""
        free = not stop.own_side or stop.side == ON_IT
        if free or self.sided is None or not self.sided[stop.edge]:
            return (0, 1)
        return (0,) if stop.side == self.keeps else (1,)

    def _along(self, start: Snap, end: Snap) -> int:
        """Milliseconds along one street without leaving it, or UNREACHABLE."""
        if start.edge == end.edge:
            both = set(self._directions(start)) & set(self._directions(end))
            onward = (
                {0, 1} if start.fraction == end.fraction else {int(start.fraction > end.fraction)}
            )
            if not both & onward:
                return UNREACHABLE
        return StopStreets._along(self, start, end)

    def _leave(self, stop: Snap) -> list[tuple[int, int]]:
        """(arc, milliseconds to its end) for each direction that may be driven."""
        found = []
        for against in self._directions(stop):
            left = stop.fraction if against else 1.0 - stop.fraction
            weight = self._weight(stop.edge, against)
            if weight < UNREACHABLE:
                found.append((2 * stop.edge + against, round(left * weight)))
        return found

    def _enter(self, stop: Snap) -> list[tuple[int, int]]:
        """(arc, milliseconds to take back from its end) for each direction."""
        found = []
        for against in self._directions(stop):
            part = 1.0 - stop.fraction if against else stop.fraction
            weight = self._weight(stop.edge, against)
            if weight < UNREACHABLE:
                found.append((2 * stop.edge + against, weight - round(part * weight)))
        return found

    def costs_ms(self, starts: Sequence[Snap], goals: Sequence[Snap]) -> NDArray[np.uint32]:
        """(s, g) milliseconds from each start to each goal; UNREACHABLE where no way leads."""
        best = np.full((len(starts), len(goals)), UNREACHABLE, dtype=np.int64)
        leave = [(i, *way) for i, stop in enumerate(starts) for way in self._leave(stop)]
        enter = [(j, *way) for j, stop in enumerate(goals) for way in self._enter(stop)]
        if not leave or not enter:
            return best.astype(np.uint32)
        i, out_arc, out_ms = (np.array(column) for column in zip(*leave, strict=True))
        j, in_arc, in_ms = (np.array(column) for column in zip(*enter, strict=True))
        between = self.turn_paths.matrix(out_arc, in_arc).astype(np.int64)
        for a, b in _on_one_arc(out_arc, in_arc):
            # from a place to itself, or ahead on its arc, no way round is shorter
            behind = out_ms[a] < in_ms[b] and starts[i[a]] != goals[j[b]]
            between[a, b] = self._round(int(out_arc[a])) if behind else UNREACHABLE
        total = np.where(
            between >= UNREACHABLE, UNREACHABLE, between + out_ms[:, None] - in_ms[None, :]
        )
        rows, columns = _firsts(i), _firsts(j)
        least = np.minimum.reduceat(np.minimum.reduceat(total, rows, axis=0), columns, axis=1)
        best[np.ix_(i[rows], j[columns])] = least
        self._same_street(starts, goals, best)
        return np.minimum(best, UNREACHABLE).astype(np.uint32)

    def entry_ms(self, start: Snap, limit_ms: int) -> NDArray[np.float64]:
        """(2e,) milliseconds from a place until each arc is entered; inf beyond `limit_ms`.

        Searched from arc to arc, so a forbidden turn is never taken and turning round has its
        price. An arc that is entered in time but not driven to its end in time counts too.
        """
        ends = np.full(len(self.weights_ms), np.inf)
        for arc, spent in self._leave(start):
            if spent <= limit_ms:
                more = self.turn_paths.reach(arc, limit_ms - spent).astype(np.float64)
                ends = np.minimum(ends, np.where(more < UNREACHABLE, more + spent, np.inf))
        turns, entry = self.turns, np.full(len(self.weights_ms), np.inf)
        open_ = np.flatnonzero((self.turn_ms < UNREACHABLE) & np.isfinite(ends[turns.from_arc]))
        to_arc = turns.to_arc[open_]
        price = self.turn_ms[open_].astype(np.float64) - self.weights_ms[to_arc]
        np.minimum.at(entry, to_arc, ends[turns.from_arc[open_]] + price)
        return np.where(entry <= limit_ms, entry, np.inf)

    def _round(self, arc: int) -> int:
        """Milliseconds from the end of an arc to its end again, by leaving it; or UNREACHABLE."""
        return min((cost for cost, _ in self._rounds(arc)), default=UNREACHABLE)

    def _rounds(self, arc: int) -> list[tuple[int, tuple[int, ...]]]:
        """Cost and turns of each way round, by the turn it begins with."""
        found = []
        first, last = np.searchsorted(self.turns.from_arc, (arc, arc + 1))
        for turn in range(first, last):
            path = self.turn_paths.route(int(self.turns.to_arc[turn]), arc)
            if path is not None and self.turn_ms[turn] < UNREACHABLE:
                found.append((int(self.turn_ms[turn]) + path.cost, (turn, *path.arcs)))
        return sorted(found)

    def route(self, start: Snap, end: Snap) -> StopPath | None:
        """Return the cheapest way from one place to another, or None."""
        best_ms = self._along(start, end)
        stay = StreetPiece(start.edge, start.fraction, end.fraction)
        found = StopPath(best_ms, (stay,)) if best_ms < UNREACHABLE else None
        for out_arc, out_ms in self._leave(start):
            for in_arc, in_ms in self._enter(end):
                told = self._between(out_arc, in_arc)
                if told is None or out_ms + told[0] - in_ms >= best_ms:
                    continue
                best_ms = out_ms + told[0] - in_ms
                found = StopPath(best_ms, self._pieces(start, end, out_arc, told[1]))
        return found

    def _between(self, out_arc: int, in_arc: int) -> tuple[int, tuple[int, ...]] | None:
        """Cost and turns from the end of one arc to the end of another, or None."""
        if out_arc == in_arc:
            return next(iter(self._rounds(out_arc)), None)
        path = self.turn_paths.route(out_arc, in_arc)
        return None if path is None else (path.cost, path.arcs)

    def _pieces(
        self, start: Snap, end: Snap, out_arc: int, turns: tuple[int, ...]
    ) -> tuple[StreetPiece, ...]:
        arcs = [int(self.turns.to_arc[turn]) for turn in turns]
        pieces = [
            StreetPiece(start.edge, start.fraction, float(1 - out_arc % 2)),
            *(StreetPiece(arc // 2, float(arc % 2), float(1 - arc % 2)) for arc in arcs[:-1]),
            StreetPiece(end.edge, float(arcs[-1] % 2), end.fraction),
        ]
        return tuple(p for p in pieces if p.start != p.end)


def _on_one_arc(starts: NDArray[np.int64], goals: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Pairs (a, b) with `starts[a] == goals[b]`."""
    places: dict[int, list[int]] = {}
    for b, arc in enumerate(goals.tolist()):
        places.setdefault(arc, []).append(b)
    for a, arc in enumerate(starts.tolist()):
        for b in places.get(arc, ()):
            yield a, b


def _firsts(grouped: NDArray[np.int64]) -> NDArray[np.intp]:
    """Where each run of equal numbers begins."""
    return np.flatnonzero(np.diff(grouped, prepend=-1))
