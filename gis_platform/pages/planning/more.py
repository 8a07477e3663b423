"""The folded fields of the planner's page: whose people, places that count, the terrain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from layers.catalog import population_raster
from layers.catalog.rasters import Raster
from spatial_analysis.models import Run
from spatial_analysis.studies import wifi_aims, wifi_reach
from spatial_analysis.studies.wifi_costs import WifiCosts

WEIGHT = "bobot_"
FOLDED = ("people", "demand", "aim", "capacity", "spacing_m", "backup_pct", "serve")
KINDS = {
    "reports": gettext_lazy("Tempat laporan warga"),
    "school": gettext_lazy("Sekolah"),
    "health": gettext_lazy("Puskesmas dan klinik"),
    "pier": gettext_lazy("Dermaga"),
    "office": gettext_lazy("Kantor"),
}


AIM_WORDS = {
    wifi_aims.PEOPLE: gettext_lazy("warga terlayani terbanyak"),
    wifi_aims.EVERYBODY: gettext_lazy("semua warga, titik paling sedikit"),
    wifi_aims.MEAN: gettext_lazy("jalan kaki rata-rata terpendek"),
    wifi_aims.FARTHEST: gettext_lazy("warga terjauh sedekat mungkin"),
}


SERVE_WORDS = {
    wifi_reach.WALK: gettext_lazy("dapat berjalan ke titik"),
    wifi_reach.SIGNAL: gettext_lazy("menerima sinyal di rumah"),
    wifi_reach.SIGHT: gettext_lazy("menerima sinyal, terhalang bukit dan lereng"),
}


@dataclass(frozen=True, slots=True)
class Weight:
    """What one place of a kind counts for, in people."""

    name: str
    label: str
    value: Any


@dataclass(frozen=True, slots=True)
class Crowd:
    """Places of one kind that count: how many there are, served today and once it is built."""

    label: str
    every: int
    before: int
    after: int


def weights(params: Mapping[str, Any]) -> list[Weight]:
    """One input a kind, filled with what was asked last."""
    asked = params.get("demand") or {}
    return [Weight(WEIGHT + kind, str(label), asked.get(kind, 0)) for kind, label in KINDS.items()]


def rasters(asked: Iterable[Any]) -> list[dict[str, str]]:
    """Imported population rasters to choose from, by title; one that was asked for stays."""
    rows = Raster.objects.of(population_raster.LAYER.slug).exclude(code=population_raster.CODE)
    known = {row.code: row.title for row in rows.order_by("title")}
    gone = {str(code): str(code) for code in asked if code and code not in known}
    return [{"code": code, "title": title} for code, title in (known | gone).items()]


def people_said(source: str) -> str:
    """Whose people a count used, in words."""
    if not source:
        return _("Warga per sel 100 m adalah taksiran.")
    title = Raster.objects.filter(code=source).values_list("title", flat=True).first()
    return _("Warga menurut raster {name}.").format(name=title or source)


def crowds(run: Run | None) -> list[Crowd]:
    """Of each kind that counted in a finished placement: places served before and after."""
    found = run.summary.get("demand", {}) if run else {}
    return [
        Crowd(str(KINDS.get(kind, kind)), one["all"], one["before"], one["after"])
        for kind, one in found.items()
    ]


def weights_said(params: Mapping[str, Any]) -> str:
    """Sekolah = 200 orang, Dermaga = 50 orang; nothing when only residents count."""
    parts = [
        _("{place} = {n} orang").format(place=KINDS.get(kind, kind), n=worth)
        for kind, worth in (params.get("demand") or {}).items()
    ]
    return ", ".join(parts)


def panel(run: Run | None, counted: Run | None, costs: WifiCosts) -> dict[str, Any]:
    """All that the two folds and the result show of these choices."""
    plan, count = (dict(one.params) if one else {} for one in (run, counted))
    return {
        "weights": weights(plan),
        "rasters": rasters((plan.get("people"), count.get("people"))),
        "plan_people": plan.get("people", ""),
        "is_open": any(plan.get(name) for name in FOLDED),
        "aims": [
            {"code": "" if aim == wifi_aims.PEOPLE else aim, "label": label}
            for aim, label in AIM_WORDS.items()
        ],
        "aim": plan.get("aim", ""),
        "serves": [
            {"code": "" if kind == wifi_reach.WALK else kind, "label": label}
            for kind, label in SERVE_WORDS.items()
        ],
        "serve": plan.get("serve", ""),
        "plan_mast_m": plan.get("mast_m", costs.mast_m),
        "capacity": plan.get("capacity"),
        "spacing_m": plan.get("spacing_m"),
        "backup_pct": plan.get("backup_pct"),
        "count": count,
        "count_open": any(count.get(name) for name in ("people", "sight", "gravity")),
        "mast_m": count.get("mast_m", costs.mast_m),
        "crowds": crowds(run),
        "plan_source": people_said(plan.get("people", "")),
        "count_source": people_said(count.get("people", "")),
    }
