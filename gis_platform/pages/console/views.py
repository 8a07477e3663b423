"""`/ops/`: the live queue, one report's details, verdicts and forwards by key."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_platform.maps import islands, map_config
from gis_platform.pages.console import words
from gis_platform.pages.console.detail import detail, report_of
from layers.catalog import health, work_orders
from layers.catalog.agencies import Agency
from layers.catalog.categories import Category
from layers.catalog.reports import agency_work, doubt, numbers, places, queue
from layers.catalog.reports.models import PlaceSource, Report
from layers.catalog.reports.move import move
from layers.catalog.reports.queue import Filters
from layers.catalog.reports.states import Actor, State
from layers.errors import BadInput, NotFound
from layers.gate.whole import whole

MAP_LAYERS = (
    "reports", "work-orders", "cctv", "waste-bins", "wifi-hotspots", "incident-clusters",
    "incident-alarms", "suspected-leaks",
    "hazard-zones", "kelurahan", "islands",
)  # fmt: skip


class NoPlaceYet(BadInput):
    """Laporan ini belum punya tempat; pasang lokasinya dulu."""

    code = "NO_PLACE_YET"


def _filters(request: HttpRequest) -> Filters:
    ask = request.GET.get
    return Filters(
        view=ask("antrean", "") or "meja",
        category=ask("kategori", ""),
        island=ask("pulau", ""),
        state=ask("keadaan", ""),
        order="tenggat" if ask("urut") == "tenggat" else "baru",
    )


def _queue(request: HttpRequest) -> dict[str, Any]:
    """Context of the queue: rows, counters, and the change it stands at."""
    now, filters = timezone.now(), _filters(request)
    seq = queue.last_change()  # read first: a row that comes meanwhile is asked for again
    rows: list[Any] = list(queue.queue(filters, now)[: queue.MOST_SHOWN])  # with annotations
    return {
        "rows": [
            {
                "report": row,
                "state": words.STATES[row.state],
                "chip": doubt.chip(row.points),
                "late": row.due_at is not None and row.due_at < now,
            }
            for row in rows
        ],
        "counters": queue.counters(now),
        "filters": filters,
        "seq": seq,
        "now": now,
        "cut": len(rows) == queue.MOST_SHOWN,
    }


@require_safe
def console(request: HttpRequest) -> HttpResponse:
    """The console."""
    context = {
        **_queue(request),
        **_health(),
        "map_config": map_config(request, MAP_LAYERS, shown=("reports",)),
        "categories": Category.objects.all(),
        "islands": islands(),
        "states": words.STATES.items(),
        "views": words.VIEWS.items(),
    }
    return render(request, "console/page.html", context)


@require_safe
def fragment(request: HttpRequest) -> HttpResponse:
    """The queue as a fragment; 204 while nothing changed since `since`."""
    if whole(request.GET.get("since")) == queue.last_change():
        return HttpResponse(status=204)
    return render(request, "console/queue.html", _queue(request))


@require_safe
def details(request: HttpRequest, report_id: int) -> HttpResponse:
    """One report."""
    return render(request, "console/detail.html", detail(report_of(report_id), request.user))


def _health() -> dict[str, Any]:
    now = timezone.now()
    return {"wifi": health.wifi(), "cctv": health.cctv(), "bins": health.bins(now)}


@require_safe
def health_strip(request: HttpRequest) -> HttpResponse:
    """WiFi, CCTV and bins, each with the age of its data."""
    return render(request, "console/health.html", _health())


@require_POST
def step(request: HttpRequest, report_id: int) -> JsonResponse:
    """One move by an operator; answers the new state. Errors come as problem+json."""
    name, ask = request.POST.get("langkah", ""), request.POST.get
    if name in ("nyatakan_selesai", "pulangkan"):
        moved = agency_work.check(
            request.user, report_id, good=name == "nyatakan_selesai", reason=ask("catatan", "")
        )
    else:
        moved = move(
            report_id,
            name,
            actor=Actor.OPERATOR,
            by=request.user,
            screen="ops",
            seen_version=whole(ask("versi")),
            to=ask("ke") or None,
            reason=ask("alasan", "")[:60],
            note=ask("catatan", "")[:2000],
            **_given(request, name),
        )
    return JsonResponse(
        {
            "id": moved.pk,
            "number": moved.number,
            "state": moved.state,
            "label": str(words.STATES[moved.state]),
            "version": moved.row_version,
            "decided": moved.state not in queue.TO_DECIDE,
        }
    )


def _given(request: HttpRequest, name: str) -> dict[str, Any]:
    """What the move needs, from the form's fields."""
    ask = request.POST.get
    given: dict[str, Any] = {}
    if name in ("teruskan", "alihkan", "buka_kembali_kerja"):
        given["agency"] = _agency(ask("instansi", ""))
    if name == "duplikat":
        given["main"] = _main(ask("induk", ""))
    if name == "pasang_lokasi":
        given["place"] = places.point(_degrees(ask("lon", "")), _degrees(ask("lat", "")))
        given["place_source"] = PlaceSource.DESK
    if name == "sahkan":
        given["public_words"] = ask("kata_umum", "")[:2000]
        given["publish_photos"] = bool(ask("foto_umum"))
    return given


def _degrees(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise places.OutsideTheCity from None


def _agency(code: str) -> Agency:
    found = Agency.objects.filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def _main(number: str) -> Report:
    found = Report.objects.filter(number=numbers.tidy(number) or "").first()
    if found is None:
        raise NotFound(_("Tidak ada laporan dengan nomor itu."))
    return found


@require_POST
def order(request: HttpRequest, report_id: int) -> JsonResponse:
    """A work order for one report; asking twice gives the same one."""
    report = report_of(report_id)
    if report.geom is None:
        raise NoPlaceYet
    made = work_orders.create_from_report(report)
    return JsonResponse({"order": made.pk, "kind": str(made.get_kind_display())})


@require_safe
def places_json(request: HttpRequest) -> JsonResponse:
    """Places of the queue's reports for the map: id -> [lon, lat]."""
    rows = queue.queue(_filters(request), timezone.now())[: queue.MOST_SHOWN]
    features = [
        {
            "type": "Feature",
            "id": row.pk,
            "geometry": {"type": "Point", "coordinates": [row.geom.x, row.geom.y]},
            "properties": {"pk": row.pk, "number": row.number, "open": row.state != State.CLOSED},
        }
        for row in rows
        if row.geom is not None
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})
