"""Is a series rising or falling, and how fast: Mann-Kendall and Sen, for one series or many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfc

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats, Ints, frozen

VERSION = "1"
AT_ONCE = 4_000_000  # differences held in memory at one time


class BadSeries(MethodError):
    """A series needs at least two finite values, each of many the same length."""


@dataclass(frozen=True, slots=True)
class Trends:
    """Per series (m,): S, its variance, z with continuity correction, two-sided p, tau-a, tau-b."""

    s: Ints
    variance: Floats
    z: Floats
    p: Floats
    tau_a: Floats
    tau_b: Floats
    params: dict[str, Any]
    version: str = VERSION


def mann_kendall(values: ArrayLike) -> Trends:
    """Count pairs that rise less pairs that fall, and compare with series in random order.

    values : (T,) or (m, T) finite numbers, at even or uneven moments. Variance corrected for
    ties, z for continuity (one step of S). A constant series has z = 0, p = 1, tau-b = NaN.
    O(m T²), in portions of memory. Raises BadSeries.

    Source: Mann (1945); Kendall (1975), Rank correlation methods; ties: Kendall (1975) eq. 4.3.
    """
    rows = _checked(values)
    m, t = rows.shape
    s, ties = np.zeros(m, dtype=np.int64), np.zeros(m)
    upper = np.triu_indices(t, 1)
    portion = max(1, AT_ONCE // max(1, len(upper[0])))
    for start in range(0, m, portion):
        some = rows[start : start + portion]
        s[start : start + portion] = np.sign(some[:, upper[1]] - some[:, upper[0]]).sum(axis=1)
        ties[start : start + portion] = [_ties(row) for row in some]
    pairs = t * (t - 1) / 2
    tied = np.array([_tied_pairs(row) for row in rows])
    variance = (t * (t - 1) * (2 * t + 5) - ties) / 18
    step = np.where(s == 0, 0, np.abs(s) - 1) * np.sign(s)
    z = np.divide(step, np.sqrt(variance), out=np.zeros(m), where=variance > 0)
    below = np.sqrt(pairs * (pairs - tied))
    tau_b = np.divide(s, below, out=np.full(m, np.nan), where=below > 0)
    return Trends(
        frozen(s), frozen(variance), frozen(z), frozen(erfc(np.abs(z) / np.sqrt(2))),
        frozen(s / pairs), frozen(tau_b), {"steps": t},
    )  # fmt: skip


def sen_slope(values: ArrayLike) -> Floats:
    """Median slope a step over all pairs of each series (m,).

    Source: Sen (1968), Estimates of the regression coefficient based on Kendall's tau.
    """
    rows = _checked(values)
    low, high = np.triu_indices(rows.shape[1], 1)
    return np.array([np.median((row[high] - row[low]) / (high - low)) for row in rows])


def _checked(values: ArrayLike) -> Floats:
    rows = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if rows.ndim != 2 or rows.shape[1] < 2 or not np.isfinite(rows).all():
        raise BadSeries
    return rows


def _groups(row: Floats) -> Ints:
    return np.unique(row, return_counts=True)[1]


def _ties(row: Floats) -> float:
    size = _groups(row)
    return float((size * (size - 1) * (2 * size + 5)).sum())


def _tied_pairs(row: Floats) -> float:
    size = _groups(row)
    return float((size * (size - 1)).sum() / 2)
