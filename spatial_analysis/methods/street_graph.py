"""Streets as arrays: nodes, directed arcs, geodesic lengths, components and pockets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from spatial_analysis.methods.errors import MethodError

WGS84 = Geod(ellps="WGS84")
POCKET_NODES = 50


class BadStreets(MethodError):
    """These street arrays do not fit together."""


@dataclass(frozen=True, eq=False)
class Streets:
    """`e` pieces of street between junctions, as arrays; no street crosses the sea.

    Attributes
    ----------
    node_lon, node_lat : (n,) degrees, WGS 84
    from_node, to_node : (e,) node indices, in the direction in which the line is drawn
    street_class : (e,) OpenStreetMap `highway` values
    direction : (e,) 0 both ways, 1 only as drawn, -1 only against it (for vehicles)
    max_speed_kph, width_m : (e,) NaN where unknown
    island : (e,) number of the island, -1 unknown
    points, first : (p, 2) lon/lat of all lines one after another; line i is
        `points[first[i]:first[i + 1]]`
    names : (e,) street names, "" where unknown
    """

    node_lon: NDArray[np.float64]
    node_lat: NDArray[np.float64]
    from_node: NDArray[np.int32]
    to_node: NDArray[np.int32]
    street_class: NDArray[np.str_]
    direction: NDArray[np.int8]
    max_speed_kph: NDArray[np.float64]
    width_m: NDArray[np.float64]
    island: NDArray[np.int32]
    points: NDArray[np.float64]
    first: NDArray[np.int64]
    names: NDArray[np.str_]

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit together."""
        edges, nodes = len(self.from_node), len(self.node_lon)
        per_edge = (
            self.to_node, self.street_class, self.direction, self.max_speed_kph, self.width_m,
            self.island, self.names,
        )  # fmt: skip
        if any(len(column) != edges for column in per_edge) or len(self.first) != edges + 1:
            raise BadStreets("every street needs every column")
        if edges and max(self.from_node.max(), self.to_node.max()) >= nodes:
            raise BadStreets("a street ends at a node that does not exist")
        if edges and np.diff(self.first).min() < 2:
            raise BadStreets("a street needs at least two points")

    def __len__(self) -> int:
        return len(self.from_node)

    def line(self, edge: int) -> NDArray[np.float64]:
        """(k, 2) lon/lat of one street, as drawn."""
        return self.points[self.first[edge] : self.first[edge + 1]]

    @cached_property
    def length_mm(self) -> NDArray[np.int64]:
        """(e,) geodesic length on WGS 84 in millimetres, at least 1."""
        return geodesic_lengths_mm(self.points, self.first)

    # Arc 2i runs along street i as drawn, arc 2i + 1 against it. Both always exist; a
    # profile that may not use one gives it an infinite weight. So one topology serves all.
    @cached_property
    def tail(self) -> NDArray[np.int32]:
        """(2e,) node at which each arc starts."""
        return np.column_stack((self.from_node, self.to_node)).ravel().astype(np.int32)

    @cached_property
    def head(self) -> NDArray[np.int32]:
        """(2e,) node at which each arc ends."""
        return np.column_stack((self.to_node, self.from_node)).ravel().astype(np.int32)

    @cached_property
    def against(self) -> NDArray[np.bool_]:
        """(2e,) True where an arc runs against a one-way street."""
        return np.column_stack((self.direction == -1, self.direction == 1)).ravel()


def geodesic_lengths_mm(points: NDArray[np.float64], first: NDArray[np.int64]) -> NDArray[np.int64]:
    """Length of each line (see `Streets.points`) on the WGS 84 ellipsoid, whole mm, >= 1."""
    if len(first) < 2:
        return np.zeros(0, dtype=np.int64)
    start, end = points[:-1], points[1:]
    steps = WGS84.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])[2]
    run = np.concatenate(([0.0], np.cumsum(steps)))
    metres = run[first[1:] - 1] - run[first[:-1]]
    return np.maximum(np.rint(metres * 1000.0), 1).astype(np.int64)


def weak_components(streets: Streets) -> NDArray[np.int32]:
    """(n,) number of the connected part that each node lies in, one-ways ignored."""
    return _components(streets, streets.from_node, streets.to_node, "weak")


def strong_components(streets: Streets) -> NDArray[np.int32]:
    """(n,) number of the part inside which vehicles get from each node to each other."""
    open_arcs = ~streets.against
    return _components(streets, streets.tail[open_arcs], streets.head[open_arcs], "strong")


def _components(
    streets: Streets, tail: NDArray[np.int32], head: NDArray[np.int32], connection: str
) -> NDArray[np.int32]:
    nodes = len(streets.node_lon)
    graph = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(nodes, nodes))
    return connected_components(graph.tocsr(), directed=True, connection=connection)[1]


def pockets(streets: Streets, *, below_nodes: int = POCKET_NODES) -> NDArray[np.bool_]:
    """(e,) True on streets that lead nowhere else.

    A pocket is a connected part with fewer than `below_nodes` nodes that is not the largest
    part of its island: a gated yard, or a street somebody forgot to join. The largest part
    of a small island is no pocket, however small it is.
    """
    if not len(streets):
        return np.zeros(0, dtype=np.bool_)
    part = weak_components(streets)
    size = np.bincount(part)
    of_edge = part[streets.from_node]
    largest: dict[int, int] = {}
    for island in np.unique(streets.island):
        parts = np.unique(of_edge[streets.island == island])
        largest[int(island)] = int(parts[np.argmax(size[parts])])
    main = np.array([largest[int(island)] for island in streets.island])
    return (size[of_edge] < below_nodes) & (of_edge != main)
