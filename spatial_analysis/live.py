"""Standing answers kept up with single reports: what changed is read, the rest stays in memory.

A trigger notes every change of a report that counts (`migrations/0002`) and queues `recount`
in the writer's own transaction; the worker revises the standing answers a moment after the commit.
The nightly run reads everything anew and is the truth; a revised answer has its digest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet

from layers.catalog.places import Island
from layers.catalog.population import PopulationCell
from layers.catalog.reports.models import Report
from layers.errors import PlatformError
from spatial_analysis import study
from spatial_analysis.frames import written
from spatial_analysis.held_tallies import HeldTallies
from spatial_analysis.models import ReportChange, Run, RunState
from spatial_analysis.partitions import day_of
from spatial_analysis.studies.incident_changes import WEEK
from spatial_analysis.studies.incident_frames import (
    Reports,
    read_islands,
    read_rows,
    reading_from,
    together,
)
from spatial_analysis.studies.incident_question import Question, counted, moment
from spatial_analysis.studies.stored_rows import rows_of
from spatial_analysis.studies.water_leaks import WATER
from spatial_analysis.tally import Counting, Rows
from spatial_analysis.tally_store import Store

WATER_STUDY = "water_leaks"
STUDIES = ("incident_heat", "incident_clusters", "incident_changes", WATER_STUDY)
FAR = date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class Touched:
    """What changed among counted reports: the newest moment (s), and the categories."""

    newest_s: float
    categories: frozenset[str]

    @classmethod
    def by(cls, was: Reports, became: Reports) -> Touched:
        """What differs between reports before and after; a report that is the same is no change."""
        before, after = set(_told(was)), set(_told(became))
        differs = before ^ after
        return cls(max((row[1] for row in differs), default=-np.inf),
                   frozenset(row[2] for row in differs))  # fmt: skip

    def concerns(self, name: str, question: Question) -> bool:
        """Tell whether the standing answer of a study can be another one now."""
        if name == WATER_STUDY:
            return WATER in self.categories
        since = {"incident_clusters": question.first,
                 "incident_changes": question.end - timedelta(days=2 * WEEK)}  # fmt: skip
        first = since.get(name, question.before[0])
        return self.newest_s >= moment(first).timestamp()


EVERYTHING = Touched(np.inf, frozenset({WATER}))


def _told(reports: Reports) -> Iterator[tuple[Any, ...]]:
    """Every report as a tuple of what is counted of it."""
    yield from zip(
        reports.pk.tolist(), reports.at_s.tolist(), reports.category.tolist(),
        *(getattr(reports, name).tolist() for name in ("island", "reporter", "number")),
        reports.kelurahan.tolist(), reports.origin.tolist(), map(tuple, reports.xy.tolist()),
        strict=True,
    )  # fmt: skip


@dataclass
class Memory:
    """Counted reports since `first`, of every open category, and the answers they belong to.

    As `reports` for what looks at places, and as `rows` for what counts. `question` is the one
    that was answered last, `ground` names the islands and people it was answered with.
    """

    first: date
    question: Question
    ground: str
    reports: Reports
    rows: Rows
    tallies: HeldTallies = field(default_factory=HeldTallies)
    digests: dict[str, str] = field(default_factory=dict)

    def covers(self, first: date) -> bool:
        """Tell whether every report since this day is held."""
        return first >= self.first

    def between(self, first: date, end: date) -> Reports:
        """Those of the days [first, end)."""
        at = self.reports.at_s
        return self.reports.take((at >= moment(first).timestamp()) & (at < moment(end).timestamp()))

    def counted(self, plan: Counting, first: date, end: date) -> tuple[Store, list[str], int]:
        """Those of the days [first, end), counted: only lots that changed are counted anew."""
        day = self.rows.day
        mine = (day >= day_of(first)) & (day < day_of(end))
        return *self.tallies.counted(plan, self.rows, mine), int(mine.sum())

    def change(self, keys: list[int]) -> Touched:
        """Read these reports again: new ones come in, changed and gone ones go."""
        self.tallies.touch(keys)
        islands, again = read_islands(), _open_reports(self.first).filter(pk__in=keys)
        gone, new = np.isin(self.reports.pk, keys), read_rows(again, islands)
        touched = Touched.by(self.reports.take(gone), new)
        self.reports = together(self.reports.take(~gone), new)
        kept, fresh = self.rows.take(~np.isin(self.rows.id, keys)), rows_of(again, islands)
        self.rows = Rows(*(np.concatenate([getattr(kept, one.name), getattr(fresh, one.name)])
                           for one in fields(Rows)))  # fmt: skip
        return touched


def _open_reports(first: date) -> QuerySet[Report]:
    """What standing answers count since a day."""
    return counted("", first, FAR)


_memory: dict[str, Memory] = {}  # by database; one worker has one


@transaction.atomic
def recount() -> list[str]:
    """Revise the standing answers by what changed since; returns the studies that say otherwise.

    Answers that were never worked out stay so. Two workers take turns.
    """
    for name in STUDIES:
        study.one_at_a_time(name)
    changed = _taken()
    runs = {run.study: run for name in STUDIES if (run := _standing(name))}
    if not runs or not Report.objects.exists():
        return []
    where = connection.settings_dict["NAME"]
    held = _memory.pop(where, None)  # gone when anything goes wrong below
    digests = {name: run.digest for name, run in runs.items()}
    question, ground = Question.of({}), _ground()
    touched = EVERYTHING
    if held is None or held.digests != digests or held.ground != ground or None in changed:
        held = _read(question, ground)
    else:
        touched = held.change([key for key in changed if key is not None])
        if held.question != question:  # its days moved on
            touched = EVERYTHING
    with reading_from(held):
        revised = [
            name for name, run in runs.items() if touched.concerns(name, question) and _revised(run)
        ]
    held.question = question
    held.digests = {name: run.digest for name, run in runs.items()}
    transaction.on_commit(lambda: _memory.update({where: held}))
    return revised


def _revised(run: Run) -> bool:
    """Revise one answer; where the question has none any more, the old one stays till the night."""
    try:
        with transaction.atomic():
            return study.revise(run)
    except PlatformError:
        run.refresh_from_db()
        return False


def _taken() -> list[int | None]:
    """Reports that changed, each once; None: too many to name."""
    rows = ReportChange.objects.order_by("pk").select_for_update(skip_locked=True)
    taken = dict(rows.values_list("pk", "report_id_number"))
    ReportChange.objects.filter(pk__in=list(taken)).delete()
    return list(dict.fromkeys(taken.values()))


def _standing(name: str) -> Run | None:
    """The answer to the question that nobody narrowed."""
    return Run.objects.filter(study=name, params={}, state=RunState.DONE).first()


def _ground() -> str:
    """Name of what reports are measured against: islands and people, as they are now."""
    return repr(written(Island, PopulationCell))


def _read(question: Question, ground: str) -> Memory:
    """Everything that the standing answers read: their period and the one before it."""
    first, islands = question.before[0] - timedelta(days=1), read_islands()
    found = _open_reports(first)
    return Memory(first, question, ground, read_rows(found, islands), rows_of(found, islands))


def forget() -> None:
    """Drop what is held in memory."""
    _memory.clear()
