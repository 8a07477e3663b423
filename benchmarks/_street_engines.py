"""Street engines behind the same questions, each in a process of its own; no Django here.

Every process imports the same modules and holds the same arcs; what its memory peaks at above one
that only does that is what its engine needs, answering included.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from benchmarks._own_process import in_its_own_process
from benchmarks._row import NOT, seconds
from spatial_analysis.methods.paths import UNREACHABLE, StreetPaths
from spatial_analysis.methods.paths_cch import build_topology
from spatial_analysis.methods.paths_scipy import ScipyPaths
from spatial_analysis.methods.paths_sweep import Sweep

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
    first_s: float | None = None  # the first matrix, with what is worked out only once
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


def prepared(asked: Asked) -> Asked:
    """Return what is asked: the imports above are the preparation."""
    return asked


def nothing(_asked: Asked) -> None:
    """Ask nothing: what a process holds before it has an engine."""


def _by_port(name: str, asked: Asked, build: Callable[[], StreetPaths]) -> tuple[Figures, Answers]:
    """An engine behind our own port."""
    began = perf_counter()
    paths = build()
    figures = Figures(name, perf_counter() - began)
    pairs, places = asked.pairs.tolist(), asked.places
    found = [paths.route(a, b) for a, b in pairs]
    costs = [UNREACHABLE if path is None else path.cost for path in found]
    figures.route_s = median(seconds(lambda a=a, b=b: paths.route(a, b)) for a, b in pairs)
    began = perf_counter()
    matrix = paths.matrix(places, places)
    figures.first_s = perf_counter() - began
    figures.matrix_s = seconds(lambda: paths.matrix(places, places), 3)
    start = asked.start
    figures.reach_s = seconds(lambda: paths.reach(start, REACH_MS), 5)
    reached = np.flatnonzero(paths.reach(start, REACH_MS) < UNREACHABLE)
    return figures, Answers(costs, matrix.astype(np.int64), reached)


def hierarchy(asked: Asked) -> tuple[Figures, Answers]:
    """Ours: the contraction hierarchy."""
    warm = build_topology(np.array([0, 1]), np.array([1, 0]), np.zeros(2), np.zeros(2))
    one = np.zeros(1, np.int64)  # compiled code is read from the disk once a process
    Sweep(warm.contraction, np.ones(2, np.uint32)).matrix(one, one)

    def build() -> StreetPaths:
        return build_topology(asked.tail, asked.head, asked.lon, asked.lat).paths(asked.weight)

    return _by_port("ours (hierarchy)", asked, build)


def by_scipy(asked: Asked) -> tuple[Figures, Answers]:
    """Dijkstra by scipy."""

    def build() -> StreetPaths:
        return ScipyPaths(asked.tail, asked.head, asked.weight, nodes=len(asked.lon))

    return _by_port("scipy", asked, build)


def _graph(asked: Asked) -> nx.DiGraph:
    """The arcs as a networkx graph; of parallel arcs the cheapest."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(asked.lon)))
    order = np.argsort(-asked.weight, kind="stable")
    columns = (asked.tail, asked.head, asked.weight)
    graph.add_weighted_edges_from(zip(*(column[order].tolist() for column in columns), strict=True))
    return graph


def by_networkx(given: tuple[Asked, Answers]) -> Figures:
    """Networkx, beside our answers."""
    asked, ours = given
    began = perf_counter()
    graph = _graph(asked)
    figures = Figures("networkx", perf_counter() - began)

    def cost(a: int, b: int) -> int:
        try:
            return int(nx.bidirectional_dijkstra(graph, a, b)[0])
        except nx.NetworkXNoPath:
            return UNREACHABLE

    pairs, places = asked.pairs.tolist(), asked.places.tolist()
    figures.wrong = sum(cost(a, b) != told for (a, b), told in zip(pairs, ours.routes, strict=True))
    figures.route_s = median(seconds(lambda a=a, b=b: cost(a, b)) for a, b in pairs)
    began = perf_counter()
    rows = [nx.single_source_dijkstra_path_length(graph, place) for place in places[:ROWS]]
    figures.matrix_s = (perf_counter() - began) * len(places) / ROWS
    table = [[row.get(place, UNREACHABLE) for place in places] for row in rows]
    figures.wrong += int((np.array(table) != ours.matrix[:ROWS]).sum())

    def reach() -> dict[int, float]:
        return nx.single_source_dijkstra_path_length(graph, asked.start, cutoff=REACH_MS)

    figures.reach_s = seconds(reach, 3)
    figures.wrong += len(set(reach()) ^ set(ours.reached.tolist()))
    figures.note = f"matrix from {ROWS} rows"
    return figures


def together(asked: Asked, ours: Answers) -> tuple[Asked, Answers]:
    """Return both, as one argument."""
    return asked, ours


def measured(asked: Asked) -> tuple[list[Figures], Answers]:
    """Ours, scipy and networkx, one after another; and our answers."""
    bare = in_its_own_process(prepared, nothing, asked)
    fast = in_its_own_process(prepared, hierarchy, asked)
    if bare is None or fast is None:
        raise RuntimeError("a process of its own could not be started")
    figures, ours = fast.told
    figures.memory_mb = fast.mb - bare.mb
    found = [figures, Figures("scipy", note=NOT), Figures("networkx", note=NOT)]
    slow = in_its_own_process(prepared, by_scipy, asked)
    if slow is not None:
        found[1], theirs = slow.told
        found[1].memory_mb = slow.mb - bare.mb
        found[1].wrong = int((theirs.matrix != ours.matrix).sum())
        found[1].wrong += sum(a != b for a, b in zip(ours.routes, theirs.routes, strict=True))
        found[1].wrong += len(set(ours.reached.tolist()) ^ set(theirs.reached.tolist()))
    peer = in_its_own_process(together, by_networkx, asked, ours)
    if peer is not None:
        found[2] = peer.told
        found[2].memory_mb = peer.mb - bare.mb
    return found, ours
