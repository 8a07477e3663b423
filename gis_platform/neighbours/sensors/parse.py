"""Readings as devices write them: bytes to rows or faults. Pure, no Django."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from layers.gate import strict_json
from layers.gate.refusal import Refusal

MOST_BYTES, MOST_READINGS = 65_536, 500
BEAT, FILL = "wifi.heartbeat", "bin.fill_pct"
UNITS = {BEAT: ("", "up"), FILL: ("", "%", "percent")}
AHEAD = timedelta(minutes=5)  # clocks of small devices drift
OLDEST = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading: its place in the list, kind, moment (aware), value; `marked`: its clock lied."""

    n: int
    kind: str
    at: datetime
    value: float
    kbit_s: float | None = None
    battery_pct: int | None = None
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A reading that is not stored: its place in the list, a code, and the sentence to act on."""

    n: int
    code: str
    words: str


def readings(body: bytes, *, at: datetime) -> list[Reading | Fault]:
    """What the JSON text `body` says: one reading or a list of at most 500.

    `at`: our time; stands in for a moment that is missing or in the future. Raises Refusal:
    those of strict_json, NO_LIST, TOO_MANY.
    """
    told = strict_json.loads(body, max_bytes=MOST_BYTES)
    rows = [told] if isinstance(told, dict) else told
    if not isinstance(rows, list):
        raise Refusal("NO_LIST")
    if len(rows) > MOST_READINGS:
        raise Refusal("TOO_MANY", limit=MOST_READINGS)
    return [_reading(n, row, at) for n, row in enumerate(rows)]


def _reading(n: int, row: Any, at: datetime) -> Reading | Fault:
    if not isinstance(row, dict):
        return Fault(n, "NO_OBJECT", "a reading is an object with kind and value")
    kind, value = row.get("kind"), row.get("value")
    if not isinstance(kind, str) or kind not in UNITS:
        return Fault(n, "UNKNOWN_KIND", f"kind {kind!r} is not one of {', '.join(UNITS)}")
    if str(row.get("unit") or "").lower() not in UNITS[kind]:
        return Fault(n, "UNKNOWN_UNIT", f"unit {row['unit']!r} is not known for {kind}")
    number = _number(value)
    if kind == FILL and not 0 <= number <= 100:
        return Fault(n, "OUT_OF_RANGE", f"fill_pct {value!r} is not 0-100; not stored")
    if kind == BEAT and number not in (0.0, 1.0):
        return Fault(n, "OUT_OF_RANGE", f"value {value!r} is not 1 (internet) or 0 (none)")
    moment = _moment(row.get("observed_at"), at)
    if moment is None:
        return Fault(n, "BAD_TIME", "observed_at needs a date, a time and an offset (RFC 3339)")
    if moment < at - OLDEST:
        return Fault(n, "TOO_OLD", f"observed_at is more than {OLDEST.days} days ago; not stored")
    speed, battery = _within(row, "kbit_s", 1e8), _within(row, "battery_pct", 100)
    marked = moment > at + AHEAD
    whole = None if battery is None else round(battery)
    return Reading(n, kind, at if marked else moment, number, speed, whole, marked)


def _number(value: Any) -> float:
    """A JSON number or boolean; NaN for anything else, and for what no float holds."""
    try:
        return float(value) if isinstance(value, (int, float, bool)) else math.nan
    except OverflowError:
        return math.nan


def _moment(text: Any, at: datetime) -> datetime | None:
    """An aware moment; `at` when none was told, None when it has no offset or is no time."""
    if text is None:
        return at
    try:
        found = datetime.fromisoformat(str(text))
        return found.astimezone(UTC) if found.utcoffset() is not None else None
    except (ValueError, OverflowError):
        return None


def _within(row: dict[str, Any], name: str, most: float) -> float | None:
    """An extra number of a reading; one out of range is left out."""
    value = row.get(name)
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most
    return float(value) if fits else None  # type: ignore[arg-type]
