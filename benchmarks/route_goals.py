"""The goals of the crew routes as one table: goal, ours in this run, met or not.

Everything runs on the city's own streets in a transaction that is rolled back. What needs a peer
or a list that is not at hand reads "not measured"; nothing is copied from elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import networkx as nx
import numpy as np
from django.db import transaction
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from benchmarks import round_fuzz, route_truths
from benchmarks.rounds import EFFORT, faults, problem
from layers.catalog.closures import Cause, actions
from spatial_analysis.methods.fleet_sweep import sweep
from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.snapping import Snap
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.methods.turn_graph import TurnStreets
from spatial_analysis.snapshots import Network, network
from spatial_analysis.studies.nearest_crew import nearest_crews
from spatial_analysis.studies.reach_areas import reach_areas
from spatial_analysis.studies.route import route

SEED = 8271
PAIRS = 60
MATRIX = 500
CITIES = 1000
NOT = "not measured"
Row = tuple[str, str, str, str]


def ms(work: Callable[[], object], times: int = 5) -> float:
    """Median milliseconds of `work`."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1e3)
    return median(took)


def row(number: str, goal: str, ours: str, met: bool | None) -> Row:
    """One line of the table; `met` None where nothing was measured."""
    return number, goal, ours, "-" if met is None else ("met" if met else "NOT met")


def truths() -> Row:
    """Costs against the listed ones."""
    goal = "0 differences on every listed pair x 3 weights"
    folders = [route_truths.SHARED / name for name in route_truths.SETS]
    if not all(folder.is_dir() for folder in folders):
        return row("1", goal, NOT, None)
    found = [truth for folder in folders for truth in route_truths.compare(folder)]
    wrong, pairs = sum(t.wrong for t in found), sum(t.pairs for t in found)
    return row("1", goal, f"{wrong} of {pairs:,}", wrong == 0)


def stops_of(net: Network, count: int) -> list[Snap]:
    """Random places on streets that trucks may use, all of one island."""
    random = np.random.default_rng(SEED)
    islands, sizes = np.unique(net.streets.island, return_counts=True)
    usable = np.flatnonzero(net.streets.island == islands[np.argmax(sizes)])
    chosen = random.choice(usable, count)
    return [Snap(int(edge), 0.5, 0, 0.0) for edge in chosen]


def by_networkx(ways: TurnStreets) -> nx.DiGraph:
    """The same turns as a networkx graph."""
    graph = nx.DiGraph()
    turns = zip(ways.turns.from_arc, ways.turns.to_arc, ways.turn_ms, strict=True)
    graph.add_weighted_edges_from((int(a), int(b), int(w)) for a, b, w in turns if w < UNREACHABLE)
    return graph


def engines(net: Network) -> list[Row]:
    """Route and matrix, turn-expanded, against networkx on the same turns."""
    ways = net.ways(Profile.TRUCK)
    if not isinstance(ways, TurnStreets):
        return []
    stops, graph = stops_of(net, 2 * PAIRS), by_networkx(ways)
    ours, theirs, wrong = [], [], 0
    for start, goal in zip(stops[:PAIRS], stops[PAIRS:], strict=True):
        a, b = 2 * start.edge, 2 * goal.edge
        began = time.perf_counter()
        path = ways.turn_paths.route(a, b)
        middle = time.perf_counter()
        try:
            cost = nx.bidirectional_dijkstra(graph, a, b)[0]
        except (nx.NetworkXNoPath, nx.NodeNotFound):
            cost = None
        ours.append(middle - began)
        theirs.append(time.perf_counter() - middle)
        wrong += (None if path is None else path.cost) != (0 if a == b else cost)
    ratio = median(theirs) / median(ours)
    many = stops_of(net, MATRIX)
    matrix_s = ms(lambda: ways.costs_ms(many, many), times=3) / 1e3
    return [
        row("1b", "turn-expanded: equal to networkx", f"{wrong} of {PAIRS} differ", wrong == 0),
        row("2", "route p50 >= 200 x networkx", f"{ratio:.0f} x", ratio >= 200),
        row("3", "turn-expanded 500 x 500 <= 0.5 s", f"{matrix_s:.2f} s", matrix_s <= 0.5),
    ]


def closures_and_reach(net: Network) -> list[Row]:
    """Closure to effect, nearest crews with it in force, reach."""
    here, there = (tuple(net.streets.line(s.edge)[0].tolist()) for s in stops_of(net, 2))
    drawn = {"type": "Point", "coordinates": list(here)}
    began = time.perf_counter()
    actions.close(drawn=drawn, cause=Cause.WORKS, by=None, at=timezone.now(), radius_m=60)
    saved = time.perf_counter()
    network().ways(Profile.TRUCK)
    effect_ms = (time.perf_counter() - saved) * 1e3
    whole_s = time.perf_counter() - began
    crews_ms = ms(lambda: nearest_crews(there, timezone.now()))
    reach_ms = ms(lambda: reach_areas(there, Profile.TRUCK, timezone.now()))
    route_ms = ms(lambda: route(there, there, Profile.FOOT))
    told = f"next answer {effect_ms:.0f} ms, with saving {whole_s:.2f} s"
    return [
        row("4", "closure saved -> next answer obeys <= 1 s", told, whole_s <= 1),
        row("5", "reach 5/10/15 min with areas <= 300 ms", f"{reach_ms:.0f} ms", reach_ms <= 300),
        row("6*", "nearest crews, closure in force <= 200 ms", f"{crews_ms:.0f} ms",
            crews_ms <= 200),
        row("-", "an answer of /rute/antar/ (snap, route, steps)", f"{route_ms:.0f} ms", None),
    ]  # fmt: skip


def tours() -> list[Row]:
    """A day of 120 stops, twice; random cities."""
    asked = problem(120, 6)
    began = time.perf_counter()
    plan = sweep(asked, EFFORT)
    took = time.perf_counter() - began
    again = sweep(asked, EFFORT)
    seen = round_fuzz.Outcome()
    for seed in range(1, CITIES + 1):
        round_fuzz.look_at(seed, seen)
    right = 100 * (1 - seen.misnamed / seen.planted)
    told = f"{seen.faulty} faulty, {seen.untold} forget a stop, causes right {right:.1f} %"
    return [
        row("7-9", "gaps to best known, peers, Montevideo", NOT, None),
        row("10", "120 stops x 6 vehicles with tips <= 10 s",
f"{took:.1f} s, {faults(asked, plan)} faults", took <= 10),
        row("11", f"{CITIES} random problems hold, causes >= 99 %", told,
            not seen.faulty and not seen.untold and right >= 99),
        row("12", "same inputs, same plan", "same" if plan == again else "differ", plan == again),
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    net = network()
    table = Table("goal", "what", "ours", "")
    rows = [truths()]
    if len(net.streets):
        with transaction.atomic():
            rows += [*engines(net), *closures_and_reach(net)]
            transaction.set_rollback(True)
    for told in [*rows, *tours()]:
        table.add_row(*told)
    console = Console(width=120)
    console.print(f"{len(net.streets):,} streets; 6* = an emergency on the page")
    console.print(table)
