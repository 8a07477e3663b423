"""How fast each kind of vehicle drives on each class of street, within the law.

Limits by law (PM 111/2015): 50 km/h in towns, 30 km/h in residential areas, 80 km/h between
towns, 100 on motorways. The figures below are what a vehicle keeps on average in free flow.
They are assumptions until crews' own drives teach better ones; a street's own limit wins when
it is lower.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.street_graph import Streets


class Profile(StrEnum):
    """What somebody travels with."""

    TRUCK = "truck"
    PICKUP = "pickup"
    THREE_WHEELER = "roda_tiga"
    MOTORCYCLE = "motor"
    AMBULANCE = "ambulance"
    FOOT = "foot"


NO_WAY = 0.0
NARROW_M = 3.0
_ROADS = (
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential",
    "living_street", "service", "track", "pedestrian", "footway", "path", "steps",
)  # fmt: skip
# km/h in free flow, in the order of _ROADS; 0 = may not be used
_FREE_FLOW_KPH: dict[Profile, tuple[float, ...]] = {
    Profile.TRUCK: (60, 40, 35, 30, 28, 22, 20, 12, 10, 8, 0, 0, 0, 0),
    Profile.PICKUP: (70, 45, 40, 35, 30, 25, 24, 14, 12, 10, 0, 0, 0, 0),
    Profile.THREE_WHEELER: (0, 30, 28, 26, 25, 22, 20, 14, 12, 10, 8, 0, 0, 0),
    Profile.MOTORCYCLE: (0, 45, 40, 36, 32, 27, 25, 15, 14, 12, 8, 0, 0, 0),
    Profile.AMBULANCE: (90, 65, 60, 52, 45, 35, 30, 18, 15, 12, 10, 0, 0, 0),
    Profile.FOOT: (0, 4.8, 4.8, 4.8, 4.8, 4.8, 4.8, 4.8, 4.8, 4.5, 4.8, 4.8, 4.3, 2.0),
}
LEGAL_KPH = {"motorway": 100.0, "trunk": 80.0, "residential": 30.0, "living_street": 30.0}
LEGAL_TOWN_KPH = 50.0
_WIDE_ONLY = frozenset({Profile.TRUCK})
# Blue light and siren: over the limit of the class, never faster than half as much again.
_MAY_EXCEED = {Profile.AMBULANCE: 1.5}


def class_of(highway: str) -> str:
    """The class that stands for a `highway` value: links drive like a tertiary street."""
    name = highway.strip()
    if name.endswith("_link"):
        return "tertiary"
    return name if name in _ROADS else "service" if name == "alley" else "unclassified"


def legal_kph(street_class: str) -> float:
    """The limit by law on a class, km/h."""
    return LEGAL_KPH.get(street_class, LEGAL_TOWN_KPH)


def speed_kph(street_class: str, profile: Profile) -> float:
    """Average speed of `profile` on a class in free flow, km/h; 0 = may not be used."""
    known = class_of(street_class)
    wanted = _FREE_FLOW_KPH[profile][_ROADS.index(known)]
    return min(wanted, legal_kph(known) * _MAY_EXCEED.get(profile, 1.0))


def speeds_kph(streets: Streets, profile: Profile) -> NDArray[np.float64]:
    """(e,) speed on every street, km/h; 0 where the profile may not go.

    A lower limit on the sign wins over the class; trucks stay out of streets narrower
    than 3 m. Where the width is unknown, the class alone decides.
    """
    classes, inverse = np.unique(streets.street_class, return_inverse=True)
    table = np.array([speed_kph(str(name), profile) for name in classes])
    kph = table[inverse] if len(streets) else np.zeros(0)
    signed = np.nan_to_num(streets.max_speed_kph, nan=np.inf)
    if profile is not Profile.FOOT:
        kph = np.minimum(kph, np.where(signed > 0, signed, np.inf))
    if profile in _WIDE_ONLY:
        kph = np.where(streets.width_m < NARROW_M, NO_WAY, kph)
    return kph


def weights_ms(streets: Streets, profile: Profile) -> NDArray[np.uint32]:
    """(2e,) milliseconds along each arc, at least 1; UNREACHABLE where it may not be used."""
    kph = speeds_kph(streets, profile)
    with np.errstate(divide="ignore"):
        travel = np.where(kph > 0, streets.length_mm * 3.6 / kph, UNREACHABLE)
    both = np.repeat(np.clip(np.rint(travel), 1, UNREACHABLE), 2).astype(np.uint32)
    if profile is not Profile.FOOT:
        both[streets.against] = UNREACHABLE
    return both


def allowed(streets: Streets, profile: Profile) -> NDArray[np.bool_]:
    """(e,) True on streets that the profile may use, in one direction at least."""
    return speeds_kph(streets, profile) > 0


# Streets that a crew does not cross with a bin: there a truck passes each stop on its own side.
_NOT_CROSSED = frozenset({"trunk", "primary", "secondary", "tertiary"})
_SERVES_OWN_SIDE = frozenset({Profile.TRUCK})


def served_by_side(streets: Streets, profile: Profile) -> NDArray[np.bool_]:
    """(e,) True on two-way streets whose stops are served from their own side of the road."""
    if profile not in _SERVES_OWN_SIDE:
        return np.zeros(len(streets), dtype=np.bool_)
    classes, inverse = np.unique(streets.street_class, return_inverse=True)
    busy = np.array([str(name) in _NOT_CROSSED for name in classes], dtype=np.bool_)
    return busy[inverse] & (streets.direction == 0) if len(streets) else np.zeros(0, np.bool_)


# Turning round in the street where another way leads on; at dead ends it costs nothing.
_BACK_MS = {Profile.TRUCK: 60_000, Profile.PICKUP: 60_000}


def back_ms(profile: Profile) -> int:
    """Price of a U-turn at a junction, milliseconds; small vehicles simply turn."""
    return _BACK_MS.get(profile, 0)


# Who may pass where ordinary traffic may not: helpers pass a crash or a feast, people on foot
# also pass works; nobody enters water or ash.
_MAY_PASS: dict[Profile, frozenset[str]] = {
    Profile.AMBULANCE: frozenset({"accident", "event"}),
    Profile.FOOT: frozenset({"accident", "event", "works"}),
}


def closed_to(cause: str, profile: Profile) -> bool:
    """True when a street closed for `cause` may not be used by `profile`."""
    return cause not in _MAY_PASS.get(profile, frozenset())
