"""Goals 1 to 6 and 12 of the crew routes: engines, closures, reach and import, each in this run."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import networkx as nx
import numpy as np
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from benchmarks._row import Row, missing, seconds
from benchmarks._street_engines import Figures
from benchmarks.routes import beside_valhalla, osrm, osrm_closures, truths
from benchmarks.routes.towns import Town
from layers.access import Role
from layers.catalog.closures import Cause, actions
from spatial_analysis.methods.outlines import area_of
from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.paths_scipy import ScipyPaths
from spatial_analysis.methods.reach import CELL_M, reaches
from spatial_analysis.methods.snapping import Snap
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.methods.turn_graph import TurnStreets
from spatial_analysis.snapshots import Network, Shut, network
from spatial_analysis.studies.nearest_crew import nearest_crews
from spatial_analysis.studies.reach_areas import MINUTES, reach_areas

SEED = 8271
PAIRS = 60
MATRIX = 500
ANSWERS = 10_000


def listed() -> Row:
    """Goal 1: costs against the listed ones."""
    goal = "0 differences on every listed pair x 3 weights"
    folders = [truths.SHARED / name for name in truths.SETS]
    if not all(folder.is_dir() for folder in folders):
        return missing("1", goal, "the lists are absent")
    found = [truth for folder in folders for truth in truths.compare(folder)]
    wrong, pairs = sum(t.wrong for t in found), sum(t.pairs for t in found)
    return Row("1", goal, f"{wrong} of {pairs:,}", wrong == 0)


def stops_of(net: Network, count: int, seed: int = SEED) -> list[Snap]:
    """Random places on streets that trucks may use, all of one island."""
    random = np.random.default_rng(seed)
    islands, sizes = np.unique(net.streets.island, return_counts=True)
    weights = net.ways(Profile.TRUCK).weights_ms
    open_ = (weights[0::2] < UNREACHABLE) | (weights[1::2] < UNREACHABLE)
    usable = np.flatnonzero((net.streets.island == islands[np.argmax(sizes)]) & open_)
    chosen = random.choice(usable, count)
    return [Snap(int(edge), round(float(random.uniform(0.05, 0.95)), 3), 0, 0.0) for edge in chosen]


def turn_ways(net: Network) -> TurnStreets:
    """Ways of a truck, over turns."""
    ways = net.ways(Profile.TRUCK)
    if not isinstance(ways, TurnStreets):
        raise TypeError("a network without turns")
    return ways


def graph_of(ways: TurnStreets) -> nx.DiGraph:
    """The same turns as a networkx graph."""
    graph = nx.DiGraph()
    turns = zip(ways.turns.from_arc, ways.turns.to_arc, ways.turn_ms, strict=True)
    graph.add_weighted_edges_from((int(a), int(b), int(w)) for a, b, w in turns if w < UNREACHABLE)
    return graph


def turned(net: Network) -> Row:
    """Goal 1: 1,000 turn-expanded pairs with random closures against networkx and scipy."""
    random, whole, wrong, asked = np.random.default_rng(SEED), turn_ways(net), 0, 0
    for _ in range(4):
        ways = whole.without(random.choice(len(net.streets), 40, replace=False))
        arcs = len(ways.weights_ms)
        oracle = ScipyPaths(ways.turns.from_arc, ways.turns.to_arc, ways.turn_ms, nodes=arcs)
        graph = graph_of(ways)
        open_ = np.flatnonzero(ways.weights_ms < UNREACHABLE)
        starts, ends = random.choice(open_, 25), random.choice(open_, 10)
        told = oracle.matrix(starts, ends)
        for i, a in enumerate(starts.tolist()):
            by_networkx = (
                nx.single_source_dijkstra_path_length(graph, a) if i < 3 and a in graph else None
            )
            for j, b in enumerate(ends.tolist()):
                path = ways.turn_paths.route(a, b)
                cost = UNREACHABLE if path is None else path.cost
                wrong += cost != told[i, j]
                if by_networkx is not None:
                    wrong += cost != by_networkx.get(b, UNREACHABLE)
                asked += 1
    goal = "1,000 turn-expanded pairs, closures: 0 differences to scipy, networkx"
    return Row("1", goal, f"{wrong} of {asked:,}", wrong == 0)


def routes(town: Town) -> Row:
    """Goal 2: turn-expanded routes beside networkx on the same turns."""
    ways = turn_ways(town.net)
    graph, stops = graph_of(ways), stops_of(town.net, 2 * PAIRS)
    ours, theirs, wrong = [], [], 0
    for start, goal in zip(stops[:PAIRS], stops[PAIRS:], strict=True):
        a, b = 2 * start.edge, 2 * goal.edge
        ours.append(seconds(lambda a=a, b=b: ways.turn_paths.route(a, b), 3))
        path = ways.turn_paths.route(a, b)
        began = time.perf_counter()
        try:
            cost = nx.bidirectional_dijkstra(graph, a, b)[0]
        except (nx.NetworkXNoPath, nx.NodeNotFound):
            cost = None
        theirs.append(time.perf_counter() - began)
        wrong += (None if path is None else path.cost) != (0 if a == b else cost)
    ratio = median(theirs) / median(ours)
    told = f"{ratio:.0f} x ({median(ours) * 1e3:.3f} ms on {town.name}; {wrong} differ)"
    return Row("2", "turn-expanded route p50 >= 200 x networkx", told, ratio >= 200 and not wrong)


@contextmanager
def operator() -> Iterator[Client]:
    """A signed-in person of the desk, made for the run."""
    person = get_user_model().objects.create_user("bench-operator")
    person.groups.add(Group.objects.get_or_create(name=Role.OPERATOR.value)[0])
    client = Client(headers={"host": "localhost"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    yield client


def answers(net: Network) -> Row:
    """Goal 2: our answer with geometry and steps, through the whole of Django."""
    stops = stops_of(net, 2 * PAIRS, SEED + 1)
    took, bad = [], 0
    with operator() as client:
        for start, end in zip(stops[:PAIRS], stops[PAIRS:], strict=True):
            here, there = (net.streets.line(s.edge)[0].tolist() for s in (start, end))
            asked = {"dari": f"{here[0]},{here[1]}", "ke": f"{there[0]},{there[1]}"}
            began = time.perf_counter()
            answer = client.get("/rute/antar.json", asked)
            took.append((time.perf_counter() - began) * 1e3)
            bad += answer.status_code not in {200, 409, 422, 404}
    p95 = float(np.percentile(took, 95))
    told = f"{p95:.1f} ms (p50 {median(took):.1f}; {bad} odd answers)"
    goal = "our HTTP answer with geometry and steps p95 <= 20 ms"
    return Row("2", goal, told, p95 <= 20 and not bad)


def both(town: Town) -> Row:
    """500 places in the middle of streets, each left and reached both ways: 1,000 x 1,000."""
    ways, many = turn_ways(town.net), stops_of(town.net, MATRIX)
    matrix_s = min(seconds(lambda: ways.costs_ms(many, many)) for _ in range(3))
    goal = "500 places in streets, both directions of each <= 0.5 s"
    return Row("3", goal, f"{matrix_s:.2f} s ({town.name})", matrix_s <= 0.5)


def matrices(town: Town, figures: list[Figures] | None) -> list[Row]:
    """Goal 3: turn-expanded 500 x 500; the engines' table gives the node-based ratios."""
    ways, many = turn_ways(town.net), stops_of(town.net, MATRIX)
    arcs = [2 * stop.edge for stop in many]
    one = np.array(arcs)
    ways.turn_paths.matrix(one, one)
    plain_s = min(seconds(lambda: ways.turn_paths.matrix(one, one)) for _ in range(3))
    fresh_s = seconds(lambda: ways.turns.topology.paths(ways.turn_ms).matrix(one, one), 3)
    told = f"{plain_s:.3f} s, new weights and all {fresh_s:.2f} s ({town.name}, one arc a stop)"
    rows = [Row("3", "turn-expanded 500 x 500 <= 0.5 s", told, fresh_s <= 0.5), both(town)]
    by = {f.name.split()[0]: f for f in figures or []}
    for name, least in (("scipy", 4), ("pgRouting", 10)):
        peer = by.get(name)
        goal = f"turn-expanded matrix: >= {least} x {name}, node-based"
        if peer is None or peer.matrix_s is None:
            rows.append(missing("3", goal, peer.note if peer else "not asked"))
            continue
        ratio = peer.matrix_s / plain_s
        plain = peer.matrix_s / (by["ours"].matrix_s or 1)
        told = f"{ratio:.0f} x (ours node-based: {plain:.0f} x)"
        rows.append(Row("3", goal, told, ratio >= least))
    return rows


