"""Ways on the streets: the hierarchy against scipy and networkx on the same arcs, one run.

The network is the city's own when a database with streets is at hand, else a made-up grid of
40,000 junctions (so say the figures which it was). Costs are compared too: a faster wrong answer
is no answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from spatial_analysis.methods.paths import UNREACHABLE, StreetPaths
from spatial_analysis.methods.paths_cch import HAS_CCH, build_topology
from spatial_analysis.methods.paths_scipy import ScipyPaths

SIDE = 200
PAIRS = 60
MATRIX = 200
SEED = 8271


@dataclass(frozen=True, slots=True)
class Network:
    """Arcs with weights in milliseconds."""

    name: str
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    weight: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]


def grid() -> Network:
    """A town of `SIDE` x `SIDE` junctions, two-way streets of 5 to 30 seconds."""
    random = np.random.default_rng(SEED)
    node = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    pairs = np.concatenate(
        [
            np.column_stack((node[:, :-1].ravel(), node[:, 1:].ravel())),
            np.column_stack((node[:-1].ravel(), node[1:].ravel())),
        ]
    )
    tail = np.concatenate((pairs[:, 0], pairs[:, 1]))
    head = np.concatenate((pairs[:, 1], pairs[:, 0]))
    weight = random.integers(5_000, 30_000, size=len(tail))
    y, x = np.divmod(np.arange(SIDE * SIDE), SIDE)
    return Network("grid", tail, head, weight, x * 1e-3, y * 1e-3)


def city() -> Network | None:
    """The city's own streets for a truck, or None where there are none."""
    from django.db import DatabaseError

    from spatial_analysis.methods import speeds
    from spatial_analysis.snapshots import read_streets

    try:
        streets = read_streets()
    except DatabaseError:
        return None
    if not len(streets):
        return None
    weight = speeds.weights_ms(streets, speeds.Profile.TRUCK).astype(np.int64)
    open_ = weight < UNREACHABLE
    return Network(
        "city", streets.tail[open_].astype(np.int64), streets.head[open_].astype(np.int64),
        weight[open_], streets.node_lon, streets.node_lat,
    )  # fmt: skip


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def by_networkx(net: Network) -> nx.DiGraph:
    """The same arcs as a networkx graph; of parallel arcs the cheapest."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(net.lon)))
    order = np.argsort(-net.weight, kind="stable")
    graph.add_weighted_edges_from(
        zip(net.tail[order].tolist(), net.head[order].tolist(), net.weight[order].tolist(),
            strict=True)
    )  # fmt: skip
    return graph


def measure(net: Network, console: Console) -> None:
    """Print one table for one network."""
    random = np.random.default_rng(SEED)
    nodes = len(net.lon)
    began = time.perf_counter()
    topology = build_topology(net.tail, net.head, net.lon, net.lat)
    built = time.perf_counter() - began
    began = time.perf_counter()
    fast: StreetPaths = topology.paths(net.weight)
    customised = time.perf_counter() - began
    slow = ScipyPaths(net.tail, net.head, net.weight, nodes=nodes)
    graph = by_networkx(net)
    pairs = random.integers(nodes, size=(PAIRS, 2))
    places = random.choice(nodes, size=min(MATRIX, nodes), replace=False)

    def networkx_cost(a: int, b: int) -> float:
        try:
            return nx.bidirectional_dijkstra(graph, a, b)[0]
        except nx.NetworkXNoPath:
            return UNREACHABLE

    def cost(paths: StreetPaths, a: int, b: int) -> int:
        found = paths.route(a, b)
        return UNREACHABLE if found is None else found.cost

    wrong = sum(
        not cost(fast, a, b) == cost(slow, a, b) == networkx_cost(a, b) for a, b in pairs.tolist()
    )
    route = {
        "cch": median(timed(lambda a=a, b=b: fast.route(a, b)) for a, b in pairs.tolist()),
        "scipy": median(timed(lambda a=a, b=b: slow.route(a, b)) for a, b in pairs.tolist()),
        "networkx": median(timed(lambda a=a, b=b: networkx_cost(a, b)) for a, b in pairs.tolist()),
    }
    few = places[:10].tolist()

    def networkx_rows() -> None:
        for source in few:
            nx.single_source_dijkstra_path_length(graph, source)

    matrix = {
        "cch": min(timed(lambda: fast.matrix(places, places)) for _ in range(3)),
        "scipy": timed(lambda: slow.matrix(places, places)),
        "networkx": timed(networkx_rows) * len(places) / len(few),
    }
    wrong_cells = int((fast.matrix(places, places) != slow.matrix(places, places)).sum())
    shut = random.choice(len(net.tail), size=50, replace=False)
    closure = timed(lambda: fast.with_closures(shut))
    label = "cch" if HAS_CCH else "cch (absent: scipy answers)"
    size = f"{len(places)} x {len(places)}, s"
    title = f"{net.name}: {nodes:,} junctions, {len(net.tail):,} arcs"
    heads = ("engine", "route, median ms", "x networkx", size, "x networkx")
    table = Table(*heads, title=title)
    for name in ("cch", "scipy", "networkx"):
        table.add_row(
            label if name == "cch" else name,
            f"{route[name] * 1e3:.3f}",
            f"{route['networkx'] / route[name]:.0f}",
            f"{matrix[name]:.3f}",
            f"{matrix['networkx'] / matrix[name]:.0f}",
        )
    console.print(table)
    console.print(
        f"hierarchy built in {built:.2f} s, weights in {customised * 1e3:.1f} ms, a copy with 50 "
        f"closures in {closure * 1e3:.1f} ms; costs that differ: {wrong} of {PAIRS} routes, "
        f"{wrong_cells} of {len(places) ** 2} cells (networkx matrix from {len(few)} rows)"
    )


def main() -> None:
    """Print the tables."""
    console = Console(width=110)
    for net in (city(), grid()):
        if net is not None:
            measure(net, console)


if __name__ == "__main__":
    measure(grid(), Console(width=110))
