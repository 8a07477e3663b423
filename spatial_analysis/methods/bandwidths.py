"""How wide a kernel should be, by rules with a name: Scott, likelihood, Cronie & van Lieshout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from spatial_analysis.methods.density import BadBandwidth, Grid, ground_mass, kernel_density
from spatial_analysis.methods.frame import Floats, checked_points

VERSION = "1"
TRIES = 33  # widths looked at, evenly on a logarithmic scale
ROWS = 512  # rows of the distance matrix held at a time


@dataclass(frozen=True, slots=True)
class Window:
    """The land on which places could lie; its kernel mass corrects the likelihood at the edge."""

    grid: Grid
    land: NDArray | None = None
    island: NDArray | None = None


def bandwidth_scott(xy: ArrayLike) -> float:
    """Mean of both axes' spread times n^(-1/6), in metres.

    Source: Scott (1992), Multivariate density estimation. Smooths clumped places too much.
    """
    points = _two(xy)
    return float(points.std(axis=0, ddof=1).mean() * len(points) ** (-1 / 6))


def bandwidth_likelihood(
    xy: ArrayLike,
    *,
    least_m: float,
    most_m: float,
    window: Window | None = None,
    among: ArrayLike | None = None,
) -> float:
    """The width under which each place is best foretold by the others, in metres.

    Largest sum of the log density at every place without its own kernel, less the integral of
    the density, over TRIES widths, then between the neighbours of the best; or the best of the
    widths `among`. The edge is corrected at the place asked for when `window` is given (its
    cells at most `least_m` / 2).
    O(TRIES n²) time, O(n) memory.

    Source: Loader (1999), Local regression and likelihood, 5.3; as `bw.ppl` of spatstat.
    """
    points = _two(xy)

    def best_of(widths: Floats) -> int:
        return int(np.argmax([_likelihood(points, sigma, window) for sigma in widths]))

    if among is not None:
        given = np.asarray(among, dtype=np.float64)
        return float(given[best_of(given)])
    widths = _widths(least_m, most_m)
    best = best_of(widths)
    fine = np.geomspace(widths[max(best - 1, 0)], widths[min(best + 1, TRIES - 1)], 17)
    return float(fine[best_of(fine)])


def bandwidth_cvl(
    xy: ArrayLike,
    area_m2: float,
    *,
    least_m: float,
    most_m: float,
    among: ArrayLike | None = None,
) -> float:
    """The width at which the areas the places stand for sum to the area they lie in, in metres.

    Sum of 1 / density at the places = area, solved between the limits, or the nearest of the
    widths `among`. Suits clumped places. Raises BadBandwidth when no width between the limits
    does. O(n²) a step of the search.

    Source: Cronie & van Lieshout (2018), A non-model-based approach to bandwidth selection,
    doi:10.1093/biomet/asy001.
    """
    points = _two(xy)
    _widths(least_m, most_m)

    def stood_for(sigma: float) -> float:
        return float((1 / _sums(points, sigma)).sum())

    if among is not None:
        given = np.asarray(among, dtype=np.float64)
        return float(given[int(np.argmin([abs(stood_for(s) - area_m2) for s in given]))])
    ends = np.log(least_m), np.log(most_m)
    gaps = [np.log(stood_for(float(np.exp(end))) / area_m2) for end in ends]
    if gaps[0] * gaps[1] > 0:
        raise BadBandwidth("no width between the limits fits the area")
    return float(np.exp(brentq(lambda log: np.log(stood_for(np.exp(log)) / area_m2), *ends)))


RULES: dict[str, Callable[..., float]] = {
    "scott": bandwidth_scott,
    "likelihood": bandwidth_likelihood,
    "cvl": bandwidth_cvl,
}


def _two(xy: ArrayLike) -> Floats:
    points = checked_points(xy)
    if len(points) < 2:
        raise BadBandwidth("two points at least")
    return points


def _widths(least_m: float, most_m: float) -> Floats:
    if not (np.isfinite([least_m, most_m]).all() and 0 < least_m < most_m):
        raise BadBandwidth("limits must be finite, above 0 and growing")
    return np.geomspace(least_m, most_m, TRIES)


def _likelihood(points: Floats, sigma: float, window: Window | None) -> float:
    """Sum of the log density of each place without itself, less the density's integral."""
    own = 1 / (2 * np.pi * sigma**2)
    density = _sums(points, sigma) - own
    held = float(len(points))
    if window is not None:
        place = {"land": window.land, "island": window.island}
        density = density / np.maximum(ground_mass(points, window.grid, sigma, **place), 1e-9)
        heat = kernel_density(points, window.grid, sigma, edge="uniform", **place)
        held = float(np.nansum(heat.values) * window.grid.cell_m2)
    return float(np.log(np.maximum(density, 1e-300)).sum()) - held


def _sums(points: Floats, sigma: float) -> Floats:
    """Kernel density at every place, its own kernel included, by the whole matrix in portions."""
    density = np.empty(len(points))
    for start in range(0, len(points), ROWS):
        some = points[start : start + ROWS]
        d2 = ((some[:, None, :] - points[None]) ** 2).sum(axis=2)
        density[start : start + ROWS] = np.exp(-d2 / (2 * sigma**2)).sum(axis=1)
    return density / (2 * np.pi * sigma**2)
