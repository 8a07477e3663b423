"""What is done with rounds: publish a plan; start, finish or skip a stop. History is added to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from layers.catalog.bin_forecasts import record_emptying
from layers.catalog.rounds import photos
from layers.catalog.rounds.models import (
    OPEN_STATES,
    PlanState,
    Round,
    RoundPlan,
    RoundState,
    RoundStop,
    StopEvent,
    StopKind,
    StopState,
)
from layers.catalog.work_orders import WorkOrder, WorkState
from layers.errors import BadInput, ChangedMeanwhile


class PlanNotDraft(ChangedMeanwhile):
    """Rencana ini sudah terbit atau sudah diganti; buka rencana terbaru."""

    code = "PLAN_NOT_DRAFT"


class PlanNotChecked(BadInput):
    """Rencana ini belum lolos pemeriksaan; hitung lagi sebelum menerbitkannya."""

    code = "PLAN_NOT_CHECKED"


class RoundsUnderway(ChangedMeanwhile):
    """Regu sudah berangkat dengan rencana lain untuk hari itu; tunggu sampai selesai."""

    code = "ROUNDS_UNDERWAY"


class StopClosed(ChangedMeanwhile):
    """Perhentian ini sudah ditutup; lihat daftar terbaru."""

    code = "STOP_CLOSED"


class PhotoMissing(BadInput):
    """Foto bukti belum ada; ambil foto, lalu tekan Selesai."""

    code = "PHOTO_MISSING"


class ReasonMissing(BadInput):
    """Sebab dilewati belum dipilih."""

    code = "REASON_MISSING"


@transaction.atomic
def publish(*, plan: RoundPlan, at: datetime) -> RoundPlan:
    """Give a draft to the crews; an earlier plan of the same day that nobody started gives way.

    Raises PlanNotDraft, PlanNotChecked, RoundsUnderway.
    """
    day = RoundPlan.objects.select_for_update().filter(on=plan.on).order_by("pk")
    plan = next(row for row in day if row.pk == plan.pk)  # two drafts of a day take turns
    if plan.state != PlanState.DRAFT:
        raise PlanNotDraft
    if not plan.checked:
        raise PlanNotChecked
    earlier = RoundPlan.objects.filter(on=plan.on, state=PlanState.PUBLISHED)
    if Round.objects.filter(plan__in=earlier, state=RoundState.UNDERWAY).exists():
        raise RoundsUnderway
    _orders_of(earlier).update(state=WorkState.OPEN)
    earlier.update(state=PlanState.REPLACED)
    plan.state, plan.published_at = PlanState.PUBLISHED, at
    plan.save(update_fields=["state", "published_at"])
    _orders_of([plan]).update(state=WorkState.ROUTED)
    return plan


def _orders_of(plans: Any) -> Any:
    """Work orders that are still to be fetched on these plans."""
    stops = RoundStop.objects.filter(
        round__plan__in=plans, work_order_id__isnull=False, state=StopState.PLANNED
    )
    return WorkOrder.objects.filter(
        pk__in=stops.values("work_order_id"), state__in=(WorkState.OPEN, WorkState.ROUTED)
    )


@transaction.atomic
def start(
    *, stop: RoundStop, by: Any, at: datetime, send_key: str = "", late: bool = False
) -> RoundStop:
    """The crew begins a stop; its round is underway from then on. One that is begun already stays
    as it is (two phones, two pages). Raises StopClosed.

    `late`, here and below: told by a phone that had no network, so the plan may have been
    replaced meanwhile.
    """
    stop = _locked(stop)
    if _told_before(stop, send_key):
        return stop
    _require_open(stop, late=late)
    if stop.state == StopState.STARTED:
        return stop
    return _set(stop, StopState.STARTED, by=by, at=at, send_key=send_key)


@transaction.atomic
def finish(
    *,
    stop: RoundStop,
    by: Any,
    at: datetime,
    photo: bytes | None = None,
    send_key: str = "",
    late: bool = False,
) -> RoundStop:
    """The crew is done with a stop: the bin is empty, the order is carried out.

    Everything but tipping needs a photo. Raises StopClosed, PhotoMissing, BadPhoto.
    """
    stop = _locked(stop)
    if _told_before(stop, send_key):
        return stop
    _require_open(stop, late=late)
    if stop.kind != StopKind.TIP:
        if not photo:
            raise PhotoMissing
        stop.photo = photos.keep(photo)
    if stop.bin_id is not None:
        record_emptying(bin_id=stop.bin_id, at=at)
    if stop.work_order_id is not None:
        WorkOrder.objects.filter(pk=stop.work_order_id).update(state=WorkState.DONE, done_at=at)
    return _set(stop, StopState.DONE, by=by, at=at, send_key=send_key)


@transaction.atomic
def skip(
    *,
    stop: RoundStop,
    by: Any,
    at: datetime,
    reason: str,
    send_key: str = "",
    late: bool = False,
) -> RoundStop:
    """The crew leaves a stop out and says why; its work order is open again.

    Raises StopClosed, ReasonMissing.
    """
    stop = _locked(stop)
    if _told_before(stop, send_key):
        return stop
    _require_open(stop, late=late)
    if not reason.strip():
        raise ReasonMissing
    stop.skip_reason = reason.strip()[:200]
    if stop.work_order_id is not None:
        WorkOrder.objects.filter(pk=stop.work_order_id, state=WorkState.ROUTED).update(
            state=WorkState.OPEN
        )
    return _set(stop, StopState.SKIPPED, by=by, at=at, send_key=send_key, note=stop.skip_reason)


def _locked(stop: RoundStop) -> RoundStop:
    rows = RoundStop.objects.select_for_update(of=("self",))
    return rows.select_related("round__plan").get(pk=stop.pk)


def _told_before(stop: RoundStop, send_key: str) -> bool:
    """True when this very tap has arrived already (a phone sends again after a lost answer)."""
    return bool(send_key) and stop.events.filter(send_key=send_key).exists()


def _require_open(stop: RoundStop, *, late: bool) -> None:
    driven = {PlanState.PUBLISHED, PlanState.REPLACED} if late else {PlanState.PUBLISHED}
    still = stop.is_open or (late and stop.is_withdrawn)
    if not still or stop.round.plan.state not in driven:
        raise StopClosed


def _set(
    stop: RoundStop, state: StopState, *, by: Any, at: datetime, send_key: str, note: str = ""
) -> RoundStop:
    stop.state, stop.state_at = state, at
    stop.save(update_fields=["state", "state_at", "photo", "skip_reason"])
    StopEvent.objects.create(stop=stop, state=state, at=at, by=by, note=note, send_key=send_key)
    still_open = stop.round.stops.filter(state__in=OPEN_STATES)
    stop.round.state = RoundState.UNDERWAY if still_open.exists() else RoundState.FINISHED
    stop.round.save(update_fields=["state"])
    return stop


def todays(user: Any, at: datetime) -> Round | None:
    """Return the round that a crew works on: today's, else the next one, else the last one."""
    mine = Round.objects.of_crew(user).select_related("plan", "vehicle")
    today = timezone.localdate(at)
    ahead = mine.filter(plan__on__gte=today).exclude(state=RoundState.FINISHED)
    return (
        ahead.order_by("plan__on", "starts_at").first()
        or mine.order_by("-plan__on", "-starts_at").first()
    )
