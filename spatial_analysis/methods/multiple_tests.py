"""Many tests at once: p values adjusted so that few of the calls are false."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats

VERSION = "1"


class BadP(MethodError):
    """p values must lie between 0 and 1, or be NaN where nothing was tested."""


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Adjusted p: calls at `<= a` have an expected share of false ones of at most a.

    p : any shape; NaN = not tested, stays NaN and does not count. For independent or
    positively dependent tests (overlapping windows). O(m log m). Raises BadP.
    Source: Benjamini & Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    return _step_up(p, dependent=False)


def benjamini_yekutieli(p: ArrayLike) -> Floats:
    """Like `benjamini_hochberg`, for any dependence; take it where a call has legal weight.

    Source: Benjamini & Yekutieli (2001), doi:10.1214/aos/1013699998.
    """
    return _step_up(p, dependent=True)


def _step_up(p: ArrayLike, *, dependent: bool) -> Floats:
    raw = np.asarray(p, dtype=np.float64)
    tested = ~np.isnan(raw)
    given = raw[tested]
    if ((given < 0) | (given > 1)).any():
        raise BadP
    m = len(given)
    harmonic = float(np.sum(1 / np.arange(1, m + 1))) if dependent else 1.0
    order = np.argsort(given, kind="stable")[::-1]
    stepped = given[order] * harmonic * m / np.arange(m, 0, -1)
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(1, np.minimum.accumulate(stepped))
    result = np.full(raw.shape, np.nan)
    result[tested] = adjusted
    return result
