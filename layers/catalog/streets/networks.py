"""Streets from osmnx networks (GraphML, or OpenStreetMap XML through osmnx), and back again.

osmnx networks are node-based and carry no turn rules; ferries are not in a drive network.
Nothing here asks the internet.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyproj import Geod
from shapely import LineString, Point

from layers.catalog.streets.models import Direction
from layers.catalog.streets.records import (
    StreetRecord,
    direction_of,
    first_of,
    required,
    speed_of,
    width_of,
)

if TYPE_CHECKING:
    import networkx as nx

# osmnx brings half of the scientific stack along (3 s): it is imported where it is used.
WGS84 = Geod(ellps="WGS84")


def read_graphml(path: Path) -> list[StreetRecord]:
    """Streets of a network saved by osmnx. Raises NoStreets."""
    import osmnx as ox

    return records_of(ox.load_graphml(path))


def read_xml(path: Path) -> list[StreetRecord]:
    """Streets of an OpenStreetMap XML file, simplified by osmnx, all parts kept."""
    import osmnx as ox

    return records_of(ox.graph_from_xml(path, retain_all=True, simplify=True))


def records_of(graph: nx.MultiDiGraph) -> list[StreetRecord]:
    """One record a street: the two directed edges of a two-way street become one.

    osmnx marks the second of such a pair as `reversed`. An edge without a partner is a
    one-way street in its own direction.
    """
    import osmnx as ox

    lines = ox.graph_to_gdfs(graph, nodes=False, fill_edge_geometry=True)["geometry"].to_dict()
    found: list[StreetRecord] = []
    paired: set[tuple[object, object, int]] = set()
    for (u, v, key), line in lines.items():
        if (u, v, key) in paired:
            continue
        partner = _partner(graph, lines, (u, v, key), paired)
        paired.add((u, v, key))
        if partner is not None:
            paired.add(partner)
        found.append(_record(graph.edges[u, v, key], (u, v, key), line, partner is not None))
    return required(found)


def _partner(
    graph: nx.MultiDiGraph,
    lines: dict[tuple[object, object, int], LineString],
    edge: tuple[object, object, int],
    taken: set[tuple[object, object, int]],
) -> tuple[object, object, int] | None:
    """Return the edge that runs back along the same line, if any."""
    u, v, _ = edge
    back = lines[edge].reverse()
    for other in graph.get_edge_data(v, u, default={}):
        candidate = (v, u, other)
        if candidate in taken or candidate == edge:
            continue
        if lines[candidate].equals_exact(back, 1e-7):
            return candidate
    return None


def _record(
    data: dict[str, object], edge: tuple[object, object, int], line: LineString, both: bool
) -> StreetRecord:
    u, v, key = edge
    street_class = first_of(data.get("highway")) or "unclassified"
    return StreetRecord(
        source_id=f"osmnx-{u}-{v}-{key}",
        name=first_of(data.get("name"))[:120],
        street_class=street_class,
        direction=Direction.BOTH if both else direction_of("yes"),
        max_speed_kph=speed_of(first_of(data.get("maxspeed"))),
        surface=first_of(data.get("surface"))[:20],
        bridge=first_of(data.get("bridge")) not in {"", "no"},
        width_m=width_of(first_of(data.get("width"))),
        from_node=f"osmnx-{u}",
        to_node=f"osmnx-{v}",
        points=tuple((float(lon), float(lat)) for lon, lat in line.coords),
    )


def graph_of(records: list[StreetRecord]) -> nx.MultiDiGraph:
    """Return streets as an osmnx network (for statistics, plots, notebooks, GraphML)."""
    import geopandas as gpd
    import networkx as nx
    import osmnx as ox

    ends = {}
    rows = []
    for street in records:
        ends[street.from_node], ends[street.to_node] = street.points[0], street.points[-1]
        line = LineString(street.points)
        forward = street.direction is not Direction.BACKWARD
        backward = street.direction is not Direction.FORWARD
        if forward:
            rows.append(_edge_row(street, street.from_node, street.to_node, line))
        if backward:
            rows.append(_edge_row(street, street.to_node, street.from_node, line.reverse()))
    edges = gpd.GeoDataFrame(rows, geometry="geometry", crs=4326)
    edges["key"] = edges.groupby(["u", "v"]).cumcount()
    points = [Point(place) for place in ends.values()]
    nodes = gpd.GeoDataFrame(
        {"x": [p.x for p in points], "y": [p.y for p in points]},
        geometry=points, index=list(ends), crs=4326,
    )  # fmt: skip
    graph = ox.graph_from_gdfs(nodes, edges.set_index(["u", "v", "key"]))
    nx.set_node_attributes(graph, ox.stats.count_streets_per_node(graph), "street_count")
    return graph


def _edge_row(street: StreetRecord, u: str, v: str, line: LineString) -> dict[str, object]:
    return {
        "u": u, "v": v, "osmid": street.source_id, "highway": street.street_class,
        "name": street.name, "oneway": street.direction is not Direction.BOTH, "geometry": line,
        "length": WGS84.line_length(*line.xy),
    }  # fmt: skip
