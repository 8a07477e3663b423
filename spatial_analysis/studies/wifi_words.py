"""Numbers and sentences as stored rows keep them: in Indonesian, whoever asks."""

from __future__ import annotations

from django.utils import translation

from layers.catalog.underserved_zones import GapReason
from spatial_analysis.studies import number_words

STORED = "id"  # what is stored has one language


def whole(number: float) -> str:
    """1.234"""
    with translation.override(STORED):
        return number_words.whole(number)


def metres(distance_m: float) -> str:
    """650 m, 1,3 km."""
    with translation.override(STORED):
        return number_words.metres(distance_m)


def zone(people: float, where: str, reason: str, nearest_m: float | None, power: int) -> str:
    """Why people of one zone have no WiFi."""
    way = f"titik hidup terdekat {metres(nearest_m)}" if nearest_m else "tidak ada titik hidup"
    why = GapReason(reason).label
    if reason == GapReason.NO_POWER:
        why += f" ({power} jam)"
    return f"{whole(people)} orang di {where}: {why}; {way}"
