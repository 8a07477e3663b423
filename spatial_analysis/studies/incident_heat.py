"""Where do reports lie: a heat raster, and cells that chance does not explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from layers.catalog.heat_rasters import CLOSED_HEAT, HEAT, UNIT
from layers.catalog.incident_cells import Grade, IncidentCell, keep_answer
from layers.catalog.rasters import register_raster
from spatial_analysis.frames import Floats, in_degrees
from spatial_analysis.methods.density import Density, grid_over, kernel_density
from spatial_analysis.methods.frame import Ints
from spatial_analysis.methods.lattice import HexLattice, cell_polygons
from spatial_analysis.methods.local_g import BadValues, local_g
from spatial_analysis.methods.weights import contiguity, with_self
from spatial_analysis.methods.window_test import Call, WindowTest, binomial_window
from spatial_analysis.models import Run
from spatial_analysis.studies import incident_said as said
from spatial_analysis.studies import incident_words as words
from spatial_analysis.studies.heat_contours import keep_contours
from spatial_analysis.studies.incident_frames import (
    Islands,
    Offset,
    Reports,
    cells_of,
    distinct_reporters,
    lattice_over,
    read_asked,
    read_before,
    read_islands,
    read_offset,
)
from spatial_analysis.studies.incident_question import Question, moment
from spatial_analysis.study import Answer, study

HEAT_CELL_M = 50.0
LEAST_REPORTERS = 3
SHIFTS = ((0.0, 0.0), (1 / 3, 0.0), (0.0, 1 / 3))
SIZES = (1.0, 1.5)
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

    Parameters: see `Question.of`. Raises BadQuestion, NoReportsThen, NoPeopleThere.
    """
    question = Question.of(params)
    islands = read_islands(question.island)
    reports, offset = read_asked(question, islands), read_offset(question, islands)
    cells = work_out(question, islands, reports, read_before(question, islands), offset)
    heat = heat_of(question, islands, reports)
    code = f"panas-{question.key('incident_heat')}"
    top = _keep_heat(run, question, reports, heat, code)
    _keep_cells(run, question, islands, reports, cells)
    graded = {grade.value: cells.grade.count(grade) for grade in Grade}
    summary = words.common(reports, question, "incident_heat") | {
        **_figures(question, cells, heat, graded), "raster": code, "top": top, "unit": UNIT,
        "raster_layer": _heat_layer(question), "warnings": _warnings(reports, cells),
        "contours": keep_contours(run, question, islands, reports, heat),
    }  # fmt: skip
    return Answer(
        sentence=said.stored("incident_heat", summary),
        summary=summary,
        canonical=_canonical(islands, cells, heat),
        inputs={"reports": reports.version, "population": offset.version},
    )  # fmt: skip


def work_out(
    question: Question, islands: Islands, reports: Reports, before: Reports, offset: Offset
) -> Cells:
    """Test the cells of the base lattice, and look how they fare on shifted and larger ones."""
    base = lattice_over(islands.wkb, question.spacing_m, SHIFTS[0])
    tested = _test(question, base, reports, offset)
    cell = cells_of(base, reports.xy, reports.island)
    earlier = cells_of(base, before.xy, before.island)
    counts = _counts(cell, len(base))
    return Cells(
        lattice=base,
        counts=counts,
        before=_counts(earlier, len(base)),
        test=tested,
        gi_star=_gi_star(counts, base),
        grade=_grades(tested),
        stability=_stability(question, islands, base, tested, reports, offset),
        outside=int((cell < 0).sum()),
    )


def heat_of(question: Question, islands: Islands, reports: Reports) -> Density:
    """Reports per m² over the whole period, on land, each island alone."""
    from spatial_analysis.studies.heat_files import land_mask  # rasterio: workers only

    west, south, east, north = np.array([land.bounds for land in islands.lands]).T
    box = (west.min(), south.min(), east.max(), north.max())
    grid = grid_over(tuple(float(edge) for edge in box), HEAT_CELL_M)  # type: ignore[arg-type]
    mask = land_mask(islands.lands, grid)
    return kernel_density(reports.xy, grid, question.sigma_m, land=mask, island=reports.island + 1)


def _counts(cell: Ints, m: int) -> Ints:
    return np.bincount(cell[cell >= 0], minlength=m).astype(np.int64)


def _test(question: Question, lattice: HexLattice, reports: Reports, offset: Offset) -> WindowTest:
    near = contiguity(lattice)
    cell = cells_of(lattice, reports.xy, reports.island)
    told = distinct_reporters(cell, reports.reporter, with_self(near))
    return binomial_window(
        _counts(_once_each(cell, reports.reporter), len(lattice)), offset.on(lattice), near,
        alpha=question.alpha, enough=told >= LEAST_REPORTERS,
    )  # fmt: skip


