"""Views of the public map: page, light page, filtered downloads, nearest WiFi, QR of a view."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from typing import Any

import segno
from django.contrib.gis.geos import Point
from django.core.paginator import Paginator
from django.db.models import Max, Min
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_platform.maps import islands, localized, map_config
from gis_platform.pages.portal import lists, nearest, picture, wishes
from layers import api, registry
from layers.access import Face
from layers.catalog.categories import Precision
from layers.catalog.places import Kelurahan
from layers.catalog.reports.public_places import K_FLOOR
from layers.column_words import column_values
from layers.errors import NotFound
from tile_service.publish import timeline
from tile_service.publish import views as maps

LINES_A_PAGE = 40
MOST_ON_THE_MAP = 3000  # more than this and the map shows hexagons instead of single reports
SHOWN = ("reports", "wifi-hotspots")
BASE = frozenset({"islands", "kecamatan", "kelurahan", "streets", "ferry-lines", "piers"})


def offered() -> list[str]:
    """Public layers that the base map does not already hold."""
    return [
        layer.slug
        for layer in registry.all_layers()
        if layer.is_public and layer.slug not in BASE and layer.symbol.kind != "hidden"
    ]


def _start(wish: wishes.Wish) -> Point | None:
    """Where distances are counted from: the marker of the kelurahan that was chosen."""
    if not wish.near:
        return None
    found = Kelurahan.objects.filter(code=wish.near).first()
    if found is None:
        raise NotFound
    marker: Point = found.marker
    return marker


def _tabs(wish: wishes.Wish, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "title": listing.title,
            "query": wish.query(daftar=listing.name),
            "current": listing.name == wish.listing,
            "count": listing.rows(wish, at).count(),
        }
        for listing in lists.LISTINGS
    ]


def _list(wish: wishes.Wish, at: datetime) -> dict[str, Any]:
    listing = lists.listing_called(wish.listing)
    rows, start = listing.rows(wish, at), _start(wish)
    if start:
        rows = lists.by_distance(rows, listing.layer, start)
    elif not rows.ordered:
        rows = rows.order_by("pk")
    page = Paginator(rows, LINES_A_PAGE).get_page(wish.page)
    return {
        "listing": listing,
        "page": page,
        "lines": [listing.line(row) for row in page.object_list],
        "query": wish.query(),
    }


def _said(window: tuple[datetime, datetime]) -> str:
    """A window in words of the city's own time: its days where it is made of whole ones."""
    since, until = (timezone.localtime(at) for at in window)
    if not (since.hour or until.hour):
        last = until - timedelta(days=1)
        return f"{date_format(since, 'j M')} – {date_format(last, 'j M Y')}"
    return f"{date_format(since, 'j M H.i')} – {date_format(until, 'j M Y H.i')}"


def _filters(wish: wishes.Wish) -> dict[str, Any]:
    return {
        "periods": [(name, words[0]) for name, words in wishes.PERIODS.items()]
        + ([(wish.period, _said(wish.window))] if wish.window else []),
        "states": list(wishes.STATES.items()),
        "categories": [
            (category.code, localized(category.name, category.name_en))
            for category in wishes.public_categories()
        ],
        "islands": islands(),
        "kelurahan": Kelurahan.objects.order_by("name").values_list("code", "name")
        if wish.listing == "wifi"
        else [],
        "filters_on": wish.filters_on,
    }


def _told(config: dict[str, Any]) -> dict[str, Any]:
    """The map's configuration; the legend of reports says what is blurred, and how."""
    blurred = [
        f"{localized(one.name, one.name_en)} ({one.public_cell_m} m)"
        for one in wishes.public_categories()
        if one.public_precision == Precision.BLUR
    ]
    note = _("Tempat dikaburkan di dalam petak, tampak mulai %(least)s laporan: %(kinds)s.")
    for layer in config["layers"]:
        if layer["slug"] == "reports" and blurred:
            words = {"least": K_FLOOR, "kinds": ", ".join(blurred)}
            layer["symbol"] = layer["symbol"] | {"note": note % words}
    return config


def _time(wish: wishes.Wish, at: datetime) -> dict[str, Any]:
    """Where the slider finds its counts, and the window that it shows first."""
    since, until = wishes.window_of(wish, at)
    return {
        "counts": f"/peta/waktu.json?{wish.query(daftar='', waktu='', dari='')}",
        "from": since,
        "to": until,
    }


