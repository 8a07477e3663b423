"""Moran's I and Geary's C, for a whole map and for each place: do like values lie together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from spatial_analysis.methods.frame import Floats, frozen
from spatial_analysis.methods.local_g import BadValues, Scale, checked_values
from spatial_analysis.methods.weights import (
    BadWeights,
    checked_weights,
    row_standardised,
    row_sums,
)

VERSION = "1"


@dataclass(frozen=True, slots=True)
class GlobalMap:
    """A statistic of the whole map with its expectation, variance and z (no p: choose a side)."""

    statistic: float
    expected: float
    variance: float
    z: float
    params: dict[str, Any] = field(default_factory=dict)
    version: str = VERSION


@dataclass(frozen=True, slots=True)
class LocalMoran:
    """Ii with expectation, variance and z (n,) under conditional randomisation."""

    ii: Floats
    expected: Floats
    variance: Floats
    z: Floats
    params: dict[str, Any] = field(default_factory=dict)
    version: str = VERSION


def moran(
    values: ArrayLike, w: sparse.sparray, *, scale: Scale = "row", normal: bool = False
) -> GlobalMap:
    """Moran's I: above its expectation when neighbours resemble each other.

    values : (n,), n >= 4; w : (n, n) sparse; `normal` takes the variance under normality in
    place of randomisation. O(links). Raises BadValues, BadWeights.
    Source: Cliff & Ord (1981), Spatial processes, ch. 2.
    """
    x, matrix, n = _whole(values, w, scale)
    c = x - x.mean()
    s0, s1, s2 = _moments(matrix)
    statistic = n / s0 * (c @ (matrix @ c)) / (c @ c)
    expected = -1 / (n - 1)
    raw = (n * n * s1 - n * s2 + 3 * s0**2) / (s0**2 * (n * n - 1))
    if not normal:
        peak = n * np.sum(c**4) / np.sum(c * c) ** 2
        raw = n * ((n * n - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
        raw -= peak * ((n * n - n) * s1 - 2 * n * s2 + 6 * s0**2)
        raw /= (n - 1) * (n - 2) * (n - 3) * s0**2
    return _global(statistic, expected, raw - expected**2, scale=scale, normal=normal)


def geary(values: ArrayLike, w: sparse.sparray, *, scale: Scale = "row") -> GlobalMap:
    """Geary's C: below 1 when neighbours resemble each other; z is positive then.

    values : (n,), n >= 4; w : (n, n) sparse. Variance under randomisation. O(links).
    Raises BadValues, BadWeights. Source: Cliff & Ord (1981), Spatial processes, ch. 2.
    """
    x, matrix, n = _whole(values, w, scale)
    c = x - x.mean()
    s0, s1, s2 = _moments(matrix)
    links = matrix.tocoo()
    apart = np.sum(links.data * (x[links.row] - x[links.col]) ** 2)
    statistic = (n - 1) * apart / (2 * s0 * (c @ c))
    peak = n * np.sum(c**4) / np.sum(c * c) ** 2
    variance = (n - 1) * s1 * (n * n - 3 * n + 3 - (n - 1) * peak)
    variance -= (n - 1) * s2 * (n * n + 3 * n - 6 - (n * n - n + 2) * peak) / 4
    variance += s0**2 * (n * n - 3 - (n - 1) ** 2 * peak)
    variance /= n * (n - 2) * (n - 3) * s0**2
    result = _global(statistic, 1.0, variance, scale=scale)
    return GlobalMap(result.statistic, 1.0, variance, -result.z, result.params)


def local_moran(values: ArrayLike, w: sparse.sparray, *, scale: Scale = "row") -> LocalMoran:
    """Local Moran Ii: high where a place resembles its neighbours.

    The variance of the values divides by n (esda divides by n - 1: its Ii is (n-1)/n of ours).
    Expectation and variance: conditional randomisation. O(links).

    Source: Anselin (1995), doi:10.1111/j.1538-4632.1995.tb00338.x; Sokal, Oden & Thomson
    (1998), doi:10.1111/j.1538-4632.1998.tb00406.x.
    """
    x, matrix, n = _ready(values, w, scale)
    c = x - x.mean()
    m2 = np.mean(c * c)
    sums, squares = row_sums(matrix), row_sums(matrix.power(2))
    ii = c / m2 * (matrix @ c)
    expected = -(c**2) * sums / ((n - 1) * m2)
    variance = (c / m2) ** 2 * n / (n - 2) * (squares - sums**2 / (n - 1))
    variance = variance * (m2 - c**2 / (n - 1))
    spread = np.sqrt(np.clip(variance, 0, None))
    z = np.divide(ii - expected, spread, out=np.full(n, np.nan), where=spread > 0)
    return LocalMoran(
        frozen(ii), frozen(expected), frozen(variance), frozen(z), params={"scale": scale}
    )


def _whole(
    values: ArrayLike, w: sparse.sparray, scale: Scale
) -> tuple[Floats, sparse.csr_array, int]:
    """As `_ready`, for a figure of the whole map: it needs four values and one link."""
    x, matrix, n = _ready(values, w, scale)
    if n < 4:
        raise BadValues("a figure of the whole map needs four values at least")
    if not matrix.sum() > 0:
        raise BadWeights("no place has a neighbour: widen the distance or count more of them")
    return x, matrix, n


def _ready(
    values: ArrayLike, w: sparse.sparray, scale: Scale
) -> tuple[Floats, sparse.csr_array, int]:
    x = checked_values(values)
    matrix = checked_weights(w, len(x))
    return x, row_standardised(matrix) if scale == "row" else matrix, len(x)


def _moments(w: sparse.csr_array) -> tuple[float, float, float]:
    """S0, S1, S2 of Cliff & Ord."""
    both = w + w.T
    columns = np.asarray(w.sum(axis=0)).ravel()
    s1 = float(both.power(2).sum()) / 2
    return float(w.sum()), s1, float(np.sum((row_sums(w) + columns) ** 2))


def _global(statistic: float, expected: float, variance: float, **params: Any) -> GlobalMap:
    z = (statistic - expected) / np.sqrt(variance)
    return GlobalMap(float(statistic), float(expected), float(variance), float(z), params)
