"""Rows of a batch of sample reports: their walk through the states, and what each step leaves."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from layers.bulk_copy import copy
from layers.catalog.forwards import Forward, ForwardState
from layers.catalog.reports import clocks, doubt, history
from layers.catalog.reports.history import ReportHistory
from layers.catalog.reports.models import Report
from layers.catalog.reports.report import publish
from layers.catalog.reports.states import MOVES, UNVERIFIED, Actor, Resolution, State
from layers.catalog.reports.work import (
    Assignment,
    AssignmentState,
    Clock,
    DoubtSignal,
    FollowUp,
    Validation,
    Verdict,
)
from layers.catalog.reports.working_days import due
from layers.catalog.routing_rules import Suggestion, suggest
from layers.geography import city

NAMESPACE = UUID("6b1f3c0a-8f5e-5d7b-9a53-0c1de2f4a9b7")
TO_DESK = (("sahkan", State.VERIFIED, 20), ("teruskan", State.FORWARDED, 3))
TO_WORK = (
    *TO_DESK,
    ("terima_instansi", State.ACCEPTED, 20),
    ("jadwalkan", State.PLANNED, 12),
    ("mulai", State.IN_WORK, 30),
)
TO_CHECK = (*TO_WORK, ("lapor_selesai", State.AWAITS_CHECK, 12))
Path = tuple[tuple[str, State, int], ...]  # move, state it leads to, typical hours
PATHS: dict[State, Path] = {
    State.NEW: (),
    State.NEEDS_INFO: (("tanya", State.NEEDS_INFO, 10),),
    State.DOUBTED: (("ragukan", State.DOUBTED, 10),),
    State.VERIFIED: TO_DESK[:1],
    State.FORWARDED: TO_DESK,
    State.ACCEPTED: TO_WORK[:3],
    State.PLANNED: TO_WORK[:4],
    State.IN_WORK: TO_WORK,
    State.AWAITS_CHECK: TO_CHECK,
}
CLOSINGS: dict[Resolution, Path] = {
    Resolution.FIXED: (*TO_CHECK, ("nyatakan_selesai", State.CLOSED, 10)),
    Resolution.CANNOT: (*TO_CHECK, ("nyatakan_selesai", State.CLOSED, 10)),
    Resolution.NOT_OURS: (("bukan_wewenang", State.CLOSED, 18),),
    Resolution.UNPROVEN: (("tidak_terbukti", State.CLOSED, 30),),
    Resolution.DUPLICATE: (("duplikat", State.CLOSED, 12),),
    Resolution.EXPIRED: (
        ("tanya", State.NEEDS_INFO, 10),
        ("kedaluwarsa", State.CLOSED, 24 * 15),
    ),
    Resolution.NOT_TOLD: (),
}


@dataclass(frozen=True, slots=True)
class Cast:
    """Who did what in the sample: desk, agency, and the second person."""

    operator: Any
    worker: Any
    validator: Any


@dataclass(frozen=True, slots=True)
class Told:
    """An unsaved report, where it shall end, and the last moment there is."""

    report: Report
    state: State
    resolution: Resolution | None
    until: datetime


@dataclass(slots=True)
class Batch:
    """Rows to insert, in order."""

    lines: list[ReportHistory] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    others: dict[type, list[Any]] = field(default_factory=dict)

    def add(self, row: Any) -> Any:
        """Keep a row for insertion."""
        self.others.setdefault(type(row), []).append(row)
        return row


def path_of(told: Told) -> Path:
    """Moves that lead to the wanted state."""
    if told.resolution is not None:
        return CLOSINGS[told.resolution]
    return PATHS[told.state]


def times(told: Told, path: Path) -> list[datetime]:
    """A moment for each move: drawn from the report's own id, squeezed to end by `until`."""
    draw = random.Random(str(told.report.client_id))  # noqa: S311  (a sample, not a secret)
    lags = [hours * draw.lognormvariate(0, 0.7) for _, _, hours in path]
    room_h = max(0.0, (told.until - told.report.received_at) / timedelta(hours=1))
    squeeze = min(1.0, room_h / sum(lags)) if lags else 1.0
    at, moments = told.report.received_at, []
    for lag in lags:
        at += timedelta(hours=lag * squeeze)
        moments.append(min(at, told.until))
    return moments


Routes = dict[tuple[Any, ...], Suggestion]


def write(batch: Sequence[Told], *, cast: Cast, routes: Routes) -> None:
    """Insert a batch: reports first, then their chains and what hangs on them.

    `routes` keeps what was suggested for a category and an area, from batch to batch.
    """
    calendar, rows = clocks.calendar(), Batch()
    walks = []
    for told in batch:
        path = path_of(told)
        moments = times(told, path)
        report = told.report
        report.state, report.resolution = told.state, told.resolution
        report.history_seq = report.row_version = 1 + len(path)
        for (name, _, _), at in zip(path, moments, strict=True):
            if name == "sahkan":
                publish(report, at)
        walks.append((told, path, moments))
    copy([told.report for told in batch])
    for told, path, moments in walks:
        _walk(told, path, moments, rows, cast, calendar, routes)
    copy(rows.lines)
    copy(rows.clocks)
    for kind in (Assignment, Forward, Verdict, DoubtSignal, FollowUp):
        for row in rows.others.get(kind, []):
            _know_ids(row)
        copy(rows.others.get(kind, []))
    for row in rows.others.get(Validation, []):
        _know_ids(row)
    copy(rows.others.get(Validation, []))


