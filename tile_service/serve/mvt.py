"""A vector tile from its prepared statement, within the budgets of rows and bytes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tile_service.serve.cache import Kept
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.pool import Pool
from tile_service.serve.request import Tile, Window

FEWEST_ROWS = 200
ROUNDS = 3


def statement_name(spec: Mapping[str, Any], z: int, window: Window | None) -> str:
    """Which of the face's statements makes this tile."""
    kind = "hex" if z < spec.get("rows_from_zoom", 0) else "rows"
    return f"{kind}_window" if window else kind


def fetch(
    pool: Pool, face: PublishedFace, tile: Tile, window: Window | None, most_bytes: int
) -> Kept:
    """Make the tile (in a thread of `pool`); a tile over its bytes is made again with fewer rows.

    Rows left out are told in the tile's `_notice` layer. Raises Busy.
    """
    name = statement_name(face.spec, tile.z, window)
    bounds = tuple(datetime.fromtimestamp(at, UTC) for at in window) if window else ()
    cap, cut = int(face.spec["most_rows"]), False
    for _ in range(ROUNDS):
        data, rows, cut = pool.query(face, name, (tile.z, tile.x, tile.y, cap, *bounds))
        plain = bytes(data or b"")
        if len(plain) <= most_bytes or rows <= FEWEST_ROWS:
            break
        cap = max(FEWEST_ROWS, int(rows * most_bytes * 0.9 / len(plain)))
    return Kept(plain=plain, rows=rows, cut=cut)
