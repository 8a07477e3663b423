"""Clocks of a report: what a move starts, stops, voids and pauses."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import F

from layers.catalog.reports.models import Report
from layers.catalog.reports.states import CLOCK_DAYS, ClockKind, Move, State
from layers.catalog.reports.work import CalendarDay, Clock
from layers.catalog.reports.working_days import due
from layers.geography import city


def calendar() -> dict[date, bool]:
    """Exceptions to Monday-Friday: date -> working."""
    return dict(CalendarDay.objects.values_list("day", "working"))


def days_of(report: Report, kind: ClockKind) -> int:
    """Working days that a clock of this kind runs."""
    return report.category.work_days if kind is ClockKind.WORK else CLOCK_DAYS[kind]


def due_at(report: Report, kind: ClockKind, start: datetime) -> datetime:
    """When a clock started at `start` is due."""
    zone = ZoneInfo(city().time_zone)
    return due(start, days_of(report, kind), zone=zone, calendar=calendar())


def apply(report: Report, move: Move, target: str, at: datetime) -> None:
    """Do to the clocks of `report` what `move` says; the report already has its new history_seq."""
    running = report.clocks.filter(stopped_at__isnull=True)
    closed = {"stopped_at": at, "stopped_seq": report.history_seq}
    running.filter(kind__in=move.voids).update(outcome="void", **closed)
    stopping = running.filter(kind__in=move.stops)
    stopping.filter(due_at__gte=at).update(outcome="met", **closed)
    stopping.filter(stopped_at__isnull=True).update(outcome="missed", **closed)
    _pause_or_resume(report, target, at)
    for kind in move.starts:
        start(report, kind, at)


def start(report: Report, kind: ClockKind, at: datetime) -> None:
    """Start a clock, unless one of this kind runs."""
    if not report.clocks.filter(kind=kind, stopped_at__isnull=True).exists():
        Clock.objects.create(
            report=report,
            kind=kind,
            started_at=at,
            started_seq=report.history_seq,
            due_at=due_at(report, kind, at),
        )


def _pause_or_resume(report: Report, target: str, at: datetime) -> None:
    """The only pause there is: verification waits while the reporter is asked."""
    verify = report.clocks.filter(kind=ClockKind.VERIFY, stopped_at__isnull=True)
    if target == State.NEEDS_INFO:
        verify.filter(paused_at__isnull=True).update(paused_at=at)
    else:
        for clock in verify.filter(paused_at__isnull=False):
            clock.due_at += at - (clock.paused_at or at)
            clock.paused_at = None
            clock.save(update_fields=["due_at", "paused_at"])


def undo(report: Report, seq: int, at: datetime) -> None:
    """Give clocks back as they were before history line `seq`."""
    _pause_or_resume(report, report.state, at)
    report.clocks.filter(started_seq=seq, stopped_at__isnull=True).update(
        stopped_at=F("started_at"), stopped_seq=seq, outcome="void"
    )
    report.clocks.filter(stopped_seq=seq).exclude(started_seq=seq).update(
        stopped_at=None, stopped_seq=None, outcome=""
    )
