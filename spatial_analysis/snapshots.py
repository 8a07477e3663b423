"""The street network in memory: one immutable snapshot a version; the only place that loads it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np
import shapely
from django.db import connection
from numpy.typing import NDArray
from pyproj import Transformer

from layers.catalog.streets import Direction, StreetEdge
from layers.geography import STORED_SRID, city
from spatial_analysis.methods import speeds
from spatial_analysis.methods.paths_cch import Topology, build_topology
from spatial_analysis.methods.snapping import ANY_ISLAND, Refusal, Snap, StreetIndex
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.methods.stop_paths import StopStreets
from spatial_analysis.methods.street_graph import Streets, pockets

SIGN = {Direction.BOTH.value: 0, Direction.FORWARD.value: 1, Direction.BACKWARD.value: -1}
# Everything about a street that changes a way; so a changed street is a new version.
VERSION = """
SELECT md5(coalesce(string_agg(md5(concat_ws('|', id, street_class, direction, max_speed_kph,
  width_m, from_node, to_node, island_id, name, ST_AsBinary(geom))), '' ORDER BY id), ''))
FROM layers_streetedge
"""


@dataclass(eq=False)
class Network:
    """Streets, their index and hierarchy at one version; profiles are worked out when asked."""

    version: str
    streets: Streets
    index: StreetIndex
    topology: Topology
    _ways: dict[Profile, StopStreets] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ways(self, profile: Profile) -> StopStreets:
        """Ways for one profile (worked out once)."""
        with self._lock:
            if profile not in self._ways:
                weights = speeds.weights_ms(self.streets, profile)
                paths = self.topology.paths(weights)
                self._ways[profile] = StopStreets(self.streets, weights, paths)
            return self._ways[profile]

    def snap(
        self,
        lon_lat: list[tuple[float, float]],
        profile: Profile,
        *,
        limit_m: float,
        islands: list[int | None] | None = None,
    ) -> list[Snap | Refusal]:
        """Snap places (degrees) to streets that the profile may use; see `StreetIndex.snap`."""
        if not lon_lat:
            return []
        known = None
        if islands is not None:
            known = np.array([ANY_ISLAND if i is None else i for i in islands], dtype=np.int32)
        return self.index.snap(
            metres(np.array(lon_lat, dtype=float)),
            allowed=speeds.allowed(self.streets, profile),
            limit_m=limit_m,
            islands=known,
        )

    def island_of(self, snap: Snap) -> int | None:
        """Island of the street that a place was snapped to."""
        island = int(self.streets.island[snap.edge])
        return None if island == ANY_ISLAND else island


def metres(lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k, 2) degrees as metres in the city's frame."""
    frame = Transformer.from_crs(STORED_SRID, city().metric_srid, always_xy=True)
    return np.column_stack(frame.transform(lon_lat[:, 0], lon_lat[:, 1]))


def read_streets() -> Streets:
    """All streets of the table as arrays, in the order of their ids."""
    columns = (
        "from_node", "to_node", "street_class", "direction", "max_speed_kph", "width_m",
        "island_id", "name", "geom",
    )  # fmt: skip
    rows = list(StreetEdge.objects.order_by("pk").values_list(*columns))
    lines = shapely.from_wkb([bytes(row[8].wkb) for row in rows])
    points, line_of = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(line_of, np.arange(len(rows) + 1))
    names = [name for row in rows for name in row[:2]]
    nodes, node_of = np.unique(np.array(names or [""]), return_inverse=True)
    ends = node_of[: 2 * len(rows)].reshape(-1, 2).astype(np.int32)
    place = np.zeros((len(nodes), 2))
    if len(rows):
        place[ends[:, 0]], place[ends[:, 1]] = points[first[:-1]], points[first[1:] - 1]
    return Streets(
        node_lon=place[:, 0],
        node_lat=place[:, 1],
        from_node=ends[:, 0],
        to_node=ends[:, 1],
        street_class=np.array([row[2] for row in rows], dtype=np.str_),
        direction=np.array([SIGN[row[3]] for row in rows], dtype=np.int8),
        max_speed_kph=np.array([row[4] or np.nan for row in rows], dtype=float),
        width_m=np.array([row[5] or np.nan for row in rows], dtype=float),
        island=np.array([ANY_ISLAND if row[6] is None else row[6] for row in rows], np.int32),
        points=points,
        first=first.astype(np.int64),
        names=np.array([row[7] for row in rows], dtype=np.str_),
    )


def build(version: str, streets: Streets) -> Network:
    """Index and hierarchy of these streets."""
    line_of = np.repeat(np.arange(len(streets)), np.diff(streets.first))
    lines = shapely.linestrings(metres(streets.points), indices=line_of)
    index = StreetIndex(np.atleast_1d(lines), streets.island, pockets(streets))
    topology = build_topology(streets.tail, streets.head, streets.node_lon, streets.node_lat)
    return Network(version, streets, index, topology)


def current_version() -> str:
    """Digest of all street rows, as they are now."""
    with connection.cursor() as cursor:
        cursor.execute(VERSION)
        return str(cursor.fetchone()[0])


_lock = threading.Lock()
_kept: dict[str, Network] = {}


def network() -> Network:
    """Return the network as the table holds it now; loaded once a version and process."""
    version = current_version()
    with _lock:
        if version not in _kept:
            fresh = build(version, read_streets())
            _kept.clear()
            _kept[version] = fresh
        return _kept[version]
