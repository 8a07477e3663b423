"""The dispatcher's hand on a plan: move, take out, put in, lock, put the rest in order anew."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from gis_platform.http_errors import wants_json
from gis_platform.pages.rounds.lookup import found
from gis_platform.pages.rounds.plan_words import plan_words, signed
from layers.catalog.rounds.models import RoundPlan
from layers.errors import BadInput
from layers.gate.whole import whole
from spatial_analysis.studies import round_moves
from spatial_analysis.studies.round_moves import Change
from spatial_analysis.studies.round_redo import Redone, redo
from spatial_analysis.studies.round_undo import Order, put_back

ORDER_SALT = "rounds.order"
UNDONE_WITHIN_S = 12 * 3600


class BadMove(BadInput):
    """Perpindahan ini tidak lengkap; muat ulang halaman lalu coba lagi."""

    code = "BAD_MOVE"


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "")
    if not text:
        return None
    found = whole(text)
    if found is None:
        raise BadMove
    return found


def _needed(request: HttpRequest, name: str) -> int:
    number = _number(request, name)
    if number is None:
        raise BadMove
    return number


def _answer(
    request: HttpRequest, plan: RoundPlan, said: str, stop: int | None, **more: Any
) -> HttpResponse:
    """The list as it is now for scripts, with `more` to take it back by; else the page."""
    if not wants_json(request):
        messages.success(request, said)
        return redirect("rute-rencana", plan.pk)
    plan.refresh_from_db()
    words = plan_words(plan)
    html = render_to_string("rounds/plan_list.html", words, request)
    figures = render_to_string("rounds/plan_figures.html", words, request)
    return JsonResponse({"said": said, "html": html, "figures": figures, "stop": stop, **more})


@require_POST
def move(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Move a stop (`perhentian`) or put in a left-out one (`tak`): to `rute`, before `sebelum`."""
    plan, at = _plan(plan_id), timezone.now()
    number, before = _needed(request, "rute"), _number(request, "sebelum")
    where: dict[str, Any] = {"plan": plan, "number": number, "before_id": before, "at": at}
    left = _number(request, "tak")
    if left is not None:
        change = round_moves.put_in(unserved_id=left, **where)
    else:
        stop_id, best = _needed(request, "perhentian"), bool(request.POST.get("terbaik"))
        change = round_moves.move(stop_id=stop_id, cheapest=best, by=request.user, **where)
    return _answer(request, plan, _moved(change), change.stop.pk)


@require_POST
def take_out(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Leave a stop out of the day's rounds."""
    plan = _plan(plan_id)
    row = round_moves.take_out(plan=plan, stop_id=_needed(request, "perhentian"), at=timezone.now())
    said = _("%(stop)s dikeluarkan dari rute; tercatat di bawah Tak terlayani.")
    return _answer(request, plan, said % {"stop": row.label}, None, left=row.pk)


@require_POST
def lock(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Lock stops to their vehicle and place, or let them go."""
    plan, locked = _plan(plan_id), request.POST.get("kunci") == "1"
    asked = map(whole, request.POST.getlist("perhentian"))
    chosen = [stop_id for stop_id in asked if stop_id is not None]
    count = round_moves.lock(plan=plan, stop_ids=chosen, locked=locked)
    said = (
        ngettext("%(n)d perhentian terkunci.", "%(n)d perhentian terkunci.", count)
        if locked
        else ngettext("%(n)d kunci dibuka.", "%(n)d kunci dibuka.", count)
    )
    return _answer(request, plan, said % {"n": count}, chosen[0] if chosen else None)


@require_POST
def in_order(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Deal what is left of the day anew; what is done or locked stays."""
    plan = _plan(plan_id)
    done = redo(plan=plan, at=timezone.now(), by=request.user)
    if done.order is None:
        said = _("Urutan yang ada sudah yang terbaik; tidak ada yang berubah.")
        return _answer(request, plan, said, None)
    said = _("Diurutkan ulang: %(what)s; yang selesai dan yang terkunci tetap.")
    order = signing.dumps({"plan": plan.pk, **done.order.told()}, salt=ORDER_SALT, compress=True)
    return _answer(request, plan, said % {"what": _what_changed(done)}, None, order=order)


def _what_changed(done: Redone) -> str:
    """What a new order brings, the noughts left out."""
    minutes = round(done.saved_s / 60)
    less = ngettext("%(n)s menit jalan lebih singkat", "%(n)s menit jalan lebih singkat", minutes)
    more = ngettext("%(n)s menit jalan lebih lama", "%(n)s menit jalan lebih lama", -minutes)
    moved = ngettext("%(n)s pindah kendaraan", "%(n)s pindah kendaraan", done.moved)
    served = ngettext("%(n)s lagi terlayani", "%(n)s lagi terlayani", done.served_more)
    told = ((less, minutes), (more, -minutes), (moved, done.moved), (served, done.served_more))
    return ", ".join(words % {"n": number_format(n)} for words, n in told if n > 0)


@require_POST
def back_in_order(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Take an order that was dealt anew back, by what its answer gave along."""
    plan = _plan(plan_id)
    try:
        told = signing.loads(
            request.POST.get("semula", ""), salt=ORDER_SALT, max_age=UNDONE_WITHIN_S
        )
    except signing.BadSignature:
        raise BadMove from None
    if told.pop("plan") != plan.pk:
        raise BadMove
    put_back(plan=plan, order=Order(**told), at=timezone.now(), by=request.user)
    return _answer(request, plan, _("Urutan sebelumnya dikembalikan."), None)


def _plan(plan_id: int) -> RoundPlan:
    return found(RoundPlan.objects.all(), pk=plan_id)


def _moved(change: Change) -> str:
    stop, round_ = change.stop, change.round
    return _(
        "%(stop)s: %(vehicle)s nomor %(number)d. Jarak %(km)s km, jalan %(minutes)s menit; "
        "%(vehicle)s pulang %(home)s."
    ) % {
        "stop": stop.label,
        "vehicle": round_.vehicle.label,
        "number": stop.number,
        "km": signed(change.length_m / 1000, 1),
        "minutes": signed(change.drive_s / 60, 0),
        "home": date_format(timezone.localtime(round_.ends_at), "H.i"),
    }
