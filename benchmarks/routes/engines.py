"""Path, matrix and isochrone: ours beside scipy, networkx and pgRouting on the same arcs.

All engines get the arcs that a truck may use, weights in whole milliseconds. Costs are compared
too: a faster wrong answer is no answer. pgRouting is asked where its extension can be made.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

import networkx as nx
import numpy as np
from django.db import DatabaseError, connection, transaction
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks._row import NOT, resident_mb, seconds
from spatial_analysis.methods import speeds
from spatial_analysis.methods.paths import UNREACHABLE, StreetPaths
from spatial_analysis.methods.paths_cch import build_topology
from spatial_analysis.methods.paths_scipy import ScipyPaths
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.snapshots import Network

PAIRS = 60
MATRIX = 500
ROWS = 8  # of the matrix, by networkx: the rest is multiplied
REACH_MS = 15 * 60_000
SEED = 8271


@dataclass(slots=True)
class Figures:
    """What one engine needed, and how many of its answers differ from ours."""

    name: str
    build_s: float | None = None
    memory_mb: float | None = None
    route_s: float | None = None
    matrix_s: float | None = None
    reach_s: float | None = None
    wrong: int = 0
    note: str = ""


@dataclass(slots=True)
class Asked:
    """Arcs of a truck, and the questions."""

    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    weight: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    pairs: NDArray[np.int64] = field(init=False)
    places: NDArray[np.int64] = field(init=False)
    start: int = field(init=False)  # of the reach: of some places, that with the most around it

    def __post_init__(self) -> None:
        """Choose junctions that lie on an arc."""
        random = np.random.default_rng(SEED)
        nodes = np.unique(self.tail)
        self.pairs = random.choice(nodes, size=(PAIRS, 2))
        self.places = random.choice(nodes, size=min(MATRIX, len(nodes)), replace=False)
        paths = ScipyPaths(self.tail, self.head, self.weight, nodes=len(self.lon))
        some = self.places[:20].tolist()
        around = [(paths.reach(place, REACH_MS) < UNREACHABLE).sum() for place in some]
        self.start = some[int(np.argmax(around))]


@dataclass(slots=True)
class Answers:
    """Costs of the pairs, of the matrix and of the reach, to compare with."""

    routes: list[int]
    matrix: NDArray[np.int64]
    reached: NDArray[np.int64]


def asked_of(net: Network) -> Asked:
    """Arcs of a network that a truck may use."""
    weight = speeds.weights_ms(net.streets, Profile.TRUCK).astype(np.int64)
    open_ = weight < UNREACHABLE
    return Asked(
        net.streets.tail[open_].astype(np.int64), net.streets.head[open_].astype(np.int64),
        weight[open_], net.streets.node_lon, net.streets.node_lat,
    )  # fmt: skip


def _built(name: str, work: Callable[[], object]) -> tuple[Figures, object]:
    before, began = resident_mb(), time.perf_counter()
    made = work()
    build_s = time.perf_counter() - began
    return Figures(name, build_s, max(resident_mb() - before, 0.0)), made


def _by_port(name: str, asked: Asked, build: Callable[[], object]) -> tuple[Figures, Answers]:
    """An engine behind our own port."""
    figures, made = _built(name, build)
    paths: StreetPaths = made  # type: ignore[assignment]
    pairs, places = asked.pairs.tolist(), asked.places
    found = [paths.route(a, b) for a, b in pairs]
    costs = [UNREACHABLE if path is None else path.cost for path in found]
    figures.route_s = median(seconds(lambda a=a, b=b: paths.route(a, b)) for a, b in pairs)
    figures.matrix_s = seconds(lambda: paths.matrix(places, places), 3)
    start = asked.start
    figures.reach_s = seconds(lambda: paths.reach(start, REACH_MS), 5)
    reached = np.flatnonzero(paths.reach(start, REACH_MS) < UNREACHABLE)
    return figures, Answers(costs, paths.matrix(places, places).astype(np.int64), reached)


def _graph(asked: Asked) -> nx.DiGraph:
    """The arcs as a networkx graph; of parallel arcs the cheapest."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(asked.lon)))
    order = np.argsort(-asked.weight, kind="stable")
    columns = (asked.tail, asked.head, asked.weight)
    graph.add_weighted_edges_from(zip(*(column[order].tolist() for column in columns), strict=True))
    return graph


def _by_networkx(asked: Asked, ours: Answers) -> Figures:
    figures, graph = _built("networkx", lambda: _graph(asked))

    def cost(a: int, b: int) -> int:
        try:
            return int(nx.bidirectional_dijkstra(graph, a, b)[0])
        except nx.NetworkXNoPath:
            return UNREACHABLE

    pairs, places = asked.pairs.tolist(), asked.places.tolist()
    figures.wrong = sum(cost(a, b) != told for (a, b), told in zip(pairs, ours.routes, strict=True))
    figures.route_s = median(seconds(lambda a=a, b=b: cost(a, b)) for a, b in pairs)
    began = time.perf_counter()
    rows = [nx.single_source_dijkstra_path_length(graph, place) for place in places[:ROWS]]
    figures.matrix_s = (time.perf_counter() - began) * len(places) / ROWS
    table = [[row.get(place, UNREACHABLE) for place in places] for row in rows]
    figures.wrong += int((np.array(table) != ours.matrix[:ROWS]).sum())

    def reach() -> dict[int, float]:
        return nx.single_source_dijkstra_path_length(graph, asked.start, cutoff=REACH_MS)

    figures.reach_s = seconds(reach, 3)
    figures.wrong += len(set(reach()) ^ set(ours.reached.tolist()))
    figures.note = f"matrix from {ROWS} rows"
    return figures


