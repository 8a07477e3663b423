"""`/instansi/`: inbox by clock, accept, plan, begin, finish with a photo, hand back, check."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_platform.maps import map_config
from gis_platform.pages.console import words
from layers.catalog.reports import agency_work, photos
from layers.catalog.reports.models import Report
from layers.catalog.reports.states import State
from layers.catalog.reports.work import Assignment
from layers.catalog.routing_rules import suggest
from layers.catalog.work_orders import WORKING, WorkOrder
from layers.errors import BadInput
from layers.gate.whole import whole

MOST_SHOWN = 200
NEAR_DEG = 0.003  # some 330 m
BY_HAND = "dipilih petugas"
FINAL_SHOWN = 10


class NoDay(BadInput):
    """Tanggal rencana tidak terbaca; pilih tanggalnya."""

    code = "NO_DAY"


class NoReason(BadInput):
    """Tulis alasannya."""

    code = "NO_REASON"


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Own jobs; the one whose clock ends first on top."""
    now = timezone.now()
    rows = [_row(held, now) for held in agency_work.inbox(request.user)[:MOST_SHOWN]]
    context = {
        "rows": rows,
        "agencies": list(agency_work.agencies_of(request.user)),
        "done": _done(request.user),
        "late": sum(row["late"] for row in rows),
        "orders": _orders(request.user),
    }
    return render(request, "agency/inbox.html", context)


def _orders(user: Any) -> list[WorkOrder]:
    """Open work orders given to the person's agencies: from clusters, alarms, suspected leaks."""
    rows = WorkOrder.objects.filter(agency__in=agency_work.agencies_of(user), state__in=WORKING)
    return list(rows.annotate(n=Count("reports")).select_related("agency", "island")[:MOST_SHOWN])


def _row(held: Any, now: datetime) -> dict[str, Any]:  # an assignment with its due_at
    return {
        "held": held,
        "report": held.report,
        "state": words.STATES[held.report.state],
        "due_at": held.due_at,
        "late": held.due_at is not None and held.due_at < now,
        "unverified": held.report.state in ("baru", "perlu_info", "diragukan"),
    }


def _done(user: Any) -> list[Report]:
    rows = Report.objects.filter(
        assignments__agency__in=agency_work.agencies_of(user),
        assignments__state="done",
        practice=False,
    ).select_related("category", "kelurahan", "island")
    return list(rows.order_by("-received_at").distinct()[:FINAL_SHOWN])


@require_safe
def job(request: HttpRequest, report_id: int) -> HttpResponse:
    """One job: what, where, and the next steps. Never the reporter."""
    held = agency_work.own(request.user, report_id)
    report = held.report
    follow_up = report.follow_ups.first()
    context = {
        **_row(held, timezone.now()),
        "photos": report.photos.filter(kind="report"),
        "after": report.photos.filter(kind="follow_up"),
        "follow_up": follow_up,
        "may_check": follow_up is not None
        and report.state == State.AWAITS_CHECK
        and follow_up.done_by_id != request.user.pk,
        "op_id": str(uuid4()),
        "today": timezone.localdate().isoformat(),
        "notes": report.notes.filter(shown_to="agency", erased_at=None),
        "why": _why(held),
        "map_config": map_config(request, slugs=(), bounds=_around(report)),
    }
    return render(request, "agency/job.html", context)


def _around(report: Report) -> tuple[float, float, float, float] | None:
    """A few streets around the report's place, in degrees."""
    place = report.geom
    if place is None:
        return None
    west, south = place.x - NEAR_DEG, place.y - NEAR_DEG
    return (west, south, place.x + NEAR_DEG, place.y + NEAR_DEG)


def _why(held: Assignment) -> str:
    """Why this agency: in the reader's language where the rules still say the same."""
    now = suggest(held.report)
    same = (now.agency.pk, now.rule and now.rule.pk) == (held.agency_id, held.rule_id)
    return now.explained if same and held.explained != BY_HAND else _(held.explained)


def _back(report_id: int) -> HttpResponse:
    return redirect("instansi-tugas", report_id)


@require_POST
def accept(request: HttpRequest, report_id: int) -> HttpResponse:
    """Take the job."""
    seen = whole(request.POST.get("versi"))
    agency_work.accept(request.user, report_id, seen_version=seen)
    return _back(report_id)


@require_POST
def plan(request: HttpRequest, report_id: int) -> HttpResponse:
    """Set or move the day."""
    try:
        day = date.fromisoformat(request.POST.get("tanggal", ""))
    except ValueError:
        raise NoDay from None
    agency_work.plan(request.user, report_id, on=day, reason=request.POST.get("alasan", "")[:60])
    return _back(report_id)


@require_POST
def begin(request: HttpRequest, report_id: int) -> HttpResponse:
    """Start work."""
    agency_work.begin(request.user, report_id)
    return _back(report_id)


@require_POST
def finish(request: HttpRequest, report_id: int) -> HttpResponse:
    """Done, with a photo; or impossible, with words."""
    try:
        op_id = UUID(request.POST.get("op_id", ""))
    except ValueError:
        op_id = uuid4()
    fixed = request.POST.get("hasil") != "tidak_dapat_dikerjakan"
    told = request.POST.get("kata", "").strip()[:2000]
    if not fixed and not told:
        raise NoReason
    agency_work.finish(
        request.user,
        report_id,
        words=told,
        pictures=[photos.read(sent) for sent in request.FILES.getlist("foto")],
        fixed=fixed,
        op_id=op_id,
    )
    return _back(report_id)


@require_POST
def hand_back(request: HttpRequest, report_id: int) -> HttpResponse:
    """ "Bukan wewenang kami": two taps, a reason."""
    reason = request.POST.get("alasan", "").strip()[:500] or _("bukan wewenang kami")
    agency_work.hand_back(request.user, report_id, reason=reason)
    return redirect("instansi")


@require_POST
def check(request: HttpRequest, report_id: int) -> HttpResponse:
    """Another person's look."""
    agency_work.own(request.user, report_id)
    good, reason = "beres" in request.POST, request.POST.get("alasan", "").strip()[:500]
    if not good and not reason:
        raise NoReason
    agency_work.check(request.user, report_id, good=good, reason=reason)
    return redirect("instansi")
