"""How often a planted group of cells is found: by our test, by the best there can be, by a scan."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from scipy.special import gammainc

from spatial_analysis.methods.lattice import hex_lattice
from spatial_analysis.methods.weights import contiguity, with_self
from spatial_analysis.methods.window_test import Call, binomial_window

LAND = shapely.box(0, 0, 5000, 5000)


def planted_risk(expected: float) -> tuple[Any, Any, np.ndarray, np.ndarray]:
    """Lattice, windows, even risk per cell, and the cells of a window in the middle."""
    lattice = hex_lattice([LAND], 100)
    window = with_self(contiguity(lattice))
    middle = int(np.argmin(np.hypot(*(lattice.centre - 2500).T)))
    planted = window[[middle]].indices
    return lattice, window, lattice.land_m2 / lattice.hex_m2 * (expected / len(planted)), planted


def power(expected: float, runs: int) -> float:
    """Share of maps in which a window at three times the risk is called hot."""
    lattice, window, even, planted = planted_risk(expected)
    risk, rng, hits = even.copy(), np.random.default_rng(77), 0
    risk[planted] *= 3
    for _ in range(runs):
        test = binomial_window(rng.poisson(risk), lattice.land_m2, window, side="hot")
        hits += bool((test.call[planted] == Call.HOT).any())
    return hits / runs


def best_possible(expected: float, draws: int = 2000, size: float = 0.05) -> float:
    """Power of the best test there can be of "some window has three times the risk".

    Neyman and Pearson: the mean over all windows of the likelihood ratio, cut where `size` of
    the maps of nothing lie above. A test that knew shape and strength but not the place; a
    procedure that calls something on at most `size` of the maps of nothing cannot find more.
    """
    _, window, even, planted = planted_risk(expected)
    risk, rng = even.copy(), np.random.default_rng(78)
    risk[planted] *= 3

    def ratios(rate: np.ndarray) -> np.ndarray:
        counts = window @ rng.poisson(rate, (draws, len(rate))).T
        return np.asarray(np.exp(counts * np.log(3) - 2 * (window @ even)[:, None])).mean(axis=0)

    return float((ratios(risk) > np.quantile(ratios(even), 1 - size)).mean())


def scan_of_three_sizes(expected: float, draws: int = 600, size: float = 0.05) -> float:
    """Power of a scan over windows of 1, 7 and 19 cells: its smallest p, cut by maps of nothing.

    What a test gains that does not know the extent, and what it pays for looking at more windows.
    """
    _, window, even, planted = planted_risk(expected)
    wider = ((window @ window) > 0).astype(float)
    risk, rng = even.copy(), np.random.default_rng(79)
    risk[planted] *= 3

    def smallest(rate: np.ndarray) -> np.ndarray:
        counts = rng.poisson(rate, (draws, len(rate))).T
        tails = []
        for own, mean in ((counts, even), (window @ counts, window @ even),
                          (wider @ counts, wider @ even)):  # fmt: skip
            p = np.where(own > 0, gammainc(np.maximum(own, 1), mean[:, None]), 1.0)
            tails.append(p.min(axis=0))  # P(X >= c) of a Poisson count
        return np.asarray(np.min(tails, axis=0))

    return float((smallest(risk) < np.quantile(smallest(even), size)).mean())
