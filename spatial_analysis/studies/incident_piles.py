"""Default addresses among reports: what the studies set aside, and how it is told."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.default_places import DefaultPlaces, default_places
from spatial_analysis.studies.incident_frames import Reports

MOST_TOLD = 10


def piles_of(reports: Reports) -> DefaultPlaces:
    """Which reports lie at a default address, judged by what these reports themselves do."""
    return default_places(reports.xy, reports.category)


def told(reports: Reports, pile: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """The piles, largest first: how many reports, in which kelurahan, where in metres."""
    places, which, uses = np.unique(
        reports.xy[pile], axis=0, return_inverse=True, return_counts=True
    )  # fmt: skip
    rows = []
    for number in np.lexsort((places[:, 1], places[:, 0], -uses))[:MOST_TOLD]:
        names = np.unique(reports.kelurahan[pile][which.ravel() == number])
        rows.append({"n": int(uses[number]), "area": str(names[-1]) if len(names) else "",
                     "x": float(places[number, 0]), "y": float(places[number, 1])})  # fmt: skip
    return rows