def _know_ids(row: Any) -> None:
    """Rows that it points at have got their ids since it was made."""
    for name in ("assignment", "follow_up"):
        if getattr(row, f"{name}_id", 0) is None and getattr(row, name) is not None:
            setattr(row, name, getattr(row, name))


def _walk(
    told: Told,
    path: Path,
    moments: list[datetime],
    rows: Batch,
    cast: Cast,
    calendar: dict[date, bool],
    routes: Routes,
) -> None:
    report = told.report
    state = State.NEW if told.resolution is not Resolution.NOT_TOLD else State.CLOSED
    door = "terima" if state is State.NEW else "impor"
    line = history.next_line(
        report, None, move=door, to_state=state, at=report.received_at, actor_id=None,
        actor_role=Actor.SYSTEM, screen=report.door,
    )  # fmt: skip
    rows.lines.append(line)
    running: dict[str, Clock] = {}
    _clocks(report, line, running, rows, calendar)
    assignment: Assignment | None = None
    for (name, target, _), at in zip(path, moments, strict=True):
        actor, person = _who(name, cast)
        line = history.next_line(
            report, line, move=name, to_state=target, at=at, actor_id=person.pk,
            actor_role=actor, screen=report.door,
        )  # fmt: skip
        rows.lines.append(line)
        _clocks(report, line, running, rows, calendar)
        assignment = _leaves(report, name, at, rows, cast, routes, assignment)
    if report.state in UNVERIFIED and report.at_sea and not report.category.sea_is_fine:
        rows.add(DoubtSignal(report=report, kind="di-laut", points=doubt.WEIGHTS["di-laut"]))


def _who(name: str, cast: Cast) -> tuple[Actor, Any]:
    who = MOVES[name].who
    if Actor.OPERATOR in who:
        return Actor.OPERATOR, cast.operator
    if Actor.VALIDATOR in who:
        return Actor.VALIDATOR, cast.validator
    return Actor.AGENCY, cast.worker


def _clocks(
    report: Report,
    line: ReportHistory,
    running: dict[str, Clock],
    rows: Batch,
    calendar: dict[date, bool],
) -> None:
    """What the move of `line` does to the clocks."""
    step = MOVES[line.move]
    for kind in (*step.voids, *step.stops):
        clock = running.pop(kind, None)
        if clock is not None:
            clock.stopped_at, clock.stopped_seq = line.at, line.seq
            met = "met" if clock.due_at >= line.at else "missed"
            clock.outcome = "void" if kind in step.voids else met
    for kind in step.starts:
        if kind in running:
            continue
        end = due(
            line.at, clocks.days_of(report, kind), zone=ZoneInfo(city().time_zone),
            calendar=calendar,
        )  # fmt: skip
        running[kind] = Clock(
            report=report, kind=kind, started_at=line.at, started_seq=line.seq, due_at=end
        )
        rows.clocks.append(running[kind])
    if line.to_state == State.NEEDS_INFO and "verifikasi" in running:
        running["verifikasi"].paused_at = line.at


def _leaves(
    report: Report,
    name: str,
    at: datetime,
    rows: Batch,
    cast: Cast,
    routes: Routes,
    assignment: Assignment | None,
) -> Assignment | None:
    """What a move leaves behind besides history and clocks."""
    match name:
        case "sahkan" | "ragukan" | "tidak_terbukti" | "bukan_wewenang" | "duplikat":
            rows.add(Verdict(report=report, by=cast.operator, kind=name, at=at))
        case "teruskan":
            return _assign(report, at, rows, routes)
        case "terima_instansi" if assignment:
            assignment.state = AssignmentState.ACCEPTED
        case "jadwalkan" if assignment:
            assignment.plan_at = (at + timedelta(days=2)).date()
        case "lapor_selesai":
            rows.add(_follow_up(report, at, cast, assignment))
        case "nyatakan_selesai":
            if assignment:
                assignment.state = AssignmentState.DONE
            done = rows.others[FollowUp][-1]
            rows.add(
                Validation(
                    follow_up=done, done_by=cast.worker, by=cast.validator, outcome="baik", at=at
                )
            )
    return assignment


def _assign(report: Report, at: datetime, rows: Batch, routes: Routes) -> Assignment:
    key = (report.category_id, report.kelurahan_id, report.island_id)
    found = routes.setdefault(key, suggest(report)) if key not in routes else routes[key]
    rows.add(
        Forward(
            report=report,
            agency=found.agency,
            channel=found.agency.channel,
            payload_hash=history.sha256(f"{report.number}{found.agency.code}"),
            state=ForwardState.SENT,
            attempts=1,
            made_at=at,
            receipt=f"sample:{report.number}",
        )
    )
    made: Assignment = rows.add(
        Assignment(
            report=report,
            agency=found.agency,
            rule=found.rule,
            rule_version=found.rule.row_version if found.rule else None,
            explained=found.explained,
            made_at=at,
        )
    )
    return made


def _follow_up(report: Report, at: datetime, cast: Cast, assignment: Assignment | None) -> FollowUp:
    fixed = report.resolution in (None, Resolution.FIXED)
    return FollowUp(
        report=report,
        assignment=assignment,
        done_by=cast.worker,
        words="Sudah dikerjakan." if fixed else "Tidak dapat dikerjakan.",
        proposed=Resolution.FIXED if fixed else Resolution.CANNOT,
        op_id=uuid5(NAMESPACE, str(report.client_id)),
        made_at=at,
    )
