"""Counts of a picture at low zooms: hexagons and clusters on the very grid of the vector tiles."""

from __future__ import annotations

import math
from typing import Any

from psycopg2 import sql

from layers import sqlfile
from layers.geography import TILE_SRID
from layers.spec import GatheredTiles, HexTiles
from tile_service.models import PublishedLayer
from tile_service.publish.compiling import SCHEMA
from tile_service.publish.counting import ALL, FINEST
from tile_service.publish.ows import reading
from tile_service.publish.ows.seen import Seen
from tile_service.publish.statements import MOST_ROWS, WORLD_M
from tile_service.publish.wms.request import Picture

SLACK = 2  # cells beside the picture: a hexagon counts all its rows, wherever the picture ends
ROWS = """    SELECT ST_X(tile_geom) AS at_x, ST_Y(tile_geom) AS at_y, 1::bigint AS n
    FROM {view}, around WHERE tile_geom && box{within}
"""
COUNTS = """    SELECT (qx + 0.5) * {world_m} / (1 << {level}) - {world_m} / 2 AS at_x,
           {world_m} / 2 - (qy + 0.5) * {world_m} / (1 << {level}) AS at_y, n
    FROM (
        SELECT qx, qy, n FROM {counts} WHERE level = {level} AND span = {all}
        UNION ALL SELECT qx >> ({finest} - {level}), qy >> ({finest} - {level}), n FROM {changes}
    ) AS known, around, LATERAL (SELECT (1 << {level}) / {world_m} AS per_m) AS scale
    WHERE qx BETWEEN (ST_XMin(box) + {world_m} / 2) * per_m - 1
                 AND (ST_XMax(box) + {world_m} / 2) * per_m
      AND qy BETWEEN ({world_m} / 2 - ST_YMax(box)) * per_m - 1
                 AND ({world_m} / 2 - ST_YMin(box)) * per_m
"""


def applies(seen: Seen, of: Picture) -> bool:
    """True when the tiles of this scale hold counts in place of rows."""
    tiles = seen.layer.tiles
    return isinstance(tiles, GatheredTiles) and of.zoom < tiles.rows_from_zoom


def level_of(zoom: int) -> int:
    """Level of the stored counts that serve a zoom, as tiles choose it."""
    return 17 if zoom < 9 else 19 if zoom < 12 else 21


def slack_px(tiles: GatheredTiles) -> float:
    """How far beside the picture rows still count, in pixels: a few cells of a 512 px tile."""
    return SLACK * 2 * 512 / tiles.cells_across


def places(seen: Seen, row: PublishedLayer, of: Picture, zoom: int) -> sql.Composable:
    """Rows around the picture, or their stored counts where no window narrows them."""
    if row.counted and of.window is None:
        return sql.SQL(COUNTS).format(
            counts=sql.Identifier(SCHEMA, f"{row.view}__counts"),
            changes=sql.Identifier(SCHEMA, f"{row.view}__changes"),
            finest=sql.Literal(FINEST),
            world_m=sql.Literal(WORLD_M),
            level=sql.Literal(level_of(zoom)),
            all=sql.Literal(ALL),
        )
    return sql.SQL(ROWS).format(view=sql.Identifier(SCHEMA, row.view), within=within(seen, of))


def within(seen: Seen, of: Picture) -> sql.Composable:
    """Condition of the picture's window; its values are `since` and `until`."""
    if seen.layer.time is None or of.window is None:
        return sql.SQL("")
    return sql.SQL(' AND "_at" >= %(since)s AND "_at" < %(until)s')


def features(
    seen: Seen, of: Picture, around: sql.Composable, values: dict[str, Any], digits: int
) -> list[list[Any]]:
    """[GeoJSON text in the picture's frame, {"n": rows}] of the cells, the fullest on top."""
    tiles, row, zoom = seen.layer.tiles, seen.published(), math.floor(of.zoom)
    assert isinstance(tiles, GatheredTiles)  # `applies` has seen to it
    shape = sql.SQL("geom")
    if of.of.srid != TILE_SRID:
        shape = sql.SQL("ST_Transform(geom, {})").format(sql.Literal(of.of.srid))
    name = "picture_hex" if isinstance(tiles, HexTiles) else "picture_cluster"
    size = {"world_m": sql.Literal(WORLD_M), "cells_across": sql.SQL(str(tiles.cells_across))}
    text = sql.SQL(sqlfile.read("tile_service", name)).format(
        around=around,
        places=places(seen, row, of, zoom),
        grid=sql.SQL(sqlfile.read("tile_service", "hex_part").rstrip()).format(
            zoom=sql.Placeholder("z"), **size
        ),
        **size,
        floor=sql.Literal(tiles.floor),
        shape=shape,
        digits=sql.Literal(digits),
    )
    found = reading.rows(row, text, values | of.moments | {"z": zoom, "most": MOST_ROWS})
    return [[geometry, {"n": number}] for geometry, number in found]
