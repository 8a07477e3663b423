"""Where the street network falls apart, place by place, and the stops that no vehicle reaches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.catalog.bins import WasteBin
from layers.catalog.ferries import Pier
from layers.catalog.places import Island
from layers.catalog.vehicles import Vehicle
from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.reasons import Reason
from spatial_analysis.methods.snapping import BIN_LIMIT_M, DEPOT_LIMIT_M, Refusal, Snap
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.methods.street_graph import strong_components, weak_components
from spatial_analysis.snapshots import Network
from spatial_analysis.studies.network_report import near_misses
from spatial_analysis.studies.round_places import profile_of
from spatial_analysis.studies.round_wishes import Wish, bin_wish, work_wishes


class FaultKind(StrEnum):
    """What is to be looked at, the gravest first."""

    STOP = "stop"
    PART = "part"
    NO_RETURN = "no_return"
    NEAR_MISS = "near_miss"
    ONE_WAY = "one_way"


@dataclass(frozen=True, slots=True)
class Fault:
    """One place on the map: a street (line, degrees) or a point, with why it is named.

    `nearest_m`: metres to the nearest street, of a stop that is too far from one.
    """

    kind: FaultKind
    island_id: int | None
    name: str
    coordinates: Any
    reason: Reason | None = None
    nearest_m: float | None = None

    @property
    def is_line(self) -> bool:
        """True for a street."""
        return not isinstance(self.coordinates[0], float)

    @property
    def place(self) -> tuple[float, float]:
        """Longitude and latitude to look at."""
        place = self.coordinates[len(self.coordinates) // 2] if self.is_line else self.coordinates
        return float(place[0]), float(place[1])


def faults(net: Network) -> list[Fault]:
    """Streets apart from the rest of their island, ends of no return, near misses, one-ways."""
    found: list[Fault] = []
    strong, weak = strong_components(net.streets), weak_components(net.streets)
    for island in np.unique(net.streets.island).tolist():
        found += _of_island(net, int(island), strong, weak)
    return found


def _of_island(
    net: Network, island: int, strong: NDArray[np.int32], weak: NDArray[np.int32]
) -> Iterator[Fault]:
    streets = net.streets
    mine = np.flatnonzero(streets.island == island)
    nodes = np.unique(np.concatenate((streets.from_node[mine], streets.to_node[mine])))
    joined = nodes[weak[nodes] == _commonest(weak[nodes])]
    whole = _commonest(strong[joined])
    for edge in mine[weak[streets.from_node[mine]] != weak[joined[0]]].tolist():
        yield _street(net, FaultKind.PART, island, edge)
    for node in joined[strong[joined] != whole].tolist():
        yield _node(net, FaultKind.NO_RETURN, island, node, mine)
    for node in near_misses(net, mine):
        yield _node(net, FaultKind.NEAR_MISS, island, node, mine)
    for edge in mine[streets.direction[mine] != 0].tolist():
        yield _street(net, FaultKind.ONE_WAY, island, edge)


def _commonest(labels: NDArray[np.int32]) -> int:
    values, times = np.unique(labels, return_counts=True)
    return int(values[np.argmax(times)])


def _street(net: Network, kind: FaultKind, island: int, edge: int) -> Fault:
    streets = net.streets
    points = streets.points[streets.first[edge] : streets.first[edge + 1]]
    if streets.direction[edge] < 0:
        points = points[::-1]  # drawn as it is driven
    return Fault(kind, island, str(streets.names[edge]), points.round(6).tolist())


def _node(net: Network, kind: FaultKind, island: int, node: int, mine: NDArray[np.int64]) -> Fault:
    streets = net.streets
    ends = (streets.from_node[mine] == node) | (streets.to_node[mine] == node)
    names = [str(name) for name in streets.names[mine[ends]] if name]
    place = [round(float(streets.node_lon[node]), 6), round(float(streets.node_lat[node]), 6)]
    return Fault(kind, island, next(iter(names), ""), place)


# ---------------------------------------------------------------- stops


def cut_off_stops(net: Network, at: datetime) -> list[Fault]:
    """Bins and open work orders that no vehicle in service can drive to and back, closures of
    this moment in force.

    Each is asked for the vehicles of its island from their depots; where none stands, for every
    kind of vehicle from the island's piers.
    """
    wishes = [bin_wish(row, at) for row in WasteBin.objects.all()] + work_wishes()
    by_island: dict[int | None, list[Wish]] = {}
    for wish in wishes:
        by_island.setdefault(wish.island_id, []).append(wish)
    known = set(Island.objects.values_list("pk", flat=True))
    found: list[Fault] = []
    for island, wanted in by_island.items():
        if island in known:
            found += _cut_off(net, island, wanted)
    return found


def _cut_off(net: Network, island: int | None, wishes: Sequence[Wish]) -> list[Fault]:
    starts = _starts(island)
    best: list[Fault | None] = [_fault(wish, Reason.NO_VEHICLE_ON_ISLAND) for wish in wishes]
    for profile, places in starts.items():
        for i, one in enumerate(_for_profile(net, island, profile, places, wishes)):
            before = best[i]
            if before is not None and (one is None or _milder(one, before)):
                best[i] = one
    return [fault for fault in best if fault is not None]


def _starts(island: int | None) -> dict[Profile, list[tuple[float, float]]]:
    """Where vehicles of each kind begin on an island."""
    fleet = list(Vehicle.objects.in_service())
    mine = [vehicle for vehicle in fleet if vehicle.island_id == island]
    found: dict[Profile, list[tuple[float, float]]] = {}
    if mine:
        for vehicle in mine:
            found.setdefault(profile_of(vehicle), []).append((vehicle.geom.x, vehicle.geom.y))
        return found
    piers = [(pier.geom.x, pier.geom.y) for pier in Pier.objects.filter(island_id=island)]
    return {profile_of(vehicle): piers for vehicle in fleet} if piers else {}


def _for_profile(
    net: Network,
    island: int | None,
    profile: Profile,
    places: list[tuple[float, float]],
    wishes: Sequence[Wish],
) -> list[Fault | None]:
    """For each wish the fault that this kind of vehicle meets, None where it gets there."""
    home = [
        snap
        for snap in net.snap(places, profile, limit_m=DEPOT_LIMIT_M, islands=[island] * len(places))
        if isinstance(snap, Snap)
    ]
    spots = [(wish.lon, wish.lat) for wish in wishes]
    snaps = net.snap(spots, profile, limit_m=BIN_LIMIT_M, islands=[island] * len(spots))
    there = [i for i, snap in enumerate(snaps) if isinstance(snap, Snap)]
    reached = _reached(net, profile, home, [snaps[i] for i in there])
    open_too = None if net.whole is None else _reached(
        net.whole, profile, home, [snaps[i] for i in there]
    )  # fmt: skip
    found: list[Fault | None] = []
    place = {i: k for k, i in enumerate(there)}
    for i, (wish, snap) in enumerate(zip(wishes, snaps, strict=True)):
        if isinstance(snap, Refusal):
            found.append(_fault(wish, snap.reason, snap.nearest_street_m))
        elif reached[place[i]]:
            found.append(None)
        else:
            shut = open_too is not None and open_too[place[i]]
            reason = Reason.CUT_OFF_BY_CLOSURE if shut else Reason.NO_CONNECTION
            found.append(_fault(wish, reason))
    return found


def _reached(
    net: Network, profile: Profile, home: Sequence[Snap], there: Sequence[Any]
) -> NDArray[np.bool_]:
    """(k,) True where a way leads from one of the starts and back to it."""
    if not home or not there:
        return np.zeros(len(there), dtype=np.bool_)
    ways = net.ways(profile)
    out = ways.costs_ms(home, there) < UNREACHABLE
    back = ways.costs_ms(there, home) < UNREACHABLE
    return np.asarray((out & back.T).any(axis=0), dtype=np.bool_)


_FROM_MILD = (
    Reason.CUT_OFF_BY_CLOSURE, Reason.NO_CONNECTION, Reason.NO_STREET_FOR_VEHICLE,
    Reason.TOO_FAR_FROM_STREET, Reason.BAD_POSITION, Reason.NO_VEHICLE_ON_ISLAND,
)  # fmt: skip


def _milder(one: Fault, other: Fault) -> bool:
    """True when `one` is nearer to being served than `other`."""
    places = [_FROM_MILD.index(f.reason) for f in (one, other) if f.reason in _FROM_MILD]
    return len(places) == 2 and places[0] < places[1]


def _fault(wish: Wish, reason: Reason, nearest_m: float | None = None) -> Fault:
    place = [round(wish.lon, 6), round(wish.lat, 6)]
    return Fault(FaultKind.STOP, wish.island_id, wish.label, place, reason, nearest_m)
