"""GeoPackages through SQLite itself: read-only, base tables only, no trigger and no view runs.

Source of the layout: OGC GeoPackage 1.3 (clauses 1.1, 2.1.3).
"""

from __future__ import annotations

import sqlite3
import struct
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from layers.gate import Refusal, frames
from layers.gate.frames import Frame
from layers.ingest_child.ledger import Ledger, Props

_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_STEPS = 400_000_000  # virtual machine steps before a query is cut off


def read(path: Path, ledger: Ledger) -> None:
    """Read the one feature table; raises Refusal when there is none, or several."""
    with path.open("rb") as handle:
        if handle.read(16) != b"SQLite format 3\x00":
            raise Refusal("UNSUPPORTED", wanted="GeoPackage")
    db = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    db.text_factory = _text
    try:
        _limit(db)
        table, column, srs = _table(db, ledger)
        ledger.frame = _frame(db, srs, ledger)
        _rows(db, table, column, srs, ledger)
    except sqlite3.OperationalError as error:
        code = "TIMEOUT" if "interrupted" in str(error) else "BAD_GPKG"
        raise Refusal(code, seconds=30) from None
    except sqlite3.Error:
        raise Refusal("BAD_GPKG") from None
    finally:
        db.close()


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _limit(db: sqlite3.Connection) -> None:
    for pragma in ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON", "mmap_size=0"):
        db.execute(f"PRAGMA {pragma}")
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 100 << 20)
    db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    spent = 0

    def step() -> int:
        nonlocal spent
        spent += 1_000_000
        return int(spent > _STEPS)

    db.set_progress_handler(step, 1_000_000)
    if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise Refusal("BAD_GPKG")


def _table(db: sqlite3.Connection, ledger: Ledger) -> tuple[str, str, int]:
    """Name, geometry column and SRS id of the feature table to read."""
    listed = db.execute(
        "SELECT c.table_name, g.column_name, g.srs_id, m.type FROM gpkg_contents AS c"
        " JOIN gpkg_geometry_columns AS g USING (table_name)"
        " LEFT JOIN sqlite_master AS m ON m.name = c.table_name AND m.type IN ('table', 'view')"
        " WHERE c.data_type = 'features'"
    ).fetchall()
    for name, _, _, kind in listed:
        if kind != "table":
            ledger.warn("VIEW_LEFT_OUT", name=str(name)[:40])
    tables = [(str(n), str(c), int(s)) for n, c, s, kind in listed if kind == "table"]
    if ledger.request.table:
        tables = [entry for entry in tables if entry[0] == ledger.request.table]
    if not tables:
        raise Refusal("EMPTY")
    if len(tables) > 1:
        raise Refusal("AMBIGUOUS", first=tables[0][0][:40], second=tables[1][0][:40])
    return tables[0]


def _frame(db: sqlite3.Connection, srs: int, ledger: Ledger) -> Frame | None:
    stated = frames.named(ledger.request.crs) if ledger.request.crs else None
    row = db.execute(
        "SELECT organization, organization_coordsys_id, definition"
        " FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
        (srs,),
    ).fetchone()
    if srs in (0, -1) or row is None:
        return stated
    organization, code, definition = row
    if str(organization).upper() == "EPSG" and isinstance(code, int):
        inside = frames.from_epsg(code)
    else:
        inside = frames.from_wkt(str(definition))
    if stated is not None and stated.name != inside.name:
        raise Refusal("CRS_CONFLICT", inside=inside.name, stated=stated.name)
    return inside


def _rows(db: sqlite3.Connection, table: str, column: str, srs: int, ledger: Ledger) -> None:
    quoted = _quoted(table)
    ledger.expected = db.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0]
    info = db.execute(f"PRAGMA table_info({quoted})").fetchall()
    names = [str(entry[1]) for entry in info]
    if column not in names:
        raise Refusal("NO_GEOMETRY")
    columns = ", ".join(_quoted(name) for name in names)
    for number, values in enumerate(db.execute(f"SELECT {columns} FROM {quoted}"), 1):
        row = dict(zip(names, values, strict=True))
        ledger.row(number, lambda r=row: _row(r, column, srs))  # type: ignore[misc]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _row(row: dict[str, Any], column: str, srs: int) -> tuple[BaseGeometry, Props]:
    geom = _geometry(row.pop(column), srs)
    return geom, {key: value for key, value in row.items() if not isinstance(value, bytes)}


def _geometry(blob: Any, srs: int) -> BaseGeometry:
    if blob is None or blob == b"":
        raise Refusal("EMPTY_GEOMETRY")
    if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
        raise Refusal("BAD_GEOMETRY", reason="GP")
    flags = blob[3]
    kind = (flags >> 1) & 0x07
    if kind >= len(_ENVELOPE_BYTES) or flags & 0x20:
        raise Refusal("BAD_GEOMETRY", reason="flags")
    (own,) = struct.unpack("<i" if flags & 1 else ">i", blob[4:8])
    if own != srs:
        raise Refusal("BAD_GEOMETRY", reason=f"srs {own} ≠ {srs}")
    if flags & 0x10:
        raise Refusal("EMPTY_GEOMETRY")
    try:
        return shapely.from_wkb(blob[8 + _ENVELOPE_BYTES[kind] :])
    except shapely.errors.ShapelyError:
        raise Refusal("BAD_GEOMETRY", reason="WKB") from None
