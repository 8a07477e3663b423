"""How full a bin will be: a growth curve for each bin that knows its sensor stops at 100 %."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr, ndtri

from spatial_analysis.methods.errors import MethodError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FULL_PCT = 100.0
DAY_H = 24.0
STEPS = 60
NEVER_H = 24.0 * 60  # further ahead nothing is said
LEAST_SPREAD = 1.0  # a sensor tells whole per cents, and waste does not lie flat


class BadHistory(MethodError):
    """Each emptying needs a bin from 0 to `count`, hours above zero and a fill from 0 to 100."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Fill in percent of the sensor's scale: median and interval, chance of reaching a level."""

    median_pct: Floats
    low_pct: Floats
    high_pct: Floats
    p_level: Floats


@dataclass(frozen=True, slots=True)
class FillModel:
    """Latent fill of bin b after h hours: start[b] + slope[b] x ln(1 + h / 24), +- spread[b].

    The latent fill may pass 100: then the sensor says 100, and the bin overflows. `prior` is
    the curve of a bin without any history (with `prior_spread`).
    """

    start: Floats
    slope: Floats
    spread: Floats
    prior: tuple[float, float]
    prior_spread: float
    doubt: Floats  # (k, 2, 2) covariance of start and slope: what few emptyings leave open

    def curve(self, bins: Ints) -> tuple[Floats, Floats, Floats]:
        """Start, slope and spread of each of `bins`; -1 stands for a bin without history."""
        known = (bins >= 0) & (bins < len(self.start))
        at = np.where(known, bins, 0)
        return (
            np.where(known, self.start[at], self.prior[0]),
            np.where(known, self.slope[at], self.prior[1]),
            np.where(known, self.spread[at], self.prior_spread),
        )

    def at(
        self, bins: Ints, hours: Floats, *, level_pct: float = 80.0, cover: float = 0.8
    ) -> Forecast:
        """Fill `hours` after an emptying, with the interval that holds `cover` of the cases."""
        start, slope, spread = self.curve(np.asarray(bins))
        z = np.log1p(np.asarray(hours, float) / DAY_H)
        return _forecast(start + slope * z, self._with_doubt(bins, z, spread), level_pct, cover)

    def _with_doubt(self, bins: Ints, z: Floats, spread: Floats) -> Floats:
        """Spread of a new emptying, with what is not known about the bin's own curve."""
        known = (bins >= 0) & (bins < len(self.start))
        own = self.doubt[np.where(known, bins, 0)]
        more = own[:, 0, 0] + 2 * z * own[:, 0, 1] + z**2 * own[:, 1, 1]
        return np.where(known, np.sqrt(spread**2 + more), spread)

    def ahead(
        self,
        bins: Ints,
        since_h: Floats,
        fill_pct: Floats,
        ahead_h: Floats | float,
        *,
        level_pct: float = 80.0,
        cover: float = 0.8,
    ) -> Forecast:
        """Fill `ahead_h` hours after a reading of `fill_pct`, taken `since_h` after emptying.

        The reading moves the curve to itself; the doubt grows with the hours past it. A bin
        that reads 100 may hold more: it starts where a fill above 100 would be expected.
        """
        middle, doubt = self._from_reading(bins, since_h, fill_pct, ahead_h)
        return _forecast(middle, doubt, level_pct, cover)

    def _from_reading(
        self, bins: Ints, since_h: Floats, fill_pct: Floats, ahead_h: Floats | float
    ) -> tuple[Floats, Floats]:
        start, slope, spread = self.curve(np.asarray(bins))
        since, later = np.asarray(since_h, float), np.asarray(since_h, float) + ahead_h
        before = start + slope * np.log1p(since / DAY_H)
        over = before + spread * _mills((FULL_PCT - before) / spread)
        now = np.where(np.asarray(fill_pct) >= FULL_PCT, np.maximum(over, FULL_PCT), fill_pct)
        growth = slope * (np.log1p(later / DAY_H) - np.log1p(since / DAY_H))
        share = np.clip(growth / np.maximum(slope * np.log1p(later / DAY_H), 1e-9), 0.0, 1.0)
        return now + growth, np.maximum(spread * np.sqrt(share), 1e-6)

    def hours_to(
        self,
        bins: Ints,
        since_h: Floats,
        fill_pct: Floats,
        *,
        level_pct: float = 80.0,
        chances: tuple[float, ...] = (0.1, 0.5, 0.9),
    ) -> Floats:
        """(n, len(chances)) hours from the reading until the level is passed with that chance.

        Nought where it is passed already; never more than NEVER_H. By halving, since the
        chance only grows with time.
        """
        answer = np.empty((len(np.asarray(bins)), len(chances)))
        for column, chance in enumerate(chances):
            low, high = np.zeros(len(answer)), np.full(len(answer), NEVER_H)
            for _ in range(40):
                middle = (low + high) / 2
                reached = self.ahead(bins, since_h, fill_pct, middle, level_pct=level_pct).p_level
                high = np.where(reached >= chance, middle, high)
                low = np.where(reached >= chance, low, middle)
            answer[:, column] = np.where(np.asarray(fill_pct) >= level_pct, 0.0, high)
        return answer


