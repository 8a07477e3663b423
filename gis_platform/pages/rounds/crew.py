"""The crew's phone: the next stop, big; begin, done with a photo, skip with a reason.

A crew sees its own published round and nothing else: any other answers like a missing page.
Offline for a shift is prepared for: every tap carries a key of its own, so a tap that is sent
twice counts once.
"""

from __future__ import annotations

from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from gis_platform.maps import map_config
from gis_platform.pages.rounds import exports, sheet
from gis_platform.pages.rounds.describe import described_round, entries_of
from gis_platform.pages.rounds.lookup import found
from layers.access import DESK, roles_of
from layers.catalog.rounds import actions, photos
from layers.catalog.rounds.models import Round, RoundStop
from layers.errors import NotFound
from spatial_analysis.studies.round_replan import replan

SKIP_REASONS = (
    ("blocked", gettext_lazy("Jalan tertutup atau terhalang")),
    ("empty", gettext_lazy("Ternyata kosong")),
    ("locked", gettext_lazy("Terkunci atau tidak terjangkau")),
    ("missing", gettext_lazy("Tidak ada di tempat")),
    ("full", gettext_lazy("Kendaraan penuh")),
    ("danger", gettext_lazy("Tidak aman")),
)


def _mine(request: HttpRequest) -> Any:
    rows = Round.objects.of_crew(request.user).select_related("plan", "vehicle__depot")
    return rows.prefetch_related("legs", "stops")


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """Go to the crew's round of today, the next one, or the last one."""
    mine = actions.todays(request.user, timezone.now())
    if mine is None:
        return render(request, "rounds/crew_empty.html")
    return redirect("kru-rute", mine.pk)


@require_GET
def crew_round(request: HttpRequest, round_id: int) -> HttpResponse:
    """The crew's own round."""
    round_ = found(_mine(request), pk=round_id)
    entries = entries_of(round_)
    ahead = [e for e in entries if e.stop is None or e.stop.is_open]
    open_stops = [e for e in ahead if e.stop is not None]
    nearest = open_stops[0] if open_stops else None
    before = ahead[: ahead.index(nearest)] if nearest else []
    west, south, east, north = round_.geom.extent
    context = {
        "told": described_round(round_),
        "next": nearest,
        "ferries": [e.ferry for e in before if e.ferry],
        "later": open_stops[1:],
        "closed": [e for e in entries if e.stop is not None and not e.stop.is_open],
        "reasons": SKIP_REASONS,
        "load_now": _load_now(round_),
        "map_config": map_config(request, slugs=(), bounds=(west, south, east, north)),
    }
    return render(request, "rounds/crew.html", context)


def _load_now(round_: Round) -> int:
    """Litres on the vehicle after the last stop that is done."""
    done = [s for s in round_.stops.all() if s.state == "done"]
    litres = 0
    for stop in sorted(done, key=lambda s: s.order):
        litres = 0 if stop.kind == "tip" else litres + stop.load_l
    return litres


def _stop(request: HttpRequest, stop_id: int) -> RoundStop:
    mine = Round.objects.of_crew(request.user)
    return found(RoundStop.objects.select_related("round"), pk=stop_id, round__in=mine)


@require_POST
def start_stop(request: HttpRequest, stop_id: int) -> HttpResponse:
    """The crew begins a stop."""
    stop = _stop(request, stop_id)
    actions.start(stop=stop, by=request.user, at=timezone.now(), send_key=_key(request))
    return redirect("kru-rute", stop.round_id)


@require_POST
def finish_stop(request: HttpRequest, stop_id: int) -> HttpResponse:
    """The crew is done; a photo proves it."""
    stop = _stop(request, stop_id)
    sent = request.FILES.get("foto")
    actions.finish(
        stop=stop,
        by=request.user,
        at=timezone.now(),
        photo=sent.read() if sent else None,
        send_key=_key(request),
    )
    messages.success(request, _("Selesai: %(stop)s.") % {"stop": stop.label})
    return redirect("kru-rute", stop.round_id)


@require_POST
def skip_stop(request: HttpRequest, stop_id: int) -> HttpResponse:
    """The crew leaves a stop out; the rest is put in its best order."""
    stop = _stop(request, stop_id)
    words = dict(SKIP_REASONS)
    reason = str(words.get(request.POST.get("sebab", ""), ""))
    now = timezone.now()
    actions.skip(stop=stop, by=request.user, at=now, reason=reason, send_key=_key(request))
    changed = replan(stop.round, at=now)
    said = _("Dilewati; urutan dihitung ulang.") if changed else _("Dilewati.")
    messages.info(request, said)
    return redirect("kru-rute", stop.round_id)


def _key(request: HttpRequest) -> str:
    return request.POST.get("kunci", "")[:40]


def _own(request: HttpRequest, round_id: int) -> Round:
    return found(_mine(request), pk=round_id)


@require_GET
def round_data(request: HttpRequest, round_id: int) -> HttpResponse:
    """The round's features for its map."""
    return JsonResponse(exports.collection([_own(request, round_id)]))


@require_GET
def round_geojson(request: HttpRequest, round_id: int) -> HttpResponse:
    """Download the round as GeoJSON."""
    round_ = _own(request, round_id)
    return exports.as_geojson(exports.collection([round_]), exports.file_name(round_.plan, round_))


@require_GET
def round_gpx(request: HttpRequest, round_id: int) -> HttpResponse:
    """Download the round as GPX."""
    round_ = _own(request, round_id)
    return exports.as_gpx([round_], exports.file_name(round_.plan, round_))


@require_GET
def round_sheet(request: HttpRequest, round_id: int) -> HttpResponse:
    """The round on paper, with a code that opens it on a phone."""
    round_ = _own(request, round_id)
    address = request.build_absolute_uri(reverse("kru-rute", args=[round_.pk]))
    context = {
        "plan": round_.plan,
        "sheets": [(described_round(round_), sheet.drawing(round_))],
        "unserved": [],
        "qr": segno.make(address, error="m").svg_inline(scale=3, border=1),
        "printed_at": timezone.now(),
    }
    return render(request, "rounds/sheet.html", context)


@require_GET
def proof(request: HttpRequest, stop_id: int) -> HttpResponse:
    """The photo of a stop, for its own crew and for the desk."""
    stops = RoundStop.objects.exclude(photo="")
    if not roles_of(request.user) & DESK:
        stops = stops.filter(round__in=Round.objects.of_crew(request.user))
    path = photos.path_of(found(stops, pk=stop_id).photo)
    if not path.is_file():
        raise NotFound
    return HttpResponse(path.read_bytes(), content_type="image/jpeg")