def beside_others(town: Town, path: Path) -> list[Row]:
    """Goals 2, 3 and 4 beside OSRM, and figures beside Valhalla, which read the same file."""
    ways, stops = turn_ways(town.net), stops_of(town.net, 2 * PAIRS)
    asked = town.net, ways, stops, stops_of(town.net, MATRIX), path
    closing = osrm_closures.goal(town.net, ways, stops, path)
    return [*osrm.goals(*asked), closing, *beside_valhalla.beside(*asked)]


def closures(net: Network) -> list[Row]:
    """Goal 4: from a closure to the next answer, and no answer of two minds."""
    ways, random = turn_ways(net), np.random.default_rng(SEED)
    shut = random.choice(len(net.streets), 50, replace=False)
    engine_ms = seconds(lambda: ways.without(shut), 5) * 1e3
    here = tuple(net.streets.line(stops_of(net, 1)[0].edge)[0].tolist())
    began = time.perf_counter()
    drawn = {"type": "Point", "coordinates": list(here)}
    row = actions.close(drawn=drawn, cause=Cause.WORKS, by=None, at=timezone.now(), radius_m=60)
    saved = time.perf_counter()
    after = network()
    after.ways(Profile.TRUCK)
    effect_ms, whole_s = (time.perf_counter() - saved) * 1e3, time.perf_counter() - began
    obeyed = bool(len(after.shut.for_profile(Profile.TRUCK)))
    actions.lift(closure=row, by=None, at=timezone.now())
    told = f"next answer {effect_ms:.0f} ms later, with saving {whole_s:.2f} s"
    mixed = of_two_minds(net)
    return [
        Row("4", "50 closures: engine <= 50 ms", f"{engine_ms:.0f} ms", engine_ms <= 50),
        Row("4", "closure saved -> next answer obeys <= 1 s", told, whole_s <= 1 and obeyed),
        Row("4", f"0 answers of {ANSWERS:,} that mix two sets of closures", f"{mixed}", not mixed),
    ]


