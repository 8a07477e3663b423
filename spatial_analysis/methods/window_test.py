"""Hot and cold cells by an exact test that holds for sparse counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.special import betainc

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats, Ints, frozen
from spatial_analysis.methods.multiple_tests import benjamini_hochberg, benjamini_yekutieli
from spatial_analysis.methods.weights import checked_weights, with_self

VERSION = "1"
Side = Literal["hot", "cold", "two"]
Control = Literal["bh", "by"]


class Call(StrEnum):
    """What may be said of a cell."""

    HOT = "hot"
    COLD = "cold"
    NONE = "none"
    TOO_FEW = "too few"


class BadCounts(MethodError):
    """Counts must be whole numbers >= 0, one for each cell."""


class BadOffset(MethodError):
    """The offset must be finite and >= 0 in each cell, and > 0 wherever something was counted."""


@dataclass(frozen=True, slots=True)
class WindowTest:
    """Per cell (m,): count and expected count in its window, exact p, adjusted p, call.

    `m_tests` cells were tested (offset > 0 in the window); the others have p = NaN.
    """

    count: Ints
    expected: Floats
    p: Floats
    p_adjusted: Floats
    call: NDArray[np.str_]
    m_tests: int
    params: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    version: str = VERSION


def binomial_window(
    counts: ArrayLike,
    offset: ArrayLike,
    w: sparse.sparray,
    *,
    side: Side = "two",
    alpha: float = 0.05,
    control: Control = "bh",
    min_count: int = 5,
    enough: ArrayLike | None = None,
) -> WindowTest:
    """Test each cell's window (itself and its neighbours) against its share of the offset.

    With N cases in all and a window that holds the share s of the offset, the count c of
    the window is Binomial(N, s) when every unit of offset is equally at risk. Hot:
    P(X >= c); cold: P(X <= c); two sides: twice the smaller tail, at most 1. No normal
    approximation, so it stays calibrated where a window expects far fewer than 5 cases.

    Parameters
    ----------
    counts : (m,) whole numbers >= 0
    offset : (m,) what the cases are measured against (people, all reports, land), >= 0
    w : (m, m) sparse; its pattern says who is in whose window (values do not matter)
    alpha : share of false calls allowed after `control` ("bh", or "by" under any dependence)
    min_count : a hot window with fewer cases is "too few"
    enough : (m,) bool, further condition on a hot call (such as three reporters)

    Raises BadCounts, BadOffset, BadWeights. O(links).

    Source: conditional test of a Poisson count, Przyborowski & Wilenski (1940),
    doi:10.1093/biomet/31.3-4.313; P(X >= c) = I_s(c, N - c + 1), Abramowitz & Stegun 26.5.24.
    """
    c, share_of = _checked(counts, offset)
    window = with_self(checked_weights(w, len(c)))
    window.data[:] = 1.0
    count = np.rint(window @ c).astype(np.int64)
    share = np.clip(window @ share_of / share_of.sum(), 0.0, 1.0)
    total = int(c.sum())
    p = np.where(share > 0, _tail(count, total, share, side), np.nan)
    adjusted = benjamini_hochberg(p) if control == "bh" else benjamini_yekutieli(p)
    fine = np.ones(len(c), dtype=bool) if enough is None else np.asarray(enough, dtype=bool)
    call = _calls(count, total, share, adjusted, alpha, side, min_count, fine)
    expected = total * share
    params = {
        "side": side, "alpha": alpha, "control": control, "min_count": min_count, "n": total,
    }  # fmt: skip
    return WindowTest(
        frozen(count),
        frozen(expected),
        frozen(p),
        frozen(adjusted),
        frozen(call),
        m_tests=int((share > 0).sum()),
        params=params,
        warnings=_warnings(expected, share),
    )


def _checked(counts: ArrayLike, offset: ArrayLike) -> tuple[Floats, Floats]:
    c, weight = np.asarray(counts, dtype=np.float64), np.asarray(offset, dtype=np.float64)
    if c.ndim != 1 or not np.isfinite(c).all() or (c < 0).any() or (c != np.rint(c)).any():
        raise BadCounts
    fits = weight.shape == c.shape and np.isfinite(weight).all() and (weight >= 0).all()
    if not fits or weight.sum() <= 0 or (c[weight == 0] > 0).any():
        raise BadOffset
    return c, weight


def binomial_tails(count: Ints, total: int, share: Floats) -> tuple[Floats, Floats]:
    """P(X >= count) and P(X <= count) of Binomial(total, share), element by element."""
    if total == 0:
        return np.ones(count.shape), np.ones(count.shape)
    over = np.where(count > 0, betainc(np.maximum(count, 1), total - count + 1, share), 1.0)
    left = np.maximum(total - count, 1)
    under = np.where(count < total, betainc(left, count + 1, 1 - share), 1.0)
    return over, under


def _tail(count: Ints, total: int, share: Floats, side: Side) -> Floats:
    """Exact p of each window."""
    over, under = binomial_tails(count, total, share)
    if side == "hot":
        return over
    return under if side == "cold" else np.minimum(1.0, 2 * np.minimum(over, under))


def _calls(
    count: Ints,
    total: int,
    share: Floats,
    adjusted: Floats,
    alpha: float,
    side: Side,
    min_count: int,
    enough: NDArray[np.bool_],
) -> NDArray[np.str_]:
    """Hot, cold, none; too few where neither call could be made even in the clearest case."""
    found = adjusted <= alpha
    above = count > total * share
    hot = found & above & (count >= min_count) & enough
    cold = found & ~above
    emptiest = (1 - share) ** total * (2 if side == "two" else 1)
    silent = ~hot & ~cold & (count < min_count) & ((emptiest > alpha) | (side == "hot"))
    silent |= (found & above & ~hot) | (share <= 0)
    call = np.full(len(count), str(Call.NONE), dtype="U7")
    call[silent], call[hot], call[cold] = str(Call.TOO_FEW), str(Call.HOT), str(Call.COLD)
    return call


def _warnings(expected: Floats, share: Floats) -> tuple[str, ...]:
    sparse_share = float(np.mean(expected[share > 0] < 5)) if (share > 0).any() else 0.0
    if sparse_share < 0.5:
        return ()
    return (f"sparse counts: {sparse_share:.0%} of the windows expect fewer than 5",)
