"""`/wifi/<code>/`: state, uptime by month, history, a way to report it; `/q/<code>` leads here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from gis_platform.maps import map_config
from gis_platform.pages.portal.lists import WIFI_STATES
from gis_platform.pages.portal.nearest import nearest_working
from layers import registry
from layers.access import Role, roles_of
from layers.catalog import devices, wifi_health
from layers.catalog.wifi import WifiHotspot
from layers.catalog.wifi_dropped import DroppedHotspot
from layers.catalog.wifi_uptime import Uptime, uptimes
from layers.column_words import column_values
from layers.errors import NotFound

MONTHS_SHOWN = 12
LINES_SHOWN = 30
KEYHOLDERS = frozenset({Role.OPERATOR, Role.PLANNER, Role.ADMIN})
AROUND_DEG = 0.004
NEAR_SHOWN = 3
SAID = {
    wifi_health.BY_BEAT: gettext_lazy("detak alat"),
    wifi_health.BY_REPORT: gettext_lazy("laporan warga"),
    wifi_health.BY_SILENCE: gettext_lazy("alat diam"),
}


@require_safe
def short(request: HttpRequest, code: str) -> HttpResponse:
    """What a poster's code says: the hotspot's page, in the browser's language."""
    known = WifiHotspot.objects.filter(code=code).exists() or _dropped(code)
    if not known:
        raise NotFound
    return redirect("wifi-titik", code)


@require_safe
def page(request: HttpRequest, code: str) -> HttpResponse:
    """One wifi hotspot, or where to go instead of one that a newer plan dropped."""
    dropped = _dropped(code)
    if dropped is not None:
        near = nearest_working(dropped.geom, limit=NEAR_SHOWN)
        return render(request, "wifi/dropped.html", {"spot": dropped, "near": near})
    return render(request, "wifi/page.html", _context(request, _spot(code)))


@require_POST
def key(request: HttpRequest, code: str) -> HttpResponse:
    """Make a key for its router; shown on this one answer."""
    spot = _spot(code)
    made = devices.issue_key(spot.code, at=timezone.now())
    messages.success(
        request, _("Kunci alat dibuat. Salin sekarang; kunci lama tidak berlaku lagi.")
    )
    answer = render(request, "wifi/page.html", _context(request, spot) | {"made_key": made})
    answer["Cache-Control"] = "private, no-store"
    return answer


def _dropped(code: str) -> DroppedHotspot | None:
    """A planned hotspot of this code that was dropped, unless one stands there by now."""
    standing = WifiHotspot.objects.filter(code=code).exists()
    return None if standing else DroppedHotspot.objects.filter(code=code).first()


def _spot(code: str) -> WifiHotspot:
    rows = WifiHotspot.objects.select_related("island", "kelurahan")
    spot = rows.filter(code=code).first()
    if spot is None:
        raise NotFound
    return spot


def _context(request: HttpRequest, spot: WifiHotspot) -> dict[str, Any]:
    now = timezone.now()
    device = devices.Device.objects.filter(hotspot=spot).first()
    heard_at = device.heard_at if device else None
    silent = devices.is_silent(heard_at, now, after=wifi_health.STALE_AFTER)
    status = "unknown" if silent and spot.status in ("works", "weak") else spot.status
    x, y = spot.geom.x, spot.geom.y
    box = (x - AROUND_DEG, y - AROUND_DEG, x + AROUND_DEG, y + AROUND_DEG)
    words = column_values(registry.get("wifi-hotspots"), "status")
    staff = bool(roles_of(request.user) & KEYHOLDERS)
    return {
        "spot": spot,
        "status": status,
        "status_word": words[status],
        "status_class": WIFI_STATES[status],
        "heard_at": heard_at,
        "silent": silent,
        "months": months(spot, now),
        "history": [
            {
                "on": line.on,
                "status": words[line.status],
                "source": SAID.get(line.source, line.source),
            }
            for line in spot.history.order_by("-on", "-pk")[:LINES_SHOWN]
        ],
        "outages": wifi_health.open_outages(spot),
        "device": device if staff else None,
        "staff": staff,
        "readings_url": request.build_absolute_uri(reverse("alat-bacaan")),
        "beat_url": request.build_absolute_uri(reverse("alat-detak", args=[spot.code])),
        "map_config": map_config(request, ("wifi-hotspots",), ("wifi-hotspots",), bounds=box),
    }


def months(spot: WifiHotspot, now: datetime) -> list[dict[str, Any]]:
    """The last twelve months, newest first, without those that nobody knows anything about."""
    first = wifi_health.local_day(now).replace(day=1)
    rows = []
    for _number in range(MONTHS_SHOWN):
        found = uptimes(first, [spot.pk], at=now)[spot.pk]
        if found.up_h or found.down_h:
            rows.append({"month": first, "uptime": found, "bar": _bar(found)})
        first = (first - timedelta(days=1)).replace(day=1)
    return rows


def _bar(uptime: Uptime) -> list[dict[str, Any]]:
    """Parts of a bar of 100 units: hours up, off, unknown."""
    whole = uptime.up_h + uptime.down_h + uptime.unknown_h
    at, parts = 0.0, []
    for kind, hours in (("up", uptime.up_h), ("down", uptime.down_h), ("none", uptime.unknown_h)):
        wide = 100 * hours / whole
        parts.append({"kind": kind, "x": round(at, 2), "w": round(wide, 2)})
        at += wide
    return parts