def fit_fill(bins: Ints, hours: Floats, fill_pct: Floats, *, count: int | None = None) -> FillModel:
    """Fit a growth curve for each bin from the fills found when it was emptied.

    Expectation-maximisation: a fill of 100 is replaced by what is expected above 100 (Tobit),
    then curves are fitted with each bin drawn towards all bins as far as its few emptyings
    say little (random effects). Crews come sooner to bins that fill faster; therefore each
    bin has a level of its own and time counts by its logarithm, not in proportion.

    Parameters
    ----------
    bins : (n,) number of the bin, 0..; hours : (n,) since the emptying before, > 0
    fill_pct : (n,) fill found, 0-100, where 100 means "100 or more"
    count : bins in all (those without rows get the common curve)

    Raises BadHistory. O(n) a step.
    Source: Tobin (1958), Estimation of relationships for limited dependent variables;
    Laird & Ware (1982), Random-effects models for longitudinal data.
    """
    who, ago, found = np.asarray(bins), np.asarray(hours, float), np.asarray(fill_pct, float)
    _refuse(who, ago, found)
    number = int(who.max()) + 1 if count is None else count
    if number <= who.max():
        raise BadHistory
    z = np.log1p(ago / DAY_H)
    full = found >= FULL_PCT
    latent = found.copy()
    start, slope = np.full(number, latent.mean()), np.zeros(number)
    spread = np.full(number, max(float(latent.std()), 1.0))
    centre, between = np.array([latent.mean(), 0.0]), np.diag([200.0, 50.0])
    for _ in range(STEPS):
        expected = start[who] + slope[who] * z
        gap = (FULL_PCT - expected) / spread[who]
        mills = _mills(gap)
        latent = np.where(full, expected + spread[who] * mills, found)
        extra = np.where(full, spread[who] ** 2 * (1 + gap * mills - mills**2), 0.0)
        start, slope, own = _random_curves(who, z, latent, spread, centre, between, number)
        curves = np.column_stack([start, slope])
        seen = np.bincount(who, minlength=number) > 0
        centre = curves[seen].mean(axis=0)
        off = curves[seen] - centre
        between = off.T @ off / max(seen.sum(), 1) + own[seen].mean(axis=0) + 1e-3 * np.eye(2)
        spread = _spreads(who, latent - start[who] - slope[who] * z, extra, number)
    slope = np.maximum(slope, 0.0)  # a bin never empties itself
    doubt = float(np.sqrt(np.mean(spread**2) + between[0, 0]))
    prior = (float(centre[0]), max(float(centre[1]), 0.0))
    return FillModel(start, slope, spread, prior, doubt, own)


def _refuse(who: Ints, ago: Floats, found: Floats) -> None:
    same = who.ndim == 1 and who.shape == ago.shape == found.shape and len(who) > 0
    if not same or (who < 0).any() or not (ago > 0).all() or not np.isfinite(ago).all():
        raise BadHistory
    if not ((found >= 0) & (found <= FULL_PCT)).all():
        raise BadHistory


def _random_curves(
    who: Ints, z: Floats, latent: Floats, spread: Floats, centre: Floats, between: Floats, k: int
) -> tuple[Floats, Floats, Floats]:
    """Start and slope of each bin, drawn to the centre; and the covariance of each."""
    weight = 1.0 / spread[who] ** 2
    design = np.column_stack([np.ones(len(z)), z])
    pull = np.linalg.inv(between)
    left = np.zeros((k, 2, 2))
    right = np.zeros((k, 2))
    for a in range(2):
        right[:, a] = np.bincount(who, weight * design[:, a] * latent, minlength=k)
        for b in range(2):
            left[:, a, b] = np.bincount(who, weight * design[:, a] * design[:, b], minlength=k)
    own = np.linalg.inv(left + pull)
    curves = np.einsum("kab,kb->ka", own, right + pull @ centre)
    return curves[:, 0], curves[:, 1], own


def _spreads(who: Ints, rest: Floats, extra: Floats, k: int) -> Floats:
    """Standard deviation of each bin, drawn towards that of all as if by ten emptyings."""
    squared = rest**2 + extra
    n = np.bincount(who, minlength=k)
    drawn = (np.bincount(who, squared, minlength=k) + 10 * squared.mean()) / (n + 10)
    return np.sqrt(np.maximum(drawn, LEAST_SPREAD**2))


def _mills(gap: Floats) -> Floats:
    """Density over upper tail of the standard normal, also far out."""
    return np.exp(-0.5 * gap**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(-gap))


def _forecast(middle: Floats, spread: Floats, level_pct: float, cover: float) -> Forecast:
    z = ndtri(0.5 + cover / 2)
    return Forecast(
        median_pct=np.clip(middle, 0.0, FULL_PCT),
        low_pct=np.clip(middle - z * spread, 0.0, FULL_PCT),
        high_pct=np.clip(middle + z * spread, 0.0, FULL_PCT),
        p_level=ndtr((middle - level_pct) / spread),
    )
