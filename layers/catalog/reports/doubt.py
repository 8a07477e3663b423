"""Doubt signals: facts in, points out. They never move, hide or delay a report. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

WEIGHTS_VERSION = 1
WEIGHTS = {
    "foto-pernah-ada": 4,
    "beruntun": 2,
    "teks-disalin": 2,
    "di-laut": 2,
    "tanpa-foto": 1,
    "ada-yang-sama": -2,
    "petugas": -4,
}
BURST_ABOVE = 5
COPIED_SIGNS = 40
COPIED_LIKENESS = 0.9
PHOTO_LIKENESS_BITS = 6


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database knows about a report; None = does not apply."""

    at_sea: bool = False
    sea_is_fine: bool = False
    words: str = ""
    copied_from: str = ""
    copied_likeness: float = 0.0
    phone_last_hour: int = 0
    photo_seen_in: str = ""
    photos: int = 0
    photo_wanted: bool = False
    others_near: int = 0
    officer: bool = False


@dataclass(frozen=True, slots=True)
class Signal:
    """One reason to look closer (points > 0) or to trust (points < 0), with its evidence."""

    kind: str
    points: int
    evidence: dict[str, Any] = field(default_factory=dict)


def signals(facts: Facts) -> list[Signal]:
    """Signals of a report, heaviest first."""
    copied = (
        len(facts.words) >= COPIED_SIGNS
        and facts.copied_likeness >= COPIED_LIKENESS
        and facts.copied_from
    )
    told: list[tuple[str, Any, dict[str, Any]]] = [
        ("foto-pernah-ada", facts.photo_seen_in, {"laporan": facts.photo_seen_in}),
        ("beruntun", facts.phone_last_hour > BURST_ABOVE, {"n": facts.phone_last_hour}),
        ("teks-disalin", copied, {"laporan": facts.copied_from, "mirip": facts.copied_likeness}),
        ("di-laut", facts.at_sea and not facts.sea_is_fine, {}),
        ("tanpa-foto", facts.photo_wanted and not facts.photos, {}),
        ("ada-yang-sama", facts.others_near >= 2, {"n": facts.others_near}),
        ("petugas", facts.officer, {}),
    ]
    found = [Signal(kind, WEIGHTS[kind], evidence) for kind, holds, evidence in told if holds]
    return sorted(found, key=lambda signal: (-abs(signal.points), signal.kind))


def chip(points: int) -> str:
    """Word beside a report in the queue: nothing, "periksa" (3-4), "periksa dulu" (5 and more)."""
    return "periksa dulu" if points >= 5 else "periksa" if points >= 3 else ""