def of_two_minds(net: Network) -> int:
    """Answers of four threads, while closures change, whose parts do not agree."""
    random = np.random.default_rng(SEED)
    stops = stops_of(net, 300)
    sets = [random.choice(len(net.streets), 30, replace=False).tolist() for _ in range(6)]
    present, done = [net], threading.Event()

    def change() -> None:
        turn = 0
        while not done.wait(0.05):
            edges = frozenset(int(e) for e in sets[turn % len(sets)])
            present[0] = net.with_shut(Shut((("works", edges),)))
            turn += 1

    def answer(number: int) -> int:
        now = present[0]  # as `network()` gives one snapshot to one answer
        ways, shut = now.ways(Profile.TRUCK), set(now.shut.for_profile(Profile.TRUCK).tolist())
        start, end = stops[number % 300], stops[(7 * number + 1) % 300]
        path = ways.route(start, end)
        cost = int(ways.costs_ms([start], [end])[0, 0])
        if path is None:
            return int(cost < UNREACHABLE)
        return int(path.cost_ms != cost or any(piece.edge in shut for piece in path.pieces))

    changer = threading.Thread(target=change)
    changer.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            return sum(pool.map(answer, range(ANSWERS), chunksize=50))
    finally:
        done.set()
        changer.join()


def reach(net: Network) -> list[Row]:
    """Goal 5: areas of 5, 10 and 15 minutes; the arcs reached are those scipy and networkx find."""
    place = tuple(net.streets.line(stops_of(net, 2)[1].edge)[0].tolist())
    reach_areas(place, Profile.TRUCK, timezone.now())
    reach_ms = seconds(lambda: reach_areas(place, Profile.TRUCK, timezone.now()), 5) * 1e3
    goal = "reach 5/10/15 min with areas and people <= 300 ms"
    return [Row("5", goal, f"{reach_ms:.0f} ms (the city)", reach_ms <= 300)]


