"""`/ops/wall/`: the room's screen. Read-only, rotating, legible from afar, nobody's words on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from gis_platform.maps import map_config
from gis_platform.pages.tracking.ladder import STATES
from layers.catalog import health
from layers.catalog.categories import ON_THE_PUBLIC_MAP
from layers.catalog.reports import figures, queue
from layers.catalog.reports.models import Report
from layers.catalog.reports.states import PublicState

SHOWN_REPORTS = ("reports", "incident-clusters", "incident-alarms")
SHOWN_ASSETS = ("wifi-hotspots", "cctv", "waste-bins")
AS_VISITOR = ("reports",)  # places as the public may know them: the room has guests
NEWEST = 8
DAYS = 7


def _newest() -> list[dict[str, Any]]:
    """The newest reports of kinds that maps tell: kind, area, state and time, no words."""
    rows = (
        Report.objects.real()
        .filter(category__public_precision__in=ON_THE_PUBLIC_MAP)
        .select_related("category", "kelurahan", "island", "public_kelurahan")
        .order_by("-received_at", "-id")[:NEWEST]
    )
    labels = dict(STATES)
    return [
        {
            "category": row.category.label,
            "area": row.public_area,
            "slug": row.public_state.replace("_", "-"),
            "state": labels[PublicState(row.public_state)],
            "urgent": row.urgent,
            "at": row.received_at,
        }
        for row in rows
    ]


def _parts(now: datetime) -> dict[str, Any]:
    """What changes: counters, the last days, health, the newest."""
    since = (now - timedelta(days=DAYS), None)
    (came,) = figures.state_counts(since)
    return {
        "counters": queue.counters(now),
        "came": came,
        "closed": figures.closed_in(since),
        "days": DAYS,
        "wifi": health.wifi(),
        "cctv": health.cctv(),
        "bins": health.bins(now),
        "newest": _newest(),
        "now": now,
    }


@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    """The screen; dark unless the person chose light."""
    slugs = (*SHOWN_REPORTS, *SHOWN_ASSETS)
    config = map_config(request, slugs)  # nothing is drawn before its view begins
    context = {
        **_parts(timezone.now()),
        "map_config": config
        | {
            "asVisitor": AS_VISITOR,
            "rotation": {"laporan": SHOWN_REPORTS, "sarana": SHOWN_ASSETS},
        },
        "theme": request.COOKIES.get("theme") or "dark",
    }
    return render(request, "console/wall.html", context)


@require_safe
def parts(request: HttpRequest) -> HttpResponse:
    """What changes, as a fragment."""
    return render(request, "console/wall_parts.html", _parts(timezone.now()))
