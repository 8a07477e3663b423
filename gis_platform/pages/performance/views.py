"""`/kinerja/` as page, JSON and CSV: three faces of layers' one source of counts."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from layers.api import defused
from layers.catalog.reports import figures
from layers.catalog.reports.photos import Photo
from layers.catalog.reports.states import Resolution
from layers.errors import BadInput

PERIODS = {"7": 7, "30": 30, "90": 90, "365": 365, "": 0}
SHOWN_PAIRS = 6


class UnknownPeriod(BadInput):
    """Jangka waktu itu tidak dikenal; pilih salah satu dari daftar."""

    code = "UNKNOWN_PERIOD"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: days back ("" = from the start), source file ("" = all)."""

    days: str
    source: str
    period: figures.Period


def _scope(request: HttpRequest, now: datetime) -> Scope:
    days, source = request.GET.get("hari", ""), request.GET.get("sumber", "")
    if days not in PERIODS:
        raise UnknownPeriod
    start = now - timedelta(days=PERIODS[days]) if days else None
    return Scope(days, source if source in figures.sources() else "", (start, None))


def _cut(scope: Scope, cut: str) -> list[figures.StateCounts]:
    return figures.state_counts(scope.period, cut, scope.source)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page: four states, promises kept, and cuts by agency, category, island, kelurahan."""
    now = timezone.now()
    scope = _scope(request, now)
    (everything,) = _cut(scope, "")
    context = {
        "scope": scope,
        "now": now,
        "all": everything,
        "shares": {
            name: everything.share(getattr(everything, name))
            for name in ("unverified", "waiting", "in_process", "closed")
        },
        "times": figures.closing_times(scope.period, scope.source),
        "clocks": figures.clocks_met(now, scope.period, scope.source),
        "cuts": _cuts(scope),
        "sources": figures.sources(),
        "periods": (
            ("7", _("7 hari")), ("30", _("30 hari")), ("90", _("90 hari")),
            ("365", _("1 tahun")), ("", _("sejak awal")),
        ),
        "pairs": _pairs(),
        "query": request.GET.urlencode(),
    }  # fmt: skip
    return render(request, "performance/page.html", context)


def _cuts(scope: Scope) -> list[dict[str, Any]]:
    named = (
        ("agency", _("Menurut instansi")),
        ("category", _("Menurut jenis")),
        ("island", _("Menurut pulau")),
        ("kelurahan", _("Menurut kelurahan")),
    )
    return [
        {"key": key, "title": title, "rows": _cut(scope, key), "folded": key == "kelurahan"}
        for key, title in named
    ]


def _pairs() -> list[dict[str, Any]]:
    """Latest validated works with a picture before and after, both public."""
    after = (
        Photo.objects.public()
        .filter(
            kind="follow_up",
            report__resolution=Resolution.FIXED,
            report__photos__kind="report",
            report__photos__published_at__isnull=False,
        )
        .select_related(
            "report",
            "report__category",
            "report__kelurahan",
            "report__island",
            "report__public_kelurahan",
        )
        .order_by("-published_at")
        .distinct()[:SHOWN_PAIRS]
    )
    return [
        {
            "report": photo.report,
            "after": photo,
            "before": photo.report.photos.public().filter(kind="report").first(),
        }
        for photo in after
    ]


@require_safe
def as_json(request: HttpRequest) -> JsonResponse:
    """The same figures as JSON."""
    now = timezone.now()
    scope = _scope(request, now)
    (everything,) = _cut(scope, "")
    body = {
        "counted_at": now.isoformat(),
        "days": scope.days or None,
        "source": scope.source or None,
        "sources": figures.sources(),
        "all": everything.as_row(),
        "closing": asdict(figures.closing_times(scope.period, scope.source)),
        "clocks": [
            {**asdict(clock), "share_pct": clock.share}
            for clock in figures.clocks_met(now, scope.period, scope.source)
        ],
        "by": {
            cut: [row.as_row() for row in _cut(scope, cut)]
            for cut in ("agency", "category", "island", "kelurahan")
        },
        "note": "closed is not fixed: `fixed` is the part of `closed` that was validated as fixed",
    }
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """The same figures as CSV: cut, key, label and counts."""
    scope = _scope(request, timezone.now())
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["cut", "key", "label", "unverified", "waiting", "in_process", "closed", "fixed",
         "not_told", "total"]
    )  # fmt: skip
    for cut in ("", "agency", "category", "island", "kelurahan"):
        for row in _cut(scope, cut):
            values = row.as_row().values()
            writer.writerow([cut or "all", *(defused(value) for value in values)])
    answer = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="kinerja.csv"'
    return answer
