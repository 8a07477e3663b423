"""This week against last week, or any two periods: which cells rose or fell beyond chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop as _

from layers.catalog.incident_cells import keep_answer
from layers.catalog.incident_changes import ChangeKind, IncidentChange
from spatial_analysis.frames import Ints
from spatial_analysis.methods.lattice import HexLattice
from spatial_analysis.methods.two_periods import Change, two_periods
from spatial_analysis.methods.weights import contiguity, with_self
from spatial_analysis.models import Run
from spatial_analysis.studies import incident_piles
from spatial_analysis.studies import incident_said as said
from spatial_analysis.studies import incident_words as words
from spatial_analysis.studies.emerging_incidents import areas_of
from spatial_analysis.studies.incident_aside import without
from spatial_analysis.studies.incident_frames import (
    Islands,
    Reports,
    cell_shapes,
    cells_of,
    lattice_over,
    read_islands,
    read_window,
)
from spatial_analysis.studies.incident_heat import cell_names
from spatial_analysis.studies.incident_question import (
    BadQuestion,
    NoReportsThen,
    Question,
    day_of,
)
from spatial_analysis.studies.incident_tally import SHIFTS
from spatial_analysis.studies.incident_voices import counts_of, once_each
from spatial_analysis.study import Answer, digest_of, study

WEEK = 7
AGAINST = ("against_from", "against_to")


@dataclass(frozen=True, slots=True)
class Two:
    """Two periods on one lattice: reports (m,), windows of voices (m,), and the test."""

    lattice: HexLattice
    now: Ints
    before: Ints
    window: Ints
    window_before: Ints
    test: Change


@study("incident_changes", first_answer=True)
def incident_changes(run: Run, params: Mapping[str, Any]) -> Answer:
    """Compare two periods cell by cell; rows of `incident-changes`.

    Parameters: see `Question.of`; without a period the last 7 days. `against_from` and
    `against_to` (both counted) name the other period, else the one of equal length just before;
    the two may not overlap. Counts are voices, in each cell and its neighbours: a reporter once
    a cell, and in the longer period once in each stretch as long as the shorter one (else who
    tells every week would count alike in a week and in a year). Raises BadQuestion, NoReportsThen.
    """
    question, against = periods(params)
    islands = read_islands(question.island)
    now, before = read_window(question, islands), read_window(against, islands)
    now, before, stacked = _without_piles(question, against, now, before)
    if not len(now) or not len(before):  # against nothing everything has risen
        raise NoReportsThen
    two = compare(question, against, islands, now, before)
    key = digest_of(question.key("incident_changes"), *_asked(params))[:16]
    rows = _keep(run, question, key, islands, two, now)
    summary = words.common(now, question, "incident_changes") | {
        "question": key, "stacked": stacked, "n_before": len(before),
        "against_first": against.first.isoformat(),
        "against_last": (against.end - timedelta(days=1)).isoformat(),
        "against_days": against.days, "m_tests": two.test.m_tests, "alpha": question.alpha,
        "risen": sum(row.change == ChangeKind.RISEN for row in rows),
        "fallen": sum(row.change == ChangeKind.FALLEN for row in rows),
        "spacing_m": question.spacing_m,
    }  # fmt: skip
    return Answer(
        sentence=said.stored("incident_changes", summary),
        summary=summary,
        canonical=[[row.cell, row.n, row.n_before, row.window_n, row.window_before, row.change]
                   for row in rows],
        inputs={"reports": now.version, "reports_before": before.version},
    )  # fmt: skip


def _without_piles(
    question: Question, against: Question, now: Reports, before: Reports
) -> tuple[Reports, Reports, int]:
    """Both periods without what is a default address in either, and how many reports that leaves.

    Set aside in one period only, it would rise or fall by itself.
    """
    if question.piles:
        return now, before, 0
    places = [
        place
        for one, reports in ((question, now), (against, before)) if len(reports)
        for place in incident_piles.piles_of(one, reports).places
    ]  # fmt: skip
    kept = without(now, places)
    return kept, without(before, places), len(now) - len(kept)


def periods(params: Mapping[str, Any]) -> tuple[Question, Question]:
    """The two periods that are asked for. Raises BadQuestion, NoReportsThen."""
    plain = {name: value for name, value in params.items() if name not in AGAINST}
    narrowed = any(plain.get(name) for name in plain)
    if not any(plain.get(name) for name in ("from", "to", "days")):
        plain["days"] = WEEK
    question = replace(Question.of(plain), standing=not narrowed and not any(_asked(params)))
    first, last = _asked(params)
    if not first and not last:
        return question, replace(question, first=question.before[0], end=question.before[1])
    if not first or not last:
        raise BadQuestion(_("Tulis awal dan akhir periode pembanding."))
    against = replace(question, first=day_of(first), end=day_of(last) + timedelta(days=1))
    if against.days <= 0 or _overlap(question, against):
        raise BadQuestion(_("Kedua periode harus terpisah, dan akhirnya sesudah awalnya."))
    return question, against


def _asked(params: Mapping[str, Any]) -> tuple[str, str]:
    first, last = (str(params.get(name) or "") for name in AGAINST)
    return first, last


def _overlap(a: Question, b: Question) -> bool:
    return a.first < b.end and b.first < a.end


def compare(
    question: Question, against: Question, islands: Islands, now: Reports, before: Reports
) -> Two:
    """Count and test both periods on the base lattice."""
    lattice = lattice_over(islands.wkb, question.spacing_m, SHIFTS[0])
    near = with_self(contiguity(lattice))
    near.data[:] = 1.0
    stretch, counts, windows = min(question.days, against.days), [], []
    for period, reports in ((question, now), (against, before)):
        cell = cells_of(lattice, reports.xy, reports.island)
        counts.append(counts_of(cell, len(lattice)))
        back = period.end.toordinal() - 1 - words.ordinals(reports.at_s)  # 0 on the last day
        heard = once_each(cell, reports.reporter, back // stretch)[0]
        voices = counts_of(heard, len(lattice))
        windows.append(np.rint(near @ voices).astype(np.int64))
    test = two_periods(windows[0], windows[1], length=question.days, length_before=against.days,
                       alpha=question.alpha)  # fmt: skip
    return Two(lattice, counts[0], counts[1], windows[0], windows[1], test)


def _keep(
    run: Run, question: Question, key: str, islands: Islands, two: Two, reports: Reports
) -> list[IncidentChange]:
    """Write the cells that hold a report in either period, or a neighbour's change."""
    names = cell_names(two.lattice, islands)
    shapes = cell_shapes(islands.wkb, question.spacing_m)
    areas = areas_of(cells_of(two.lattice, reports.xy, reports.island), reports)
    test, origin = two.test, words.origin_of(reports)
    rows = [
        IncidentChange(
            run_number=run.pk, question=key, standing=question.standing, cell=names[i],
            island=islands.names[two.lattice.island[i]], area=areas.get(int(i), ""),
            category=question.category, n=int(two.now[i]), n_before=int(two.before[i]),
            window_n=int(two.window[i]), window_before=int(two.window_before[i]),
            expected=float(test.expected[i]),
            p_adjusted=float(test.p_adjusted[i]) if test.tested[i] else None,
            change=_kind(test, int(i)), geom=shapes[i], origin=origin,
        )
        for i in np.flatnonzero((two.now + two.before > 0) | (test.side != 0))
    ]  # fmt: skip
    keep_answer(rows, of=IncidentChange, question=key, standing=question.standing)
    return rows


def _kind(test: Change, i: int) -> ChangeKind:
    if not test.tested[i]:
        return ChangeKind.TOO_FEW
    return {1: ChangeKind.RISEN, -1: ChangeKind.FALLEN}.get(int(test.side[i]), ChangeKind.SAME)
