"""A layer's face as plain view and tile statements; refused when they depend on the clock."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from django.db import connection, models
from django.db.models import F
from django.db.models.functions import Cast
from django.utils import timezone

from layers import sqlfile
from layers.access import Face
from layers.checks import tile_column
from layers.errors import PlatformError
from layers.geography import STORED_SRID, TILE_SRID, city
from layers.spec import ClusterTiles, HexTiles, Layer, RasterTiles
from tile_service.publish import counting, generalising, weighing
from tile_service.publish.collections import collection_of
from tile_service.publish.counting import SCHEMA
from tile_service.publish.durations import offset_seconds, seconds_of
from tile_service.publish.statements import AT, MOST_ROWS, Statements, reach_of, statements_of

CLOCK = re.compile(
    r"\b(now\(|statement_timestamp|clock_timestamp|current_(date|time))", re.IGNORECASE
)


class DependsOnTheClock(PlatformError):
    """This layer's rows depend on the moment of publishing: use the database's Now() instead."""

    code = "DEPENDS_ON_THE_CLOCK"


@dataclass(frozen=True, slots=True)
class Compiled:
    """All that is published of one face."""

    view: str
    view_sql: str
    statements: dict[str, str]
    spec: dict[str, Any]
    counted: counting.Counted | None = None

    @property
    def version(self) -> str:
        """Digest of all that shapes the bytes of a tile."""
        shape = json.dumps([self.view_sql, self.statements, self.spec], sort_keys=True)
        return hashlib.sha256(shape.encode()).hexdigest()[:10]


@contextmanager
def another_day() -> Iterator[None]:
    """Django's clock a year on, to see whether a text changes with it."""
    real = timezone.now

    def later() -> datetime:
        return real() + timedelta(days=366)

    with patch.object(timezone, "now", later):
        yield


def feature_id(model: type[models.Model]) -> Any:
    """Whole number that names a row in tiles: its key, or a hash of a key of another type."""
    key = model._meta.pk
    if isinstance(key, models.IntegerField):
        return Cast(F("pk"), models.BigIntegerField())
    text = Cast(F("pk"), models.TextField())
    hashed = models.Func(
        text, 0, function="hashtextextended", output_field=models.BigIntegerField()
    )
    return hashed.bitand(2**53 - 1)


def view_columns(layer: Layer, face: Face) -> dict[str, Any]:
    """Columns of a face's view: allow-listed ones, time, geometry in WGS 84 and Web Mercator."""
    columns: dict[str, Any] = {"feature_id": feature_id(layer.model)}
    columns |= {name: F(name) for name in layer.fields_of(face)}
    if layer.time is not None:
        columns[AT] = F(layer.time.column)
    columns["geom"] = sqlfile.raw(layer.geometry_of(face), STORED_SRID)
    columns["tile_geom"] = sqlfile.raw(tile_column(layer.geometry_of(face)), TILE_SRID)
    return columns


def view_text(layer: Layer, face: Face) -> str:
    """SELECT of a face."""
    return sqlfile.inline(layer.rows_of(face), view_columns(layer, face))


def placeless_text(layer: Layer, face: Face) -> str:
    """SELECT like the view's of the staff's rows that have no place yet; "" when there are none."""
    if face is not Face.STAFF or layer.placeless_rows is None:
        return ""
    return sqlfile.inline(layer.placeless_rows(), view_columns(layer, face))


def steady_view_text(layer: Layer, face: Face) -> str:
    """`view_text`, once the clock is known to play no part; raises DependsOnTheClock."""
    text = view_text(layer, face)
    with another_day():
        if view_text(layer, face) != text:
            raise DependsOnTheClock(f"{layer.slug}: {DependsOnTheClock.__doc__}")
    return text


def column_types(select: str) -> dict[str, str]:
    """Types of the columns of a SELECT, in its order."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({select}) AS face LIMIT 0".replace("%", "%%"), [])
        described = [(column.name, column.type_code) for column in cursor.description]
        cursor.execute("SELECT oid, format_type(oid, NULL) FROM pg_type")
        words = dict(cursor.fetchall())
    return {name: words[code] for name, code in described}


def geometry_kind(layer: Layer) -> str:
    """Geometry type of the layer's rows, in PostGIS' words."""
    return str(getattr(layer.model._meta.get_field(layer.geometry), "geom_type", ""))


def spec_of(layer: Layer) -> dict[str, Any]:
    """What the raw server must know besides the statements."""
    spec: dict[str, Any] = {
        "min_zoom": layer.tiles.min_zoom,
        "max_zoom": layer.tiles.max_zoom,
        "most_rows": MOST_ROWS,
    }
    if not isinstance(layer.tiles, RasterTiles):
        spec["reach"] = reach_of(layer)
    if isinstance(layer.tiles, HexTiles | ClusterTiles):
        spec["gathered"] = "hex" if isinstance(layer.tiles, HexTiles) else "cluster"
        spec["rows_from_zoom"] = layer.tiles.rows_from_zoom
    if generalising.wanted(layer):
        spec["low_below_zoom"] = generalising.EXACT_FROM_ZOOM
    if layer.time is not None:
        spec["bucket_s"] = seconds_of(layer.time.bucket)
        spec["bucket_offset_s"] = offset_seconds(city().time_zone)
    return spec


def compile_face(layer: Layer, face: Face) -> Compiled:
    """Compile one face of a vector or raster layer; raises DependsOnTheClock."""
    if isinstance(layer.tiles, RasterTiles):
        return Compiled(view="", view_sql="", statements={}, spec=spec_of(layer))
    name = f"{layer.slug.replace('-', '_')}__{face.value}"
    select = steady_view_text(layer, face)
    moves = bool(CLOCK.search(select))
    counted = None if moves else counting.counted(layer, face, name)
    spec = spec_of(layer) | {"moves_with_time": moves}
    if counted is not None and layer.time is not None:
        spec["days_below_zoom"] = counting.DAYS_BELOW_ZOOM
    offset_s = spec.get("bucket_offset_s", 0)
    view, types = f'{SCHEMA}."{name}"', column_types(select)
    spec["collection"] = collection_of(layer, face, types, view, geometry_kind(layer))
    made = Statements(layer, face, view, types, counted is not None, offset_s)
    if fits := weighing.fits_of(made, select):
        spec["fits"], made = fits, replace(made, many=True)
    return Compiled(
        view=name, view_sql=select, statements=statements_of(made), spec=spec, counted=counted
    )
