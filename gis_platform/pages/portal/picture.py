"""The map of the light version: islands and places as one small SVG drawing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon

from gis_platform.pages.portal.lists import Line
from layers.catalog.places import Island

WIDTH_PX, TALLEST_PX, MARGIN_PX = 640, 640, 12
COARSE_DEG = 0.0009  # about 100 m: a coast that fits a small screen
MOST_MARKS = 300


@dataclass(frozen=True, slots=True)
class Picture:
    """Size in pixels, path data of the coast, and marks (x, y, state) for a template."""

    width: int
    height: int
    coast: str
    marks: list[tuple[float, float, str]]


def _rings(shape: GEOSGeometry) -> list[list[tuple[float, float]]]:
    parts = shape if isinstance(shape, MultiPolygon) else [shape]
    return [list(part[0].coords) for part in parts]


def draw(lines: list[Line], island: str) -> Picture | None:
    """Draw the island called `island` (else the one with most people) and what `lines` tell of."""
    rows = Island.objects.filter(code=island) if island else Island.objects.all()
    shapes = sorted(rows, key=lambda row: -row.geom.area)[:1]
    if not shapes:
        return None
    west, south, east, north = shapes[0].geom.extent
    flat = math.cos(math.radians((south + north) / 2))
    wide, tall = (east - west) * flat, north - south
    scale = min((WIDTH_PX - 2 * MARGIN_PX) / wide, (TALLEST_PX - 2 * MARGIN_PX) / tall)

    def pixel(lon: float, lat: float) -> tuple[float, float]:
        x = MARGIN_PX + (lon - west) * flat * scale
        return round(x, 1), round(MARGIN_PX + (north - lat) * scale, 1)

    paths = []
    for ring in _rings(shapes[0].geom.simplify(COARSE_DEG, preserve_topology=True)):
        points = " ".join(f"{x},{y}" for x, y in (pixel(lon, lat) for lon, lat, *_ in ring))
        paths.append(f"M{points}Z")
    inside = [line for line in lines if line.lon is not None and line.lat is not None]
    marks = [
        (*pixel(line.lon, line.lat), line.state)  # type: ignore[arg-type]
        for line in inside
        if west <= (line.lon or 0) <= east and south <= (line.lat or 0) <= north
    ]
    width = round(wide * scale) + 2 * MARGIN_PX
    return Picture(width, round(tall * scale) + 2 * MARGIN_PX, "".join(paths), marks[:MOST_MARKS])
