"""Coordinate reference systems that features are asked for and answered in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tile_service.serve.errors import Refused

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/{}"
STORED_SRID = 4326
MERCATOR_SRID = 3857
MERCATOR_M = 20037508.342789244
FARTHEST_M = 2e7
DEGREE_DIGITS, METRE_DIGITS = 7, 2

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """One reference system.

    flipped: its first axis is latitude; PostGIS always keeps longitude first.
    most_x, most_y: largest coordinate that it knows, in its own unit
    """

    uri: str
    srid: int
    flipped: bool = False
    digits: int = METRE_DIGITS
    most_x: float = FARTHEST_M
    most_y: float = FARTHEST_M

    def out(self, column: str) -> str:
        """SQL that gives the stored (WGS 84) `column` in this frame."""
        if self.srid != STORED_SRID:
            return f"ST_Transform({column}, {self.srid})"
        return f"ST_FlipCoordinates({column})" if self.flipped else column

    def into(self, geometry: str) -> str:
        """SQL that brings a constant `geometry` (SRID set, own axis order) to WGS 84."""
        if self.srid != STORED_SRID:
            return f"ST_Transform({geometry}, {STORED_SRID})"
        return f"ST_FlipCoordinates({geometry})" if self.flipped else geometry

    def checked(self, name: str, x: float, y: float) -> None:
        """Raise Refused naming parameter `name` unless x, y (own axis order) lie inside."""
        across, up = (y, x) if self.flipped else (x, y)
        if not (math.isfinite(x) and math.isfinite(y)):
            raise Refused(f"{name}: coordinates must be finite numbers.")
        if abs(across) > self.most_x or abs(up) > self.most_y:
            raise Refused(f"{name}: a coordinate is out of range for {self.uri}.")


DEGREES = Frame(CRS84, STORED_SRID, digits=DEGREE_DIGITS, most_x=180, most_y=90)


def frames(metric_srid: int) -> dict[str, Frame]:
    """Frames by address: CRS84, WGS 84 (latitude first), Web Mercator, the city's own metres."""
    known = (
        DEGREES,
        Frame(EPSG.format(STORED_SRID), STORED_SRID, flipped=True, digits=DEGREE_DIGITS,
              most_x=180, most_y=90),
        Frame(EPSG.format(MERCATOR_SRID), MERCATOR_SRID, most_x=MERCATOR_M, most_y=MERCATOR_M),
        Frame(EPSG.format(metric_srid), metric_srid),
    )  # fmt: skip
    return {frame.uri: frame for frame in known}


def frame_of(name: str, uri: str, metric_srid: int) -> Frame:
    """Frame called `uri`, plain or as `[uri]`; raises Refused naming parameter `name`."""
    known = frames(metric_srid)
    found = known.get(uri.removeprefix("[").removesuffix("]"))
    if found is None:
        raise Refused(f"{name}: unknown here; the collection's crs list holds those that work.")
    return found


def boxes_of(name: str, numbers: Sequence[float], frame: Frame) -> list[Box]:
    """Boxes (own axis order) of 4 or 6 numbers; one that crosses the date line becomes two.

    Heights of a box of six numbers are left out: no row here has one. Raises Refused.
    """
    if len(numbers) not in {4, 6}:
        raise Refused(f"{name}: write four numbers, west,south,east,north, or six with heights.")
    half = len(numbers) // 2
    (x1, y1), (x2, y2) = numbers[:2], numbers[half : half + 2]
    frame.checked(name, x1, y1)
    frame.checked(name, x2, y2)
    across = (y1, y2) if frame.flipped else (x1, x2)
    up = (x1, x2) if frame.flipped else (y1, y2)
    if up[0] > up[1]:
        raise Refused(f"{name}: the lower edge lies above the upper one.")
    if across[0] <= across[1]:
        return [(x1, y1, x2, y2)]
    if frame.srid != STORED_SRID:
        raise Refused(f"{name}: the left edge lies right of the right one.")
    if frame.flipped:
        return [(x1, y1, x2, 180.0), (x1, -180.0, x2, y2)]
    return [(x1, y1, 180.0, y2), (-180.0, y1, x2, y2)]
