"""Where and when the rows of a face are, as its published view has them; kept until they change."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

RADIUS_M = 6378137.0
FINE = 10_000  # parts of a degree that a box is rounded outward to: 11 m
MOST_KEPT = 1000
TEXT = (files("tile_service") / "sql" / "extent.sql").read_text(encoding="utf-8")

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Extent:
    """West, south, east, north in degrees (None: no row has a place), first and last moment."""

    box: Box | None = None
    first: datetime | None = None
    last: datetime | None = None


def statement(view: str, *, timed: bool) -> str:
    """Text that answers `Extent` for a view (schema included)."""
    ends = ["NULL", "NULL"]
    if timed:  # not min() and max(): over joined tables they would read every row
        known = f'SELECT "_at" FROM {view} WHERE "_at" IS NOT NULL ORDER BY "_at"'
        ends = [f"({known} {way} LIMIT 1)" for way in ("ASC", "DESC")]
    return TEXT.format(view=view, first=ends[0], last=ends[1])


def _longitude(x_m: float) -> float:
    return math.degrees(x_m / RADIUS_M)


def _latitude(y_m: float) -> float:
    return math.degrees(2 * math.atan(math.exp(y_m / RADIUS_M)) - math.pi / 2)


def read(row: Iterable[Any]) -> Extent:
    """The extent out of the statement's one row; rounded outward, never without an area."""
    x0, y0, x1, y1, first, last = row
    if x0 is None:
        return Extent(None, first, last)
    low = [math.floor(side * FINE) for side in (_longitude(x0), _latitude(y0))]
    high = [math.ceil(side * FINE) for side in (_longitude(x1), _latitude(y1))]
    high = [max(above, below + 1) for below, above in zip(low, high, strict=True)]
    west, south, east, north = (side / FINE for side in (*low, *high))
    return Extent((west, south, east, north), first, last)


class Extents:
    """Extents by face and moment of its data; the least lately made ones go first."""

    def __init__(self) -> None:
        self.held: OrderedDict[Hashable, Extent] = OrderedDict()

    def keep(self, key: Hashable, found: Extent) -> Extent:
        """Remember one."""
        self.held[key] = found
        while len(self.held) > MOST_KEPT:
            self.held.popitem(last=False)
        return found
