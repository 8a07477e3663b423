"""Everything an operator needs to judge one report, on one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gis_platform.pages.console import words
from layers.catalog.agencies import Agency
from layers.catalog.reports import candidates, doubt
from layers.catalog.reports.history import ReportHistory, ReportNote
from layers.catalog.reports.models import Report
from layers.catalog.reports.states import MOVES, Actor, State
from layers.catalog.routing_rules import suggest
from layers.catalog.work_orders import may_be_ordered
from layers.errors import NotFound


@dataclass(frozen=True, slots=True)
class Line:
    """A line of history in words, with its note."""

    line: ReportHistory
    told: Any
    note: str


def report_of(report_id: int) -> Report:
    """The report with what the page shows of it. Raises NotFound."""
    rows = Report.objects.select_related("category", "category__default_agency", "island",
                                         "kelurahan", "main_report")  # fmt: skip
    found = rows.filter(pk=report_id).first()
    if found is None:
        raise NotFound
    return found


def detail(report: Report, user: Any) -> dict[str, Any]:
    """Context of the details pane."""
    signals = list(report.signals.all())
    suggestion = suggest(report)
    follow_up = report.follow_ups.first()
    return {
        "report": report,
        "state": words.STATES[report.state],
        "resolution": words.RESOLUTIONS.get(report.resolution or ""),
        "photos": list(report.photos.filter(kind="report")),
        "after": list(report.photos.filter(kind="follow_up")),
        "signals": [(words.SIGNALS.get(item.kind, item.kind), item) for item in signals],
        "points": sum(item.points for item in signals),
        "chip": doubt.chip(sum(item.points for item in signals)),
        "near": _near(report),
        "cameras": candidates.cameras_on(report.geom),
        "suggestion": suggestion,
        "agencies": Agency.objects.order_by("name"),
        "assignment": report.assignments.select_related("agency").first(),
        "clocks": [
            (words.CLOCKS[clock.kind], clock)
            for clock in report.clocks.filter(stopped_at__isnull=True)
        ],
        "lines": _lines(report),
        "follow_up": follow_up,
        "may_check": follow_up is not None
        and report.state == State.AWAITS_CHECK
        and follow_up.done_by_id != user.pk,
        "moves": possible(report),
        "may_order": report.geom is not None and may_be_ordered(report.category),
        "undo": _undo(report, user),
        "public_words": report.public_words or "",
    }


def _near(report: Report) -> list[tuple[Report, Any]]:
    return [(item, words.STATES[item.state]) for item in candidates.near(report)]


def possible(report: Report) -> set[str]:
    """Names of the moves an operator has from here."""
    return {
        name
        for name, step in MOVES.items()
        if Actor.OPERATOR in step.who
        and name not in ("urungkan", "catat")
        and any(source == report.state for source, _ in step.pairs)
        and (not step.before or report.resolution in step.before)
    }


def _undo(report: Report, user: Any) -> str:
    """Move that this person could still take back (the action checks again), or ""."""
    last = report.history.order_by("-seq").first()
    mine = last is not None and last.actor_id == user.pk
    return last.move if last and mine and MOVES[last.move].undoable else ""


def _lines(report: Report) -> list[Line]:
    notes = {
        note.seq: note.words for note in ReportNote.objects.filter(report=report, erased_at=None)
    }
    rows = report.history.select_related("actor").order_by("-seq")
    return [Line(row, words.MOVES.get(row.move, row.move), notes.get(row.seq, "")) for row in rows]
