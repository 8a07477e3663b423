"""A vector tile from its prepared statements, within the budgets of rows and bytes.

A statement of rows tells how many there are; of more than fit (`fits`) none is drawn.
A tile that holds more than its budgets is made again, poorer each time: with the columns that
are drawn alone, then (points) as clusters, else as a sample by the hash of each row's id, which
is the same at every zoom. The tile's `_notice` layer tells the step, what is shown and the total.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from tile_service.serve.cache import Kept
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.request import Tile, Window

FEWEST_ROWS = 200
SAMPLES = 4
SPARE = 0.9  # share of the bytes that a sample aims at
SURELY_FITS = 0.8  # share of rows that were weighed too heavy
DAY_S = 86400

Ask = Callable[[str, int], Kept]


class Asked(Protocol):
    """What runs the statements of faces: a pool, in one of its threads."""

    def query(self, face: PublishedFace, name: str, params: tuple[Any, ...]) -> tuple[Any, ...]:
        """First row of a face's statement `name`; raises Busy."""


def in_days(spec: Mapping[str, Any], z: int, window: Window) -> bool:
    """True when stored counts of whole days make the tile."""
    offset = spec.get("bucket_offset_s", 0)
    return z < spec.get("days_below_zoom", 0) and not any((at + offset) % DAY_S for at in window)


def statement_name(spec: Mapping[str, Any], z: int, window: Window | None) -> str:
    """Which of the face's statements makes this tile."""
    kind = "low" if z < spec.get("low_below_zoom", 0) else "rows"
    if z < spec.get("rows_from_zoom", 0):
        kind = str(spec["gathered"])
        if window and in_days(spec, z, window):
            return f"{kind}_days_window"
    return f"{kind}_window" if window else kind


def fitting(spec: Mapping[str, Any], z: int) -> tuple[int, int]:
    """Rows that a tile of zoom `z` may hold: with all columns, and with those that are drawn."""
    most, full, lean = int(spec["most_rows"]), int(spec["most_rows"]), int(spec["most_rows"])
    for zoom, with_all, with_few in spec.get("fits", ()):
        if zoom <= z:
            full, lean = with_all, with_few
    return min(full, most), min(lean, most)


def fetch(
    pool: Asked, face: PublishedFace, tile: Tile, window: Window | None, most_bytes: int
) -> Kept:
    """Make the tile (in a thread of `pool`) within `most_bytes`. Raises Busy."""
    name = statement_name(face.spec, tile.z, window)
    bounds = tuple(datetime.fromtimestamp(at, UTC) for at in window) if window else ()

    def ask(name: str, cap: int) -> Kept:
        data, rows, cut = pool.query(face, name, (tile.z, tile.x, tile.y, cap, *bounds))
        return Kept(plain=bytes(data or b""), rows=rows, cut=cut)

    kind, _, suffix = name.partition("_")
    full, lean = fitting(face.spec, tile.z)
    if kind not in {"rows", "low"}:
        return lighter(ask, name, ask(name, int(face.spec["most_rows"])), most_bytes)
    made = ask(name, full)
    if not made.cut and len(made.plain) <= most_bytes:
        return made
    return poorer(ask, face, f"_{suffix}" if suffix else "", made, (lean, most_bytes))


def poorer(ask: Ask, face: PublishedFace, after: str, full: Kept, most: tuple[int, int]) -> Kept:
    """The tile within `most` rows (with few columns) and bytes, when `full` was too much."""
    most_rows, most_bytes = most
    cap = int(most_rows * SURELY_FITS) if most_rows < face.spec["most_rows"] else most_rows
    if full.rows <= most_rows:
        lean = ask(f"lean{after}", most_rows)
        if not lean.cut and len(lean.plain) <= most_bytes:
            lean.cut = True
            return lean
        if not lean.cut:
            cap = max(FEWEST_ROWS, int(lean.rows * most_bytes * SPARE / len(lean.plain)))
    name, cap = (
        (f"overflow{after}", int(face.spec["most_rows"]))
        if f"overflow{after}" in face.spec["statements"]
        else (f"sample{after}", cap)
    )
    return lighter(ask, name, ask(name, cap), most_bytes)


def lighter(ask: Ask, name: str, made: Kept, most_bytes: int) -> Kept:
    """The same with fewer rows or counts until it fits."""
    cap = made.rows
    for _ in range(SAMPLES):
        if len(made.plain) <= most_bytes or made.rows <= FEWEST_ROWS:
            break
        cap = max(FEWEST_ROWS, int(cap * most_bytes * SPARE / len(made.plain)))
        made = ask(name, cap)
    return made
