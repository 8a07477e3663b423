"""Loops of the p-median: exchanges for a good answer, Lagrangian prices for a lower limit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.compiled import njit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FREE, OPEN, CLOSED = 0, 1, -1


@njit(cache=True)
def total(cost: Floats, sites: Ints) -> float:
    """Cost of sending every client to the cheapest of `sites`."""
    whole = 0.0
    for i in range(cost.shape[0]):
        best = np.inf
        for j in sites:
            best = min(best, cost[i, j])
        whole += best
    return whole


@njit(cache=True)
def greedy(cost: Floats, count: int) -> Ints:
    """Sites taken one by one, each the one that lowers the cost most; ties to the first."""
    n, m = cost.shape
    nearest = np.full(n, np.inf)
    sites = np.empty(count, dtype=np.int64)
    taken = np.zeros(m, dtype=np.bool_)
    for k in range(count):
        best, best_cost = -1, np.inf
        for j in range(m):
            if taken[j]:
                continue
            whole = 0.0
            for i in range(n):
                whole += min(nearest[i], cost[i, j])
            if whole < best_cost or best < 0:
                best, best_cost = j, whole
        sites[k], taken[best] = best, True
        for i in range(n):
            nearest[i] = min(nearest[i], cost[i, best])
    return sites


@njit(cache=True)
def interchange(cost: Floats, start: Ints) -> Ints:
    """Exchange one site for one better until no exchange helps.

    Each candidate is weighed against all sites at once in O(clients): Whitaker (1983), as
    told by Hansen & Mladenovic (1997), Variable neighborhood search for the p-median.
    """
    n, m = cost.shape
    p = len(start)
    sites = start.copy()
    inside = np.zeros(m, dtype=np.bool_)
    for j in sites:
        inside[j] = True
    first, second = np.empty(n, dtype=np.int64), np.empty(n)
    loss = np.empty(p)
    changed = True
    while changed:
        changed = False
        _two_nearest(cost, sites, first, second)
        for j in range(m):
            if inside[j]:
                continue
            gain = 0.0
            loss[:] = 0.0
            for i in range(n):
                now, new = cost[i, sites[first[i]]], cost[i, j]
                if new < now:
                    gain += now - new
                else:
                    loss[first[i]] += min(second[i], new) - now
            out = int(np.argmin(loss))
            if gain - loss[out] > 1e-9 * (1.0 + gain):
                inside[sites[out]], inside[j] = False, True
                sites[out] = j
                _two_nearest(cost, sites, first, second)
                changed = True
    return sites


@njit(cache=True)
def shake(cost: Floats, start: Ints, rounds: int, seed: int) -> Ints:
    """Throw some sites elsewhere, exchange again, keep what is better; `rounds` times.

    Variable neighbourhood search: one site is thrown, then two, up to a tenth of them; back
    to one after each success. The seed alone decides the throws.
    """
    np.random.seed(seed)
    m, p = cost.shape[1], len(start)
    best, best_cost = start.copy(), total(cost, start)
    thrown, most = 1, max(2, p // 10)
    for _ in range(rounds):
        if p == m:
            break
        sites = best.copy()
        inside = np.zeros(m, dtype=np.bool_)
        for j in sites:
            inside[j] = True
        for _throw in range(min(thrown, p, m - p)):
            out, new = np.random.randint(p), np.random.randint(m)
            while inside[new]:
                new = np.random.randint(m)
            inside[sites[out]], inside[new] = False, True
            sites[out] = new
        sites = interchange(cost, sites)
        value = total(cost, sites)
        if value < best_cost - 1e-9 * best_cost:
            best, best_cost, thrown = sites, value, 1
        else:
            thrown = thrown + 1 if thrown < most else 1
    return best


@njit(cache=True)
def _two_nearest(cost: Floats, sites: Ints, first: Ints, second: Floats) -> None:
    for i in range(cost.shape[0]):
        best, at, other = np.inf, 0, np.inf
        for k in range(len(sites)):
            c = cost[i, sites[k]]
            if c < best:
                best, at, other = c, k, best
            elif c < other:
                other = c
        first[i], second[i] = at, other


@njit(cache=True)
def first_prices(cost: Floats, sites: Ints) -> Floats:
    """Price of each client: half way between its two cheapest sites."""
    first = np.empty(cost.shape[0], dtype=np.int64)
    second = np.empty(cost.shape[0])
    _two_nearest(cost, sites, first, second)
    prices = np.empty(cost.shape[0])
    for i in range(cost.shape[0]):
        near = cost[i, sites[first[i]]]
        prices[i] = near if np.isinf(second[i]) else (near + second[i]) / 2
    return prices


@njit(cache=True)
def _worth(order: Ints, ranked: Floats, prices: Floats, worth: Floats) -> None:
    """Saving of each site at these prices (<= 0); only sites cheaper than the price count."""
    worth[:] = 0.0
    for i in range(order.shape[0]):
        price = prices[i]
        for k in range(order.shape[1]):
            c = ranked[i, k]
            if c >= price:
                break
            worth[order[i, k]] += c - price


@njit(cache=True)
def improve(
    order: Ints,
    ranked: Floats,
    prices: Floats,
    state: Ints,
    count: int,
    upper: float,
    enough: float,
    steps: int,
    size: float,
) -> tuple[float, Floats, Floats, Floats, Ints]:
    """Raise the lower limit by subgradient steps on the clients' prices.

    A client may be served by any number of sites, at its price (assignment relaxed); then
    each site is worth what it saves, and the best `count` are taken. Stops when the limit
    reaches `enough`.

    order, ranked : (n, m) sites of each client by cost, and the cost; state : (m,) of each site
    Returns limit, its prices, worth of each site there, mean use of each site (0..1), sites taken.
    """
    n, m = order.shape
    best, best_prices = -np.inf, prices.copy()
    best_worth, best_sites = np.zeros(m), np.empty(0, dtype=np.int64)
    use = np.zeros(m)
    at, worth = prices.copy(), np.empty(m)
    slope, way = np.empty(n), np.zeros(n)
    chosen = np.zeros(m, dtype=np.bool_)
    calm = 0
    forced = int((state == OPEN).sum())
    for _ in range(steps):
        _worth(order, ranked, at, worth)
        free = np.flatnonzero(state == FREE)
        picked = free[np.argsort(worth[free])[: count - forced]]
        chosen[:] = state == OPEN
        for j in picked:
            chosen[j] = True
        limit = at.sum() + worth[chosen].sum()
        use *= 0.95
        for j in range(m):
            if chosen[j]:
                use[j] += 0.05
        if limit > best:
            if limit - best > 1e-5 * abs(limit):
                calm = 0
            best, best_prices[:], best_worth[:] = limit, at, worth
            best_sites = np.flatnonzero(chosen)
        else:
            calm += 1
        if best >= enough or size < 5e-4:
            break
        if calm >= 12:
            calm, size = 0, size / 2
            at[:] = best_prices
            way[:] = 0.0
            continue
        length = 0.0
        for i in range(n):
            served = 0
            for k in range(m):
                if ranked[i, k] >= at[i]:
                    break
                if chosen[order[i, k]]:
                    served += 1
            slope[i] = 1.0 - served
            way[i] = 0.7 * slope[i] + 0.3 * way[i]
            length += way[i] * way[i]
        if length == 0.0:
            break
        step = size * (max(upper, best * 1.0005) - limit) / length
        for i in range(n):
            at[i] = max(at[i] + step * way[i], ranked[i, 0])
    return best, best_prices, best_worth, use, best_sites
