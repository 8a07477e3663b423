"""What an agency and its people do with a report: accept, plan, begin, finish, hand back, check."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from layers.catalog.agencies import Agency
from layers.catalog.reports import photos
from layers.catalog.reports.models import Report
from layers.catalog.reports.move import move
from layers.catalog.reports.states import Actor, ClockKind, Resolution, State
from layers.catalog.reports.work import LIVE, Assignment, Clock, FollowUp, Post
from layers.errors import BadInput, NotFound


class PhotoOfWorkMissing(BadInput):
    """Pekerjaan selesai harus disertai foto sesudahnya."""

    code = "PHOTO_OF_WORK_MISSING"


class DayIsOver(BadInput):
    """Hari itu sudah lewat; pilih hari ini atau sesudahnya."""

    code = "DAY_IS_OVER"


def agencies_of(user: Any, on: date | None = None) -> QuerySet[Agency]:
    """Agencies in which `user` holds a post that has not expired."""
    today = on or timezone.localdate()
    valid = Post.objects.filter(user=user).filter(Q(until=None) | Q(until__gte=today))
    return Agency.objects.filter(posts__in=valid).distinct()


def inbox(user: Any) -> QuerySet[Assignment]:
    """Live assignments of the user's agencies, with `due_at`: the clock of theirs that ends first.

    That one stands first; those without a running clock stand last.
    """
    rows = Assignment.objects.filter(agency__in=agencies_of(user), state__in=LIVE)
    ends = Clock.objects.filter(
        report=OuterRef("report"), stopped_at__isnull=True, paused_at__isnull=True
    ).exclude(kind__in=(ClockKind.CONTEST, ClockKind.VERIFY))
    return (
        rows.filter(report__practice=False)
        .select_related(
            "report", "report__category", "report__kelurahan", "report__island", "agency"
        )
        .annotate(due_at=Subquery(ends.order_by("due_at").values("due_at")[:1]))
        .order_by(F("due_at").asc(nulls_last=True), "-pk")
    )


def holds(user: Any, report: Report) -> bool:
    """True when an agency of `user` has this report (or had it and finished it)."""
    rows = report.assignments.filter(agency__in=agencies_of(user))
    return rows.filter(state__in=(*LIVE, "done")).exists()


def own(user: Any, report_id: int) -> Assignment:
    """The user's live assignment of a report. Raises NotFound."""
    found = inbox(user).filter(report_id=report_id).first()
    if found is None:
        raise NotFound
    return found


def _step(user: Any, report_id: int, name: str, **given: Any) -> Report:
    held = own(user, report_id)
    return move(
        report_id, name, actor=Actor.AGENCY, by=user, screen="instansi", agency=held.agency, **given
    )


def accept(user: Any, report_id: int, *, seen_version: int | None = None) -> Report:
    """Take the job. Opening it is not accepting it."""
    return _step(user, report_id, "terima_instansi", seen_version=seen_version)


def plan(user: Any, report_id: int, *, on: date, reason: str = "") -> Report:
    """Set (or, with a reason, postpone) the day of work. Raises DayIsOver."""
    if on < timezone.localdate():
        raise DayIsOver
    again = own(user, report_id).report.state == State.PLANNED
    name = "jadwal_ulang" if again else "jadwalkan"
    return _step(user, report_id, name, plan_at=on, reason=reason)


def begin(user: Any, report_id: int) -> Report:
    """Start work."""
    return _step(user, report_id, "mulai")


def hand_back(user: Any, report_id: int, *, reason: str) -> Report:
    """ "Bukan wewenang kami": back to the desk."""
    return _step(user, report_id, "kembalikan", reason="bukan wewenang", note=reason)


@transaction.atomic
def finish(
    user: Any,
    report_id: int,
    *,
    words: str,
    pictures: Sequence[bytes],
    fixed: bool = True,
    op_id: UUID | None = None,
) -> Report:
    """Report work as done (with a photo) or as impossible (with words); another person checks.

    The same `op_id` again changes nothing. Raises PhotoOfWorkMissing, photo_gate.BadPhoto.
    """
    key = op_id or uuid4()
    known = FollowUp.objects.filter(op_id=key).select_related("report").first()
    if known is not None:
        return known.report
    if fixed and not pictures:
        raise PhotoOfWorkMissing
    held, now = own(user, report_id), timezone.now()
    try:
        with transaction.atomic():
            done = FollowUp.objects.create(
                report_id=report_id,
                assignment=held,
                done_by=user,
                words=words,
                proposed=Resolution.FIXED if fixed else Resolution.CANNOT,
                op_id=key,
                made_at=now,
            )
    except IntegrityError:  # the same act, sent twice at once: the first one counts
        return FollowUp.objects.select_related("report").get(op_id=key).report
    for picture in pictures:
        photos.attach(held.report, picture, at=now, kind="follow_up", follow_up=done)
    if held.report.state in (State.ACCEPTED, State.PLANNED):
        _step(user, report_id, "mulai")
    return _step(user, report_id, "lapor_selesai", follow_up=done)


def check(user: Any, report_id: int, *, good: bool, reason: str = "") -> Report:
    """Another person's look: close it as proposed, or send it back with a reason."""
    done = FollowUp.objects.filter(report_id=report_id).first()
    if done is None:
        raise NotFound
    if good:
        return move(
            report_id,
            "nyatakan_selesai",
            actor=Actor.VALIDATOR,
            by=user,
            screen="validasi",
            resolution=done.proposed,
            note=reason,
        )
    return move(
        report_id,
        "pulangkan",
        actor=Actor.VALIDATOR,
        by=user,
        screen="validasi",
        reason=reason[:60],
        note=reason,
    )
