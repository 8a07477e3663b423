"""The plain engine of the scans: every window, by running sums; the compiled one must agree."""

from __future__ import annotations

import numpy as np

from spatial_analysis.methods.frame import Floats, Ints


def poisson_ratio(c: Floats, mu: Floats, total: float) -> Floats:
    """Log likelihood ratio of `c` cases where `mu` of `total` were expected; 0 for no excess."""
    rest, rest_mu = total - c, np.maximum(total - mu, 1e-300)
    inside = c * np.log(np.maximum(c, 1e-300) / np.maximum(mu, 1e-300))
    outside = np.where(rest > 0, rest * np.log(np.maximum(rest, 1e-300) / rest_mu), 0.0)
    return np.where(c > mu, inside + outside, 0.0)


def _part(k: Floats, n: Floats) -> Floats:
    """k log(k/n) with 0 log 0 = 0."""
    return np.where(k > 0, k * np.log(np.maximum(k, 1e-300) / np.maximum(n, 1e-300)), 0.0)


def bernoulli_ratio(c: Floats, n: Floats, cases: float, trials: float) -> Floats:
    """Log likelihood ratio of `c` cases in `n` trials, of `cases` in `trials`; excesses only."""
    rest, rest_n = cases - c, trials - n
    more = (n > 0) & (rest_n > 0) & (c * rest_n > rest * n)
    parts = np.array([cases, trials - cases], dtype=np.float64)
    whole = _part(parts, np.full(2, trials, dtype=np.float64)).sum()
    found = _part(c, n) + _part(n - c, n) + _part(rest, rest_n) + _part(rest_n - rest, rest_n)
    return np.where(more, found - whole, 0.0)


def best_windows(
    first: Ints,
    member: Ints,
    closes: np.ndarray,
    count: Floats,
    base: Floats,
    total: float,
    base_total: float,
    longest: int,
    alive: bool,
    least: int,
    bernoulli: bool,
    top: bool = False,
) -> Floats:
    """(centres, 4): statistic, members used, first step, step after the last; see the other."""
    best = np.zeros((len(first) - 1, 4))
    steps = count.shape[1]
    for i in range(len(best)):
        mine = slice(first[i], first[i + 1])
        ends = np.flatnonzero(closes[mine])
        if not len(ends):
            continue
        c_sum, b_sum = (_running(values[member[mine]], ends) for values in (count, base))
        for length in range(1, min(longest, steps) + 1):
            starts = np.array([steps - length]) if alive else np.arange(steps - length + 1)
            c = c_sum[:, starts + length] - c_sum[:, starts]
            mu = b_sum[:, starts + length] - b_sum[:, starts]
            ratio = (
                bernoulli_ratio(c, mu, total, base_total)
                if bernoulli
                else poisson_ratio(c, mu, total)
            )
            ratio = np.where(c >= least, ratio, 0.0)
            k, s = np.unravel_index(int(np.argmax(ratio)), ratio.shape)
            if ratio[k, s] > best[i, 0]:
                best[i] = ratio[k, s], ends[k] + 1, starts[s], starts[s] + length
    return best


def _running(values: Floats, ends: Ints) -> Floats:
    """Sums over the nearest places (rows `ends`) and over steps, with a leading 0."""
    sums = np.cumsum(np.cumsum(values, axis=0)[ends], axis=1)
    return np.hstack([np.zeros((len(ends), 1)), sums])
