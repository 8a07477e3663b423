"""Rows of a layer as GeoJSON and CSV, made by the database, with the permission of its face."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON, PointOnSurface
from django.db.models import F, QuerySet

from layers.access import Face
from layers.spec import Layer

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


Rows = QuerySet[Any, Any]


def values_of(layer: Layer, face: Face, rows: Rows | None = None) -> QuerySet[Any, dict[str, Any]]:
    """Allow-listed columns and the geometry (GeoJSON text, 6 decimals) of a face's rows.

    `rows`: a part of the face's rows (layer.rows_of(face), filtered); all when left out.
    """
    rows = (layer.rows_of(face) if rows is None else rows).order_by("pk")
    geometry = AsGeoJSON(F(layer.geometry_of(face)), precision=6)
    return rows.annotate(_geojson=geometry).values("pk", "_geojson", *layer.fields_of(face))


def features(layer: Layer, face: Face, rows: QuerySet[Any, dict[str, Any]]) -> Iterator[str]:
    """Each row as the text of a GeoJSON feature."""
    for row in rows.iterator(chunk_size=2000):
        identity, geometry = row.pop("pk"), row.pop("_geojson")
        properties = json.dumps(row, default=str, ensure_ascii=False)
        yield (
            f'{{"type":"Feature","id":{identity},'
            f'"geometry":{geometry or "null"},"properties":{properties}}}'
        )


def geojson(layer: Layer, face: Face, rows: Rows | None = None) -> Iterator[str]:
    """Stream a FeatureCollection with the layer's words, licence and origin note."""
    head = {
        "title": layer.title,
        "description": layer.summary,
        "attribution": layer.attribution,
        "schematic": layer.schematic,
    }
    yield '{"type":"FeatureCollection",' + json.dumps(head, ensure_ascii=False)[1:-1]
    yield ',"features":['
    for number, feature in enumerate(features(layer, face, values_of(layer, face, rows))):
        yield ("," if number else "") + feature
    yield "]}"


def defused(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets a leading apostrophe."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


def csv_lines(layer: Layer, face: Face, rows: Rows | None = None) -> Iterator[str]:
    """Stream CSV: allow-listed columns, then lon and lat of a point on the geometry (WGS 84)."""
    columns = layer.fields_of(face)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([*columns, "lon", "lat"])
    place = AsGeoJSON(PointOnSurface(F(layer.geometry_of(face))), precision=6)
    wanted = (layer.rows_of(face) if rows is None else rows).order_by("pk")
    for row in wanted.annotate(_place=place).values("_place", *columns).iterator(chunk_size=2000):
        lon, lat = json.loads(row["_place"])["coordinates"] if row["_place"] else ("", "")
        writer.writerow([*(defused(row[name]) for name in columns), lon, lat])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()
