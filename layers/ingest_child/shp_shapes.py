"""One Shapefile record to a shapely geometry."""

from __future__ import annotations

import itertools
import struct
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.gate import Refusal

_POINTS = {1: 0, 11: 1, 21: 0}  # type → ordinates beyond x, y that are a height
_MULTIPOINTS = (8, 18, 28)
_LINES = (3, 13, 23)
_AREAS = (5, 15, 25)
_NAMES = {31: "MultiPatch"}


def shape(record: bytes) -> BaseGeometry:
    """Return the geometry in `record` (2D, or with Z for PointZ).

    Raises Refusal: EMPTY_GEOMETRY (null shape), UNSUPPORTED_GEOM, BAD_GEOMETRY.
    """
    (kind,) = struct.unpack("<i", record[:4])
    if kind == 0:
        raise Refusal("EMPTY_GEOMETRY")
    if kind in _POINTS:
        return shapely.Point(_floats(record, 4, 2 + _POINTS[kind]))
    if kind in _MULTIPOINTS:
        (count,) = _ints(record, 36, 1)
        return shapely.MultiPoint(_floats(record, 40, 2 * count).reshape(-1, 2))
    if kind in _LINES + _AREAS:
        runs = _runs(record)
        return _lines(runs) if kind in _LINES else _areas(runs)
    raise Refusal("UNSUPPORTED_GEOM", kind=_NAMES.get(kind, str(kind)))


def _ints(record: bytes, at: int, count: int) -> Any:
    if count < 0 or at + 4 * count > len(record):
        raise Refusal("BAD_GEOMETRY", reason="length")
    return np.frombuffer(record, "<i4", count, at).tolist()


def _floats(record: bytes, at: int, count: int) -> NDArray[np.float64]:
    if count < 0 or at + 8 * count > len(record):
        raise Refusal("BAD_GEOMETRY", reason="length")
    return np.frombuffer(record, "<f8", count, at)


def _runs(record: bytes) -> list[NDArray[np.float64]]:
    parts, points = _ints(record, 36, 2)
    if parts < 1 or points < 1:
        raise Refusal("EMPTY_GEOMETRY")
    starts = _ints(record, 44, parts)
    places = _floats(record, 44 + 4 * parts, 2 * points).reshape(-1, 2)
    edges = [*starts, points]
    if edges[0] != 0 or any(a >= b for a, b in itertools.pairwise(edges)):
        raise Refusal("BAD_GEOMETRY", reason="parts")
    return [places[a:b] for a, b in itertools.pairwise(edges)]


def _lines(runs: list[NDArray[np.float64]]) -> BaseGeometry:
    if min(len(run) for run in runs) < 2:
        raise Refusal("TOO_FEW_POINTS", count=1, wanted=2)
    made = [shapely.LineString(run) for run in runs]
    return made[0] if len(made) == 1 else shapely.MultiLineString(made)


def _areas(runs: list[NDArray[np.float64]]) -> BaseGeometry:
    """Clockwise rings are outlines, the others holes of the smallest outline around them."""
    rings = [_ring(run) for run in runs]
    outlines = [ring for ring in rings if not ring.is_ccw] or rings
    holes = [ring for ring in rings if ring.is_ccw and ring not in outlines]
    if len(outlines) == 1:
        return shapely.Polygon(outlines[0], holes)
    areas = [shapely.Polygon(ring) for ring in outlines]
    inside: list[list[Any]] = [[] for _ in areas]
    for hole in holes:
        inside[_owner(hole, areas)].append(hole)
    return shapely.MultiPolygon(
        [shapely.Polygon(ring, own) for ring, own in zip(outlines, inside, strict=True)]
    )


def _ring(run: NDArray[np.float64]) -> shapely.LinearRing:
    if len(run) < 4:
        raise Refusal("TOO_FEW_POINTS", count=len(run), wanted=4)
    if not (run[0] == run[-1]).all():
        raise Refusal("RING_NOT_CLOSED")
    return shapely.LinearRing(run)


def _owner(hole: shapely.LinearRing, areas: list[Any]) -> int:
    spot = shapely.Point(hole.coords[0])
    around = [(area.area, i) for i, area in enumerate(areas) if area.intersects(spot)]
    if not around:
        raise Refusal("INVALID_GEOMETRY", reason="Hole lies outside shell")
    return min(around)[1]