def reach_sets(town: Town) -> list[Row]:
    """Goal 5 on a network: time of the polygons, and equal sets of arcs."""
    ways, net, differ = turn_ways(town.net), town.net, 0
    limits = [minutes * 60_000 for minutes in MINUTES]
    start = stops_of(net, 1)[0]
    net.cells  # noqa: B018  worked out once a version

    def areas() -> None:
        for found in reaches(ways, start, limits):
            area_of(net.cells.within(found), cell_m=CELL_M)

    took_ms = seconds(areas, 3) * 1e3
    arcs = len(ways.weights_ms)
    oracle = ScipyPaths(ways.turns.from_arc, ways.turns.to_arc, ways.turn_ms, nodes=arcs)
    graph = graph_of(ways)
    for place in stops_of(net, 5, SEED + 2):
        leave = ways._leave(place)
        starts = {arc for arc, _ in leave}
        for limit in limits:
            ours = np.flatnonzero(ways.entry_ms(place, limit) + ways.weights_ms <= limit)
            rows = oracle.matrix(np.array([a for a, _ in leave]), np.arange(arcs)).astype(float)
            spent = np.array([cost for _, cost in leave])[:, None]
            rows[rows >= UNREACHABLE] = np.inf
            by_scipy = set(np.flatnonzero((rows + spent).min(axis=0) <= limit).tolist())
            graph.add_weighted_edges_from(("start", arc, cost) for arc, cost in leave)
            by_networkx = set(nx.single_source_dijkstra_path_length(graph, "start", cutoff=limit))
            graph.remove_node("start")
            told = set(ours.tolist()) - starts
            differ += len(told ^ (by_scipy - starts)) + len(
                told ^ (by_networkx - starts - {"start"})
            )
    return [
        Row("5", "reach with polygons on the dev network <= 300 ms",
            f"{took_ms:.0f} ms ({town.name})", took_ms <= 300),
        Row("5", "arcs reached equal scipy's and networkx', turn rules obeyed",
            f"{differ} differ (5 places x 3 times)", differ == 0),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Import:
    """Seconds of osmnx on the same file."""

    parse_s: float
    simplify_s: float


def osmnx_import(path: Path) -> Import:
    """The same file by osmnx, which reads XML only: parse, then simplify."""
    import osmium
    import osmnx as ox

    with TemporaryDirectory() as room:
        xml = Path(room) / "streets.osm"
        with osmium.SimpleWriter(str(xml)) as writer:
            for thing in osmium.FileProcessor(str(path)):
                street = isinstance(thing, osmium.osm.Way) and "highway" in thing.tags
                if street or isinstance(thing, osmium.osm.Node):
                    writer.add(thing)
        began = time.perf_counter()
        graph = ox.graph_from_xml(xml, retain_all=True, simplify=False)
        parse_s = time.perf_counter() - began
        began = time.perf_counter()
        ox.simplify_graph(graph)
        return Import(parse_s, time.perf_counter() - began)


def imported(town: Town, path: Path) -> Row:
    """Goal 6: a file of streets to tables and topology, beside osmnx without tables."""
    peer = osmnx_import(path)
    ours_s, theirs_s = town.read_s + town.written_s + town.built_s, peer.parse_s + peer.simplify_s
    told = (
        f"{ours_s:.1f} s (read {town.read_s:.1f}, tables {town.written_s:.1f}, topology "
        f"{town.built_s:.1f}); osmnx {theirs_s:.1f} s without tables"
    )
    goal = "PBF to tables and topology <= 15 s and <= 1.5 x osmnx"
    return Row("6", goal, told, ours_s <= 15 and ours_s <= 1.5 * theirs_s)


def emergency(net: Network) -> Row:
    """Nearest crews to an incident with a closure in force (the issue's own line)."""
    here, there = (tuple(net.streets.line(s.edge)[0].tolist()) for s in stops_of(net, 2))
    drawn = {"type": "Point", "coordinates": list(here)}
    row = actions.close(drawn=drawn, cause=Cause.FLOOD, by=None, at=timezone.now(), radius_m=60)
    first_ms = seconds(lambda: nearest_crews(there, timezone.now())) * 1e3
    again_ms = seconds(lambda: nearest_crews(there, timezone.now()), 5) * 1e3
    crews = len(nearest_crews(there, timezone.now()))
    actions.lift(closure=row, by=None, at=timezone.now())
    told = f"{again_ms:.0f} ms, first after the closure {first_ms:.0f} ms ({crews} crews)"
    return Row(
        "*", "nearest crews, closure in force <= 200 ms", told, max(first_ms, again_ms) <= 200
    )
