"""Which places have been gathering reports, and since when: new, growing, fading, off and on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop as _

from layers.catalog.incident_cells import keep_answer
from layers.catalog.incident_histories import HistoryPattern, IncidentHistory
from spatial_analysis.frames import Floats, Ints
from spatial_analysis.methods.emerging import (
    Emerging,
    Pattern,
    StepTest,
    call_together,
    classify_emerging,
    step_windows,
)
from spatial_analysis.methods.lattice import HexLattice
from spatial_analysis.methods.weights import contiguity
from spatial_analysis.models import Run
from spatial_analysis.studies import incident_piles
from spatial_analysis.studies import incident_said as said
from spatial_analysis.studies import incident_words as words
from spatial_analysis.studies.incident_frames import (
    Islands,
    Reports,
    cell_shapes,
    cells_of,
    lattice_over,
    read_asked,
    read_islands,
    read_offset,
)
from spatial_analysis.studies.incident_heat import cell_names
from spatial_analysis.studies.incident_question import BadQuestion, NoReportsThen, Question
from spatial_analysis.studies.incident_tally import SHIFTS
from spatial_analysis.study import Answer, study

STEPS = 12
LEAST_REPORTS = 60  # of a category: with fewer, twelve steps say nothing of their own


@dataclass(frozen=True, slots=True)
class Told:
    """Voices (m, T) of one category ("" = all together), their test and histories."""

    category: str
    voices: Ints
    test: StepTest
    found: Emerging


@study("emerging_incidents", first_answer=True)
def emerging_incidents(run: Run, params: Mapping[str, Any]) -> Answer:
    """Histories of cells over twelve steps; rows of `incident-histories`.

    Without a category: all together and each open one with 60 reports or more; every cell,
    step and category is one family of tests. Steps are conditioned on how much the whole city
    told in them, so a rainy week is no history. Default addresses are set aside: they would be
    hot in every step. Parameters: see `Question.of`.
    Raises BadQuestion, NoReportsThen, NoPeopleThere.
    """
    question = Question.of(params)
    if question.days < STEPS:
        raise BadQuestion(_("Riwayat memerlukan sedikitnya %(days)s hari."), days=STEPS)
    islands = read_islands(question.island)
    every, offset = read_asked(question, islands), read_offset(question, islands)
    reports, stacked = incident_piles.kept(question, every)
    lattice = lattice_over(islands.wkb, question.spacing_m, SHIFTS[0])
    told = work_out(question, lattice, reports, offset.on(lattice))
    kept = _keep(run, question, islands, reports, lattice, told)
    patterns = Counter(row.pattern for row in kept if row.side == "hot")
    summary = words.common(reports, question, "emerging_incidents") | {
        "steps": STEPS,
        "step_days": _step_days(question),
        "stacked": stacked,
        "patterns": dict(patterns),
        "cold": sum(row.side == "cold" for row in kept),
        "categories": [one.category for one in told if one.category],
        "m_tests": told[0].test.m_tests,
        "alpha": question.alpha,
    }
    return Answer(
        sentence=said.stored("emerging_incidents", summary),
        summary=summary,
        canonical=[[row.category, row.cell, row.pattern, row.side, row.n, f"{row.mk_z:.6g}",
                    f"{row.last_z:.6g}"] for row in kept],
        inputs={"reports": reports.version, "population": offset.version},
    )  # fmt: skip


def work_out(
    question: Question, lattice: HexLattice, reports: Reports, people: Floats
) -> list[Told]:
    """Test all categories as one family, then name the history of every cell.

    Raises NoReportsThen when no report lies on a cell and in a step.
    """
    cell = cells_of(lattice, reports.xy, reports.island)
    step = steps_of(question, reports.at_s)
    kinds = [question.category]
    if not question.category:
        names, sizes = np.unique(reports.category, return_counts=True)
        kinds += [str(name) for name, n in zip(names, sizes, strict=True) if n >= LEAST_REPORTS]
    near = contiguity(lattice)
    voices = [
        _voices(cell, step, reports, (reports.category == kind) | (kind == question.category),
                len(lattice))
        for kind in kinds
    ]  # fmt: skip
    heard = [(kind, v) for kind, v in zip(kinds, voices, strict=True) if v.any()]
    if not heard:
        raise NoReportsThen
    kinds, voices = [kind for kind, _ in heard], [v for _, v in heard]
    each = [step_windows(v, np.outer(people, v.sum(axis=0)), near) for v in voices]
    tests = call_together(each, alpha=question.alpha)
    return [
        Told(kind, v, test, classify_emerging(test.z, test.hot, test.cold))
        for kind, v, test in zip(kinds, voices, tests, strict=True)
    ]


def _step_days(question: Question) -> int:
    return question.days // STEPS


def steps_of(question: Question, at_s: Floats) -> Ints:
    """Step of each moment, by whole days of the city's calendar; -1 before the first step."""
    length, day = _step_days(question), words.ordinals(at_s)
    first = question.end.toordinal() - STEPS * length
    return np.where(day >= first, (day - first) // length, -1).astype(np.int64)


def _voices(cell: Ints, step: Ints, reports: Reports, mine: np.ndarray, m: int) -> Ints:
    """Reporters by cell and step: a phone counts once in each."""
    held = mine & (cell >= 0) & (step >= 0)
    _, who = np.unique(reports.reporter[held], return_inverse=True)
    each = np.unique(np.column_stack([cell[held], step[held], who.ravel()]), axis=0)
    flat = np.bincount(each[:, 0] * STEPS + each[:, 1], minlength=m * STEPS)
    return flat.reshape(m, STEPS).astype(np.int64)


def _keep(
    run: Run, question: Question, islands: Islands, reports: Reports, lattice: HexLattice,
    told: list[Told],
) -> list[IncidentHistory]:  # fmt: skip
    """Write cells with a history; returns them in the order of their categories and cells."""
    key, names = question.key("emerging_incidents"), cell_names(lattice, islands)
    areas = areas_of(cells_of(lattice, reports.xy, reports.island), reports)
    shapes = cell_shapes(islands.wkb, question.spacing_m)
    origin, rows = words.origin_of(reports), []
    for one in told:
        found = one.found
        for i in np.flatnonzero(found.pattern != Pattern.NONE):
            rows.append(IncidentHistory(
                run_number=run.pk, question=key, standing=question.standing, cell=names[i],
                island=islands.names[lattice.island[i]], area=areas.get(int(i), ""),
                category=one.category, pattern=HistoryPattern(str(found.pattern[i])),
                side=str(found.side[i]), n=int(one.voices[i].sum()),
                n_last=int(one.test.count[i, -1]), expected_last=float(one.test.expected[i, -1]),
                n_hot=int(found.n_hot[i]), n_cold=int(found.n_cold[i]), steps=STEPS,
                step_days=_step_days(question), mk_z=float(found.mk_z[i]),
                mk_p=float(found.mk_p[i]), last_z=float(found.last_z[i]), geom=shapes[i],
                origin=origin,
            ))  # fmt: skip
    keep_answer(rows, of=IncidentHistory, question=key, standing=question.standing)
    return rows


def areas_of(cell: Ints, reports: Reports) -> dict[int, str]:
    """Kelurahan named by most reports of each cell."""
    counts: dict[int, Counter[str]] = {}
    for number, area in zip(cell.tolist(), reports.kelurahan.tolist(), strict=True):
        if number >= 0 and area:
            counts.setdefault(number, Counter())[area] += 1
    return {number: min(c.items(), key=lambda one: (-one[1], one[0]))[0]
            for number, c in counts.items()}  # fmt: skip
