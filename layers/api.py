"""Rows of a layer as GeoJSON and CSV, made by the database, with the permission of its face."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON, PointOnSurface
from django.db.models import F, QuerySet
from django.utils import timezone

from layers.access import Face
from layers.provenance import about
from layers.spec import Layer

# What a spreadsheet takes for the start of a formula; the wide forms are East Asian keyboards'.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MOST_ROWS = 1_000_000  # a file that holds no more than this says whether rows were left out


Rows = QuerySet[Any, Any]


def values_of(layer: Layer, face: Face, rows: Rows | None = None) -> QuerySet[Any, dict[str, Any]]:
    """Allow-listed columns and the geometry (GeoJSON text, 6 decimals) of a face's rows.

    `rows`: a part of the face's rows (layer.rows_of(face), filtered); all when left out.
    """
    rows = (layer.rows_of(face) if rows is None else rows).order_by("pk")
    geometry = AsGeoJSON(F(layer.geometry_of(face)), precision=6)
    return rows.annotate(_geojson=geometry).values("pk", "_geojson", *layer.fields_of(face))


def features(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Each row of `values_of` as the text of a GeoJSON feature."""
    for row in rows:
        identity, geometry = row.pop("pk"), row.pop("_geojson")
        properties = json.dumps(row, default=str, ensure_ascii=False)
        yield (
            f'{{"type":"Feature","id":{json.dumps(identity, default=str)},'
            f'"geometry":{geometry or "null"},"properties":{properties}}}'
        )


def geojson(
    layer: Layer, face: Face, rows: Rows | None = None, *, most: int = MOST_ROWS
) -> Iterator[str]:
    """Stream a FeatureCollection; its head tells source, licence and date, its foot the count.

    At most `most` rows; `truncated` at the end says whether some were left out.
    """
    head = about(layer, at=timezone.now())
    yield '{"type":"FeatureCollection",' + json.dumps(head, ensure_ascii=False)[1:-1]
    yield ',"features":['
    found = values_of(layer, face, rows)[: most + 1].iterator(chunk_size=2000)
    written = 0
    for feature in features(islice(found, most)):
        yield ("," if written else "") + feature
        written += 1
    more = next(found, None) is not None
    yield f'],"numberReturned":{written},"truncated":{json.dumps(more)}}}'


def defused(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets a leading apostrophe."""
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS):
        return "'" + value
    return value


def csv_lines(
    layer: Layer, face: Face, rows: Rows | None = None, *, most: int = MOST_ROWS
) -> Iterator[str]:
    """Stream CSV: allow-listed columns, then lon and lat of a point on the geometry (WGS 84)."""
    columns = layer.fields_of(face)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([*columns, "lon", "lat"])
    place = AsGeoJSON(PointOnSurface(F(layer.geometry_of(face))), precision=6)
    wanted = (layer.rows_of(face) if rows is None else rows).order_by("pk")
    chosen = wanted.annotate(_place=place).values("_place", *columns)[:most]
    for row in chosen.iterator(chunk_size=2000):
        lon, lat = json.loads(row["_place"])["coordinates"] if row["_place"] else ("", "")
        writer.writerow([*(defused(row[name]) for name in columns), lon, lat])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()
