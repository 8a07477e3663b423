"""KML and KMZ: each Placemark is a row; links and overlays are named, never followed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element

import shapely
from shapely.geometry.base import BaseGeometry

from layers.gate import Refusal, frames
from layers.gate.frames import Frame
from layers.ingest_child import places, xmltree, zips
from layers.ingest_child.ledger import Ledger, Props

_SHAPES = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"})
_FOREIGN = frozenset({
    "MultiPoint", "MultiLineString", "MultiPolygon", "Model", "Track", "MultiTrack",
})  # fmt: skip
_REMOTE = ("NetworkLink", "GroundOverlay", "ScreenOverlay", "PhotoOverlay")


def read_kml(path: Path, ledger: Ledger) -> None:
    """Read a KML file into the ledger."""
    _read(path.read_bytes(), ledger)


def read_kmz(path: Path, ledger: Ledger) -> None:
    """Read the one KML inside a KMZ: doc.kml, or the only one there is."""
    found = zips.members(path, (".kml",))
    if not found:
        raise Refusal("EMPTY")
    main = [name for name in found if PurePosixPath(name).name.lower() == "doc.kml"]
    names = main or sorted(found)
    if len(names) > 1:
        raise Refusal("AMBIGUOUS", first=names[0][-40:], second=names[1][-40:])
    _read(found[names[0]], ledger)


def _read(data: bytes, ledger: Ledger) -> None:
    root = xmltree.parse(data)
    if root.tag not in ("kml", "Document", "Folder", "Placemark"):
        raise Refusal("UNSUPPORTED", wanted="KML")
    ledger.frame = Frame(frames.STORED)
    if ledger.request.crs and frames.named(ledger.request.crs).name != frames.STORED:
        raise Refusal("CRS_CONFLICT", inside=frames.STORED, stated=ledger.request.crs[:40])
    for name in _REMOTE:
        for _ in root.iter(name):
            ledger.warn("REMOTE_REF", name=name)
    for number, mark in enumerate(root.iter("Placemark"), 1):
        ledger.row(number, lambda m=mark: (_geometry(m), _props(m)))  # type: ignore[misc]
    ledger.expected = data.count(b"<Placemark") or None
    if ledger.expected is not None and b"<!--" in data:
        ledger.expected = None  # a Placemark in a comment is no row


def _props(mark: Element) -> Props:
    props: Props = {}
    for child in mark:
        if child.tag in ("name", "description", "address", "phoneNumber", "snippet"):
            props[child.tag] = "".join(child.itertext())
    for when in mark.findall("./TimeStamp/when"):
        props["when"] = (when.text or "").strip()
    for data in mark.iter("Data"):
        props[data.get("name", "")] = "".join(v.text or "" for v in data.findall("value"))
    for data in mark.iter("SimpleData"):
        props[data.get("name", "")] = data.text or ""
    return props


def _geometry(mark: Element) -> BaseGeometry:
    shapes = list(_shapes(mark))
    if not shapes:
        raise Refusal("EMPTY_GEOMETRY")
    if len(shapes) > 1:
        raise Refusal("BAD_GEOMETRY", reason="> 1")
    return _shape(shapes[0])


def _shapes(parent: Element) -> Iterator[Element]:
    for child in parent:
        if child.tag in _FOREIGN:
            raise Refusal("UNSUPPORTED_GEOM", kind=child.tag)
        if child.tag in _SHAPES:
            yield child


def _shape(found: Element) -> BaseGeometry:
    match found.tag:
        case "Point":
            spots = _coordinates(found)
            if len(spots) != 1:
                raise Refusal("BAD_COORD", value=str(len(spots)))
            return shapely.Point(spots[0])
        case "LineString":
            spots = _coordinates(found)
            if len(spots) < 2:
                raise Refusal("TOO_FEW_POINTS", count=len(spots), wanted=2)
            return shapely.LineString(spots)
        case "LinearRing":
            return shapely.LineString(_ring(found))
        case "Polygon":
            return _polygon(found)
        case _:
            return _several([_shape(child) for child in _shapes(found)])


def _several(parts: list[BaseGeometry]) -> BaseGeometry:
    if not parts:
        raise Refusal("EMPTY_GEOMETRY")
    match {part.geom_type for part in parts}.pop() if _alike(parts) else "":
        case "Point":
            return shapely.MultiPoint(parts)
        case "LineString":
            return shapely.MultiLineString(parts)
        case "Polygon":
            return shapely.MultiPolygon(parts)
        case _:
            return shapely.GeometryCollection(parts)


def _alike(parts: list[BaseGeometry]) -> bool:
    return len({part.geom_type for part in parts}) == 1


def _polygon(found: Element) -> BaseGeometry:
    outer = found.findall("./outerBoundaryIs/LinearRing")
    if len(outer) != 1:
        raise Refusal("EMPTY_GEOMETRY" if not outer else "BAD_GEOMETRY", reason="outer")
    holes = [_ring(ring) for ring in found.findall("./innerBoundaryIs/LinearRing")]
    return shapely.Polygon(_ring(outer[0]), holes)


def _ring(found: Element) -> list[tuple[float, ...]]:
    spots = _coordinates(found)
    if len(spots) < 4:
        raise Refusal("TOO_FEW_POINTS", count=len(spots), wanted=4)
    if spots[0] != spots[-1]:
        raise Refusal("RING_NOT_CLOSED")
    return spots


def _coordinates(found: Element) -> list[tuple[float, ...]]:
    """The lon,lat[,height] tuples; all with height, or all without."""
    text = found.findtext("coordinates") or ""
    if not text.strip():
        raise Refusal("EMPTY_GEOMETRY")
    spots = []
    for word in re.split(r"\s+", text.strip()):
        cells = word.split(",")
        if len(cells) not in (2, 3):
            raise Refusal("BAD_COORD", value=word[:40])
        spots.append(tuple(places.number(cell) for cell in cells))
    width = min(len(spot) for spot in spots)
    return [spot[:width] for spot in spots]
