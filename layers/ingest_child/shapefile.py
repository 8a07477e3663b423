"""Zipped Shapefiles: .shp and .dbf read side by side, each length checked against the bytes.

Source of the layout: ESRI Shapefile Technical Description (1998).
"""

from __future__ import annotations

import struct
from pathlib import Path, PurePosixPath

from shapely.geometry.base import BaseGeometry

from layers.gate import Refusal, frames
from layers.gate.frames import Frame
from layers.ingest_child import dbf, zips
from layers.ingest_child.ledger import Ledger, Props
from layers.ingest_child.shp_shapes import shape

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_HEADER = 100


def read(path: Path, ledger: Ledger) -> None:
    """Read the one shapefile in the archive; raises Refusal when it is not whole."""
    found = _parts(zips.members(path, _PARTS), ledger.request.table)
    records = _records(found[".shp"])
    ledger.frame = _frame(found.get(".prj"), ledger)
    if ".shx" in found:
        _same_count(found[".shx"], len(records))
    else:
        ledger.warn("MISSING_SHX")
    table = _table(found, ledger)
    if table is not None and table.count != len(records):
        raise Refusal("BAD_SHAPEFILE", reason=f"shp {len(records)} ≠ dbf {table.count}")
    for number, record in enumerate(records, 1):
        if table is not None and table.deleted(number - 1):
            ledger.warn("DELETED_ROW", number)
            continue
        ledger.row(number, lambda n=number, r=record: _row(n, r, table))  # type: ignore[misc]


def _row(number: int, record: bytes, table: dbf.Table | None) -> tuple[BaseGeometry, Props]:
    props = table.row(number - 1) if table is not None else {}
    return shape(record), props


def _parts(found: dict[str, bytes], table: str) -> dict[str, bytes]:
    """The files of one shapefile by suffix; more than one shapefile needs a choice."""
    stems: dict[str, dict[str, bytes]] = {}
    for name, data in found.items():
        path = PurePosixPath(name)
        stems.setdefault(str(path.with_suffix("")), {})[path.suffix.lower()] = data
    shapes = {stem: parts for stem, parts in stems.items() if ".shp" in parts}
    if table:
        shapes = {s: p for s, p in shapes.items() if PurePosixPath(s).name == table}
    if not shapes:
        raise Refusal("MISSING_SHP" if stems else "EMPTY")
    if len(shapes) > 1:
        names = sorted(PurePosixPath(stem).name for stem in shapes)
        raise Refusal("AMBIGUOUS", first=names[0][:40], second=names[1][:40])
    return next(iter(shapes.values()))


def _records(shp: bytes) -> list[bytes]:
    """The contents of all records; header and each length must agree with the file."""
    if len(shp) < _HEADER or struct.unpack(">i", shp[:4])[0] != 9994:
        raise Refusal("BAD_SHAPEFILE", reason="header")
    if struct.unpack(">i", shp[24:28])[0] * 2 != len(shp):
        raise Refusal("BAD_SHAPEFILE", reason="length")
    records: list[bytes] = []
    at = _HEADER
    while at < len(shp):
        if at + 8 > len(shp):
            raise Refusal("TRUNCATED_FILE")
        _, words = struct.unpack(">ii", shp[at : at + 8])
        end = at + 8 + words * 2
        if words < 2 or end > len(shp):
            raise Refusal("BAD_SHAPEFILE", reason=f"record {len(records) + 1}")
        records.append(shp[at + 8 : end])
        at = end
    return records


def _same_count(shx: bytes, count: int) -> None:
    if len(shx) < _HEADER or (len(shx) - _HEADER) // 8 != count:
        raise Refusal("BAD_SHAPEFILE", reason=f"shp {count} ≠ shx {(len(shx) - _HEADER) // 8}")


def _frame(prj: bytes | None, ledger: Ledger) -> Frame | None:
    """The stated frame, else that of the .prj; without either it stays unknown."""
    stated = frames.named(ledger.request.crs) if ledger.request.crs else None
    text = prj.decode("utf-8", "replace").lstrip("\ufeff").strip() if prj else ""
    if not text:
        return stated
    inside = frames.from_wkt(text)
    if stated is not None and stated.name != inside.name:
        raise Refusal("CRS_CONFLICT", inside=inside.name, stated=stated.name)
    return inside


def _table(found: dict[str, bytes], ledger: Ledger) -> dbf.Table | None:
    if ".dbf" not in found:
        ledger.warn("MISSING_DBF")
        return None
    named = found.get(".cpg", b"").decode("ascii", "replace").strip()
    return dbf.Table(found[".dbf"], ledger.request.encoding or named)