@require_safe
def time_counts(request: HttpRequest) -> HttpResponse:
    """How many reports of the view lie on each day (or longer step), from the first to the last."""
    at = timezone.now()
    wish = wishes.read(request.GET, lists.NAMES, at)
    rows = wishes.at_all_times(wish)
    ends = rows.order_by().aggregate(first=Min("received_at"), last=Max("received_at"))
    body: dict[str, Any] = {"from": None, "to": None, "counts": []}
    if ends["first"]:
        since, until = ends["first"].timestamp(), max(ends["last"], at).timestamp()
        step = "P1D" if until - since < timeline.MOST_STEPS * timeline.DAY_S else "P1W"
        on = timeline.ruler(since, until, step)
        counts = timeline.counted(rows, "received_at", on)
        body = {"from": timeline.iso(on.start), "to": timeline.iso(on.end), "step": on.step,
                "step_s": on.step_s, "counts": counts}  # fmt: skip
    return maps.answer_counts(request, json.dumps(body).encode(), open_to_all=True)


@require_safe
def portal(request: HttpRequest) -> HttpResponse:
    """The public map and its list; `?ringan=1` or Save-Data: list and a small drawing."""
    at = timezone.now()
    wish = wishes.read(request.GET, lists.NAMES, at)
    context: dict[str, Any] = (
        {"wish": wish, "tabs_of_lists": _tabs(wish, at)} | _list(wish, at) | _filters(wish)
    )
    if request.GET.get("ringan") == "1" or request.headers.get("Save-Data") == "on":
        context["picture"] = picture.draw(context["lines"], wish.island)
        return render(request, "portal/lite.html", context)
    many = wishes.reports(wish, at).count() > MOST_ON_THE_MAP
    bounds = next((one["bounds"] for one in context["islands"] if one["code"] == wish.island), None)
    context["map_config"] = _told(map_config(request, offered(), SHOWN, bounds)) | {
        "reports_url": "" if many else f"/peta/laporan.geojson?{wish.query()}",
        "faces": "public",
        "time": _time(wish, at),
    }
    return render(request, "portal/map.html", context)


@require_safe
def part(request: HttpRequest, name: str, kind: str) -> StreamingHttpResponse:
    """The rows of one list of the view, all pages, as GeoJSON or CSV."""
    if name not in lists.NAMES:
        raise NotFound
    at = timezone.now()
    wish = wishes.read(request.GET, lists.NAMES, at)
    listing = lists.listing_called(name)
    layer = registry.get(listing.layer)
    make = api.geojson if kind == "geojson" else api.csv_lines
    lines = make(layer, Face.PUBLIC, listing.rows(wish, at).select_related(None))
    content = "application/geo+json" if kind == "geojson" else "text/csv; charset=utf-8"
    answer = StreamingHttpResponse(lines, content_type=content)
    answer["Content-Disposition"] = f'attachment; filename="{listing.layer}.{kind}"'
    answer["Cache-Control"] = "public, no-cache"
    return answer


@require_safe
def nearest_wifi(request: HttpRequest) -> JsonResponse:
    """Nearest working wifi hotspots to ?lon=&lat= (degrees), with metres."""
    place = nearest.place_of(request.GET.get("lon", ""), request.GET.get("lat", ""))
    statuses = column_values(registry.get("wifi-hotspots"), "status")
    found = [
        {
            "id": one.hotspot.pk,
            "name": one.hotspot.name,
            "status": one.hotspot.status,
            "status_word": statuses[one.hotspot.status],
            "power_hours": one.hotspot.power_hours,
            "where": lists.where(one.hotspot),
            "metres": round(one.metres),
            "across_water": one.across_water,
            "lon": round(one.hotspot.geom.x, 6),
            "lat": round(one.hotspot.geom.y, 6),
        }
        for one in nearest.nearest_working(place)
    ]
    return JsonResponse({"wifi": found})


@require_safe
def qr(request: HttpRequest) -> HttpResponse:
    """QR code (SVG) of a view of this site's public map: ?alamat=/peta/…"""
    address = request.GET.get("alamat", "/peta/")
    if not address.startswith("/peta/") or len(address) > 500:
        raise NotFound
    drawing = io.BytesIO()
    segno.make(request.build_absolute_uri(address), error="m").save(
        drawing, kind="svg", scale=6, border=4, svgclass=None, lineclass=None, omitsize=False
    )
    return HttpResponse(drawing.getvalue(), content_type="image/svg+xml")