def _once_each(cell: Ints, reporter: NDArray[np.str_]) -> Ints:
    """Cells with each reporter once a cell: the test counts voices, the heat counts reports."""
    held = cell >= 0
    _, who = np.unique(reporter[held], return_inverse=True)
    pairs = np.unique(np.column_stack([cell[held], who]), axis=0)
    return pairs[:, 0]


def _gi_star(counts: Ints, lattice: HexLattice) -> Floats:
    try:
        return np.asarray(local_g(counts, contiguity(lattice)).z)
    except BadValues:  # every cell alike: nothing to compare
        return np.full(len(lattice), np.nan)


def _grades(test: WindowTest) -> list[Grade]:
    plain = {Call.COLD: Grade.COLD, Call.NONE: Grade.NONE, Call.TOO_FEW: Grade.TOO_FEW}
    return [
        next(grade for most, grade in STRENGTH if p <= most) if call == Call.HOT
        else plain[Call(str(call))]
        for call, p in zip(test.call, test.p_adjusted, strict=True)
    ]  # fmt: skip


def _stability(
    question: Question,
    islands: Islands,
    base: HexLattice,
    tested: WindowTest,
    reports: Reports,
    offset: Offset,
) -> Floats:
    """Share of the other lattices (3 shifts x 2 sizes) whose cell says the same of the place."""
    agree, asked = np.zeros(len(base)), 0
    for size in SIZES:
        for shift in SHIFTS:
            if (size, shift) == (SIZES[0], SHIFTS[0]):
                continue
            other = lattice_over(islands.wkb, question.spacing_m * size, shift)
            there = cells_of(other, np.asarray(base.centre), np.asarray(base.island))
            call = _test(question, other, reports, offset).call
            agree += np.where(there >= 0, call[there] == tested.call, False)
            asked += 1
    return agree / asked


def _heat_layer(question: Question) -> str:
    return CLOSED_HEAT.slug if question.hidden else HEAT.slug


def _keep_heat(run: Run, question: Question, reports: Reports, heat: Density, code: str) -> float:
    """Write and register the raster; returns its highest value."""
    from spatial_analysis.studies.heat_files import write_heat  # rasterio: workers only

    weekly = (heat.values * 1e6 * 7 / question.days).astype(np.float32)
    top = float(np.nanmax(weekly))
    tags = {
        "unit": UNIT, "sigma_m": f"{question.sigma_m:g}", "edge": "diggle", "kernel": "gaussian",
        "period": words.period(question), "category": question.category or "semua yang terbuka",
        "reports": str(len(reports)), "run": str(run.pk), "sea": "nodata",
    }  # fmt: skip
    register_raster(
        write_heat(code, weekly, heat, tags),
        code=code,
        layer=_heat_layer(question),
        title=f"Panas laporan {words.period(question)}",
        ramp="heat",
        low=0.0,
        high=max(top, 1e-6),
        attribution="Analisis kota dari laporan warga",
        at=timezone.now(),
        unit=UNIT,
        origin=words.origin_of(reports),
    )
    return top


def _none_if_nan(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _keep_cells(
    run: Run, question: Question, islands: Islands, reports: Reports, cells: Cells
) -> None:
    shapes = in_degrees(cell_polygons(cells.lattice))
    names, test, key = cell_names(cells.lattice, islands), cells.test, question.key("incident_heat")
    origin = words.origin_of(reports)
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


def _warnings(reports: Reports, cells: Cells) -> list[list[Any]]:
    return said.warned(
        n=len(reports), outside=cells.outside, elsewhere=reports.elsewhere,
        sparse=_sparse_share(cells.test),
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


def _canonical(islands: Islands, cells: Cells, heat: Density) -> Any:
    """What the digest is taken of: every cell's figures, and the heat, to six digits."""
    figures = [
        [name, int(n), int(before), f"{p:.6g}", f"{z:.6g}", grade.value, f"{steady:.4f}"]
        for name, n, before, p, z, grade, steady in zip(
            cell_names(cells.lattice, islands), cells.counts, cells.before, cells.test.p,
            cells.gi_star, cells.grade, cells.stability, strict=True,
        )
    ]  # fmt: skip
    return {"cells": figures, "heat": _heat_marks(heat.values)}


def _heat_marks(values: NDArray[np.float64]) -> list[str]:
    """Sums of each row of the raster, as text: equal heat, equal marks."""
    return [f"{total:.6e}" for total in np.nansum(values, axis=1)]
