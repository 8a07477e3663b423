"""How many rows of a face a tile can hold, told from what a thousand of them weigh.

A tile of more rows is sure to weigh too much: it is not even drawn with those columns.
"""

from __future__ import annotations

import math
from typing import Any

from django.db import connection

from layers.spec import ClusterTiles, HexTiles
from tile_service.publish import generalising
from tile_service.publish.statements import MOST_ROWS, WEIGHED, Statements
from tile_service.styles import has_points

MOST_BYTES = 500_000
SURELY = 1.0  # drawing in vain costs more than a tile that might just have fitted gains
FEWEST = 4000  # a face of fewer rows has no tile that is worth being counted first
ZOOMS = (8, 12, 14, 16)
STEP = 250  # a round number hardly ever moves

Fits = list[list[int]]


def fits_of(made: Statements, select: str) -> Fits:
    """[zoom, rows with all columns, rows with those that are drawn] that a tile holds from `zoom`.

    Empty for a face all of whose rows fit into one tile.
    """
    with connection.cursor() as cursor:
        rows = f"SELECT FROM ({select}) AS face LIMIT {MOST_ROWS + 1}".replace("%", "%%")
        cursor.execute(f"SELECT count(*) FROM ({rows}) AS held", [])
        held = int(cursor.fetchone()[0])
        if held < (WEIGHED if made.counted else FEWEST):
            return []
        found = [[zoom, *_fitting(cursor, made, select, zoom)] for zoom in _zooms(made)]
    return found if any(min(rows) < held for _, *rows in found) else []


def _zooms(made: Statements) -> list[int]:
    """Zooms whose tiles are weighed; a point weighs the same at each."""
    tiles = made.layer.tiles
    least = tiles.rows_from_zoom if isinstance(tiles, HexTiles | ClusterTiles) else tiles.min_zoom
    if generalising.wanted(made.layer):
        least = generalising.EXACT_FROM_ZOOM
    zooms = [zoom for zoom in ZOOMS if zoom > least]
    return [least] if has_points(made.layer) else [least, *zooms]


def _fitting(cursor: Any, made: Statements, select: str, zoom: int) -> list[int]:
    cursor.execute(made.weighing(select, zoom).replace("%", "%%"), [])
    number, *weights = cursor.fetchone()
    return [
        min(MOST_ROWS, math.ceil(SURELY * MOST_BYTES * number / max(weight, 1) / STEP) * STEP)
        for weight in weights
    ]
