"""Which two columns of a table hold the position, and what a number in them means."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from layers.gate import Refusal

_LON = ("lon", "lng", "long", "longitude", "bujur", "longitud")
_LAT = ("lat", "latitude", "lintang", "latitud")
_X = ("x", "easting", "utm_x", "coordenada-x", "coord_x", "point_x")
_Y = ("y", "northing", "utm_y", "coordenada-y", "coord_y", "point_y")
_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$")
_DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d+$")


@dataclass(frozen=True, slots=True)
class Pair:
    """The columns of x and y. `other` is a second pair, left as plain columns, never mixed in."""

    x: str
    y: str
    degrees: bool
    other: tuple[str, str] | None = None

    @property
    def used(self) -> frozenset[str]:
        """Columns that became the position."""
        return frozenset({self.x, self.y})


def pair_of(header: list[str]) -> Pair | None:
    """Return the columns that hold the position: longitude with latitude before x with y.

    Never one of each. Raises Refusal AMBIGUOUS when a name stands for it twice,
    BAD_HEADER when only half a pair is there.
    """
    lon, lat = _one_of(header, _LON), _one_of(header, _LAT)
    x, y = _one_of(header, _X), _one_of(header, _Y)
    other = (x, y) if x and y else None
    if lon and lat:
        return Pair(lon, lat, degrees=True, other=other)
    if lon or lat:
        raise Refusal("BAD_HEADER", name=(lon or lat)[:40])
    return Pair(x, y, degrees=False) if other else None


def _one_of(header: list[str], words: tuple[str, ...]) -> str:
    found = [name for name in header if name.strip().casefold() in words]
    if len(found) > 1:
        raise Refusal("AMBIGUOUS", first=found[0][:40], second=found[1][:40])
    return found[0] if found else ""


def position(x: str, y: str) -> tuple[float, float]:
    """Return the numbers of a row's position; blank, words and the 0,0 marker are refused."""
    if not x.strip() or not y.strip():
        raise Refusal("EMPTY_GEOMETRY")
    spot = number(x), number(y)
    if spot == (0.0, 0.0):
        raise Refusal("NULL_ISLAND")
    return spot


def number(text: str) -> float:
    """Return the number in `text`, with a decimal point or comma; raises BAD_COORD, NONFINITE."""
    bare = text.strip().replace("\u2212", "-")
    if _DECIMAL_COMMA.match(bare):
        bare = bare.replace(",", ".")
    if bare.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        raise Refusal("NONFINITE", value=bare[:20])
    if not _NUMBER.match(bare) or not bare.isascii():
        raise Refusal("BAD_COORD", value=text.strip()[:40])
    value = float(bare)
    if not math.isfinite(value):
        raise Refusal("NONFINITE", value=bare[:20])
    return value
