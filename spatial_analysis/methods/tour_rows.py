"""Tours as tables of numbers, for the compiled search: what is given, and the rows it changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.string_rows import (
    CLOSES,
    END,
    OPENS,
    SERVICE,
    START,
)
from spatial_analysis.methods.tours import (
    NEVER_S,
    Tour,
    TourProblem,
    Truck,
    Visit,
    closed_tour,
)

NEIGHBOURS = 200
BESIDE = 40  # neighbours beside which a stop is first tried
OF_WAITING, OF_LATENESS = 0.2, 1.0  # what they cost a neighbour, in seconds of drive
EVER = 2**40


class Given(NamedTuple):
    """The problem: n stops, t tips, N nodes, m trucks, w matrices."""

    drive: NDArray[np.int32]  # (w, N, N) seconds from node to node
    back: NDArray[np.int32]  # (w, N, N) the same, turned: back[w, b, a] = drive[w, a, b]
    nodes: NDArray[np.int64]  # (N, 7): LITRES to PRIZE
    trucks: NDArray[np.int64]  # (m, 10): START to KIND
    near: NDArray[np.int32]  # (n, q) neighbours of each stop, itself first
    close: NDArray[np.int32]  # (n, b) those whose hours suit too, without itself
    fits: NDArray[np.bool_]  # (n, m) which truck may serve which stop
    tips: int
    windows: bool  # some stop is not open for the whole shift
    prized: bool  # some stop is worth more than another
    released: bool  # the goods of some stop are not there from the first


class Rows(NamedTuple):
    """Tours of m trucks as they are now, with what is worked out of them."""

    node: NDArray[np.int32]  # (m, W) start, stops and tips, end
    size: NDArray[np.int64]  # (m,) how many of them
    step: NDArray[np.int32]  # (m, W) drive to the next
    leave: NDArray[np.int64]  # (m, W) clock when it goes on
    late: NDArray[np.int64]  # (m, W) latest arrival that the rest allows
    trips: NDArray[np.int64]  # (m,)
    opening: NDArray[np.int64]  # (m, X) where each trip begins; the last closes there
    load: NDArray[np.int64]  # (m, X, 2) litres and kilograms of a trip
    ready: NDArray[np.int64]  # (m, X) when the goods of a trip are there
    free: NDArray[np.int64]  # (m, X) when the truck could begin the trip
    cost: NDArray[np.int64]  # (m,) drive
    truck_of: NDArray[np.int64]  # (n,) -1 where none serves it
    trip_of: NDArray[np.int64]  # (n,)
    at: NDArray[np.int64]  # (n,) place in its row


class Room(NamedTuple):
    """Where the search keeps the best rows so far, and room to work in."""

    best_node: NDArray[np.int32]  # (m, W)
    best_size: NDArray[np.int64]  # (m,)
    best: NDArray[np.int64]  # (1,) what the best rows cost
    state: NDArray[np.uint64]  # (1,) of the random numbers
    kept_node: NDArray[np.int32]  # (m, W)
    kept_size: NDArray[np.int64]  # (m,)
    kept_cost: NDArray[np.int64]  # (m,)
    touched: NDArray[np.int64]  # (m,)
    mark: NDArray[np.bool_]  # (m,)
    seen: NDArray[np.int64]  # (m,) kinds of trucks
    ruined: NDArray[np.int64]  # (m, X)
    looked: NDArray[np.int64]  # (m, X)
    tally: NDArray[np.int64]  # (5,) mark of the last three, worth and number of what is left out,
    # number of stops to put in, of rows changed
    todo: NDArray[np.int64]  # (n,)
    key: NDArray[np.float64]  # (n,)


def room_of(rows: Rows, *, cost: int, state: int) -> Room:
    """Room for a search that begins with `rows`, which cost `cost`."""
    m, n = len(rows.size), len(rows.at)
    whole: dict[str, Any] = {"dtype": np.int64}
    return Room(
        rows.node.copy(), rows.size.copy(), np.array([cost], **whole),
        np.array([state], dtype=np.uint64), rows.node.copy(), rows.size.copy(),
        np.zeros(m, **whole), np.zeros(m, **whole), np.zeros(m, dtype=np.bool_),
        np.zeros(m, **whole), np.zeros(rows.opening.shape, **whole),
        np.zeros(rows.opening.shape, **whole), np.zeros(5, **whole), np.zeros(n, **whole),
        np.zeros(n, dtype=np.float64),
    )  # fmt: skip


def given_of(problem: TourProblem) -> Given:
    """Number the nodes of a problem: stops, tips, then the places where trucks start and end."""
    stops, tips, trucks = problem.stops, problem.tips, problem.trucks
    ends = list(dict.fromkeys(p for t in trucks for p in (t.start_place, t.end_place)))
    places = np.array([s.place for s in stops] + [t.place for t in tips] + ends)
    ways, way_of = _ways(problem)
    drive = np.stack([np.minimum(problem.drive_s[w], NEVER_S)[np.ix_(places, places)]
                      for w in ways]).astype(np.int32)  # fmt: skip
    nodes = np.array(
        [(s.load_l, s.load_kg, s.service_s, s.opens_s, s.closes_s, s.ready_s, s.prize_s)
         for s in stops]
        + [(0, 0, t.service_s, t.opens_s, t.closes_s, 0, 0) for t in tips]
        + [(0, 0, 0, 0, EVER, 0, 0) for _ in ends],
        dtype=np.int64,
    )  # fmt: skip
    first_end, count = len(stops) + len(tips), len(stops)
    fits = np.array([[s.may_be_served_by(k) for k in range(len(trucks))] for s in stops])
    kinds: dict[tuple[Truck, bytes], int] = {}
    table = np.array(
        [(first_end + ends.index(t.start_place), first_end + ends.index(t.end_place),
          t.capacity_l, t.capacity_kg, t.starts_s, t.ends_s, way_of[t.matrix], t.load_l, t.load_kg,
          kinds.setdefault((t, fits[:, k].tobytes()), len(kinds))) for k, t in enumerate(trucks)],
        dtype=np.int64,
    )  # fmt: skip
    fits &= np.array([t.ends_s > t.starts_s for t in trucks])
    between = drive[way_of[trucks[0].matrix], :count, :count]
    near, close = nearest(between), suiting(between, nodes[:count])
    back = np.ascontiguousarray(drive.transpose(0, 2, 1))
    shift = trucks[0].starts_s, trucks[0].ends_s
    windows = any(s.opens_s > shift[0] or s.closes_s < shift[1] for s in stops)
    prized = len({s.prize_s for s in stops}) > 1
    released = any(s.ready_s > 0 for s in stops)
    return Given(drive, back, nodes, table, near, close, fits, len(tips), windows, prized, released)


def _ways(problem: TourProblem) -> tuple[list[int], dict[int, int]]:
    """Matrices that differ, and which of them stands for each that trucks name."""
    kept: dict[bytes, int] = {}
    way_of, ways = {}, []
    for matrix in dict.fromkeys(truck.matrix for truck in problem.trucks):
        told = problem.drive_s[matrix].tobytes()
        if told not in kept:
            kept[told] = len(ways)
            ways.append(matrix)
        way_of[matrix] = kept[told]
    return ways, way_of


def nearest(between: NDArray[np.int32]) -> NDArray[np.int32]:
    """(n, q) nearest stops of each stop there and back, itself first; ties to the lower index."""
    both = between.astype(np.int64) + between.T
    np.fill_diagonal(both, -1)
    return np.argsort(both, axis=1, kind="stable")[:, : NEIGHBOURS + 1].astype(np.int32)


def suiting(between: NDArray[np.int32], nodes: NDArray[np.int64]) -> NDArray[np.int32]:
    """(n, b) stops that go well before or after each stop; ties to the lower index.

    The drive, a part of the wait for opening and of what is late. Source: Vidal et al. (2013), A
    hybrid genetic algorithm with adaptive diversity management for a large class of vehicle
    routing problems with time-windows; weights as in PyVRP.
    """
    opens, closes, service = (nodes[:, column] for column in (OPENS, CLOSES, SERVICE))
    wait = opens[None] - (closes + service)[:, None] - between
    late = (opens + service)[:, None] + between - closes[None]
    costs = between + OF_WAITING * np.maximum(wait, 0) + OF_LATENESS * np.maximum(late, 0)
    costs = np.minimum(costs, costs.T)
    np.fill_diagonal(costs, np.inf)
    count = min(BESIDE, len(between) - 1)
    return np.argsort(costs, axis=1, kind="stable")[:, :count].astype(np.int32)


def rows_of(problem: TourProblem, given: Given, start: Sequence[Tour] = ()) -> Rows:
    """Rows with the tours of `start`; the other trucks stay at home, or tip what they carry."""
    n, m, tips = len(problem.stops), len(problem.trucks), bool(problem.tips)
    width, trips = n + 2 + (n + 2) * tips, 3 + n * tips
    node, size = np.zeros((m, width), dtype=np.int32), np.zeros(m, dtype=np.int64)
    told = {tour.truck: tour for tour in start}
    for k in range(m):
        tour = told.get(k) or closed_tour(problem, k, ())
        steps = [visit.index + n * visit.is_tip for visit in tour.visits]
        row = [given.trucks[k, START], *steps, given.trucks[k, END]]
        node[k, : len(row)], size[k] = row, len(row)
    whole: dict[str, Any] = {"dtype": np.int64}
    return Rows(
        node, size, np.zeros((m, width), dtype=np.int32), np.zeros((m, width), **whole),
        np.zeros((m, width), **whole), np.zeros(m, **whole), np.zeros((m, trips), **whole),
        np.zeros((m, trips, 2), **whole), np.zeros((m, trips), **whole),
        np.zeros((m, trips), **whole), np.zeros(m, **whole), np.full(n, -1, **whole),
        np.full(n, -1, **whole), np.full(n, -1, **whole),
    )  # fmt: skip


def tours_of(problem: TourProblem, node: NDArray[np.int32], size: NDArray[np.int64]) -> list[Tour]:
    """Rows as tours; trucks that stay at home have none."""
    n = len(problem.stops)
    return [
        Tour(k, tuple(Visit(v - n if v >= n else v, is_tip=v >= n)
                      for v in node[k, 1 : size[k] - 1].tolist()))
        for k in range(len(size)) if size[k] > 2
    ]  # fmt: skip
