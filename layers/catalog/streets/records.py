"""What every reader of street files gives: one record a piece of street between junctions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from layers.catalog.streets.models import Direction
from layers.errors import PlatformError

CAR_CLASSES = frozenset(
    {
        "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link",
        "secondary", "secondary_link", "tertiary", "tertiary_link", "unclassified",
        "residential", "living_street", "service", "road",
    }
)  # fmt: skip
FOOT_CLASSES = frozenset({"track", "pedestrian", "footway", "path", "steps", "cycleway"})
SHUT = frozenset({"no", "private"})


class NoStreets(PlatformError):
    """This file holds no streets; choose an OpenStreetMap extract or a street network."""

    code = "NO_STREETS"


@dataclass(frozen=True, slots=True)
class StreetRecord:
    """A piece of street between two junctions, as read; points are (lon, lat) degrees."""

    source_id: str
    name: str
    street_class: str
    direction: Direction
    max_speed_kph: int | None
    surface: str
    bridge: bool
    width_m: float | None
    from_node: str
    to_node: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """A turn restriction as read, by the ids of the streets and the junction."""

    source_id: str
    from_street: str
    via_node: str
    to_street: str
    only: bool


def direction_of(oneway: str, *, junction: str = "", street_class: str = "") -> Direction:
    """Direction for vehicles from OpenStreetMap tags; roundabouts and motorways imply one."""
    value = oneway.strip().lower()
    if value in {"yes", "true", "1"}:
        return Direction.FORWARD
    if value in {"-1", "reverse"}:
        return Direction.BACKWARD
    implied = junction in {"roundabout", "circular"} or street_class == "motorway"
    return Direction.FORWARD if implied and value not in {"no", "false", "0"} else Direction.BOTH


def speed_of(text: str) -> int | None:
    """km/h from a `maxspeed` tag ("40", "25 mph"), None where it says nothing usable."""
    found = re.match(r"^\s*(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph)?\s*$", text or "")
    if not found:
        return None
    value = float(found[1]) * (1.609344 if found[2] == "mph" else 1.0)
    return round(value) if 1 <= value <= 200 else None


def width_of(text: str) -> float | None:
    """Metres from a `width` tag ("3", "2.5 m"), None where it says nothing usable."""
    found = re.match(r"^\s*(\d+(?:[.,]\d+)?)\s*m?\s*$", text or "")
    return float(found[1].replace(",", ".")) if found else None


def first_of(value: object) -> str:
    """Text of a tag; osmnx gives a list where several streets were joined: its first."""
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    return "" if value is None or value != value else str(value)


def required(records: Iterable[StreetRecord]) -> list[StreetRecord]:
    """Return the records as a list; raises NoStreets when there are none."""
    found = list(records)
    if not found:
        raise NoStreets
    return found
