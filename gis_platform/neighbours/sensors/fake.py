"""Made readings of routers and bin sensors, for demonstrations: seeded, with gaps and one silence.

Pure but for the dice; what they say is made up and goes through the same door as a real device's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

EVERY = timedelta(minutes=5)
FILL_EVERY = timedelta(minutes=60)
LOST = 0.03  # of all readings never arrive
FULL = 95


@dataclass(frozen=True, slots=True)
class Faked:
    """A device that is played: its code, its kind, and when it falls silent (None: never)."""

    code: str
    kind: str
    silent_from: datetime | None = None


def readings_of(
    devices: Sequence[Faked], start: datetime, end: datetime, *, seed: int
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Code of each device and what it says from `start` to `end` (aware), oldest first."""
    for device in devices:
        dice = random.Random(f"{seed}:{device.code}")  # noqa: S311  (made readings, no secret)
        until = min(end, device.silent_from or end)
        if device.kind == "bin.fill_pct":
            yield device.code, _fills(dice, start, until)
        else:
            yield device.code, _beats(dice, start, until)


def _beats(dice: random.Random, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """A heartbeat every five minutes; now and then without internet for a while."""
    told, at, down = [], start, 0
    usual = dice.randint(2_000, 20_000)
    while at <= end:
        down = max(down - 1, 0) if down else (dice.randint(3, 12) if dice.random() < 0.01 else 0)
        if dice.random() >= LOST:
            speed = 0 if down else round(usual * dice.uniform(0.4, 1.1))
            told.append({
                "kind": "wifi.heartbeat", "observed_at": at.isoformat(), "value": int(not down),
                "kbit_s": speed,
            })  # fmt: skip
        at += EVERY
    return told


def _fills(dice: random.Random, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """A fill every hour that grows by its own rate and is emptied when it is full."""
    told, at, fill = [], start, dice.uniform(0, 80)
    rate = dice.uniform(0.3, 2.5)
    while at <= end:
        if dice.random() >= LOST:
            told.append({
                "kind": "bin.fill_pct", "observed_at": at.isoformat(),
                "value": round(min(fill, 100)), "unit": "%", "battery_pct": dice.randint(40, 100),
            })  # fmt: skip
        fill = dice.uniform(0, 5) if fill >= FULL else fill + rate * dice.uniform(0.5, 1.5)
        at += FILL_EVERY
    return told
