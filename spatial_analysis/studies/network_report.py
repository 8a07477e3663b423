"""How well the street network hangs together: parts, one-ways, pockets, ends that nearly meet."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely

from layers.catalog.places import Island
from layers.catalog.streets.networks import graph_of
from layers.catalog.streets.records import StreetRecord
from layers.catalog.streets.stored import stored_records
from spatial_analysis.methods.snapping import ANY_ISLAND
from spatial_analysis.methods.street_graph import strong_components, weak_components
from spatial_analysis.snapshots import Network, network

GAP_M = 5.0


@dataclass(frozen=True, slots=True)
class IslandFigures:
    """Figures of one island's streets, worked out of the network in memory; lengths in km."""

    island: str
    streets: int
    nodes: int
    length_km: float
    one_way: int
    parts: int
    no_return: int
    pockets: int
    near_misses: int
    without_name_pct: int


@dataclass(frozen=True, slots=True)
class IslandNetwork(IslandFigures):
    """The same with what osmnx adds."""

    dead_ends: int
    circuity: float


def figures_of(net: Network) -> list[IslandFigures]:
    """Figures for every island that has streets, those with most streets first."""
    names = dict(Island.objects.values_list("pk", "name"))
    found = [
        IslandFigures(**_figures(net, int(island), names.get(int(island), "-")))
        for island in np.unique(net.streets.island)
    ]
    return sorted(found, key=lambda one: -one.streets)


def report() -> list[IslandNetwork]:
    """Figures for every island that has streets; -, when a street lies on none.

    `no_return`: nodes outside the largest part in which vehicles get everywhere and back.
    `near_misses`: dead ends within 5 m of another street that they do not join: mostly a slip
    of the pen, and the reason for most "no way" answers. Dead ends and circuity are osmnx's
    (`basic_stats`).
    """
    net = network()
    names = dict(Island.objects.values_list("pk", "name"))
    records = stored_records()
    islands = [int(i) for i in np.unique(net.streets.island)]
    return [
        _island(net, records, island, names.get(island, "-" if island == ANY_ISLAND else "?"))
        for island in islands
    ]


def _island(net: Network, records: list[StreetRecord], island: int, name: str) -> IslandNetwork:
    import osmnx as ox  # 3 s to import: only where it is used

    mine = np.flatnonzero(net.streets.island == island)
    stats = ox.basic_stats(graph_of([records[i] for i in mine]))
    return IslandNetwork(
        **_figures(net, island, name),
        dead_ends=int(stats["streets_per_node_counts"].get(1, 0)),
        circuity=round(float(stats["circuity_avg"] or 1.0), 3),
    )


def _figures(net: Network, island: int, name: str) -> dict[str, Any]:
    streets = net.streets
    mine = np.flatnonzero(streets.island == island)
    nodes = np.unique(np.concatenate((streets.from_node[mine], streets.to_node[mine])))
    strong = np.unique(strong_components(streets)[nodes], return_counts=True)[1]
    weak = np.unique(weak_components(streets)[nodes])
    return {
        "island": name,
        "streets": len(mine),
        "nodes": len(nodes),
        "length_km": round(float(streets.length_mm[mine].sum()) / 1e6, 1),
        "one_way": int((streets.direction[mine] != 0).sum()),
        "parts": len(weak),
        "no_return": len(nodes) - int(strong.max()),
        "pockets": int(net.index.pocket[mine].sum()),
        "near_misses": len(near_misses(net, mine)),
        "without_name_pct": round(100 * float((streets.names[mine] == "").mean())),
    }


def near_misses(net: Network, edges: np.ndarray, *, gap_m: float = GAP_M) -> list[int]:
    """Nodes at which one street ends within `gap_m` of another that it does not join."""
    streets = net.streets
    ends = np.concatenate((streets.from_node[edges], streets.to_node[edges]))
    owner = np.concatenate((edges, edges))
    node, first, times = np.unique(ends, return_index=True, return_counts=True)
    lonely, own = node[times == 1], owner[first[times == 1]]
    tree = shapely.STRtree(net.index.lines[edges])
    found = []
    for at, street in zip(lonely.tolist(), own.tolist(), strict=True):
        line = net.index.lines[street]
        tip = shapely.get_point(line, 0 if streets.from_node[street] == at else -1)
        near = edges[tree.query(tip, "dwithin", gap_m)]
        joined = (streets.from_node[near] == at) | (streets.to_node[near] == at)
        if (~joined).any():
            found.append(at)
    return found


def as_rows() -> list[dict[str, Any]]:
    """The report as plain rows."""
    return [asdict(row) for row in report()]
