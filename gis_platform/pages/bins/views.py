"""`/rencana/bak/`: forecasts with their doubt, silent sensors as unknown, bins that are wanted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_platform.maps import islands, map_config
from gis_platform.pages.planning import forms
from layers.catalog.bin_forecasts import LIKELY, BinForecast
from layers.catalog.bin_needs import BinNeed
from layers.catalog.places import Island
from layers.column_words import column_values
from layers.errors import PlatformError
from layers.registry import get
from spatial_analysis import study
from spatial_analysis.models import Run
from spatial_analysis.studies.bin_overflow import NEXT_ROUND_H
from spatial_analysis.studies.number_words import figures, metres, tenth, whole

LAYERS = ("bin-forecasts", "waste-bins", "bin-needs", "streets", "kelurahan", "waste-places")
SHOWN = ("bin-forecasts", "bin-needs")
ROWS_SHOWN, NEEDS_SHOWN = 120, 60
NEVER_SHOWN_H = 336.0  # further off than this is said as "more than two weeks"
PARTS = ("meluap", "diam", "semua")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The list and the map; `?bagian=` meluap, diam or semua, `?pulau=` an island."""
    part = request.GET.get("bagian", PARTS[0])
    part = part if part in PARTS else PARTS[0]
    island = Island.objects.filter(code=request.GET.get("pulau", "")).first()
    rows = BinForecast.objects.select_related("bin__island")
    if island is not None:
        rows = rows.filter(bin__island=island)
    parts = {
        "meluap": rows.filter(p_overflow__gte=LIKELY),
        "diam": rows.filter(stale=True),
        "semua": rows,
    }
    shown = parts[part].order_by(F("p_overflow").desc(nulls_last=True), "label")
    run, needs = study.latest("bin_overflow"), BinNeed.objects.all()
    context = {
        "run": run,
        "said": said(run),
        "rows": [_row(row) for row in shown[:ROWS_SHOWN]],
        "parts": [
            {"name": name, "label": label, "count": parts[name].count(), "current": name == part}
            for name, label in (
                ("meluap", _("Mungkin meluap")), ("diam", _("Sensor diam")), ("semua", _("Semua")),
            )
        ],
        "part": part,
        "island": island.code if island else "",
        "islands": islands(),
        "more": max(parts[part].count() - ROWS_SHOWN, 0),
        "next_round_h": run.summary["next_round_h"] if run else NEXT_ROUND_H,
        "needs": [_need(row) for row in needs[:NEEDS_SHOWN]],
        "needs_count": needs.count(),
        "needs_run": (needs_run := study.latest("bin_allocation")),
        "needs_said": needs_said(needs_run),
        "now": timezone.now(),
        "map_config": map_config(request, LAYERS, SHOWN),
    }  # fmt: skip
    return render(request, "bins/page.html", context)


def _row(row: BinForecast) -> dict[str, Any]:
    late = row.hours_to_80_late
    never = row.hours_to_80 is not None and row.hours_to_80 >= NEVER_SHOWN_H
    return {
        "row": row,
        "known": row.fill_now_pct is not None,
        "never": never,
        "late": None if late is None or late >= NEVER_SHOWN_H else late,
        "overflow_pct": None if row.p_overflow is None else round(100 * row.p_overflow),
        "likely": row.p_overflow is not None and row.p_overflow >= LIKELY,
    }


def _need(row: BinNeed) -> dict[str, Any]:
    kinds = column_values(get("bin-needs"), "kind")
    return {"row": row, "kind": kinds.get(row.kind, row.kind)}


def said(run: Run | None) -> str:
    """The answer of the forecast, in the reader's language."""
    if run is None:
        return ""
    return _(
        "{likely} dari {bins} bak mungkin meluap dalam {h} jam (harapan {expected}); "
        "{stale} sensor diam."
    ).format(
        **figures(
            run.summary,
            likely="likely",
            bins="bins",
            h="next_round_h",
            expected=("expected", tenth),
            stale="stale",
        )
    )


def needs_said(run: Run | None) -> str:
    """What the needs rest on, and who is in none of them, in the reader's language."""
    if run is None or "people_scattered" not in run.summary:
        return ""
    return _(
        "{missing} bak baru untuk {people} orang tanpa bak dalam {walk}; {small} bak terlalu "
        "kecil. {scattered} orang lagi tinggal terlalu terpencar untuk satu bak. Andaian: {litres} "
        "liter per orang sehari, ronde tiap {days} hari, bak baru {room} liter."
    ).format(
        **figures(
            run.summary,
            missing=("missing", whole),
            people=("people_without", whole),
            walk=("walk_m", metres),
            small=("too_small", whole),
            scattered=("people_scattered", whole),
            litres=("litres", tenth),
            days="days",
            room=("room_l", whole),
        )
    )


@require_POST
def forecast(request: HttpRequest) -> HttpResponse:
    """Forecast anew for the round that starts in so many hours."""
    hours = forms.number(request.POST.get("jam"))
    params = {} if hours is None else {"next_round_h": hours}
    try:
        run = study.perform(study.ask("bin_overflow", params, by=request.user))
    except PlatformError as refusal:
        messages.error(request, refusal.said())
    else:
        messages.success(request, said(run))
    return redirect("rencana-bak")
