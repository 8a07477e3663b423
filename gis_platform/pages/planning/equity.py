"""The panel on fairness: how evenly WiFi falls on people, islands and kelurahan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from spatial_analysis.models import Run

SIDE = 100  # of the Lorenz picture, in its own units


@dataclass(frozen=True, slots=True)
class Line:
    """One figure for the city, its capital island and the outer islands."""

    label: str
    unit: str
    city: str
    capital: str
    outer: str


@dataclass(frozen=True, slots=True)
class Panel:
    """What the panel shows of one count."""

    figures: dict[str, Any]
    lines: list[Line]
    curve: str  # points of the Lorenz curve, for an SVG polyline
    summary: dict[str, Any]


def panel(counted: Run | None) -> Panel | None:
    """Return the panel of a finished count; None while there is none with such figures."""
    if counted is None or "equity" not in counted.summary:
        return None
    figures = counted.summary["equity"]
    groups = (figures | {"people": counted.summary["people"]}, figures["capital"], figures["outer"])

    def line(label: str, unit: str, key: str, places: int) -> Line:
        shown = [
            number_format(one[key], places, use_l10n=True, force_grouping=True) for one in groups
        ]
        return Line(label, unit, *shown)

    lines = [
        line(_("Warga"), "", "people", 0),
        line(_("Terlayani"), "%", "share_pct", 1),
        line(_("Layanan per hari"), _("jam"), "hours_a_day", 1),
        line(_bandwidth(counted), "Mbps", "mbps_per_1000", 2),
    ]
    return Panel(figures, lines, _points(figures["lorenz"]), counted.summary)


def _bandwidth(counted: Run) -> str:
    beta = counted.summary.get("gravity")
    if beta is None:
        return _("Lebar pita per 1.000 warga")
    power = number_format(beta, 1, use_l10n=True)
    return _("Lebar pita per 1.000 warga, gravitasi pangkat {p}").format(p=power)


def _points(curve: list[float]) -> str:
    last = max(len(curve) - 1, 1)
    return " ".join(
        f"{SIDE * i / last:.1f},{SIDE * (1 - held):.1f}" for i, held in enumerate(curve)
    )
