"""GeoParquet 1.1: columns by arro3 (the Rust Arrow), geometry as WKB, words in the file's foot."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import shapely
from arro3.core import Array, DataType, Field, Schema
from arro3.core import Table as ArrowTable
from arro3.io import write_parquet

from tile_service.publish.downloads.table import Column, Kind, Table

TYPES = {
    Kind.BOOLEAN: DataType.bool(),
    Kind.INTEGER: DataType.int64(),
    Kind.REAL: DataType.float64(),
    Kind.MOMENT: DataType.timestamp("us", tz="UTC"),
    Kind.DAY: DataType.date32(),
    Kind.TEXT: DataType.string(),
}
GEOMETRY = "geometry"
EPOCH, FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC), date(1970, 1, 1)


def micros(moment: datetime | None) -> int | None:
    """Microseconds since 1970 of an aware moment."""
    if moment is None:
        return None
    past = moment - EPOCH
    return (past.days * 86400 + past.seconds) * 1_000_000 + past.microseconds


def days(day: date | None) -> int | None:
    """Days since 1970."""
    return None if day is None else (day - FIRST_DAY).days


def array(column: Column) -> Array:
    """A column as Arrow holds it."""
    if column.kind is Kind.MOMENT:
        numbers = Array([micros(value) for value in column.values], type=DataType.int64())
        return numbers.cast(TYPES[column.kind])
    if column.kind is Kind.DAY:
        numbers = Array([days(value) for value in column.values], type=DataType.int32())
        return numbers.cast(TYPES[column.kind])
    return Array(column.values, type=TYPES[column.kind])


def geo_words(table: Table) -> str:
    """The `geo` entry: which column is the place, its types and box; CRS84 as nothing else said."""
    shapes = [shape for shape in shapely.from_wkb(table.shapes) if shape is not None]
    told: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted({shape.geom_type for shape in shapes}),
    }
    if shapes:
        told["bbox"] = [float(side) for side in shapely.total_bounds(shapes)]
    return json.dumps({"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: told}})


def write_geoparquet(table: Table, path: Path) -> None:
    """Write the table; `about` beside `geo` in the foot holds the words about it (JSON)."""
    columns = {column.name: array(column) for column in table.columns}
    columns[GEOMETRY] = Array(table.shapes, type=DataType.binary())
    schema = Schema([Field(name, held.type, nullable=True) for name, held in columns.items()])
    words = {"geo": geo_words(table), "about": json.dumps(table.about, ensure_ascii=False)}
    write_parquet(
        ArrowTable.from_arrays(list(columns.values()), schema=schema),
        path,
        compression="zstd(3)",
        key_value_metadata=words,
    )