EDGES = """
SELECT id, source, target, cost FROM bench_arcs
"""
ROUTE = f"SELECT sum(cost) FROM pgr_dijkstra('{EDGES}', %s, %s)"
COSTS = f"SELECT start_vid, end_vid, agg_cost FROM pgr_dijkstraCost('{EDGES}', %s::bigint[], %s::bigint[])"  # noqa: E501
WITHIN = f"SELECT node FROM pgr_drivingDistance('{EDGES}', %s, %s)"


def _by_pgrouting(asked: Asked, ours: Answers) -> Figures:
    """The same arcs as a table, asked by SQL; nothing of it stays in the database."""
    figures = Figures("pgRouting")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pgrouting")
            began = time.perf_counter()
            cursor.execute(
                "CREATE TEMP TABLE bench_arcs (id bigint PRIMARY KEY, source bigint,"
                " target bigint, cost float8) ON COMMIT DROP"
            )
            columns = [c.tolist() for c in (asked.tail, asked.head, asked.weight)]
            cursor.execute(
                "INSERT INTO bench_arcs SELECT ordinality, a, b, c FROM"
                " unnest(%s::bigint[], %s::bigint[], %s::float8[]) WITH ORDINALITY AS t(a, b, c)",
                columns,
            )
            cursor.execute("ANALYZE bench_arcs")
            figures.build_s = time.perf_counter() - began
            cursor.execute("SELECT pg_total_relation_size('bench_arcs'), pgr_version()")
            size, version = cursor.fetchone()
            figures.memory_mb, figures.name = size / 1e6, f"pgRouting {version}"
            _ask_pgrouting(cursor, asked, ours, figures)
            transaction.set_rollback(True)
    except DatabaseError as error:
        figures.note = f"{NOT}: {str(error).splitlines()[0][:60]}"
    return figures


def _ask_pgrouting(cursor: object, asked: Asked, ours: Answers, figures: Figures) -> None:
    took = []
    for (a, b), told in zip(asked.pairs.tolist(), ours.routes, strict=True):
        began = time.perf_counter()
        cursor.execute(ROUTE, (a, b))  # type: ignore[attr-defined]
        cost = cursor.fetchone()[0]  # type: ignore[attr-defined]
        took.append(time.perf_counter() - began)
        wanted = None if told >= UNREACHABLE or a == b else told
        figures.wrong += cost != wanted
    figures.route_s = median(took)
    places = asked.places.tolist()
    began = time.perf_counter()
    cursor.execute(COSTS, (places, places))  # type: ignore[attr-defined]
    rows = cursor.fetchall()  # type: ignore[attr-defined]
    figures.matrix_s = time.perf_counter() - began
    number = {place: i for i, place in enumerate(places)}
    table = np.full((len(places), len(places)), UNREACHABLE, dtype=np.int64)
    np.fill_diagonal(table, 0)
    for start, end, cost in rows:
        table[number[start], number[end]] = cost
    figures.wrong += int((table != ours.matrix).sum())
    began = time.perf_counter()
    cursor.execute(WITHIN, (asked.start, REACH_MS))  # type: ignore[attr-defined]
    nodes = {row[0] for row in cursor.fetchall()}  # type: ignore[attr-defined]
    figures.reach_s = time.perf_counter() - began
    figures.wrong += len(nodes ^ set(ours.reached.tolist()))


def measure(net: Network) -> list[Figures]:
    """All engines on one network, node-based: what every one of them can answer."""
    asked = asked_of(net)
    nodes = len(asked.lon)

    def hierarchy() -> StreetPaths:
        return build_topology(asked.tail, asked.head, asked.lon, asked.lat).paths(asked.weight)

    fast, ours = _by_port("ours (hierarchy)", asked, hierarchy)
    slow, theirs = _by_port(
        "scipy", asked, lambda: ScipyPaths(asked.tail, asked.head, asked.weight, nodes=nodes)
    )
    slow.wrong = int((theirs.matrix != ours.matrix).sum()) + sum(
        a != b for a, b in zip(ours.routes, theirs.routes, strict=True)
    )
    slow.wrong += len(set(ours.reached.tolist()) ^ set(theirs.reached.tolist()))
    return [fast, slow, _by_networkx(asked, ours), _by_pgrouting(asked, ours)]


def show(name: str, net: Network, found: list[Figures], console: Console) -> None:
    """Print one table."""
    asked = asked_of(net)
    title = f"{name}: {len(asked.lon):,} junctions, {len(asked.tail):,} arcs of a truck"
    heads = (
        "engine", "build, s", "+ MB", "route p50, ms", f"{len(asked.places)} x matrix, s",
        "15 min reach, ms", "answers that differ", "",
    )  # fmt: skip
    table = Table(*heads, title=title)
    for f in found:
        figures = (
            (f.build_s, 1, 2), (f.memory_mb, 1, 0), (f.route_s, 1e3, 3), (f.matrix_s, 1, 3),
            (f.reach_s, 1e3, 1),
        )  # fmt: skip
        told = [NOT if v is None else f"{v * factor:.{n}f}" for v, factor, n in figures]
        table.add_row(f.name, *told, "-" if f.route_s is None else str(f.wrong), f.note)
    console.print(table)
