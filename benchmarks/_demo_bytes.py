"""Bytes of the demo city's tiles: columns that are drawn beside all, encodings (goal 5)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import brotli
from django.db import connection

from benchmarks._planner import MOST, MOST_BYTES, TYPES, At, Session
from layers.registry import get
from tile_service.models import PublishedLayer
from tile_service.serve.session import LIMITS


@dataclass
class Weighed:
    """Sums of bytes over the demo's tiles."""

    every: int = 0
    published: int = 0
    drawn: int = 0
    gzip6: int = 0
    br11: int = 0
    tiles: int = 0
    too_large: int = 0


def demo_tiles(face: PublishedLayer) -> Iterator[At]:
    """Tiles of z12, z14 and z16 that hold rows of a face."""
    with connection.cursor() as cursor:
        for zoom in (12, 14, 16):
            if zoom < face.spec.get("rows_from_zoom", face.spec["min_zoom"]):
                continue
            cursor.execute(
                "SELECT DISTINCT floor((ST_X(c) / 40075016.68 + 0.5) * (1 << %s))::int, "
                "floor((0.5 - ST_Y(c) / 40075016.68) * (1 << %s))::int FROM (SELECT "
                f'ST_Centroid(tile_geom) AS c FROM published."{face.view}" '
                "WHERE tile_geom IS NOT NULL) AS centre ORDER BY 1, 2 LIMIT 60",
                [zoom, zoom],
            )
            yield from ((zoom, x, y) for x, y in cursor.fetchall())


def weigh() -> Weighed:
    """Add up every public layer whose table has a whole number as key."""
    sums, session = Weighed(), Session(LIMITS)
    for face in PublishedLayer.objects.filter(face="public").exclude(kind="raster"):
        model = get(face.slug).model
        if model._meta.pk.get_internal_type() not in {"BigAutoField", "AutoField"}:
            continue
        weigh_face(session, sums, face, model)
    return sums


def weigh_face(session: Session, sums: Weighed, face: PublishedLayer, model: Any) -> None:
    """Add one face."""
    columns = ", ".join(
        f't."{one.column}"' for one in model._meta.concrete_fields if not hasattr(one, "srid")
        and not hasattr(getattr(one, "output_field", None), "srid")
    )  # fmt: skip
    for name in ("rows", "lean"):
        session.cursor.execute(
            f'PREPARE "{face.view}_{name}" ({TYPES}) AS {face.spec["statements"][name]}'
        )
    for at in demo_tiles(face):
        place = f"ST_TileEnvelope({at[0]}, {at[1]}, {at[2]})"
        every = session.bytes_of(
            f"SELECT ST_AsMVT(q, 'a', 4096, 'shape') FROM (SELECT {columns}, ST_AsMVTGeom("
            f'v.tile_geom, {place}, 4096, 64, true) AS shape FROM published."{face.view}" AS v '
            f"JOIN {model._meta.db_table} AS t ON t.id = v.feature_id "
            f"WHERE v.tile_geom && {place}) AS q WHERE shape IS NOT NULL"
        )
        ours, lean = (
            session.bytes_of(f'EXECUTE "{face.view}_{name}" (%s, %s, %s, %s)', (*at, MOST))
            for name in ("rows", "lean")
        )
        sums.every += len(every)
        sums.published += len(ours)
        sums.drawn += len(lean)
        sums.gzip6 += len(gzip.compress(ours, 6))
        sums.br11 += len(brotli.compress(ours, quality=11))
        sums.tiles += 1
        sums.too_large += len(ours) > MOST_BYTES
