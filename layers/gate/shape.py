"""The checks on one geometry, cheap ones first; nothing here mends anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.gate.refusal import Refusal

MAX_VERTICES = 100_000
MAX_NESTING = 64
KINDS = frozenset(
    {
        "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
        "GeometryCollection",
    }
)  # fmt: skip
Move = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Checked:
    """A geometry that may be stored: 2D, degrees (WGS 84), finite, in range, valid.

    flat: True when a height was dropped.
    """

    geom: BaseGeometry
    flat: bool = False


def checked(geom: BaseGeometry, move: Move | None = None, *, degrees: bool = True) -> Checked:
    """Return `geom` as it may be stored, moved by `move` to degrees first when given.

    With `degrees=False` the frame is unknown: range is not judged (and nothing may be stored).

    Raises Refusal: UNSUPPORTED_GEOM, EMPTY, TOO_MANY_VERTICES, TOO_DEEP, NONFINITE,
    COORD_RANGE, ANTIMERIDIAN, INVALID_GEOMETRY.
    """
    geom, flat = placed(geom, move, degrees=degrees)
    if not geom.is_valid:
        raise Refusal("INVALID_GEOMETRY", reason=shapely.is_valid_reason(geom)[:80])
    return Checked(geom, flat)


def placed(
    geom: BaseGeometry, move: Move | None = None, *, degrees: bool = True
) -> tuple[BaseGeometry, bool]:
    """Return `geom` in 2D degrees and whether a height went; all checks but validity."""
    _well_made(geom)
    count = shapely.get_num_coordinates(geom)
    if count > MAX_VERTICES:
        raise Refusal("TOO_MANY_VERTICES", count=int(count), limit=MAX_VERTICES)
    _finite(shapely.get_coordinates(geom, include_z=geom.has_z))
    flat = bool(geom.has_z)
    geom = shapely.force_2d(geom)
    if move is not None:
        geom = shapely.transform(geom, move)
    if degrees:
        in_range(shapely.get_coordinates(geom))
        _not_round_the_back(geom)
    return geom, flat


def in_range(places: NDArray[np.float64]) -> None:
    """Raise COORD_RANGE when a lon, lat row of `places` (n, 2) is not on earth."""
    if not np.isfinite(places).all():
        raise Refusal("COORD_RANGE", lon="∞", lat="∞")
    bad = (np.abs(places[:, 0]) > 180) | (np.abs(places[:, 1]) > 90)
    if bad.any():
        lon, lat = (float(value) for value in places[bad][0])
        code = "COORD_SWAPPED" if abs(lon) <= 90 < abs(lat) <= 180 else "COORD_RANGE"
        raise Refusal(code, lon=f"{lon:.6g}", lat=f"{lat:.6g}")


def _finite(values: NDArray[np.float64]) -> None:
    bad = ~np.isfinite(values)
    if bad.any():
        raise Refusal("NONFINITE", value=str(values[bad][0]))


def _well_made(geom: BaseGeometry) -> None:
    """Known kinds, no empty part, collections not nested without end."""
    stack: list[tuple[Any, int]] = [(geom, 1)]
    while stack:
        part, depth = stack.pop()
        if part.geom_type not in KINDS:
            raise Refusal("UNSUPPORTED_GEOM", kind=part.geom_type)
        if depth > MAX_NESTING:
            raise Refusal("TOO_DEEP", limit=MAX_NESTING)
        if part.is_empty:
            raise Refusal("EMPTY_GEOMETRY")
        if part.geom_type.startswith(("Multi", "Geometry")):
            stack.extend((child, depth + 1) for child in part.geoms)


def _not_round_the_back(geom: BaseGeometry) -> None:
    """Refuse a line or area that jumps over the 180th meridian instead of ending there."""
    for part in shapely.get_parts(geom).tolist():
        if part.geom_type == "Point":
            continue
        rings = part.boundary if part.geom_type == "Polygon" else part
        for line in shapely.get_parts(rings).tolist():
            lon = shapely.get_coordinates(line)[:, 0]
            if len(lon) > 1 and np.abs(np.diff(lon)).max() > 180:
                raise Refusal("ANTIMERIDIAN")
