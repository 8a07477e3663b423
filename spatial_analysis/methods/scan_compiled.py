"""The compiled engine of the scans: the best window of every centre (needs numba)."""

from __future__ import annotations

from math import log

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _poisson(c, mu, total):  # type: ignore[no-untyped-def]
    if c <= mu:
        return 0.0
    ratio = c * log(c / mu)
    return ratio + (total - c) * log((total - c) / (total - mu)) if c < total else ratio


@njit(cache=True, nogil=True)
def _bernoulli(c, n, cases, trials):  # type: ignore[no-untyped-def]
    rest, rest_n = cases - c, trials - n
    if n <= 0 or rest_n <= 0 or c * rest_n <= rest * n:
        return 0.0
    ratio = c * log(c / n)
    if c < n:
        ratio += (n - c) * log((n - c) / n)
    if rest > 0:
        ratio += rest * log(rest / rest_n)
    if rest < rest_n:
        ratio += (rest_n - rest) * log((rest_n - rest) / rest_n)
    ratio -= cases * log(cases / trials)
    if cases < trials:
        ratio -= (trials - cases) * log((trials - cases) / trials)
    return ratio


@njit(cache=True, nogil=True)
def best_windows(  # type: ignore[no-untyped-def]
    first, member, closes, count, base, total, base_total, longest, alive, least, bernoulli, top
):
    """(centres, 4): statistic, members used, first step, step after the last; 0 = none.

    count (n, T) cases, base (n, T) expected cases (or trials). A window is looked at only
    when the place last added brought cases to its first and last step: any other is beaten by
    a smaller one, as the base can only grow. With `top` only the largest of all centres is
    right (all a random map is asked for). No logarithm is taken where the bound by log x <= x - 1,
    total (c - mu)² / (mu (total - mu)), cannot beat the best so far.
    """
    centres, steps = len(first) - 1, count.shape[1]
    best = np.zeros((centres, 4))
    cases, weight = np.empty(steps + 1), np.empty(steps + 1)
    c_step, b_step = np.empty(steps), np.empty(steps)
    told = np.zeros(count.shape[0], dtype=np.bool_)
    for place in range(count.shape[0]):
        for t in range(steps):
            told[place] = told[place] or count[place, t] > 0
    bar = 0.0
    for i in range(centres):
        if not top:
            bar = 0.0
        c_step[:] = 0.0
        b_step[:] = 0.0
        fresh = False
        for k in range(first[i], first[i + 1]):
            place = member[k]
            for t in range(steps):
                b_step[t] += base[place, t]
            if told[place]:
                fresh = True
                for t in range(steps):
                    c_step[t] += count[place, t]
            if not closes[k] or not fresh:
                continue
            fresh = False
            cases[0] = 0.0
            weight[0] = 0.0
            for t in range(steps):
                cases[t + 1] = cases[t] + c_step[t]
                weight[t + 1] = weight[t] + b_step[t]
            for start in range(steps):
                if c_step[start] <= 0:
                    continue
                stop = min(steps, start + longest)
                for end in range(steps if alive else start + 1, stop + 1):
                    if c_step[end - 1] <= 0 and not alive:
                        continue
                    c = cases[end] - cases[start]
                    mu = weight[end] - weight[start]
                    if c < least:
                        continue
                    more = c - mu
                    if not bernoulli and (
                        more <= 0 or total * more * more <= bar * mu * (total - mu)
                    ):
                        continue
                    if bernoulli:
                        found = _bernoulli(c, mu, total, base_total)
                    else:
                        found = _poisson(c, mu, total)
                    if found > bar:
                        bar = found
                        best[i, 0] = found
                        best[i, 1] = k - first[i] + 1
                        best[i, 2] = start
                        best[i, 3] = end
    return best
