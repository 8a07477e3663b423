"""A part of an answer's period, tested anew: what a time slider shows between its two ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from django.db.models import Count

from layers.catalog.incident_clusters import IncidentCluster
from spatial_analysis.models import Run
from spatial_analysis.studies import incident_heat
from spatial_analysis.studies.incident_aside import measured_without, without
from spatial_analysis.studies.incident_days import question_of
from spatial_analysis.studies.incident_frames import (
    cells_of,
    lattice_over,
    read_islands,
    read_offset,
    read_window,
)
from spatial_analysis.studies.incident_question import BadQuestion, moment
from spatial_analysis.studies.incident_tally import SHIFTS
from spatial_analysis.studies.incident_voices import counts_of, smoothed, tested_cells

FAINT = 0.005  # of the hottest cell: what is colder is not drawn


@dataclass(frozen=True, slots=True)
class Window:
    """Cells of a part of the period by name: reports, call, Gi*, figures of the test; heat."""

    n: int
    m_tests: int
    cells: list[list[Any]]
    rates: dict[str, float]


def window_of(run: Run, first: date, end: date) -> Window:
    """Count, test and score the cells of an answer for the days [first, end) alone.

    The same lattice, offset and test as the answer's own; false calls are held down within this
    window, not over all windows that somebody looks at. What the answer set aside stays aside:
    a default address is judged by the whole period. Raises BadQuestion.
    """
    asked = question_of(run)
    if not asked.first <= first < end <= asked.end:
        raise BadQuestion
    question = replace(asked, first=first, end=end)
    islands = read_islands(question.island)
    lattice = lattice_over(islands.wkb, question.spacing_m, SHIFTS[0])
    aside = run.summary.get("aside", ())
    reports = without(read_window(question, islands), aside)
    if not len(reports):
        return Window(0, 0, [], {})
    offset = measured_without(read_offset(question, islands), aside)
    test = tested_cells(question, lattice, reports, offset)
    counts = counts_of(cells_of(lattice, reports.xy, reports.island), len(lattice))
    z, grades = incident_heat.gi_star(counts, lattice), incident_heat.grades_of(test)
    named = incident_heat.cell_names(lattice, islands)
    told = [
        [named[i], int(counts[i]), str(grades[i]), _short(z[i]), _short(float(test.expected[i])),
         _short(float(test.p_adjusted[i])), int(test.count[i])]
        for i in np.flatnonzero((counts > 0) | np.array([grade != "few" for grade in grades]))
    ]  # fmt: skip
    heat = smoothed(counts, islands.wkb, question.spacing_m, question.sigma_m, question.days)
    warm = np.flatnonzero(heat > FAINT * heat.max())
    return Window(
        len(reports), test.m_tests, told, {named[i]: round(float(heat[i]), 3) for i in warm}
    )


def cluster_counts(question: str, first: date, end: date) -> dict[int, int]:
    """Key of each cluster's row -> its reports within the days [first, end); none: left out."""
    rows = IncidentCluster.objects.filter(
        question=question,
        reports__received_at__gte=moment(first),
        reports__received_at__lt=moment(end),
    )
    return dict(rows.annotate(here=Count("reports")).values_list("pk", "here"))


def _short(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
