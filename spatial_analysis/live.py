"""Standing answers kept up with single reports: what changed is read, the rest stays in memory.

A trigger notes every change of a report that counts (`migrations/0002`) and queues `recount`
in the writer's own transaction; the worker revises the standing answers a moment after the commit.
The nightly run reads everything anew and is the truth; a revised answer has its digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, timedelta

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet

from layers.catalog.reports.models import Report
from layers.errors import PlatformError
from spatial_analysis import study
from spatial_analysis.models import ReportChange, Run, RunState
from spatial_analysis.partitions import day_of
from spatial_analysis.studies.incident_frames import (
    Reports,
    read_islands,
    read_rows,
    reading_from,
    together,
)
from spatial_analysis.studies.incident_question import Question, counted, moment
from spatial_analysis.studies.stored_rows import rows_of, told_columns
from spatial_analysis.tally import Rows

STUDIES = ("incident_changes", "incident_clusters", "incident_heat", "water_leaks")
FAR = date(2200, 1, 1)


@dataclass
class Memory:
    """Counted reports since `first`, of every open category, and the answers they belong to.

    As `reports` for what looks at places, and as `rows` for what counts.
    """

    first: date
    reports: Reports
    rows: Rows
    digests: dict[str, str] = field(default_factory=dict)

    def covers(self, first: date) -> bool:
        """Tell whether every report since this day is held."""
        return first >= self.first

    def between(self, first: date, end: date) -> Reports:
        """Those of the days [first, end)."""
        at = self.reports.at_s
        return self.reports.take((at >= moment(first).timestamp()) & (at < moment(end).timestamp()))

    def rows_between(self, first: date, end: date) -> Rows:
        """Those of the days [first, end), to count."""
        day = self.rows.day
        return self.rows.take((day >= day_of(first)) & (day < day_of(end)))

    def change(self, keys: list[int]) -> None:
        """Read these reports again: new ones come in, changed and gone ones go."""
        again = _open_reports(self.first).filter(pk__in=keys)
        rest = self.reports.take(~np.isin(self.reports.pk, keys))
        self.reports = together(rest, read_rows(again, read_islands()))
        kept = self.rows.take(~np.isin(self.rows.id, keys))
        if found := list(told_columns(again)):
            fresh = rows_of(found, read_islands())
            kept = Rows(*(np.concatenate([getattr(kept, one.name), getattr(fresh, one.name)])
                          for one in fields(Rows)))  # fmt: skip
        self.rows = kept


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
    question = Question.of({})
    if held is None or held.digests != digests or None in changed:
        held = _read(question)
    else:
        held.change([key for key in changed if key is not None])
    with reading_from(held):
        revised = [name for name, run in runs.items() if _revised(run)]
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


def _read(question: Question) -> Memory:
    """Everything that the standing answers read: their period and the one before it."""
    first, islands = question.before[0] - timedelta(days=1), read_islands()
    found = _open_reports(first)
    return Memory(first, read_rows(found, islands), rows_of(list(told_columns(found)), islands))


def forget() -> None:
    """Drop what is held in memory."""
    _memory.clear()
