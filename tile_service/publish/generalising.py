"""Lines and areas as low zooms draw them: simplified once, stored, and dropped when they change.

Areas that share borders (`FeatureTiles.neighbours`) are simplified as one coverage, so that no
sliver opens between them; lines and lone areas one by one. A trigger drops what was made from a
geometry that changed: the tile then draws the exact one until `publish_layers` runs again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from django.db import connection
from psycopg2.extras import execute_values

from layers import sqlfile
from layers.access import Face
from layers.checks import tile_column
from layers.spec import FeatureTiles, Layer
from tile_service.models import LowShape, Outbox, PublishedLayer
from tile_service.publish.counting import SCHEMA, UPKEEP
from tile_service.styles import has_points

EXACT_FROM_ZOOM = 12
BANDS = (5, 8, 11)  # deepest zoom of each band
BAND = "(CASE WHEN $1 < 6 THEN 5 WHEN $1 < 9 THEN 8 WHEN $1 < 12 THEN 11 END)"
WORLD_M = 40075016.6855785
SHARE_OF_TILE = 1024  # half a pixel of a tile drawn 512 pixels wide


def wanted(layer: Layer) -> bool:
    """True for lines and areas that are drawn below EXACT_FROM_ZOOM."""
    return (
        isinstance(layer.tiles, FeatureTiles)
        and layer.tiles.min_zoom < EXACT_FROM_ZOOM
        and not has_points(layer)
    )


def chosen(view: str) -> str:
    """Expression of a row's low shape, or of its exact one where it has none."""
    low = view[:-1] + '__low"'
    return f"""coalesce(
        (SELECT _shape FROM {low} WHERE _row = feature_id AND _band = {BAND}), tile_geom)"""


def tolerance_m(band: int) -> float:
    """How far (Web Mercator metres) a border may move when it is drawn at zoom `band`."""
    return WORLD_M / 2**band / SHARE_OF_TILE


def simplified(
    shapes: Sequence[shapely.Geometry], tolerance_m: float, *, neighbours: bool
) -> list[shapely.Geometry]:
    """`shapes` with fewer vertices; none vanishes, and none becomes invalid.

    Coverage: Visvalingam-Whyatt on shared edges (GEOS), whose tolerance is the square root of
    a triangle's area; else Douglas-Peucker that keeps each shape's topology.
    """
    array = np.asarray(shapes, dtype=object)
    if neighbours:
        thin = shapely.coverage_simplify(array, tolerance_m)
    else:
        thin = shapely.simplify(array, tolerance_m, preserve_topology=True)
    fine = shapely.is_valid(thin) & ~shapely.is_empty(thin)
    return list(np.where(fine, thin, array))


def make_view(face: PublishedLayer) -> str:
    """View of a face's low shapes; returns its name."""
    name = f"{face.view}__low"
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE VIEW {SCHEMA}."{name}" AS SELECT row AS _row, band AS _band, shape AS _shape '
            f"FROM public.{LowShape._meta.db_table} WHERE face_id = {face.pk}"
        )
    return name


def digest_of(face: PublishedLayer) -> str:
    """Digest of all geometry of a face."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT md5(string_agg(feature_id || ':' || md5(ST_AsBinary(tile_geom)), ',' "
            f'ORDER BY feature_id)) FROM {SCHEMA}."{face.view}" WHERE tile_geom IS NOT NULL'
        )
        return str(cursor.fetchone()[0] or "")


def keep(face: PublishedLayer, layer: Layer) -> None:
    """See to it that the low shapes of a face are those of its geometry."""
    _watch(face, layer)
    digest = digest_of(face)
    if digest == face.low_digest:
        return
    LowShape.objects.filter(face=face)._raw_delete(LowShape.objects.db)
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT feature_id, ST_AsBinary(tile_geom) FROM {SCHEMA}."{face.view}" '
            "WHERE tile_geom IS NOT NULL ORDER BY feature_id"
        )
        found = cursor.fetchall()
        shapes = shapely.from_wkb([bytes(shape) for _, shape in found])
        sizes = shapely.get_num_coordinates(shapes)
        for band in (band for band in BANDS if band >= layer.tiles.min_zoom):
            thin = simplified(shapes, tolerance_m(band), neighbours=_neighbours(layer))
            rows = [
                (face.pk, band, row[0], shapely.to_wkb(shape))
                for row, shape, size in zip(found, thin, sizes, strict=True)
                if shapely.get_num_coordinates(shape) < size
            ]
            execute_values(
                cursor.cursor,
                f"INSERT INTO {LowShape._meta.db_table} (face_id, band, row, shape) VALUES %s",
                rows,
                template="(%s, %s, %s, ST_GeomFromWKB(%s, 3857))",
                page_size=500,
            )
    PublishedLayer.objects.filter(pk=face.pk).update(low_digest=digest)
    Outbox.objects.create(slug=face.slug, face=face.face)


def _neighbours(layer: Layer) -> bool:
    return isinstance(layer.tiles, FeatureTiles) and layer.tiles.neighbours


def _watch(face: PublishedLayer, layer: Layer) -> None:
    """Triggers that drop low shapes whose geometry changes (all of a face of neighbours)."""
    name, table = f"{face.view}__low", layer.model._meta.db_table
    key = layer.model._meta.pk
    whole = _neighbours(layer) or key.get_internal_type() not in {
        "AutoField", "BigAutoField", "IntegerField", "BigIntegerField",
    }  # fmt: skip
    body = sqlfile.read("tile_service", "low_trigger").format(
        table=LowShape._meta.db_table,
        faces=PublishedLayer._meta.db_table,
        face_id=face.pk,
        key=key.column,
        geometry=tile_column(layer.geometry_of(Face(face.face))),
        those="true" if whole else "row IN (SELECT key FROM moved)",
        whole=str(_neighbours(layer)).lower(),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE OR REPLACE FUNCTION {UPKEEP}."{name}"() RETURNS trigger LANGUAGE plpgsql '
            f"SECURITY DEFINER SET search_path = pg_catalog, public AS $upkeep${body}$upkeep$"
        )
        for event, tables in (
            ("insert", "REFERENCING NEW TABLE AS fresh"),
            ("update", "REFERENCING OLD TABLE AS gone NEW TABLE AS fresh"),
            ("delete", "REFERENCING OLD TABLE AS gone"),
            ("truncate", ""),
        ):
            cursor.execute(
                "SELECT FROM pg_trigger WHERE tgname = %s AND tgrelid = %s::regclass",
                [f"{name}_{event}", f'public."{table}"'],
            )
            if cursor.fetchone() is None:
                cursor.execute(
                    f'CREATE TRIGGER "{name}_{event}" AFTER {event} ON public."{table}" {tables} '
                    f'FOR EACH STATEMENT EXECUTE FUNCTION {UPKEEP}."{name}"()'
                )
