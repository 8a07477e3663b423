"""What the reporter says after a closing: thanks, or that it is not done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from layers.catalog.reports.models import Report
from layers.catalog.reports.move import move
from layers.catalog.reports.report import keyed
from layers.catalog.reports.states import Actor, ClockKind, State
from layers.errors import BadInput, NotFound


class TooLateToContest(BadInput):
    """Masa keberatan sepuluh hari kerja sudah lewat; kirim laporan baru bila masih perlu."""

    code = "TOO_LATE_TO_CONTEST"


class AlreadyContested(BadInput):
    """Keberatan atas penutupan ini sudah diterima; tunggu keputusannya."""

    code = "ALREADY_CONTESTED"


class ReasonMissing(BadInput):
    """Tulis apa yang belum beres."""

    code = "CONTEST_REASON_MISSING"


def of_reporter(number: str, key: str) -> Report:
    """The report if `key` is its follow key. Raises NotFound."""
    found = Report.objects.filter(number=number, follow_key_hash=keyed(key)).first()
    if not key or found is None:
        raise NotFound
    return found


def may_contest(report: Report, at: datetime) -> bool:
    """True while the objection clock runs and nobody objected."""
    return (
        report.state == State.CLOSED
        and report.contested_at is None
        and report.clocks.filter(
            kind=ClockKind.CONTEST, stopped_at__isnull=True, due_at__gte=at
        ).exists()
    )


def until(report: Report) -> datetime | None:
    """When the objection clock of a closed report ends; None while none runs."""
    clock = report.clocks.filter(kind=ClockKind.CONTEST, stopped_at__isnull=True).first()
    return clock.due_at if clock and report.state == State.CLOSED else None


@transaction.atomic
def contest(report: Report, words: str, *, at: datetime | None = None) -> Report:
    """Object to a closing, once: marked for everybody, decided by somebody at the desk."""
    now = at or timezone.now()
    report = Report.objects.select_for_update().get(pk=report.pk)
    if report.contested_at is not None:
        raise AlreadyContested
    if not may_contest(report, now):
        raise TooLateToContest
    if not words.strip():
        raise ReasonMissing
    Report.objects.filter(pk=report.pk).update(contested_at=now)
    return _note(report, "keberatan", words.strip(), now)


@transaction.atomic
def thank(report: Report, *, at: datetime | None = None) -> Report:
    """Say that it is done, as the reporter sees it."""
    if report.state != State.CLOSED:
        raise TooLateToContest
    return _note(report, "terima kasih", "", at or timezone.now())


def _note(report: Report, reason: str, words: str, at: datetime) -> Any:
    return move(
        report.pk, "catat", actor=Actor.REPORTER, screen="lacak", reason=reason, note=words, at=at
    )
