"""Rows of layers as arrays: shapes in the city's metric frame, and a digest of what was read."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB, Transform
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import QuerySet
from numpy.typing import NDArray
from pyproj import Transformer

from layers.columns import STORED_SRID
from layers.geography import city

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def in_metres(
    rows: QuerySet[Any], *columns: str, geometry: str = "geom"
) -> tuple[NDArray[np.object_], list[tuple[Any, ...]]]:
    """Shapes (n,) in the city's metric frame and the named columns of each row, by primary key."""
    wkb = AsWKB(Transform(geometry, city().metric_srid))
    found = list(rows.order_by("pk").annotate(_wkb=wkb).values_list("_wkb", *columns))
    shapes = shapely.from_wkb(np.array([bytes(row[0]) for row in found], dtype=object))
    return np.atleast_1d(shapes), [row[1:] for row in found]


def coordinates(points: NDArray[np.object_]) -> Floats:
    """(n, 2) metres of point shapes."""
    return np.asarray(shapely.get_coordinates(points)).reshape(len(points), 2)


def keys(column: list[Any]) -> Ints:
    """Foreign keys as integers; 0 stands for none (and matches no island)."""
    return np.array([key or 0 for key in column], dtype=np.int64)


def version_of(*arrays: NDArray[Any]) -> str:
    """Short digest of arrays as read: equal inputs, equal version."""
    digest = hashlib.sha256()
    for array in arrays:
        plain = np.round(array, 3) if array.dtype.kind == "f" else array
        text = plain.astype("U") if plain.dtype.kind in "OU" else plain
        digest.update(np.ascontiguousarray(text).tobytes())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=4)
def _to_degrees(srid: int) -> Transformer:
    return Transformer.from_crs(srid, STORED_SRID, always_xy=True)


def in_degrees(shapes: NDArray[np.object_]) -> list[GEOSGeometry]:
    """Shapes of the metric frame as geometry to store (STORED_SRID)."""
    change = _to_degrees(city().metric_srid)
    moved = shapely.transform(shapes, lambda x, y: change.transform(x, y), interleaved=False)
    wkb = [memoryview(shapely.to_wkb(shape)) for shape in np.atleast_1d(moved)]
    return [GEOSGeometry(bytes_, srid=STORED_SRID) for bytes_ in wkb]
