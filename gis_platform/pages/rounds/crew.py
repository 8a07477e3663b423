"""The crew's phone: the next stop, big; begin, done with a photo, skip with a reason.

A crew sees its own published round and nothing else: any other answers like a missing page.
Every tap carries a key of its own, so one that is sent twice counts once. With scripts, taps go
through the phone's outbox (`receive`) and the page works without a network for a shift.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from gis_platform.maps import map_config
from gis_platform.pages.rounds import exports, offline, sheet
from gis_platform.pages.rounds.calendar import calendar
from gis_platform.pages.rounds.describe import (
    Entry,
    Ferry,
    described_round,
    entries_of,
    stops_of,
)
from gis_platform.pages.rounds.kml import kml
from gis_platform.pages.rounds.lookup import found
from layers.access import DESK, roles_of
from layers.catalog.rounds import actions, outbox, photos
from layers.catalog.rounds.models import Round, RoundStop
from layers.errors import NotFound
from layers.gate.whole import whole
from spatial_analysis.studies.round_replan import replan

OLDEST_ACT_S = 48 * 3600
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


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Go to the crew's round of today, the next one, or the last one."""
    mine = actions.todays(request.user, timezone.now())
    if mine is None:
        return render(request, "rounds/crew_empty.html")
    return redirect("kru-rute", mine.pk)


@require_safe
def crew_round(request: HttpRequest, round_id: int) -> HttpResponse:
    """The crew's own round."""
    made_at = timezone.now()  # before the rows are read: what is kept later is newer than the page
    round_ = found(_mine(request), pk=round_id)
    entries = entries_of(round_)
    ahead = [e for e in entries if e.stop is None or e.stop.is_open]
    open_stops = [e for e in ahead if e.stop is not None]
    west, south, east, north = round_.geom.extent
    context = {
        "told": described_round(round_),
        "cards": _cards(ahead),
        "next": open_stops[0] if open_stops else None,
        "stops": [_told(s) for s in stops_of(round_)],
        "made_at": made_at,
        "made_ms": _ms(made_at),
        "reasons": SKIP_REASONS,
        "load_now": _load_now(round_),
        "map_config": map_config(request, slugs=(), bounds=(west, south, east, north)),
        "archive": offline.archive_address(),
    }
    return render(request, "rounds/crew.html", context)


@dataclass(frozen=True, slots=True)
class Card:
    """A stop still to be served, with the ferries right before it."""

    entry: Entry
    ferries: tuple[Ferry, ...]


def _cards(ahead: list[Entry]) -> list[Card]:
    """One card a stop in order; the phone shows the first that is open."""
    cards, ferries = [], []
    for entry in ahead:
        if entry.ferry is not None:
            ferries.append(entry.ferry)
        elif entry.stop is not None:
            cards.append(Card(entry, tuple(ferries)))
            ferries = []
    return cards


def _told(stop: RoundStop) -> dict[str, Any]:
    """What the phone works with while it has no network."""
    return {
        "id": stop.pk, "state": stop.state, "kind": stop.kind, "label": stop.label,
        "load_l": stop.load_l,
    }  # fmt: skip


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


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


@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take in one act of the phone's outbox; the answer comes after it is kept for good."""
    sent = request.POST
    act, stop_id = sent.get("laku", ""), whole(sent.get("perhentian"))
    age_s = whole(sent.get("umur_s", "0"))
    if act not in set(outbox.Act) or stop_id is None or age_s is None:
        raise outbox.BadAct
    now = timezone.now()
    photo = request.FILES.get("foto")
    got = outbox.receive(
        by=request.user,
        stop_id=stop_id,
        act=outbox.Act(act),
        key=sent.get("kunci", ""),
        at=now - timedelta(seconds=min(age_s, OLDEST_ACT_S)),
        reason=str(dict(SKIP_REASONS).get(sent.get("sebab", ""), "")),
        photo=photo.read() if photo else None,
    )
    again = act == outbox.Act.SKIP and not got.before and replan(got.stop.round, at=now)
    return JsonResponse(
        {
            "key": sent["kunci"],
            "state": got.stop.state,
            "at": _ms(timezone.now()),
            "replanned": again,
            "said": _("Dilewati; urutan dihitung ulang.") if again else "",
        }
    )


def _key(request: HttpRequest) -> str:
    return request.POST.get("kunci", "")[:40]


def _own(request: HttpRequest, round_id: int) -> Round:
    return found(_mine(request), pk=round_id)


@require_safe
def round_data(request: HttpRequest, round_id: int) -> HttpResponse:
    """The round's features for its map."""
    return JsonResponse(exports.collection([_own(request, round_id)]))


@require_safe
def round_geojson(request: HttpRequest, round_id: int) -> HttpResponse:
    """Download the round as GeoJSON."""
    round_ = _own(request, round_id)
    return exports.as_geojson(exports.collection([round_]), exports.file_name(round_.plan, round_))


@require_safe
def round_gpx(request: HttpRequest, round_id: int) -> HttpResponse:
    """Download the round as GPX."""
    round_ = _own(request, round_id)
    return exports.as_gpx([round_], exports.file_name(round_.plan, round_))


@require_safe
def round_kml(request: HttpRequest, round_id: int) -> HttpResponse:
    """Download the round as KML."""
    round_ = _own(request, round_id)
    name = exports.file_name(round_.plan, round_)
    return exports.as_file(kml([round_], name), exports.KML_TYPE, f"{name}.kml")


@require_safe
def round_ics(request: HttpRequest, round_id: int) -> HttpResponse:
    """Download the shift and its boats for the phone's calendar."""
    round_ = _own(request, round_id)
    address = request.build_absolute_uri(reverse("kru-rute", args=[round_.pk]))
    name = exports.file_name(round_.plan, round_)
    return exports.as_file(calendar(round_, address), "text/calendar; charset=utf-8", f"{name}.ics")


@require_safe
def round_sheet(request: HttpRequest, round_id: int) -> HttpResponse:
    """The round on paper, with a code that opens it on a phone."""
    round_ = _own(request, round_id)
    told = (described_round(round_), sheet.drawing(round_), sheet.code(request, round_))
    context = {
        "plan": round_.plan,
        "sheets": [told],
        "unserved": [],
        "printed_at": timezone.now(),
    }
    return render(request, "rounds/sheet.html", context)


@require_safe
def proof(request: HttpRequest, stop_id: int) -> HttpResponse:
    """The photo of a stop, for its own crew and for the desk."""
    stops = RoundStop.objects.exclude(photo="")
    if not roles_of(request.user) & DESK:
        stops = stops.filter(round__in=Round.objects.of_crew(request.user))
    path = photos.path_of(found(stops, pk=stop_id).photo)
    if not path.is_file():
        raise NotFound
    return HttpResponse(path.read_bytes(), content_type="image/jpeg")
