"""OpenStreetMap files: tagged nodes, tagged ways and multipolygons are rows."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from layers.gate import Refusal, frames
from layers.gate.frames import Frame
from layers.ingest_child.ledger import Ledger, Props
from layers.ingest_child.osm_data import OsmData, Relation, Way
from layers.ingest_child.osm_xml import parse

MAX_UNPACKED = 500 * 1024 * 1024
_AREA_KEYS = frozenset({
    "building", "landuse", "leisure", "amenity", "place", "boundary", "tourism", "shop",
    "historic", "water", "natural", "area", "aeroway", "public_transport",
})  # fmt: skip
_LINE_KEYS = frozenset({"highway", "barrier", "railway", "waterway", "route", "power"})


def read_xml(path: Path, ledger: Ledger) -> None:
    """Read OSM XML, plain or gzipped."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = _unpacked(path)
    _rows(parse(data), ledger)


def read_pbf(path: Path, ledger: Ledger) -> None:
    """Read OSM PBF through osmium, from the file itself."""
    import osmium

    data = OsmData()
    try:
        for thing in osmium.FileProcessor(osmium.io.File(str(path), "pbf")):
            tags = {tag.k: tag.v for tag in thing.tags}
            if isinstance(thing, osmium.osm.Node):
                data.add_node(thing.id, str(thing.lon), str(thing.lat), tags)
            elif isinstance(thing, osmium.osm.Way):
                data.ways.append(Way(thing.id, [ref.ref for ref in thing.nodes], tags))
            elif isinstance(thing, osmium.osm.Relation):
                members = [(m.type, m.ref, m.role) for m in thing.members]
                data.relations.append(Relation(thing.id, members, tags))
    except (RuntimeError, ValueError, osmium.InvalidLocationError):
        raise Refusal("BAD_OSM", element="pbf") from None
    _rows(data, ledger)


def _unpacked(path: Path) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        with gzip.open(path) as source:
            while piece := source.read(1 << 18):
                size += len(piece)
                if size > min(MAX_UNPACKED, max(1 << 20, 200 * path.stat().st_size)):
                    raise Refusal("ZIP_BOMB", name=".osm.gz")
                parts.append(piece)
    except EOFError:
        raise Refusal("TRUNCATED_FILE") from None
    except (OSError, zlib.error):
        raise Refusal("BAD_ZIP", reason="gzip") from None
    return b"".join(parts)


def _rows(data: OsmData, ledger: Ledger) -> None:
    ledger.frame = Frame(frames.STORED)
    number = 0

    def row(element: str, read: Callable[[], tuple[BaseGeometry | None, Props]]) -> None:
        nonlocal number
        number += 1
        ledger.row(number, lambda: _naming(element, read))

    for element, refusal in data.broken:
        row(element, lambda r=refusal: _again(r))  # type: ignore[misc]
    for node, tags in data.tagged.items():
        row(
            f"node {node}",
            lambda n=node, t=tags: (shapely.Point(data.places[n]), _props("node", n, t)),
        )  # type: ignore[misc]
    for way in data.ways:
        if way.tags:
            row(f"way {way.id}", lambda w=way: (_way(w, data), _props("way", w.id, w.tags)))  # type: ignore[misc]
    by_id = {way.id: way for way in data.ways}
    for rel in data.relations:
        if rel.tags.get("type") in ("multipolygon", "boundary"):
            row(
                f"relation {rel.id}",
                lambda r=rel: (_area(r, by_id, data), _props("relation", r.id, r.tags)),
            )  # type: ignore[misc]
    ledger.facts |= {"nodes": len(data.places), "ways": len(data.ways)}


def _naming(
    element: str, read: Callable[[], tuple[BaseGeometry | None, Props]]
) -> tuple[BaseGeometry | None, Props]:
    try:
        return read()
    except Refusal as refusal:
        refusal.values.setdefault("element", element)
        raise


def _again(refusal: Refusal) -> tuple[BaseGeometry | None, Props]:
    raise refusal


