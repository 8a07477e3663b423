"""A vector tile from its prepared statements, within the budgets of rows and bytes.

A statement of rows tells how many there are; of more than fit (`fits`) none is drawn.
A tile that holds more than its budgets is made again, poorer each time: with the columns that
are drawn alone, then (points) as clusters, else as a sample by the hash of each row's id, which
is the same at every zoom. The tile's `_notice` layer tells the step, what is shown and the total.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
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

Row = tuple[Any, ...]
Asking = tuple[str, tuple[Any, ...]]  # a statement's name and its values
Steps = Generator[Asking, Row, Kept]  # asks, is given the first row, and ends with the tile


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
    steps = Making(face, tile, window, most_bytes).steps()
    return driven(pool, face, steps, next(steps))


def driven(pool: Asked, face: PublishedFace, steps: Steps, asked: Asking) -> Kept:
    """What `steps` end with, of which `asked` is to be asked next (in a thread of `pool`)."""
    try:
        while True:
            asked = steps.send(pool.query(face, *asked))
    except StopIteration as done:
        made: Kept = done.value
        return made


class Making:
    """One tile on its way: what is asked of the database, and what comes of it."""

    def __init__(
        self, face: PublishedFace, tile: Tile, window: Window | None, most_bytes: int
    ) -> None:
        self.spec, self.tile, self.window, self.most_bytes = face.spec, tile, window, most_bytes
        self.bounds = tuple(datetime.fromtimestamp(at, UTC) for at in window) if window else ()

    def steps(self) -> Steps:
        """Make the tile within its bytes."""
        name = statement_name(self.spec, self.tile.z, self.window)
        kind, _, suffix = name.partition("_")
        full, lean = fitting(self.spec, self.tile.z)
        if kind not in {"rows", "low"}:
            made = yield from self._ask(name, int(self.spec["most_rows"]))
            return (yield from self._lighter(name, made))
        made = yield from self._ask(name, full)
        if not made.cut and len(made.plain) <= self.most_bytes:
            return made
        return (yield from self._poorer(f"_{suffix}" if suffix else "", made, lean))

    def _ask(self, name: str, cap: int) -> Steps:
        tile = self.tile
        data, rows, cut = yield name, (tile.z, tile.x, tile.y, cap, *self.bounds)
        return Kept(plain=bytes(data or b""), rows=rows, cut=cut)

    def _poorer(self, after: str, full: Kept, most_rows: int) -> Steps:
        """Within `most_rows` (with few columns) and the bytes, when `full` was too much."""
        cap = int(most_rows * SURELY_FITS) if most_rows < self.spec["most_rows"] else most_rows
        if full.rows <= most_rows:
            lean = yield from self._ask(f"lean{after}", most_rows)
            if not lean.cut and len(lean.plain) <= self.most_bytes:
                lean.cut = True
                return lean
            if not lean.cut:
                cap = max(FEWEST_ROWS, self._fewer(lean.rows, lean))
        name, cap = (
            (f"overflow{after}", int(self.spec["most_rows"]))
            if f"overflow{after}" in self.spec["statements"]
            else (f"sample{after}", cap)
        )
        made = yield from self._ask(name, cap)
        return (yield from self._lighter(name, made))

    def _lighter(self, name: str, made: Kept) -> Steps:
        """The same with fewer rows or counts until it fits."""
        cap = made.rows
        for _ in range(SAMPLES):
            if len(made.plain) <= self.most_bytes or made.rows <= FEWEST_ROWS:
                break
            cap = max(FEWEST_ROWS, self._fewer(cap, made))
            made = yield from self._ask(name, cap)
        return made

    def _fewer(self, rows: int, made: Kept) -> int:
        return int(rows * self.most_bytes * SPARE / len(made.plain))
