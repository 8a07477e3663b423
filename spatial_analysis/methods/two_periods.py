"""Two periods of one place: did more happen than before, or does chance explain it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats, Ints, frozen
from spatial_analysis.methods.multiple_tests import benjamini_hochberg

VERSION = "1"


class BadPeriods(MethodError):
    """Counts must be whole numbers >= 0, one of each period a place, and lengths above 0."""


@dataclass(frozen=True, slots=True)
class Change:
    """Per place (m,): expected of the later period, exact p, adjusted p, side (-1, 0, 1).

    Places with fewer than `least` in both periods together are not tested: p = NaN, side 0.
    """

    expected: Floats
    p: Floats
    p_adjusted: Floats
    side: NDArray[np.int64]
    tested: NDArray[np.bool_]
    params: dict[str, Any] = field(default_factory=dict)
    version: str = VERSION

    @property
    def m_tests(self) -> int:
        """Places that were tested."""
        return int(self.tested.sum())


def two_periods(
    now: ArrayLike,
    before: ArrayLike,
    *,
    length: float,
    length_before: float,
    alpha: float = 0.05,
    least: int = 5,
) -> Change:
    """Test the counts of two periods, place by place, against one unchanged rate.

    Given c = now + before at a place, `now` is Binomial(c, length / (length + length_before))
    when nothing changed: exact for sparse counts, and blind to how busy the place is. Two sides:
    twice the smaller tail, at most 1; Benjamini-Hochberg over the places tested.

    now, before : (m,) whole numbers >= 0; lengths in any one unit
    least : places with fewer in both together cannot be told from chance and are left out

    Raises BadPeriods. O(m log m).

    Source: conditional comparison of two Poisson counts, Przyborowski & Wilenski (1940),
    doi:10.1093/biomet/31.3-4.313.
    """
    a, b = _checked(now), _checked(before)
    fine = np.isfinite([length, length_before]).all() and length > 0 and length_before > 0
    if a.shape != b.shape or not fine:
        raise BadPeriods
    share, both = length / (length + length_before), a + b
    tested = both >= max(1, least)
    p = np.full(len(a), np.nan)
    p[tested] = np.minimum(1.0, 2 * np.minimum(
        _at_least(a[tested], both[tested], share), _at_least(b[tested], both[tested], 1 - share)
    ))  # fmt: skip
    adjusted = benjamini_hochberg(p)
    expected = both * share
    sure = tested & (np.nan_to_num(adjusted, nan=1.0) <= alpha)
    side = np.where(sure, np.sign(a - expected), 0).astype(np.int64)
    params = {"length": length, "length_before": length_before, "alpha": alpha, "least": least}
    return Change(
        frozen(expected), frozen(p), frozen(adjusted), frozen(side), frozen(tested), params
    )


def _checked(values: ArrayLike) -> Ints:
    counts = np.asarray(values)
    if counts.ndim != 1 or counts.dtype.kind not in "iu" or (counts < 0).any():
        raise BadPeriods
    return counts.astype(np.int64)


def _at_least(k: Ints, n: Ints, share: float) -> Floats:
    """P(X >= k) for X ~ Binomial(n, share)."""
    tail = betainc(np.maximum(k, 1), n - k + 1.0, share)
    return np.where(k > 0, tail, 1.0)
