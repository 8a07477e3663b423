"""Reports by cell and day of an answer, for a slider that moves through its period."""

from __future__ import annotations

import numpy as np

from spatial_analysis.methods.cube import count_cube
from spatial_analysis.models import Run
from spatial_analysis.studies import incident_words as words
from spatial_analysis.studies.incident_aside import without
from spatial_analysis.studies.incident_frames import (
    cells_of,
    lattice_over,
    read_asked,
    read_islands,
)
from spatial_analysis.studies.incident_heat import cell_names
from spatial_analysis.studies.incident_question import Question
from spatial_analysis.studies.incident_tally import SHIFTS


def question_of(run: Run) -> Question:
    """The question of an answered run, with the period it was answered for."""
    found = {"from": run.summary["first"], "to": run.summary["last"]}
    return Question.of({**run.params, **found})


def cell_days(run: Run) -> dict[str, list[tuple[int, int]]]:
    """Name of each cell with reports -> its (day of the period, reports), in order of days.

    Raises NoReportsThen.
    """
    question = question_of(run)
    islands = read_islands(question.island)
    reports = without(read_asked(question, islands), run.summary.get("aside", ()))
    lattice = lattice_over(islands.wkb, question.spacing_m, SHIFTS[0])
    cell = cells_of(lattice, reports.xy, reports.island)
    held = cell >= 0
    day = words.ordinals(reports.at_s[held])
    first = question.first.toordinal()
    shape = (len(lattice), question.days, 1)
    cube = count_cube(cell[held], day - first, np.zeros_like(day), shape=shape)
    names, found = cell_names(lattice, islands), {}
    for number, when, n in zip(*cube.unpack()[:2], cube.counts, strict=True):
        found.setdefault(names[number], []).append((int(when), int(n)))
    return found
