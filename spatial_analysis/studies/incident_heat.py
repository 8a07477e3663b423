"""Where do reports lie: a heat raster, and cells that chance does not explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext_noop
from numpy.typing import NDArray

from layers.catalog.heat_rasters import CLOSED_HEAT, HEAT, UNIT
from layers.catalog.incident_cells import Grade, IncidentCell, keep_answer
from layers.catalog.rasters import register_raster
from spatial_analysis import means
from spatial_analysis.frames import Floats
from spatial_analysis.methods.density import Density
from spatial_analysis.methods.frame import Ints
from spatial_analysis.methods.lattice import HexLattice
from spatial_analysis.methods.local_g import BadValues, local_g
from spatial_analysis.methods.weights import contiguity
from spatial_analysis.methods.window_test import Call, WindowTest, binomial_window
from spatial_analysis.models import Run
from spatial_analysis.progress import told_to
from spatial_analysis.studies import incident_said as said
from spatial_analysis.studies import incident_words as words
from spatial_analysis.studies.heat_contours import keep_contours
from spatial_analysis.studies.incident_aside import figures_of
from spatial_analysis.studies.incident_frames import (
    Islands,
    Offset,
    cell_shapes,
    cells_of,
    read_islands,
    read_offset,
)
from spatial_analysis.studies.incident_question import Question, moment
from spatial_analysis.studies.incident_tally import Told, told_of
from spatial_analysis.study import Answer, study

LEAST_REPORTERS = 3
STRENGTH = ((0.001, Grade.HOT_3), (0.01, Grade.HOT_2), (1.0, Grade.HOT_1))


@dataclass(frozen=True, slots=True)
class Cells:
    """The lattice with everything that was worked out on it; columns are (m,)."""

    lattice: HexLattice
    counts: Ints
    before: Ints
    test: WindowTest
    gi_star: Floats
    grade: list[Grade]
    stability: Floats
    outside: int


@study("incident_heat", first_answer=True)
def incident_heat(run: Run, params: Mapping[str, Any]) -> Answer:
    """Heat of the reports asked for, and the call on every cell; rows of `incident-cells`.

    Default addresses are set aside, as from clusters; with `piles` they count like any place.
    Parameters: see `Question.of`. Raises BadQuestion, NoReportsThen, NoPeopleThere.
    """
    question = Question.of(params)
    islands = read_islands(question.island)
    telling = told_to(run, means.current().say, gettext_noop("Menghitung laporan"))
    with told_of(question, islands, telling) as told:
        return _answer(run, question, islands, told)


def _answer(run: Run, question: Question, islands: Islands, told: Told) -> Answer:
    measure = None if told.plan.loads else read_offset(question, islands)
    cells = work_out(question, told, measure)
    code = f"panas-{question.key('incident_heat')}"
    top = _keep_heat(run, question, told, code)
    _keep_cells(run, question, islands, told, cells)
    graded = {grade.value: cells.grade.count(grade) for grade in Grade}
    summary = words.common_of(len(told), told.sums.by_day, question, "incident_heat") | {
        **_figures(question, cells, told.heat, graded), "raster": code, "top": top, "unit": UNIT,
        "raster_layer": _heat_layer(question), "warnings": _warnings(told, cells),
        "contours": keep_contours(run, question, islands, told),
        **figures_of(told.aside, told.sums.aside),
    }  # fmt: skip
    return Answer(
        sentence=said.stored("incident_heat", summary),
        summary=summary,
        canonical=_canonical(islands, cells, told),
        inputs={
            "reports": told.sums.version,
            "population": measure.version if measure else told.sums.version,
            **told.source,
        },
    )


def work_out(question: Question, told: Told, measure: Offset | None) -> Cells:
    """Test the cells of the base lattice, and look how they fare on shifted and larger ones."""
    base = told.lattices[0]
    tests = [_test(question, told, measure, k) for k in range(len(told.lattices))]
    return Cells(
        lattice=base,
        counts=told.counts,
        before=told.sums.before,
        test=tests[0],
        gi_star=gi_star(told.counts, base),
        grade=grades_of(tests[0]),
        stability=_stability(told.lattices, tests),
        outside=told.outside,
    )


def _test(question: Question, told: Told, measure: Offset | None, k: int) -> WindowTest:
    """The test on one lattice counts voices, each reporter once a cell; the heat counts reports."""
    lattice = told.lattices[k]
    return binomial_window(
        told.voices[k],
        told.load_on(k) if measure is None else measure.on(lattice),
        contiguity(lattice),
        alpha=question.alpha,
        enough=told.people[k] >= LEAST_REPORTERS,
    )


def gi_star(counts: Ints, lattice: HexLattice) -> Floats:
    """Gi* (z) of each cell, NaN where all cells are alike."""
    try:
        return np.asarray(local_g(counts, contiguity(lattice)).z)
    except BadValues:  # every cell alike: nothing to compare
        return np.full(len(lattice), np.nan)


def grades_of(test: WindowTest) -> list[Grade]:
    """What is said of each cell."""
    plain = {Call.COLD: Grade.COLD, Call.NONE: Grade.NONE, Call.TOO_FEW: Grade.TOO_FEW}
    return [
        next(grade for most, grade in STRENGTH if p <= most) if call == Call.HOT
        else plain[Call(str(call))]
        for call, p in zip(test.call, test.p_adjusted, strict=True)
    ]  # fmt: skip


def _stability(lattices: list[HexLattice], tests: list[WindowTest]) -> Floats:
    """Share of the other lattices (3 shifts x 2 sizes) whose cell says the same of the place."""
    base = lattices[0]
    agree = np.zeros(len(base))
    for other, test in zip(lattices[1:], tests[1:], strict=True):
        there = cells_of(other, np.asarray(base.centre), np.asarray(base.island))
        agree += np.where(there >= 0, test.call[there] == tests[0].call, False)
    return agree / (len(lattices) - 1)


def _heat_layer(question: Question) -> str:
    return CLOSED_HEAT.slug if question.hidden else HEAT.slug


def _keep_heat(run: Run, question: Question, told: Told, code: str) -> float:
    """Write and register the raster; returns its highest value."""
    from spatial_analysis.studies.heat_files import write_heat  # rasterio: workers only

    land = ~np.isnan(told.heat.values)  # most of a city of islands is sea
    weekly = np.full(land.shape, np.nan, dtype=np.float32)
    weekly[land] = told.heat.values[land] * 1e6 * 7 / question.days
    top = float(np.nanmax(weekly))
    tags = {
        "unit": UNIT, "sigma_m": f"{question.sigma_m:g}", "edge": "diggle", "kernel": "gaussian",
        "period": words.period(question), "category": question.category or "semua yang terbuka",
        "reports": str(len(told)), "set_aside": str(told.stacked), "run": str(run.pk),
        "sea": "nodata",
    }  # fmt: skip
    register_raster(
        write_heat(code, weekly, told.heat, tags),
        code=code,
        layer=_heat_layer(question),
        title=f"Panas laporan {words.period(question)}",
        ramp="heat",
        low=0.0,
        high=max(top, 1e-6),
        attribution="Analisis kota dari laporan warga",
        at=timezone.now(),
        unit=UNIT,
        origin=words.origin_by(told.synthetic_share),
    )
    return top


def _none_if_nan(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _keep_cells(run: Run, question: Question, islands: Islands, told: Told, cells: Cells) -> None:
    shapes = cell_shapes(islands.wkb, question.spacing_m)
    names, test, key = cell_names(cells.lattice, islands), cells.test, question.key("incident_heat")
    origin = words.origin_by(told.synthetic_share)
    rows = [
        IncidentCell(
            run_number=run.pk, question=key, standing=question.standing, cell=names[i],
            island=islands.names[cells.lattice.island[i]], category=question.category,
            period_from=moment(question.first), period_to=moment(question.end),
            n=int(cells.counts[i]), n_before=int(cells.before[i]), window_n=int(test.count[i]),
            expected=float(test.expected[i]), offset_kind=question.offset,
            gi_star_z=_none_if_nan(cells.gi_star[i]), p_window=_none_if_nan(test.p[i]),
            p_adjusted=_none_if_nan(test.p_adjusted[i]), m_tests=test.m_tests,
            grade=cells.grade[i], stability=float(cells.stability[i]), geom=shapes[i],
            origin=origin,
        )
        for i in range(len(cells.lattice))
    ]  # fmt: skip
    keep_answer(rows, of=IncidentCell, question=key, standing=question.standing)


def cell_names(lattice: HexLattice, islands: Islands) -> list[str]:
    """Names of cells that stay the same for ever: island/spacing/q/r."""
    return [
        f"{islands.codes[island]}/{lattice.spacing_m:g}/{q}/{r}"
        for island, q, r in zip(lattice.island, lattice.q, lattice.r, strict=True)
    ]


def _sparse_share(test: WindowTest) -> float:
    return float(np.mean(np.asarray(test.expected) < 5))


def _warnings(told: Told, cells: Cells) -> list[list[Any]]:
    return said.warned(
        n=len(told), outside=cells.outside, elsewhere=told.sums.elsewhere,
        sparse=_sparse_share(cells.test), stacked=told.stacked,
    )  # fmt: skip


def _figures(
    question: Question, cells: Cells, heat: Density, graded: dict[str, int]
) -> dict[str, Any]:
    hot = np.array([grade.startswith("hot") for grade in cells.grade])
    return {
        "n_before": int(cells.before.sum()),
        "cells": len(cells.lattice),
        "m_tests": cells.test.m_tests,
        "grades": graded,
        "robust_hot": int((hot & (cells.stability >= 0.8)).sum()),
        "spacing_m": question.spacing_m,
        "sigma_m": question.sigma_m,
        "alpha": question.alpha,
        "control": "bh",
        "heat_n": heat.n,
        "heat_outside": heat.outside,
    }


def _canonical(islands: Islands, cells: Cells, told: Told) -> Any:
    """What the digest is taken of: the cube, every cell's figures, the heat to six digits."""
    figures = [
        [name, int(n), int(before), f"{p:.6g}", f"{z:.6g}", grade.value, f"{steady:.4f}"]
        for name, n, before, p, z, grade, steady in zip(
            cell_names(cells.lattice, islands), cells.counts, cells.before, cells.test.p,
            cells.gi_star, cells.grade, cells.stability, strict=True,
        )
    ]  # fmt: skip
    return {"cube": told.cube_digest, "cells": figures, "heat": _heat_marks(told.heat.values)}


def _heat_marks(values: NDArray[np.float64]) -> list[str]:
    """Sums of each row of the raster, as text: equal heat, equal marks."""
    return [f"{total:.6e}" for total in np.nansum(values, axis=1)]
