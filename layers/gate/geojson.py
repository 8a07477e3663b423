"""GeoJSON geometry objects (RFC 7946) to shapely, refusing what merely looks like one."""

from __future__ import annotations

from itertools import chain
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from layers.gate.refusal import Refusal

GEOMETRY_TYPES = frozenset(
    {
        "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
        "GeometryCollection",
    }
)  # fmt: skip
Notes = set[str]


def geometry(thing: Any, notes: Notes, *, close_rings: bool = False) -> BaseGeometry:
    """Return the shapely geometry that the GeoJSON object `thing` describes.

    `notes` collects what was odd but harmless: EXTRA_ORDINATES, NESTED_COLLECTION, BAD_BBOX.
    With `close_rings` an open ring is closed and RING_CLOSED noted.

    Raises Refusal: BAD_GEOJSON, BAD_COORD, EMPTY_GEOMETRY, TOO_FEW_POINTS, RING_NOT_CLOSED,
    CRS_EXTERNAL or BAD_CRS (a `crs` member inside a geometry).
    """
    if not isinstance(thing, dict):
        raise Refusal("BAD_GEOJSON", found=_name(thing))
    kind = thing.get("type")
    if not isinstance(kind, str) or kind not in GEOMETRY_TYPES:
        raise Refusal("BAD_GEOJSON", found=_name(kind))
    advisory_bbox(thing, notes)
    if kind == "GeometryCollection":
        return _collection(thing, notes, close_rings)
    if "coordinates" not in thing:
        raise Refusal("BAD_COORD", value="-")
    build = _Builder(notes, close_rings)
    made: BaseGeometry = getattr(build, kind.lower())(thing["coordinates"])
    return made


def advisory_bbox(thing: dict[str, Any], notes: Notes) -> None:
    """Note BAD_BBOX when the advisory `bbox` is no list of 4 or 6 numbers."""
    box = thing.get("bbox")
    if box is None:
        return
    good = isinstance(box, list) and len(box) in (4, 6) and all(_is_number(v) for v in box)
    if not good:
        notes.add("BAD_BBOX")


def _collection(thing: dict[str, Any], notes: Notes, close_rings: bool) -> BaseGeometry:
    parts = thing.get("geometries")
    if not isinstance(parts, list):
        raise Refusal("BAD_GEOJSON", found=_name(parts))
    if not parts:
        raise Refusal("EMPTY_GEOMETRY")
    made = [geometry(part, notes, close_rings=close_rings) for part in parts]
    if any(part.geom_type == "GeometryCollection" for part in made):
        notes.add("NESTED_COLLECTION")
    return shapely.GeometryCollection(made)


class _Builder:
    """One method a kind of geometry; each takes the `coordinates` member."""

    def __init__(self, notes: Notes, close_rings: bool) -> None:
        self.notes = notes
        self.close_rings = close_rings

    def point(self, found: Any) -> BaseGeometry:
        return shapely.Point(self._positions([_list(found)])[0])

    def multipoint(self, found: Any) -> BaseGeometry:
        return shapely.MultiPoint(self._positions(_list(found)))

    def linestring(self, found: Any) -> BaseGeometry:
        places = self._positions(_list(found))
        if len(places) < 2:
            raise Refusal("TOO_FEW_POINTS", count=len(places), wanted=2)
        return shapely.LineString(places)

    def multilinestring(self, found: Any) -> BaseGeometry:
        return shapely.MultiLineString([self.linestring(part) for part in _list(found)])

    def polygon(self, found: Any) -> BaseGeometry:
        outer, *holes = [self._ring(ring) for ring in _list(found)]
        return shapely.Polygon(outer, holes)

    def multipolygon(self, found: Any) -> BaseGeometry:
        return shapely.MultiPolygon([self.polygon(part) for part in _list(found)])

    def _ring(self, found: Any) -> list[list[float]]:
        places = self._positions(_list(found))
        if len(places) < 3 or (len(places) == 3 and places[0] != places[-1]):
            raise Refusal("TOO_FEW_POINTS", count=len(places), wanted=4)
        if places[0] != places[-1]:
            if not self.close_rings:
                raise Refusal("RING_NOT_CLOSED")
            self.notes.add("RING_CLOSED")
            places = [*places, places[0]]
        if len(places) < 4:
            raise Refusal("TOO_FEW_POINTS", count=len(places), wanted=4)
        return places

    def _positions(self, places: list[Any]) -> list[list[float]]:
        if not all(isinstance(place, list) for place in places):
            raise Refusal("BAD_COORD", value=_name(places[0]))
        lengths = {len(place) for place in places}
        if 0 in lengths:
            raise Refusal("EMPTY_GEOMETRY")
        if not set(map(type, chain.from_iterable(places))) <= {int, float}:
            bad = next(v for v in chain.from_iterable(places) if not _is_number(v))
            raise Refusal("BAD_COORD", value=_name(bad))
        if 1 in lengths:
            raise Refusal("BAD_COORD", value=str(min(places, key=len)[0])[:20])
        if max(lengths) > 3:
            self.notes.add("EXTRA_ORDINATES")
        width = 2 if 2 in lengths else 3
        try:
            return [[float(value) for value in place[:width]] for place in places]
        except OverflowError:
            raise Refusal("NONFINITE", value="…") from None


def _list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise Refusal("BAD_COORD", value=_name(found))
    if not found:
        raise Refusal("EMPTY_GEOMETRY")
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _name(thing: Any) -> str:
    """Short name of something unexpected, safe to put into a sentence."""
    if isinstance(thing, str):
        return thing[:40]
    return {type(None): "null", dict: "{}", list: "[]", bool: "true/false"}.get(
        type(thing), str(thing)[:20]
    )