def _props(kind: str, number: int, tags: dict[str, str]) -> Props:
    return {"osm_type": kind, "osm_id": number, "name": tags.get("name", ""), "tags": tags}


def _line(refs: list[int], data: OsmData) -> list[tuple[float, float]]:
    missing = [ref for ref in refs if ref not in data.places]
    if missing:
        raise Refusal("MISSING_NODES", count=len(missing), example=missing[0])
    return [data.places[ref] for ref in refs]


def _way(way: Way, data: OsmData) -> BaseGeometry:
    spots = _line(way.refs, data)
    if len(spots) < 2:
        raise Refusal("TOO_FEW_POINTS", count=len(spots), wanted=2)
    if not _is_area(way):
        return shapely.LineString(spots)
    return shapely.Polygon(_ring(way.refs, spots))


def _is_area(way: Way) -> bool:
    closed = len(way.refs) > 3 and way.refs[0] == way.refs[-1]
    if not closed or way.tags.get("area") == "no":
        return False
    if way.tags.get("area") == "yes":
        return True
    keys = set(way.tags)
    return bool(keys & _AREA_KEYS) and not keys & _LINE_KEYS


def _ring(refs: list[int], spots: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """An outline; two nodes at one place in it are a fault of the map, so it is told."""
    for (a, spot), (b, following) in zip(
        zip(refs, spots, strict=True), list(zip(refs, spots, strict=True))[1:], strict=False
    ):
        if a != b and spot == following:
            raise Refusal("INVALID_GEOMETRY", reason=f"node {a} = node {b}")
    return spots


def _area(rel: Relation, ways: dict[int, Way], data: OsmData) -> BaseGeometry:
    """Assemble outlines and holes from the member ways; whatever does not close is refused."""
    rings: dict[str, list[list[int]]] = {"outer": [], "inner": []}
    parts: dict[str, list[list[int]]] = {"outer": [], "inner": []}
    for kind, ref, role in rel.members:
        if kind == "r":
            raise Refusal("BAD_OSM", element=f"relation {rel.id}")
        if kind != "w":
            continue
        if ref not in ways:
            raise Refusal("MISSING_NODES", count=1, example=ref)
        parts["inner" if role == "inner" else "outer"].append(ways[ref].refs)
    for role, pieces in parts.items():
        rings[role] = _closed(pieces)
    if not rings["outer"]:
        raise Refusal("EMPTY_GEOMETRY")
    outlines = [shapely.Polygon(_ring(r, _line(r, data))) for r in rings["outer"]]
    if not all(outline.is_valid for outline in outlines):
        raise Refusal("INVALID_GEOMETRY", reason="outer")
    holes: list[list[list[tuple[float, float]]]] = [[] for _ in outlines]
    for ring in rings["inner"]:
        spots = _ring(ring, _line(ring, data))
        owner = [i for i, o in enumerate(outlines) if o.covers(shapely.LineString(spots))]
        if not owner:
            raise Refusal("INVALID_GEOMETRY", reason="inner")
        holes[min(owner, key=lambda i: outlines[i].area)].append(spots)
    made = [shapely.Polygon(o.exterior, inside) for o, inside in zip(outlines, holes, strict=True)]
    return made[0] if len(made) == 1 else shapely.MultiPolygon(made)


def _closed(pieces: list[list[int]]) -> list[list[int]]:
    """Join pieces end to end into closed rings; raises RING_NOT_CLOSED."""
    rings: list[list[int]] = []
    left = [list(piece) for piece in pieces if piece]
    while left:
        ring = left.pop()
        while ring[0] != ring[-1]:
            index = next((i for i, p in enumerate(left) if ring[-1] in (p[0], p[-1])), None)
            if index is None:
                raise Refusal("RING_NOT_CLOSED")
            piece = left.pop(index)
            ring += (piece if piece[0] == ring[-1] else piece[::-1])[1:]
        if len(ring) < 4:
            raise Refusal("TOO_FEW_POINTS", count=len(ring), wanted=4)
        rings.append(ring)
    return rings
