"""Rows of a layer's face column by column, typed by the model: what the file writers take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.contrib.gis.db.models.functions import AsWKB
from django.db import models
from django.db.models import F
from django.utils import timezone

from layers.access import Face
from layers.api import MOST_ROWS
from layers.provenance import about
from layers.spec import Layer


class Kind(StrEnum):
    """What a column of a file holds."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    REAL = "real"
    MOMENT = "moment"
    DAY = "day"
    TEXT = "text"


KINDS: tuple[tuple[type[models.Field], Kind], ...] = (
    (models.BooleanField, Kind.BOOLEAN),
    (models.IntegerField, Kind.INTEGER),
    (models.FloatField, Kind.REAL),
    (models.DecimalField, Kind.REAL),
    (models.DateTimeField, Kind.MOMENT),  # before DateField, of which it is a kind
    (models.DateField, Kind.DAY),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: values as Python has them, None where unknown; moments are aware."""

    name: str
    kind: Kind
    values: list[Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a face; `shapes` holds WKB in degrees (EPSG:4326), None for a row without a place."""

    layer: Layer
    columns: Sequence[Column]
    shapes: list[bytes | None]
    truncated: bool
    made_at: datetime

    @property
    def geometry_type(self) -> str:
        """Geometry type in OGC's words: "Point", "MultiPolygon"."""
        field: Any = self.layer.model._meta.get_field(self.layer.geometry)
        return OGC_WORDS.get(field.geom_type, "Unknown")

    @property
    def about(self) -> dict[str, Any]:
        """Words about the file, with its count and whether rows were left out."""
        words = about(self.layer, at=self.made_at)
        return words | {"rows": len(self.shapes), "truncated": self.truncated}


OGC_WORDS = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
}


def field_of(layer: Layer, name: str) -> models.Field[Any, Any]:
    """Model field behind a column, annotations and keys of other tables included."""
    annotation = layer.rows().query.annotations.get(name)
    found: Any = annotation.output_field if annotation else layer.model._meta.get_field(name)
    return found.target_field if isinstance(found, models.ForeignKey) else found


def kind_of(layer: Layer, name: str) -> Kind:
    """Kind of a column; whatever has no kind of its own goes out as text."""
    field = field_of(layer, name)
    return next((kind for model, kind in KINDS if isinstance(field, model)), Kind.TEXT)


def value_of(kind: Kind, value: Any) -> Any:
    """`value` as a file takes it."""
    if value is None:
        return None
    if kind is Kind.REAL:
        return float(value)
    return str(value) if kind is Kind.TEXT else value


def read(layer: Layer, face: Face, *, most: int = MOST_ROWS) -> Table:
    """At most `most` rows of a face, in the order of their keys."""
    names = layer.fields_of(face)
    kinds = [kind_of(layer, name) for name in names]
    rows = layer.rows_of(face).order_by("pk").annotate(_wkb=AsWKB(F(layer.geometry_of(face))))
    shapes: list[bytes | None] = []
    values: list[list[Any]] = [[] for _ in names]
    truncated = False
    for row in rows.values_list("_wkb", *names)[: most + 1].iterator(chunk_size=2000):
        if len(shapes) == most:
            truncated = True
            break
        shapes.append(bytes(row[0]) if row[0] is not None else None)
        for held, kind, value in zip(values, kinds, row[1:], strict=True):
            held.append(value_of(kind, value))
    columns = [Column(*parts) for parts in zip(names, kinds, values, strict=True)]
    return Table(layer, columns, shapes, truncated, timezone.now())
