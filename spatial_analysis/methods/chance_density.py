"""How many events must lie together before density itself is no news."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import pdtrc

from spatial_analysis.methods.cluster_test import Ground
from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats

VERSION = "1"
CHANCE = 0.1  # of events of a map without any cause may be dense all the same


class BadEvents(MethodError):
    """Ask for n >= 0 events, `least` >= 1 of them within eps_m > 0, and cells with an area."""


@dataclass(frozen=True, slots=True)
class Floor:
    """min_pts: `least`, or so many more that chance seldom has them; share: how often with it.

    share_before : the same share with `least`
    """

    min_pts: int
    share: float
    share_before: float


def floor_of_chance(
    ground: Ground, n: int, *, eps_m: float, cell_m2: float, least: int, chance: float = CHANCE
) -> Floor:
    """Raise DBSCAN's `min_pts` until a map without any cause has hardly a dense place.

    Of `n` events dealt out in proportion to the ground's weight, the number within `eps_m` of one
    at a place is Poisson with mean n x the share of weight near that place. `min_pts` becomes the
    smallest number >= `least` that at most `chance` of such events have (themselves counted).
    Otherwise, with ever more events, everything within reach of everything becomes one cluster,
    and no reader learns anything from it.

    Weight near a place is that of the cells within eps_m + half a cell, by their area: at a shore
    the water is taken for land as busy, so the floor is rather too high there than too low.
    O(cells x those near). Raises BadEvents.

    Source: own rule on Poisson counts; the trouble it mends: Ester et al. (1996), section 4.2,
    where min_pts is chosen by eye from the sorted k-distance graph.
    """
    if n < 0 or least < 1 or eps_m <= 0 or cell_m2 <= 0 or not 0 < chance < 1:
        raise BadEvents
    share = ground.weight / ground.weight.sum()
    mean = n * np.pi * eps_m**2 * _near(ground, share, eps_m) / cell_m2

    def dense(min_pts: int) -> float:  # another min_pts - 1 or more besides itself
        return float(share @ pdtrc(min_pts - 2, mean)) if min_pts > 1 else 1.0

    low, high = least, max(least, int(mean.max() + 10 * np.sqrt(mean.max())) + 10)
    before = dense(least)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if dense(middle) <= chance else (middle + 1, high)
    return Floor(low, dense(low), before)


def _near(ground: Ground, share: Floats, eps_m: float) -> Floats:
    """Mean share (g,) of the cells near each cell, of its own island."""
    one, two = cKDTree(ground.centre).query_pairs(eps_m + ground.half_m, output_type="ndarray").T
    same = ground.island[one] == ground.island[two]
    one, two = one[same], two[same]
    g = len(share)
    total = share + np.bincount(one, share[two], g) + np.bincount(two, share[one], g)
    return np.asarray(total / (1 + np.bincount(one, minlength=g) + np.bincount(two, minlength=g)))
