"""Rates of small places: expected counts, and rates drawn towards the mean of the map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats, frozen

VERSION = "1"


class BadRates(MethodError):
    """Rates need a place at least, with counts >= 0 and people > 0 for each."""


@dataclass(frozen=True, slots=True)
class SmoothedRates:
    """Raw and smoothed rates (n,) a person; mean and spread of the map they are drawn to.

    deviate : (n,) raw rate less the mean, in units of its own standard deviation, so that
    small places do not lead a map of neighbours (for Moran; Assunção & Reis 1999)
    """

    raw: Floats
    rate: Floats
    deviate: Floats
    mean: float
    spread: float
    params: dict[str, Any] = field(default_factory=dict)
    version: str = VERSION


def empirical_bayes(counts: ArrayLike, people: ArrayLike) -> SmoothedRates:
    """Draw each place's rate towards the mean of the map, the more the fewer people it has.

    counts : (n,) >= 0; people : (n,) > 0. Method of moments; a negative spread counts as 0
    (all places get the mean). O(n). Raises BadRates.

    Source: Marshall (1991), Mapping disease and mortality rates using empirical Bayes
    estimators, doi:10.2307/2347593; deviate: Assunção & Reis (1999), A new proposal to adjust
    Moran's I for population density.
    """
    c, n = _checked(counts, people)
    raw = c / n
    mean = float(c.sum() / n.sum())
    spread = float(np.sum(n * (raw - mean) ** 2) / n.sum() - mean / n.mean())
    kept = max(spread, 0.0)
    rate = mean + (raw - mean) * kept / (kept + mean / n) if mean > 0 else np.zeros(len(c))
    variance = np.where(spread + mean / n > 0, spread + mean / n, mean / n)
    deviate = np.divide(raw - mean, np.sqrt(variance), out=np.zeros(len(c)), where=variance > 0)
    return SmoothedRates(frozen(raw), frozen(rate), frozen(deviate), mean, spread)


def indirect_standardise(counts: ArrayLike, people: ArrayLike) -> tuple[Floats, Floats]:
    """Expected counts (n,) at the city's own rate, and observed over expected."""
    c, n = _checked(counts, people)
    expected = n * (c.sum() / n.sum())
    ratio = np.divide(c, expected, out=np.full(len(c), np.nan), where=expected > 0)
    return expected, ratio


def _checked(counts: ArrayLike, people: ArrayLike) -> tuple[Floats, Floats]:
    c, n = np.asarray(counts, dtype=np.float64), np.asarray(people, dtype=np.float64)
    shaped = c.shape == n.shape and c.ndim == 1 and len(c) > 0
    if not shaped or not (np.isfinite(c).all() and np.isfinite(n).all()):
        raise BadRates
    if (c < 0).any() or (n <= 0).any():
        raise BadRates
    return c, n
