"""GPX files: waypoints, routes and tracks are rows."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

import shapely
from shapely.geometry.base import BaseGeometry

from layers.gate import Refusal, frames
from layers.gate.frames import Frame
from layers.ingest_child import places, xmltree
from layers.ingest_child.ledger import Ledger, Props

_TEXTS = ("name", "cmt", "desc", "src", "sym", "type", "time", "number")


def read(path: Path, ledger: Ledger) -> None:
    """Read the file into the ledger; raises Refusal when it is no GPX."""
    root = xmltree.parse(path.read_bytes())
    if root.tag != "gpx":
        raise Refusal("UNSUPPORTED", wanted="GPX")
    ledger.frame = Frame(frames.STORED)
    rows = [child for child in root if child.tag in ("wpt", "rte", "trk")]
    for number, row in enumerate(rows, 1):
        ledger.row(number, lambda r=row: (_geometry(r), _props(r)))  # type: ignore[misc]


def _props(row: Element) -> Props:
    props: Props = {"kind": row.tag}
    for child in row:
        if child.tag in _TEXTS:
            props[child.tag] = "".join(child.itertext())
    return props


def _geometry(row: Element) -> BaseGeometry:
    match row.tag:
        case "wpt":
            return shapely.Point(_spot(row))
        case "rte":
            return _line(row.findall("rtept"))
        case _:
            parts = [_line(part.findall("trkpt")) for part in row.findall("trkseg")]
            if not parts:
                raise Refusal("EMPTY_GEOMETRY")
            return parts[0] if len(parts) == 1 else shapely.MultiLineString(parts)


def _line(points: list[Element]) -> BaseGeometry:
    if len(points) < 2:
        raise Refusal("TOO_FEW_POINTS", count=len(points), wanted=2)
    return shapely.LineString([_spot(point) for point in points])


def _spot(point: Element) -> tuple[float, float]:
    lon, lat = point.get("lon"), point.get("lat")
    if lon is None or lat is None:
        raise Refusal("EMPTY_GEOMETRY")
    return places.number(lon), places.number(lat)
