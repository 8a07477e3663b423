"""The street network in memory: one immutable snapshot a version; the only place that loads it.

Closures are read at every question and never kept: what the desk closed a moment ago holds at
once. They only change weights, so the streets, their index and hierarchy stay as they are.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.db import connection
from django.utils import timezone
from numpy.typing import NDArray
from pyproj import Transformer

from layers.catalog.closures import ClosedStreet, RoadClosure
from layers.catalog.streets import Direction, StreetEdge, TurnRestriction
from layers.geography import STORED_SRID, city
from spatial_analysis.methods import speeds
from spatial_analysis.methods.paths_cch import Topology, build_topology
from spatial_analysis.methods.reach import StreetCells, street_cells
from spatial_analysis.methods.snapping import (
    ANY_ISLAND,
    LEFT,
    RIGHT,
    Refusal,
    Snap,
    StreetIndex,
)
from spatial_analysis.methods.speeds import Profile, closed_to
from spatial_analysis.methods.stop_paths import StopStreets
from spatial_analysis.methods.street_graph import Streets, pockets
from spatial_analysis.methods.turn_graph import TurnGraph, TurnRule, TurnStreets, build_turns

SIGN = {Direction.BOTH.value: 0, Direction.FORWARD.value: 1, Direction.BACKWARD.value: -1}
# Everything about a street that changes a way; so a changed street is a new version.
VERSION = """
SELECT md5(coalesce(string_agg(md5(concat_ws('|', id, street_class, direction, max_speed_kph,
  width_m, from_node, to_node, island_id, name, ST_AsBinary(geom))), '' ORDER BY id), '')
  || (SELECT coalesce(string_agg(concat_ws('|', from_street, via_node, to_street, "only"), ','
      ORDER BY source_id), '') FROM layers_turnrestriction))
FROM layers_streetedge
"""
# Where the rows lie and who wrote them: another row version has another of both. It says in a
# fraction of a millisecond that nothing was written since, which the digest needs some ten for.
WRITTEN = """
SELECT current_database(),
  (SELECT concat_ws('|', count(*), sum(hashtidextended(ctid, xmin::text::bigint)))
   FROM layers_streetedge),
  (SELECT concat_ws('|', count(*), sum(hashtidextended(ctid, xmin::text::bigint)))
   FROM layers_turnrestriction)
