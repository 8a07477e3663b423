"""Boxes of layers' rows for documents of this side: TileJSON, WMS, WFS, WMTS."""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.db import connections, router
from django.db.models import Q

from layers.access import Face
from layers.geography import city
from layers.spec import Layer, RasterTiles
from tile_service.models import PublishedLayer
from tile_service.publish import standing
from tile_service.publish.compiling import SCHEMA
from tile_service.serve import extents
from tile_service.serve.extents import Box, Extent

TICK_S = 60  # how long a box may lag whose rows move with the clock
NOTHING = Extent()
kept = extents.Extents()


def extents_of(wanted: Iterable[tuple[Layer, Face]]) -> dict[tuple[str, Face], Extent]:
    """Extents of published faces by slug and face; one that is not published (yet) has none."""
    asked = [(layer, face) for layer, face in wanted if not isinstance(layer.tiles, RasterTiles)]
    rows = {
        (row.slug, row.face): row
        for row in PublishedLayer.objects.filter(
            Q(*((Q(slug=layer.slug, face=face.value)) for layer, face in asked), _connector=Q.OR)
        )
    }
    there = bool(rows) and standing.stand()
    found = {}
    for layer, face in asked:
        row = rows.get((layer.slug, face.value))
        found[layer.slug, face] = (
            _extent(row) if row is not None and there and row.view else NOTHING
        )
    return found


def _extent(row: PublishedLayer) -> Extent:
    tick = int(time.time() // TICK_S) if row.spec.get("moves_with_time") else 0
    key = (row.pk, row.publication, row.epoch, tick)
    if key in kept.held:
        return kept.held[key]
    text = extents.statement(f'{SCHEMA}."{row.view}"', timed="bucket_s" in row.spec)
    with connections[router.db_for_read(PublishedLayer)].cursor() as cursor:
        cursor.execute(text)
        return kept.keep(key, extents.read(cursor.fetchone()))


def boxes_of(wanted: Iterable[tuple[Layer, Face]]) -> dict[tuple[str, Face], Box]:
    """Boxes in degrees by slug and face: of the rows, or of the newest raster.

    The city's whole box stands where no row has a place.
    """
    asked = list(wanted)
    found = {key: extent.box or outer_box() for key, extent in extents_of(asked).items()}
    for layer, face in asked:
        if isinstance(layer.tiles, RasterTiles):
            newest = layer.rows_of(face).first()
            found[layer.slug, face] = newest.geom.extent if newest else outer_box()
    return found


def outer_box() -> Box:
    """The city's whole box in degrees."""
    west, south, east, north = city().outer_box
    return west, south, east, north
