"""Local G of Getis and Ord: is a place surrounded by high or low values, in z units."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats, frozen
from spatial_analysis.methods.weights import (
    checked_weights,
    row_standardised,
    row_sums,
    with_self,
)

VERSION = "1"
Scale = Literal["binary", "row"]


class BadValues(MethodError):
    """Values must be finite numbers, at least three, not all the same."""


@dataclass(frozen=True, slots=True)
class LocalG:
    """Standard scores z (n,); NaN where a place has no neighbours or sees everything."""

    z: Floats
    params: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    version: str = VERSION


def local_g(
    values: ArrayLike, w: sparse.sparray, *, star: bool = True, scale: Scale = "binary"
) -> LocalG:
    """Standardised Gi* (`star`) or Gi for any weights.

    Gi* counts the place itself: a self link of 1 is added where `w` has none, before
    rows are standardised. Variance by Ord & Getis (1995), formula (14), which holds for
    every weight; s² divides by n (n - 1 for Gi, over the other places). O(links).

    z is not calibrated on sparse counts: below an expected count of 5 a window, call
    `window_test.binomial_window`; a warning says so.

    Parameters
    ----------
    values : (n,) finite, n >= 3
    w : (n, n) sparse, >= 0
    scale : "row" divides each row by its sum

    Raises BadValues, BadWeights.

    Source: Getis & Ord (1992), doi:10.1111/j.1538-4632.1992.tb00261.x;
    Ord & Getis (1995), doi:10.1111/j.1538-4632.1995.tb00912.x.
    """
    x = checked_values(values)
    matrix = checked_weights(w, len(x))
    matrix = with_self(matrix) if star else _without_self(matrix)
    if scale == "row":
        matrix = row_standardised(matrix)
    z = _star(x, matrix) if star else _other(x, matrix)
    return LocalG(frozen(z), {"star": star, "scale": scale}, _sparse_warning(x, matrix, scale))


def checked_values(values: ArrayLike) -> Floats:
    """Return `values` as (n,) floats that vary; raises BadValues."""
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or len(x) < 3 or not np.isfinite(x).all() or x.min() == x.max():
        raise BadValues
    return x


def _star(x: Floats, w: sparse.csr_array) -> Floats:
    n, c = len(x), x - x.mean()
    sums, squares = row_sums(w), row_sums(w.power(2))
    spread = np.sqrt(np.mean(c * c)) * np.sqrt(np.clip(n * squares - sums**2, 0, None) / (n - 1))
    return _divide(w @ c, spread)


def _other(x: Floats, w: sparse.csr_array) -> Floats:
    n, c = len(x), x - x.mean()
    mean = -c / (n - 1)
    variance = (np.sum(c * c) - c * c) / (n - 1) - mean * mean
    sums, squares = row_sums(w), row_sums(w.power(2))
    share = np.clip((n - 1) * squares - sums**2, 0, None) / (n - 2)
    return _divide(w @ c - sums * mean, np.sqrt(variance * share))


def _divide(gap: Floats, spread: Floats) -> Floats:
    return np.divide(gap, spread, out=np.full(len(gap), np.nan), where=spread > 0)


def _without_self(w: sparse.csr_array) -> sparse.csr_array:
    return sparse.csr_array(w - sparse.diags_array(w.diagonal()))


def _sparse_warning(x: Floats, w: sparse.csr_array, scale: Scale) -> tuple[str, ...]:
    """Warn when the values are counts and a window holds fewer than 5 of them on average."""
    if scale == "row" or (x < 0).any() or (x != np.rint(x)).any():
        return ()
    expected = float(x.mean() * np.median(row_sums(w)))
    if expected >= 5:
        return ()
    return (f"sparse counts: {expected:.2f} expected a window, z is not calibrated below 5",)
