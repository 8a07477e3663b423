"""What has become of a hot place: new, growing, fading, off and on (17 words planners know)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.special import ndtri

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats, Ints, frozen
from spatial_analysis.methods.multiple_tests import benjamini_hochberg
from spatial_analysis.methods.trend import mann_kendall
from spatial_analysis.methods.weights import checked_weights, with_self
from spatial_analysis.methods.window_test import binomial_tails

VERSION = "1"
MOSTLY = 0.9  # share of steps from which a place counts as always hot
FARTHEST_Z = 8.0  # a p too small for a normal law is drawn no further out than this


class Pattern(StrEnum):
    """The kinds of place, hot and (mirrored) cold; sporadic ones were never the opposite."""

    NEW = "new"
    CONSECUTIVE = "consecutive"
    INTENSIFYING = "intensifying"
    DIMINISHING = "diminishing"
    PERSISTENT = "persistent"
    SPORADIC = "sporadic"
    OSCILLATING = "oscillating"
    HISTORICAL = "historical"
    NONE = "none"


class BadSteps(MethodError):
    """Hot and cold must be (m, T) flags with two steps or more, like the z values."""


@dataclass(frozen=True, slots=True)
class Emerging:
    """Per cell (m,): pattern, of what ("hot", "cold", ""), steps called, trend of its z."""

    pattern: NDArray[np.str_]
    side: NDArray[np.str_]
    n_hot: Ints
    n_cold: Ints
    mk_z: Floats
    mk_p: Floats
    last_z: Floats
    params: dict[str, Any] = field(default_factory=dict)
    version: str = VERSION


@dataclass(frozen=True, slots=True)
class StepTest:
    """Per cell and step (m, T): count, expected, p (two sides), z of the same tail, calls."""

    count: Ints
    expected: Floats
    p: Floats
    p_adjusted: Floats
    z: Floats
    hot: NDArray[np.bool_]
    cold: NDArray[np.bool_]
    m_tests: int


def classify_emerging(
    z: ArrayLike, hot: ArrayLike, cold: ArrayLike, *, alpha: float = 0.05
) -> Emerging:
    """Name the history of every cell from its tested steps, in this order.

    new: hot in the last step only. consecutive: one unbroken final run of two or more hot
    steps, none before, in less than 90 % of all. intensifying, diminishing, persistent: hot in
    90 % of the steps and the last, z rising, falling, or neither (Mann-Kendall, two sides,
    p < alpha). sporadic: hot at last, on and off before, never cold. oscillating: the same,
    once cold. historical: not hot at last, but in 90 % of the steps. Cold is the mirror. A
    cold past forbids neither "new" nor "consecutive".

    z, hot, cold : (m, T). Raises BadSteps. O(m T²).

    Source: definitions of the space-time tool planners use most, worked anew; see
    Getis & Ord (1992), Mann (1945), Kendall (1975).
    """
    series, is_hot, is_cold = (np.atleast_2d(np.asarray(v)) for v in (z, hot, cold))
    fits = series.shape == is_hot.shape == is_cold.shape and series.shape[1] >= 2
    if not fits or is_hot.dtype.kind != "b" or is_cold.dtype.kind != "b":
        raise BadSteps
    trend = mann_kendall(series)
    rising = (trend.p < alpha) & (trend.z > 0)
    falling = (trend.p < alpha) & (trend.z < 0)
    pattern = np.full(len(series), str(Pattern.NONE), dtype="U12")
    side = np.full(len(series), "", dtype="U4")
    for name, mine, other, up, down in (
        ("cold", is_cold, is_hot, falling, rising), ("hot", is_hot, is_cold, rising, falling),
    ):  # fmt: skip
        found = _patterns(mine, other, up, down)
        told = (found != Pattern.NONE) & (mine[:, -1] | (side == ""))
        pattern[told], side[told] = found[told], name
    return Emerging(
        frozen(pattern), frozen(side), frozen(is_hot.sum(axis=1)), frozen(is_cold.sum(axis=1)),
        frozen(np.array(trend.z)), frozen(np.array(trend.p)), frozen(series[:, -1].astype(float)),
        {"alpha": alpha, "mostly": MOSTLY, "steps": series.shape[1]},
    )  # fmt: skip


def _patterns(
    mine: NDArray, other: NDArray, stronger: NDArray, weaker: NDArray
) -> NDArray[np.str_]:
    """Pattern of each row for one side."""
    steps, n = mine.shape[1], mine.sum(axis=1)
    last, always = mine[:, -1], mine.sum(axis=1) >= MOSTLY * mine.shape[1]
    run = np.where(mine.all(axis=1), steps, np.argmin(mine[:, ::-1], axis=1))
    crossed = other.any(axis=1)
    rules = (
        (last & (n == 1), Pattern.NEW),
        (last & (n >= 2) & (run == n) & ~always, Pattern.CONSECUTIVE),
        (last & always & stronger, Pattern.INTENSIFYING),
        (last & always & weaker, Pattern.DIMINISHING),
        (last & always, Pattern.PERSISTENT),
        (last & ~always & ~crossed, Pattern.SPORADIC),
        (last & ~always & crossed, Pattern.OSCILLATING),
        (~last & always, Pattern.HISTORICAL),
    )
    return np.select([rule for rule, _ in rules], [str(name) for _, name in rules], "none")


def step_windows(
    counts: ArrayLike,
    offset: ArrayLike,
    w: sparse.sparray,
    *,
    back: int = 1,
    alpha: float = 0.05,
    min_count: int = 5,
) -> StepTest:
    """Test each cell and step by the exact tail of its window in place and time.

    The window is the cell, its neighbours by the pattern of `w`, in this step and the `back`
    steps before it (fewer at the beginning). All cells and steps are one family (BH). z is
    that of the smaller tail, signed, so it keeps its meaning where a window expects less than
    one case; it is for trends, the call is the p.

    counts, offset : (m, T), offset what the cases are measured against, > 0 where counted

    Raises BadSteps, BadWeights. O(links x T).
    """
    c, share_of = np.asarray(counts, dtype=np.float64), np.asarray(offset, dtype=np.float64)
    if c.ndim != 2 or c.shape != share_of.shape or c.shape[1] < 2 or share_of.sum() <= 0:
        raise BadSteps
    window = with_self(checked_weights(w, len(c)))
    window.data[:] = 1.0
    count = np.rint(_with_past(window @ c, back)).astype(np.int64)
    share = np.clip(_with_past(window @ share_of, back) / share_of.sum(), 0.0, 1.0)
    total = int(c.sum())
    over, under = binomial_tails(count, total, share)
    p = np.where(share > 0, np.minimum(1.0, 2 * np.minimum(over, under)), np.nan)
    above = count > total * share
    z = np.where(above, -ndtri(np.clip(over, 1e-300, 0.5)), ndtri(np.clip(under, 1e-300, 0.5)))
    nothing = np.zeros(p.shape, dtype=bool)
    test = StepTest(
        count=frozen(count),
        expected=frozen(total * share),
        p=frozen(p),
        p_adjusted=p,
        z=frozen(np.clip(np.where(share > 0, z, 0.0), -FARTHEST_Z, FARTHEST_Z)),
        hot=nothing,
        cold=nothing,
        m_tests=0,
    )
    return call_together([test], alpha=alpha, min_count=min_count)[0]


def call_together(
    tests: Sequence[StepTest], *, alpha: float = 0.05, min_count: int = 5
) -> list[StepTest]:
    """Adjust the p of several tests as one family (all categories looked at), and call anew."""
    sizes = np.cumsum([test.p.size for test in tests])[:-1]
    flat = benjamini_hochberg(np.concatenate([test.p.ravel() for test in tests]))
    found = []
    for test, part in zip(tests, np.split(flat, sizes), strict=True):
        adjusted = part.reshape(test.p.shape)
        above = test.count > test.expected
        hot = (adjusted <= alpha) & above & (test.count >= min_count)
        cold = (adjusted <= alpha) & ~above
        m_tests = int(np.isfinite(flat).sum())
        found.append(replace(test, p_adjusted=frozen(adjusted), hot=frozen(hot),
                             cold=frozen(cold), m_tests=m_tests))  # fmt: skip
    return found


def _with_past(values: Floats, back: int) -> Floats:
    """Sum of each step and the `back` steps before it."""
    sums = np.hstack([np.zeros((len(values), 1)), np.cumsum(values, axis=1)])
    steps = np.arange(1, values.shape[1] + 1)
    return sums[:, steps] - sums[:, np.maximum(steps - back - 1, 0)]
