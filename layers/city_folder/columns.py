"""Columns of a city's tables: what a cell must be, and how it is read. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import Any

SLUG = re.compile(r"^[A-Za-z0-9_-]+$")
CODE = re.compile(r"^[A-Za-z0-9._-]+$")
COLOUR = re.compile(r"^#[0-9a-fA-F]{6}$")
YES = {"true": True, "1": True, "yes": True, "ya": True, "false": False, "0": False,
       "no": False, "tidak": False}  # fmt: skip
ORIGINS = ("published", "estimated", "schematic", "synthetic")


class BadCell(Exception):
    """A cell does not hold what its column says."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, how a cell is read, whether it may be empty, and what it names.

    `names` = (file, column) whose values it must be one of.
    """

    name: str
    read: Callable[[Any], Any]
    needed: bool = True
    names: tuple[str, str] | None = None


def _text(value: Any) -> str:
    return str(value).strip() if value is not None else ""


def _length(text: str, most: int) -> str:
    if len(text) > most:
        raise BadCell(f"'{text[:30]}…' has {len(text)} letters, at most {most} fit")
    return text


def text(name: str, most: int = 120, *, needed: bool = True) -> Column:
    """Words."""
    return Column(name, lambda value: _length(_text(value), most), needed)


def slug(name: str, *, needed: bool = True, names: tuple[str, str] | None = None) -> Column:
    """A short name for machines: letters, digits, hyphens."""

    def read(value: Any) -> str:
        found = _length(_text(value), 40 if names else 60)
        if not SLUG.match(found):
            raise BadCell(f"'{found}' may hold letters, digits, - and _ only")
        return found

    return Column(name, read, needed, names)


def code(name: str, *, needed: bool = True, names: tuple[str, str] | None = None) -> Column:
    """A dotted code of an area."""

    def read(value: Any) -> str:
        found = _length(_text(value), 20)
        if not CODE.match(found):
            raise BadCell(f"'{found}' is no code of an area")
        return found

    return Column(name, read, needed, names)


def shown(value: float) -> str:
    """A number as people write it."""
    return str(int(value)) if value % 1 == 0 else f"{value:g}"


def number(name: str, low: float, high: float, *, needed: bool = True) -> Column:
    """A number between `low` and `high`."""

    def read(value: Any) -> float:
        try:
            found = float(value)
        except (TypeError, ValueError):
            raise BadCell(f"'{_text(value)[:30]}' is no number") from None
        if not low <= found <= high:
            raise BadCell(f"{shown(found)} is not between {shown(low)} and {shown(high)}")
        return found

    return Column(name, read, needed)


def whole(name: str, low: int, high: int, *, needed: bool = True) -> Column:
    """A whole number between `low` and `high`."""
    inner = number(name, low, high).read

    def read(value: Any) -> int:
        found = inner(value)
        if found != int(found):
            raise BadCell(f"{found:g} is not a whole number")
        return int(found)

    return Column(name, read, needed)


def choice(name: str, values: tuple[str, ...], *, needed: bool = True) -> Column:
    """One of a few words."""

    def read(value: Any) -> str:
        found = _text(value)
        if found not in values:
            raise BadCell(f"'{found[:30]}' is unknown; known: {', '.join(values)}")
        return found

    return Column(name, read, needed)


def yes(name: str, *, needed: bool = True) -> Column:
    """True or false."""

    def read(value: Any) -> bool:
        found = YES.get(_text(value).lower())
        if found is None:
            raise BadCell(f"'{_text(value)[:30]}' is neither true nor false")
        return found

    return Column(name, read, needed)


def day(name: str, *, needed: bool = True) -> Column:
    """A date, year first."""

    def read(value: Any) -> date:
        try:
            return date.fromisoformat(_text(value))
        except ValueError:
            raise BadCell(f"'{_text(value)[:30]}' is no date like 2026-08-17") from None

    return Column(name, read, needed)


def clock(name: str, *, needed: bool = True) -> Column:
    """A time of day, hours and minutes."""

    def read(value: Any) -> time:
        try:
            return time.fromisoformat(_text(value))
        except ValueError:
            raise BadCell(f"'{_text(value)[:30]}' is no time like 07:30") from None

    return Column(name, read, needed)


def colour(name: str) -> Column:
    """A colour, #rrggbb."""

    def read(value: Any) -> str:
        if not COLOUR.match(_text(value)):
            raise BadCell(f"'{_text(value)[:30]}' is no colour like #0b6e8f")
        return _text(value)

    return Column(name, read, needed=False)


LON = number("lon", -180, 180)


def _latitude(value: Any) -> float:
    found: float = number("lat", -180, 180).read(value)
    if abs(found) > 90:
        raise BadCell(f"{found:g} is no latitude; lon and lat seem swapped")
    return found


LAT = Column("lat", _latitude)
ORIGIN = choice("origin", ORIGINS, needed=False)
SOURCE = text("source", 200, needed=False)
