"""A city's folder read into rows, every fault noted; nothing is written and nothing mended."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely

from layers.city_folder.columns import ORIGINS, BadCell, Column
from layers.city_folder.faults import Faults, nearest
from layers.city_folder.tables import TABLES, Table
from layers.gate import Refusal, checked
from layers.gate import geojson as gate_geojson
from layers.gate.sentences import sentence
from layers.gate.strict_json import loads

Row = dict[str, Any]


@dataclass(slots=True)
class Folder:
    """What a folder holds: rows by file, each with its `line`, and the faults found."""

    path: Path
    rows: dict[str, list[Row]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    origins: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> list[Row]:
        """Rows of a file; none when the city has no such file."""
        return self.rows.get(name, [])

    def values(self, name: str, column: str) -> set[Any]:
        """All values of one column of a file."""
        return {row.get(column) for row in self.of(name)}


def read(path: Path) -> Folder:
    """Read every known file of the folder at `path`."""
    folder = Folder(path)
    folder.origins = _origins(folder)
    for name, table in TABLES.items():
        file = path / name
        if not file.exists():
            if table.needed:
                folder.faults.add(name, 0, "this file must be there")
            continue
        rows = list(_rows(folder, name, table))
        folder.rows[name] = rows
        _each_once(folder, name, table, rows)
    for name, table in TABLES.items():
        _known_names(folder, name, table)
    return folder


def _origins(folder: Folder) -> dict[str, str]:
    """The origin that files.toml gives each file; the one a row falls back to."""
    file = folder.path / "files.toml"
    if not file.exists():
        return {}
    try:
        listed = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        folder.faults.add(file.name, 0, str(problem))
        return {}
    found = {}
    for name, entry in listed.items():
        origin = entry.get("origin")
        if origin in ORIGINS:
            found[name] = origin
        else:
            folder.faults.add(file.name, 0, f"'{name}' has no origin of {', '.join(ORIGINS)}")
    return found


def _rows(folder: Folder, name: str, table: Table) -> Iterator[Row]:
    data = (folder.path / name).read_bytes()
    try:
        source = _features(folder, name, data) if table.shapes else _cells(folder, name, data)
        for line, cells in source:
            yield from _row(folder, name, table, line, cells)
    except Refusal as refusal:
        folder.faults.add(name, 0, sentence(refusal.code, refusal.values))


def _cells(folder: Folder, name: str, data: bytes) -> Iterator[tuple[int, Row]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        folder.faults.add(name, line, "this is not UTF-8; save the file as UTF-8")
        return
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    header = reader.fieldnames or []
    missing = [c.name for c in TABLES[name].columns if c.needed and c.name not in header]
    for column in missing:
        folder.faults.add(name, 1, f"column '{column}' is missing{nearest(column, header)}")
    if missing:
        return
    try:
        for cells in reader:
            if None in cells or None in cells.values():
                wanted = f"this row has not the {len(header)} cells of the header"
                folder.faults.add(name, reader.line_num, wanted)
                continue
            yield reader.line_num, cells
    except csv.Error as problem:
        folder.faults.add(name, reader.line_num, f"no CSV: {problem}")


def _features(folder: Folder, name: str, data: bytes) -> Iterator[tuple[int, Row]]:
    """Line = number of the feature plus one, as our own files are written."""
    thing = loads(data)
    features = thing.get("features") if isinstance(thing, dict) else None
    if not isinstance(features, list):
        raise Refusal("BAD_GEOJSON", found="features")
    if thing.get("crs") is not None:
        folder.faults.add(name, 0, "a 'crs' member: coordinates here are degrees (WGS 84)")
    for number, feature in enumerate(features, start=1):
        line = number + 1
        if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
            folder.faults.add(name, line, sentence("BAD_FEATURE", {}))
            continue
        try:
            shape = checked(gate_geojson.geometry(feature.get("geometry"), set())).geom
        except Refusal as refusal:
            folder.faults.add(name, line, sentence(refusal.code, refusal.values))
            continue
        wanted = TABLES[name].shapes
        if shape.geom_type not in wanted:
            told = f"a {shape.geom_type} where a {wanted[-1]} belongs"
            folder.faults.add(name, line, told)
            continue
        yield line, {**feature["properties"], "geom": shape}


def _row(folder: Folder, name: str, table: Table, line: int, cells: Row) -> Iterator[Row]:
    row: Row = {"line": line, "geom": cells.get("geom")}
    good = True
    for column in table.columns:
        try:
            row[column.name] = _cell(column, cells.get(column.name))
        except BadCell as problem:
            folder.faults.add(name, line, f"{column.name}: {problem}")
            good = False
    if not good:
        return
    if row.get("lon") is not None and row.get("lat") is not None:
        row["geom"] = shapely.Point(row["lon"], row["lat"])
    row["origin"] = row.get("origin") or folder.origins.get(name)
    if row["origin"] is None:
        folder.faults.add(name, line, "no origin: neither a column nor an entry in files.toml")
        return
    yield row


def _cell(column: Column, value: Any) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        if column.needed:
            raise BadCell("is empty")
        return None
    return column.read(value)


def _each_once(folder: Folder, name: str, table: Table, rows: list[Row]) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = tuple(row[column] for column in table.key)
        if table.key and key in seen:
            shown = ", ".join(str(part) for part in key if part is not None)
            folder.faults.add(name, row["line"], f"'{shown}' stands in line {seen[key]} already")
        seen.setdefault(key, row["line"])


def _known_names(folder: Folder, name: str, table: Table) -> None:
    """Every name of a row of another file must stand there."""
    for column in table.columns:
        if column.names is None:
            continue
        file, key = column.names
        known = folder.values(file, key)
        for row in folder.of(name):
            value = row[column.name]
            if value is not None and value not in known:
                like = nearest(str(value), [str(item) for item in known])
                folder.faults.add(
                    name, row["line"], f"{column.name} '{value}' is not in {file}{like}"
                )
