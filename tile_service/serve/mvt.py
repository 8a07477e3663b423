"""A vector tile from its prepared statements, within the budgets of rows and bytes.

A tile of more rows than ever fit with all columns (`full_rows`) is not tried with them.
A tile that holds more than its budgets is made again, poorer each time: with the columns that
are drawn alone, then (points) as clusters, else as a sample by the hash of each row's id, which
is the same at every zoom. The tile's `_notice` layer tells the step, what is shown and the total.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from tile_service.serve.cache import Kept
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.request import Tile, Window

FEWEST_ROWS = 200
SAMPLES = 3
SINGLE = ("rows", "low", "lean")  # statements of single rows: below zero they begin with a sample
DAY_S = 86400


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


def poorer(face: PublishedFace, name: str, cut: bool) -> Iterator[str]:
    """Statements to try when `name` gave too much; `cut`: too many rows, not only bytes."""
    kind, _, suffix = name.partition("_")
    if kind not in {"rows", "low"}:
        return
    after = f"_{suffix}" if suffix else ""
    has_overflow = f"overflow{after}" in face.spec["statements"]
    if not (cut and has_overflow):
        yield f"lean{after}"
    if has_overflow:
        yield f"overflow{after}"


def fetch(
    pool: Asked, face: PublishedFace, tile: Tile, window: Window | None, most_bytes: int
) -> Kept:
    """Make the tile (in a thread of `pool`) within `most_bytes`. Raises Busy."""
    name = statement_name(face.spec, tile.z, window)
    bounds = tuple(datetime.fromtimestamp(at, UTC) for at in window) if window else ()

    def ask(name: str, cap: int) -> Kept:
        data, rows, cut = pool.query(face, name, (tile.z, tile.x, tile.y, cap, *bounds))
        return Kept(plain=bytes(data or b""), rows=rows, cut=cut)

    most_rows = int(face.spec["most_rows"])
    full_rows = min(int(face.spec.get("full_rows", most_rows)), most_rows)
    made, poor = ask(name, full_rows if name.startswith("rows") else most_rows), False
    heavy = made.cut and made.rows < most_rows and full_rows < most_rows
    for other in poorer(face, name, made.cut and not heavy):
        fits = len(made.plain) <= most_bytes and not heavy
        sampled = made.cut and not other.startswith("overflow")
        if fits and (sampled or not made.cut):
            break
        name, made, poor, heavy = other, ask(other, most_rows), True, False
    cap = made.rows
    for _ in range(SAMPLES):
        if len(made.plain) <= most_bytes or made.rows <= FEWEST_ROWS:
            break
        cap = max(FEWEST_ROWS, int(cap * most_bytes * 0.9 / len(made.plain)))
        made = ask(name, -cap if name.startswith(SINGLE) else cap)
    made.cut = made.cut or poor
    return made
