"""Reference systems by the names that clients use, and the order in which each has its axes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from layers.geography import STORED_SRID, TILE_SRID, city
from tile_service.publish.ows.kvp import Refused, numbers, shown

URN = re.compile(r"^urn:(?:x-)?ogc:def:crs:EPSG:[0-9.]*:(\d{4,6})$", re.IGNORECASE)
URI = re.compile(r"^https?://www\.opengis\.net/def/crs/EPSG/[0-9.]+/(\d{4,6})$", re.IGNORECASE)
OLD = re.compile(r"^https?://www\.opengis\.net/gml/srs/epsg\.xml#(\d{4,6})$", re.IGNORECASE)
SHORT = re.compile(r"^EPSG:(\d{4,6})$", re.IGNORECASE)
CRS84 = {
    "CRS:84", "OGC:CRS84", "URN:OGC:DEF:CRS:OGC:1.3:CRS84", "URN:OGC:DEF:CRS:OGC::CRS84",
    "HTTP://WWW.OPENGIS.NET/DEF/CRS/OGC/1.3/CRS84",
}  # fmt: skip
MOST_MERCATOR_DEG = 85.06

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """A reference system as a request names it.

    swapped: its first axis is north (latitude), so pairs read "y x"
    """

    name: str
    srid: int
    swapped: bool

    @property
    def in_degrees(self) -> bool:
        """True for WGS 84."""
        return self.srid == STORED_SRID


def served() -> tuple[int, ...]:
    """Reference systems that are offered: degrees, Web Mercator, the city's metres."""
    return (STORED_SRID, TILE_SRID, city().metric_srid)


def frame(name: str, *, short_is_swapped: bool, locator: str) -> Frame:
    """The frame called `name`; raises Refused.

    short_is_swapped: "EPSG:4326" puts latitude first (WMS 1.3.0) or longitude (WMS 1.1.1, WFS)
    """
    if name.upper() in CRS84:
        return Frame(name, STORED_SRID, swapped=False)
    for pattern, swaps in ((URN, True), (URI, True), (OLD, False), (SHORT, short_is_swapped)):
        match = pattern.match(name)
        if match and int(match[1]) in served():
            srid = int(match[1])
            return Frame(name, srid, swapped=swaps and srid == STORED_SRID)
    raise Refused("InvalidParameterValue", f"{locator}: no such frame: {shown(name)}.", locator)


def box(text: str, of: Frame, locator: str = "BBOX") -> Box:
    """West, south, east, north of "a,b,c,d" in the frame's own axis order; raises Refused."""
    a, b, c, d = numbers(text, 4, locator)
    west, south, east, north = (b, a, d, c) if of.swapped else (a, b, c, d)
    if west > east or south > north:
        raise Refused("InvalidParameterValue", f"{locator}: the smaller corner first.", locator)
    if of.in_degrees:
        south, north = (min(max(y, -90.0), 90.0) for y in (south, north))
    return west, south, east, north


def within_mercator(sides: Box) -> Box:
    """A box in degrees, cut to what Web Mercator can show."""
    west, south, east, north = sides
    most = MOST_MERCATOR_DEG
    return max(west, -180.0), max(south, -most), min(east, 180.0), min(north, most)