"""


@dataclass(frozen=True, slots=True)
class Shut:
    """Streets that are closed: their numbers in the snapshot, by cause; closures by street."""

    edges: tuple[tuple[str, frozenset[int]], ...] = ()
    closure_of: tuple[tuple[int, int], ...] = ()

    def for_profile(self, profile: Profile) -> NDArray[np.int64]:
        """(k,) streets that are closed for `profile`."""
        barred = [edges for cause, edges in self.edges if closed_to(cause, profile)]
        return np.array(sorted(frozenset().union(*barred)), dtype=np.int64)

    @property
    def digest(self) -> str:
        """Name of this set of closures, "" when nothing is closed."""
        if not self.edges:
            return ""
        told = [(cause, sorted(edges)) for cause, edges in self.edges]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


@dataclass(eq=False)
class Network:
    """Streets, their index and hierarchy at one version; profiles are worked out when asked."""

    version: str
    streets: Streets
    index: StreetIndex
    topology: Topology
    source_ids: NDArray[np.str_]
    turns: TurnGraph | None = None
    shut: Shut = field(default_factory=Shut)
    whole: Network | None = None  # the same network with every street open
    rules: int = 0  # turn restrictions that hold
    built_at: datetime = field(default_factory=timezone.now)
    built_s: float = 0.0  # reading rows, index, hierarchy, turns
    _ways: dict[Profile, StopStreets] = field(default_factory=dict)
    _allowed: dict[Profile, NDArray[np.bool_]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def _may_use(self, profile: Profile) -> NDArray[np.bool_]:
        """(e,) streets that the profile may use, closed or not (worked out once a version)."""
        if profile not in self._allowed:
            self._allowed[profile] = speeds.allowed(self.streets, profile)
        return self._allowed[profile]

    def ways(self, profile: Profile) -> StopStreets:
        """Ways for one profile (worked out once)."""
        with self._lock:
            if profile not in self._ways:
                self._ways[profile] = self._worked_out(profile)
            return self._ways[profile]

    def _worked_out(self, profile: Profile) -> StopStreets:
        if self.whole is not None:
            return self.whole.ways(profile).without(self.shut.for_profile(profile))
        weights = speeds.weights_ms(self.streets, profile)
        paths = self.topology.paths(weights)
        if self.turns is None or profile is Profile.FOOT:
            return StopStreets(self.streets, weights, paths)
        turn_ms = self.turns.weights_ms(weights, back_ms=speeds.back_ms(profile))
        turn_paths = self.turns.topology.paths(turn_ms)
        sided = speeds.served_by_side(self.streets, profile)
        keeps = RIGHT if city().extra.get("drives_on") == "right" else LEFT
        return TurnStreets(
            self.streets, weights, paths, self.turns, turn_ms, turn_paths, sided, keeps
        )

    @cached_property
    def number_of(self) -> dict[str, int]:
        """Number of the street that has a source id (worked out once a version)."""
        return {name: i for i, name in enumerate(self.source_ids.tolist())}

    @cached_property
    def cells(self) -> StreetCells:
        """Streets as cells of the areas of reach (worked out once a version)."""
        return street_cells(self.index.lines) if self.whole is None else self.whole.cells

    def with_shut(self, shut: Shut) -> Network:
        """Return the network as it is while `shut` holds; this one stays as it is."""
        if not shut.edges:
            return self
        name = f"{self.version}+{shut.digest}"
        return replace(self, version=name, shut=shut, whole=self, _ways={}, _lock=threading.Lock())

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
            allowed=self._may_use(profile),
            limit_m=limit_m,
            islands=known,
        )

    def first_closure(self, profile: Profile, start: Snap, end: Snap) -> int | None:
        """Closure that the open way meets first, where it was one that cut it off; else None."""
        if self.whole is None:
            return None
        way = self.whole.ways(profile).route(start, end)
        barred, closure_of = (
            set(self.shut.for_profile(profile).tolist()),
            dict(self.shut.closure_of),
        )
        pieces = () if way is None else way.pieces
        return next((closure_of[p.edge] for p in pieces if p.edge in barred), None)

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
        "island_id", "name", "shape",
    )  # fmt: skip
    edges = StreetEdge.objects.annotate(shape=AsWKB("geom")).order_by("pk")
    rows = list(edges.values_list(*columns))
    lines = shapely.from_wkb([bytes(row[8]) for row in rows])
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


def read_source_ids() -> NDArray[np.str_]:
    """(e,) own ids of all streets, in the order of `read_streets`."""
    rows = StreetEdge.objects.order_by("pk").values_list("source_id", flat=True)
    return np.array(list(rows), dtype=np.str_)


def read_rules(streets: Streets, source_ids: NDArray[np.str_]) -> list[TurnRule]:
    """Turn restrictions whose streets and junction are all there."""
    number = {name: i for i, name in enumerate(source_ids.tolist())}
    rows = TurnRestriction.objects.order_by("source_id")
    ends = StreetEdge.objects.filter(source_id__in=rows.values("from_street"))
    first_node = dict(ends.values_list("source_id", "from_node"))
    rules = []
    for row in rows:
        if row.from_street in number and row.to_street in number:
            edge = number[row.from_street]
            at_start = first_node[row.from_street] == row.via_node
            via = streets.from_node[edge] if at_start else streets.to_node[edge]
            rules.append(TurnRule(edge, int(via), number[row.to_street], row.only))
    return rules


def build(
    version: str,
    streets: Streets,
    source_ids: NDArray[np.str_] | None = None,
    rules: Sequence[TurnRule] = (),
) -> Network:
    """Index, hierarchy and turns of these streets."""
    line_of = np.repeat(np.arange(len(streets)), np.diff(streets.first))
    lines = shapely.linestrings(metres(streets.points), indices=line_of)
    index = StreetIndex(np.atleast_1d(lines), streets.island, pockets(streets))
    topology = build_topology(streets.tail, streets.head, streets.node_lon, streets.node_lat)
    ids = np.array([str(i) for i in range(len(streets))]) if source_ids is None else source_ids
    turns = build_turns(streets, rules) if len(streets) else None
    return Network(version, streets, index, topology, ids, turns, rules=len(rules))


def current_version() -> str:
    """Digest of all street rows, as they are now; worked out when a row was written."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        written = cursor.fetchone()
        told = _digests.get(written)
        if told is None:
            cursor.execute(VERSION)
            told = str(cursor.fetchone()[0])
            cursor.execute(WRITTEN)
            if cursor.fetchone() == written:  # nobody wrote in between
                _digests.clear()
                _digests[written] = told
        return told


_lock = threading.Lock()
_kept: dict[str, Network] = {}
_kept_shut: dict[str, Network] = {}
_digests: dict[tuple[str, ...], str] = {}
KEPT_SHUT = 8


def network(at: datetime | None = None) -> Network:
    """Return the network as the tables hold it now, less what is closed at `at` (default now).

    Streets are loaded once a version and process; closures are asked for each time.
    """
    whole = open_network()
    shut = shut_at(whole, at or timezone.now())
    with _lock:
        if shut.digest not in _kept_shut or _kept_shut[shut.digest].whole is not whole:
            while len(_kept_shut) >= KEPT_SHUT:
                _kept_shut.pop(next(iter(_kept_shut)))
            _kept_shut[shut.digest] = whole.with_shut(shut)
            if not shut.edges:
                del _kept_shut[shut.digest]
                return whole
        return _kept_shut[shut.digest]


def open_network() -> Network:
    """Return the network with every street open."""
    version = current_version()
    with _lock:
        if version not in _kept:
            began = time.perf_counter()
            streets, names = read_streets(), read_source_ids()
            fresh = build(version, streets, names, read_rules(streets, names))
            fresh.built_s = time.perf_counter() - began
            _kept.clear()
            _kept[version] = fresh
        return _kept[version]


def shut_at(net: Network, at: datetime) -> Shut:
    """What is closed at a moment, as numbers of streets in `net`."""
    rows = ClosedStreet.objects.filter(closure__in=RoadClosure.objects.in_force(at))
    told = rows.order_by("closure_id", "source_id").values_list(
        "closure__cause", "closure_id", "source_id"
    )
    number = net.number_of
    edges: dict[str, set[int]] = {}
    closure_of: dict[int, int] = {}
    for cause, closure, source_id in told:
        if source_id in number:  # a new street file may have dropped it
            edges.setdefault(cause, set()).add(number[source_id])
            closure_of.setdefault(number[source_id], closure)
    return Shut(
        tuple(sorted((cause, frozenset(found)) for cause, found in edges.items())),
        tuple(sorted(closure_of.items())),
    )
