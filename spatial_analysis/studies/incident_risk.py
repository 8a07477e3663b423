"""Where one kind of report is thicker than reports are anyway: relative risk as a raster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from layers.catalog.heat_rasters import RISK, RISK_UNIT
from layers.catalog.rasters import register_raster
from spatial_analysis.methods.density import Density, grid_over, kernel_density
from spatial_analysis.methods.relative_risk import RelativeRisk, relative_risk
from spatial_analysis.models import Run
from spatial_analysis.studies import incident_piles
from spatial_analysis.studies import incident_said as said
from spatial_analysis.studies import incident_words as words
from spatial_analysis.studies.incident_frames import Islands, Reports, read_islands, read_window
from spatial_analysis.studies.incident_question import BadQuestion, NoReportsThen, Question
from spatial_analysis.study import Answer, study

CELL_M = 100.0
LEAST_SIGMA_M = 400.0
TAIL = 0.025
MOST_LOG2 = 2.0
LEAST_CASES = 20
LEAST_NEAR = 5.0


@study("incident_risk", first_answer={"category": "sampah"})
def incident_risk(run: Run, params: Mapping[str, Any]) -> Answer:
    """Log2 of one category's density over that of all other reports; a raster of `incident-risk`.

    Habits of reporting, people and the coast cancel. Drawn only where dealing out anew which
    reports are of the category gives so high (or so low) a share in at most 2.5 % of the deals.
    Default addresses are set aside. Parameters: `category` and those of `Question.of`; width at
    least 400 m. Categories whose places are hidden are refused.
    Raises BadQuestion, NoReportsThen.
    """
    question = Question.of(params)
    if not question.category or question.hidden:
        raise BadQuestion(_("Risiko nisbi memerlukan satu kategori yang tempatnya terbuka."))
    question = replace(question, sigma_m=max(question.sigma_m, LEAST_SIGMA_M))
    islands = read_islands(question.island)
    of_all = replace(question, category="")
    every = read_window(of_all, islands)
    reports, stacked = incident_piles.kept(of_all, every)
    case = reports.category == question.category
    if min(int(case.sum()), int((~case).sum())) < LEAST_CASES:
        raise NoReportsThen
    risk = _risk(question, islands, reports, case, run.seed)
    shown = _shown(risk, _reports_near(question, islands, reports, risk))
    code = f"risiko-{question.key('incident_risk')}"
    _keep(run, question, reports, risk, shown, code)
    summary = words.common(reports.take(case), question, "incident_risk") | {
        "stacked": stacked, "others": int((~case).sum()), "sigma_m": question.sigma_m,
        "p_map": risk.p_map,
        "high_km2": float((shown > 0).sum()) * CELL_M**2 / 1e6,
        "low_km2": float((shown < 0).sum()) * CELL_M**2 / 1e6,
        "least_near": LEAST_NEAR,
        "replications": question.replications, "raster": code, "raster_layer": RISK.slug,
    }  # fmt: skip
    return Answer(
        sentence=said.stored("incident_risk", summary),
        summary=summary,
        canonical=[f"{total:.5e}" for total in np.nansum(shown, axis=1)],
        inputs={"reports": reports.version},
    )


def _risk(
    question: Question, islands: Islands, reports: Reports, case: np.ndarray, seed: int
) -> RelativeRisk:
    from spatial_analysis.studies.heat_files import land_mask  # rasterio: workers only

    west, south, east, north = np.array([land.bounds for land in islands.lands]).T
    box = (float(west.min()), float(south.min()), float(east.max()), float(north.max()))
    grid = grid_over(box, CELL_M)
    return relative_risk(
        reports.xy, case, grid, question.sigma_m, land=land_mask(islands.lands, grid),
        island=reports.island + 1, replications=question.replications, seed=seed,
    )  # fmt: skip


def _reports_near(
    question: Question, islands: Islands, reports: Reports, risk: RelativeRisk
) -> np.ndarray:
    """How many reports stand behind each cell: density times the kernel's ground, 2 pi sigma²."""
    from spatial_analysis.studies.heat_files import land_mask  # rasterio: workers only

    every = kernel_density(
        reports.xy, risk.grid, question.sigma_m, land=land_mask(islands.lands, risk.grid),
        island=reports.island + 1,
    )  # fmt: skip
    return np.nan_to_num(np.asarray(every.values)) * 2 * np.pi * question.sigma_m**2


def _shown(risk: RelativeRisk, near: np.ndarray) -> np.ndarray:
    """Log2 ratio where it is sure and enough reports stand behind it; NaN elsewhere."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log2 = np.clip(np.log2(risk.ratio), -MOST_LOG2, MOST_LOG2)
    sure = (risk.p <= TAIL) | (risk.p_low <= TAIL)
    return np.where(sure & (near >= LEAST_NEAR), log2, np.nan)


def _keep(
    run: Run, question: Question, reports: Reports, risk: RelativeRisk, shown: np.ndarray, code: str
) -> None:
    from spatial_analysis.studies.heat_files import write_heat  # rasterio: workers only

    tags = {
        "unit": RISK_UNIT, "sigma_m": f"{question.sigma_m:g}", "edge": "diggle",
        "period": words.period(question), "category": question.category, "run": str(run.pk),
        "sea": "nodata",
    }  # fmt: skip
    ground = Density(shown, risk.grid, float(len(reports)), 0)
    register_raster(
        write_heat(code, shown.astype(np.float32), ground, tags),
        code=code,
        layer=RISK.slug,
        title=f"Risiko nisbi {question.category} {words.period(question)}",
        ramp="risk",
        low=-MOST_LOG2,
        high=MOST_LOG2,
        attribution="Analisis kota dari laporan warga",
        at=timezone.now(),
        unit=RISK_UNIT,
        origin=words.origin_of(reports),
    )
