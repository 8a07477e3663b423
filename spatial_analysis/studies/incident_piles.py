"""Default addresses: one exact point that holds far more reports than any real place does."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.frames import Floats
from spatial_analysis.methods.density_cluster import stacked

LEAST = 5
TIMES = 3.0  # so many times what all but one place in a hundred hold
COMMON = 0.99
MOST_TOLD = 10


def least_of_a_pile(xy: Floats) -> int:
    """How many reports make a pile of one exact point, among these places (n, 2).

    Where coordinates are exact, hardly two reports share one, and five are a pile. Where they are
    rounded (to ten metres, or to the house), many share one honestly: then a pile has to hold
    three times what 99 of 100 points hold.
    """
    if not len(xy):
        return LEAST
    _, uses = np.unique(xy, axis=0, return_counts=True)
    return max(LEAST, int(np.ceil(TIMES * float(np.quantile(uses, COMMON, method="lower")))))


def piles_of(xy: Floats) -> NDArray[np.bool_]:
    """True (n,) for reports that lie in a pile."""
    return np.asarray(stacked(xy, least=least_of_a_pile(xy)))


def told(xy: Floats, area: NDArray[np.str_], pile: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """The piles, largest first: how many reports, in which kelurahan, where in metres."""
    places, which, uses = np.unique(
        xy[pile], axis=0, return_inverse=True, return_counts=True
    )  # fmt: skip
    rows = []
    for number in np.lexsort((places[:, 1], places[:, 0], -uses))[:MOST_TOLD]:
        names = np.unique(area[pile][which.ravel() == number])
        rows.append({"n": int(uses[number]), "area": str(names[-1]) if len(names) else "",
                     "x": float(places[number, 0]), "y": float(places[number, 1])})  # fmt: skip
    return rows
