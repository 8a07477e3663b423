"""Areas of the heat: a quarter, half, three quarters of the reports on the least ground."""

from __future__ import annotations

import numpy as np
import shapely

from layers.catalog.heat_contours import HeatContour
from layers.catalog.incident_cells import keep_answer
from spatial_analysis.frames import in_degrees
from spatial_analysis.methods.contours import BadShare, densest_areas
from spatial_analysis.models import Run
from spatial_analysis.studies import incident_words as words
from spatial_analysis.studies.incident_frames import Islands
from spatial_analysis.studies.incident_question import Question
from spatial_analysis.studies.incident_tally import Told

SHARES = (0.25, 0.5, 0.75)


def keep_contours(run: Run, question: Question, islands: Islands, told: Told) -> list[list[float]]:
    """Write the areas as rows of `heat-contours`; answers [per cent, km², reports inside]."""
    try:
        found = densest_areas(told.heat, SHARES, land=shapely.union_all(np.array(islands.lands)))
    except BadShare:  # every report lies at sea
        found = []
    found = [contour for contour in found if not contour.area.is_empty]
    shapes = in_degrees(np.array([contour.area for contour in found], dtype=object))
    weekly = 1e6 * 7 / question.days
    held = told.inside([contour.area for contour in found])
    rows = [
        HeatContour(
            run_number=run.pk, question=question.key("incident_heat"),
            standing=question.standing, held_pct=round(100 * contour.share),
            weekly_km2=contour.level * weekly, area_km2=contour.area.area / 1e6,
            n=n, geom=shape,
            origin=words.origin_by(told.synthetic_share),
        )
        for contour, shape, n in zip(found, shapes, held, strict=True)
    ]  # fmt: skip
    keep_answer(
        rows, of=HeatContour, question=question.key("incident_heat"), standing=question.standing
    )
    return [[row.held_pct, round(row.area_km2, 4), row.n] for row in rows]
