"""Loops of the capacitated p-median: knapsacks at given prices, and what each pair would cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.compiled import njit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit(cache=True)
def knapsacks(
    cost: Floats, load: Ints, room: int, prices: Floats, free: NDArray[np.bool_]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Best set of clients for each site at the clients' prices, within its room.

    cost : (n, m); load : (n,) whole units; free : (n, m) pairs that may still be used
    Returns (m,) worth of each site (<= 0), (n, m) True where the site takes the client.
    """
    n, m = cost.shape
    worth = np.zeros(m)
    takes = np.zeros((n, m), dtype=np.bool_)
    value = np.empty(room + 1)
    step = np.empty((n, room + 1), dtype=np.bool_)
    for j in range(m):
        value[:] = 0.0
        for i in range(n):
            gain = cost[i, j] - prices[i]
            w = load[i]
            if gain >= 0 or not free[i, j] or w > room:
                step[i, :] = False
                continue
            for q in range(room, -1, -1):
                if q >= w and value[q - w] + gain < value[q]:
                    value[q] = value[q - w] + gain
                    step[i, q] = True
                else:
                    step[i, q] = False
        worth[j] = value[room]
        q = room
        for i in range(n - 1, -1, -1):
            if step[i, q]:
                takes[i, j] = True
                q -= load[i]
    return worth, takes


@njit(cache=True)
def forced(cost: Floats, load: Ints, room: int, prices: Floats, free: NDArray[np.bool_]) -> Floats:
    """(n, m) worth of each site when it must take the client; inf where it may not.

    One table from the front, one from the back, joined at the client: O(n x room) a site.
    """
    n, m = cost.shape
    answer = np.full((n, m), np.inf)
    front, back = np.zeros((n + 1, room + 1)), np.zeros((n + 1, room + 1))
    for j in range(m):
        for i in range(n):
            gain, w = cost[i, j] - prices[i], load[i]
            for q in range(room + 1):
                best = front[i, q]
                if free[i, j] and gain < 0 and q >= w:
                    best = min(best, front[i, q - w] + gain)
                front[i + 1, q] = best
        for i in range(n - 1, -1, -1):
            gain, w = cost[i, j] - prices[i], load[i]
            for q in range(room + 1):
                best = back[i + 1, q]
                if free[i, j] and gain < 0 and q >= w:
                    best = min(best, back[i + 1, q - w] + gain)
                back[i, q] = best
        for i in range(n):
            if not free[i, j] or load[i] > room:
                continue
            left = room - load[i]
            best = np.inf
            for q in range(left + 1):
                best = min(best, front[i, q] + back[i + 1, left - q])
            answer[i, j] = best + cost[i, j] - prices[i]
    return answer


@njit(cache=True)
def ascend(
    cost: Floats,
    load: Ints,
    room: int,
    prices: Floats,
    free: NDArray[np.bool_],
    count: int,
    upper: float,
    enough: float,
    steps: int,
    size: float,
) -> tuple[float, Floats, Ints]:
    """Raise the lower limit by subgradient steps; the limit, its prices, sites taken there."""
    n = cost.shape[0]
    best, best_prices = -np.inf, prices.copy()
    best_sites = np.zeros(count, dtype=np.int64)
    at, way = prices.copy(), np.zeros(n)
    calm = 0
    for _ in range(steps):
        worth, takes = knapsacks(cost, load, room, at, free)
        sites = np.argsort(worth)[:count]
        limit = at.sum() + worth[sites].sum()
        if limit > best:
            if limit - best > 1e-5 * abs(limit):
                calm = 0
            best, best_prices[:], best_sites = limit, at, sites
        else:
            calm += 1
        if best >= enough or size < 1e-3:
            break
        if calm >= 15:
            calm, size = 0, size / 2
            at[:], way[:] = best_prices, 0.0
            continue
        length = 0.0
        for i in range(n):
            served = 0
            for j in sites:
                if takes[i, j]:
                    served += 1
            way[i] = 0.7 * (1 - served) + 0.3 * way[i]
            length += way[i] * way[i]
        if length == 0.0:
            break
        pace = size * (max(upper, best * 1.001) - limit) / length
        for i in range(n):
            at[i] += pace * way[i]
    return best, best_prices, best_sites


@njit(cache=True)
def assign(cost: Floats, load: Ints, room: int, sites: Ints) -> tuple[float, Ints]:
    """Give each client to one of `sites` within its room: most regret first, then exchanges.

    Returns the cost (inf: not everybody fits) and the site (place in `sites`) of each client.
    """
    n, p = cost.shape[0], len(sites)
    left = np.full(p, room)
    home = np.full(n, -1)
    for _ in range(n):
        pick, pick_site, most = -1, -1, -np.inf
        for i in range(n):
            if home[i] >= 0:
                continue
            one, two, at = np.inf, np.inf, -1
            for k in range(p):
                if left[k] < load[i]:
                    continue
                c = cost[i, sites[k]]
                if c < one:
                    one, two, at = c, one, k
                elif c < two:
                    two = c
            if at < 0:
                return np.inf, home
            regret = (two - one if two < np.inf else 1e6) * 1000 + load[i]
            if regret > most:
                most, pick, pick_site = regret, i, at
        home[pick] = pick_site
        left[pick_site] -= load[pick]
    changed = True
    while changed:
        changed = False
        for i in range(n):
            for k in range(p):
                a = home[i]
                if k == a:
                    continue
                if left[k] >= load[i] and cost[i, sites[k]] < cost[i, sites[a]] - 1e-9:
                    left[a] += load[i]
                    left[k] -= load[i]
                    home[i] = k
                    changed = True
        for i in range(n):
            for h in range(i + 1, n):
                a, b = home[i], home[h]
                if a == b:
                    continue
                if left[a] + load[i] < load[h] or left[b] + load[h] < load[i]:
                    continue
                now = cost[i, sites[a]] + cost[h, sites[b]]
                if cost[i, sites[b]] + cost[h, sites[a]] < now - 1e-9:
                    left[a] += load[i] - load[h]
                    left[b] += load[h] - load[i]
                    home[i], home[h] = b, a
                    changed = True
    whole = 0.0
    for i in range(n):
        whole += cost[i, sites[home[i]]]
    return whole, home


@njit(cache=True)
def recentre(cost: Floats, load: Ints, room: int, start: Ints) -> tuple[float, Ints, Ints]:
    """Assign, exchange a site for a better one, assign again, until nothing gets better."""
    m, p = cost.shape[1], len(start)
    sites = start.copy()
    best, home = assign(cost, load, room, sites)
    changed = True
    while changed:
        changed = False
        for k in range(p):
            for j in range(m):
                taken = False
                for other in sites:
                    if other == j:
                        taken = True
                if taken:
                    continue
                near = 0.0
                for i in range(cost.shape[0]):  # cheap glance: without capacity, is it near?
                    low = cost[i, j]
                    for other in range(p):
                        if other != k:
                            low = min(low, cost[i, sites[other]])
                    near += low
                if near >= best:
                    continue
                old = sites[k]
                sites[k] = j
                value, there = assign(cost, load, room, sites)
                if value < best - 1e-9:
                    best, home, changed = value, there, True
                else:
                    sites[k] = old
    return best, sites, home
