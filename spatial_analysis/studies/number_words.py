"""Figures as people read them, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _


def whole(value: float) -> str:
    """1.234, or 1,234 in English."""
    return str(number_format(round(value), 0, use_l10n=True, force_grouping=True))


def tenth(value: float) -> str:
    """1,3; 2 without a zero behind the comma."""
    places = 0 if round(value, 1) == round(value) else 1
    return str(number_format(value, places, use_l10n=True, force_grouping=True))


def rupiah(idr: float) -> str:
    """Rp 18 juta; exact below a million."""
    if abs(idr) >= 1e9:
        return _("Rp {n} miliar").format(n=tenth(idr / 1e9))
    return _("Rp {n} juta").format(n=tenth(idr / 1e6)) if abs(idr) >= 1e6 else f"Rp {whole(idr)}"


def metres(distance_m: float) -> str:
    """650 m, 1,3 km."""
    return f"{tenth(distance_m / 1000)} km" if distance_m >= 1000 else f"{whole(distance_m)} m"


def figures(
    facts: Mapping[str, Any], **asked: tuple[str, Callable[[float], str]] | str
) -> dict[str, Any]:
    """What goes into the holes of a sentence: hole=(key of the figure, how it is said), or
    hole=key for one that is said as it stands.
    """
    return {
        hole: facts[how] if isinstance(how, str) else how[1](facts[how[0]])
        for hole, how in asked.items()
    }
