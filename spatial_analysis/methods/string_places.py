"""Where the compiled search puts a stop: beside its neighbours, in a new trip, in another truck."""

from __future__ import annotations

from spatial_analysis.methods.compiled import LEAN, njit
from spatial_analysis.methods.string_rows import (
    CLOSES,
    HOLDS_KG,
    HOLDS_L,
    KILOGRAMS,
    KIND,
    LITRES,
    LOAD_KG,
    LOAD_L,
    OPENS,
    READY,
    SERVICE,
    WAY,
    random_of,
)

BLINK = 0.01
NONE = 2**62


@njit(**LEAN)
def _has_room(g, r, s, k, t):  # type: ignore[no-untyped-def]
    """True where trip `t` of row `k` can also hold stop `s`."""
    litres, kilograms = (
        r.load[k, t, 0] + g.nodes[s, LITRES],
        r.load[k, t, 1] + g.nodes[s, KILOGRAMS],
    )
    return litres <= g.trucks[k, HOLDS_L] and kilograms <= g.trucks[k, HOLDS_KG]


@njit(**LEAN)
def _costs_between(g, r, s, k, i, best, blink, state):  # type: ignore[no-untyped-def]
    """Extra drive for stop `s` behind place `i` of row `k`, or `best` where that is no gain."""
    way = g.trucks[k, WAY]
    to, on = g.back[way, s, r.node[k, i]], g.drive[way, s, r.node[k, i + 1]]
    extra = to + on - r.step[k, i]
    if extra >= best:
        return best
    now = r.leave[k, i] + to
    if now > g.nodes[s, CLOSES]:
        return best
    done = max(now, g.nodes[s, OPENS]) + g.nodes[s, SERVICE] + on
    if done > r.late[k, i + 1] or random_of(state) < blink:
        return best
    return extra


@njit(**LEAN)
def _best_delayed(g, r, s, k, t, best, blink, state):  # type: ignore[no-untyped-def]
    """Cheapest place in a trip that sets out later because of stop `s`: its stops may close."""
    where, way, now = -1, g.trucks[k, WAY], g.nodes[s, READY]
    for i in range(r.opening[k, t], r.opening[k, t + 1]):
        there = r.node[k, i + 1]
        to, on = g.back[way, s, r.node[k, i]], g.drive[way, s, there]
        extra = to + on - r.step[k, i]
        if extra < best and now + to <= g.nodes[s, CLOSES]:
            done = max(now + to, g.nodes[s, OPENS]) + g.nodes[s, SERVICE] + on
            if done <= r.late[k, i + 1] and random_of(state) >= blink:
                best, where = extra, i
        now = max(now + r.step[k, i], g.nodes[there, OPENS])
        if now > r.late[k, i + 1]:
            break
        now += g.nodes[there, SERVICE]
    return best, where


@njit(**LEAN)
def _best_place(g, r, s, k, best, blink, state):  # type: ignore[no-untyped-def]
    """Cheapest place for stop `s` in the trips of row `k`: (extra drive, place before it)."""
    where = -1
    for t in range(r.trips[k]):
        low, high = r.opening[k, t], r.opening[k, t + 1]
        if r.leave[k, low] > g.nodes[s, CLOSES]:
            break
        if not _has_room(g, r, s, k, t):
            continue
        if g.nodes[s, READY] > r.leave[k, low]:
            best, at = _best_delayed(g, r, s, k, t, best, blink, state)
            where = at if at >= 0 else where
            continue
        for i in range(low, high):
            extra = _costs_between(g, r, s, k, i, best, blink, state)
            if extra < best:
                best, where = extra, i
            if r.leave[k, i] > g.nodes[s, CLOSES]:
                break
    return best, where


@njit(**LEAN)
def _best_near(g, r, s, looked, tick, state):  # type: ignore[no-untyped-def]
    """Cheapest place beside a neighbour, or at either end of its trip: (extra, row, place).

    `looked` is `tick` for a trip with room, -`tick` for one that is done with.
    """
    best, row, where = NONE, -1, -1
    for j in range(g.close.shape[1]):
        v = g.close[s, j]
        k = r.truck_of[v]
        if k < 0 or not g.fits[s, k]:
            continue
        t = r.trip_of[v]
        if looked[k, t] == -tick:
            continue
        if looked[k, t] != tick:
            low = r.opening[k, t]
            looked[k, t] = -tick
            if r.leave[k, low] > g.nodes[s, CLOSES] or not _has_room(g, r, s, k, t):
                continue
            if g.nodes[s, READY] > r.leave[k, low]:
                best, at = _best_delayed(g, r, s, k, t, best, BLINK, state)
                if at >= 0:
                    row, where = k, at
                continue
            looked[k, t] = tick
            for i in (low, r.opening[k, t + 1] - 1):
                extra = _costs_between(g, r, s, k, i, best, BLINK, state)
                if extra < best:
                    best, row, where = extra, k, i
        for i in (r.at[v] - 1, r.at[v]):
            extra = _costs_between(g, r, s, k, i, best, BLINK, state)
            if extra < best:
                best, row, where = extra, k, i
    return best, row, where


@njit(**LEAN)
def _best_trip(g, r, s, k, best):  # type: ignore[no-untyped-def]
    """Cheapest new trip with stop `s` alone in row `k`: (extra drive, place before it, tip)."""
    where, tip, way, n = -1, -1, g.trucks[k, WAY], len(g.near)
    loaded = g.trucks[k, LOAD_L] + g.trucks[k, LOAD_KG] > 0
    if g.nodes[s, LITRES] > g.trucks[k, HOLDS_L] or g.nodes[s, KILOGRAMS] > g.trucks[k, HOLDS_KG]:
        return best, where, tip
    for t in range(r.trips[k] + 1):
        if t == 0 and loaded:
            continue
        i = r.opening[k, t]
        to, there = g.back[way, s, r.node[k, i]], r.node[k, i + 1]
        begin = max(max(r.free[k, t], g.nodes[s, READY]) + to, g.nodes[s, OPENS])
        if begin > g.nodes[s, CLOSES]:
            continue
        for q in range(n, n + g.tips):
            extra = to + g.drive[way, s, q] + g.drive[way, q, there] - r.step[k, i]
            if extra >= best:
                continue
            now = max(begin + g.nodes[s, SERVICE] + g.drive[way, s, q], g.nodes[q, OPENS])
            if now > g.nodes[q, CLOSES]:
                continue
            now += g.nodes[q, SERVICE]
            if t < r.trips[k]:
                now = max(now, r.ready[k, t])
            if now + g.drive[way, q, there] <= r.late[k, i + 1]:
                best, where, tip = extra, i, q
    return best, where, tip


@njit(**LEAN)
def choose(g, r, s, looked, seen, tick, state):  # type: ignore[no-untyped-def]
    """Where to put stop `s`: (extra drive, truck, place before it, tip of a new trip or -1).

    Beside its neighbours; else anywhere in the trips of trucks under way; else in a trip more of
    one of them; else in another truck. Where goods come during the shift a truck at home that
    costs no more drive goes first: it leaves when they are there, others when they are back.
    """
    choice, truck, where = _best_near(g, r, s, looked, tick, state)
    tip, m = -1, len(g.trucks)
    if truck < 0:
        for k in range(m):
            if r.size[k] > 2 and g.fits[s, k]:
                extra, at = _best_place(g, r, s, k, choice, BLINK, state)
                if at >= 0:
                    choice, truck, where = extra, k, at
    if truck < 0 and g.tips > 0:
        for k in range(m):
            if r.size[k] > 2 and g.fits[s, k]:
                extra, at, q = _best_trip(g, r, s, k, choice)
                if at >= 0:
                    choice, truck, where, tip = extra, k, at, q
    if truck < 0 or (tip >= 0 and g.released):
        extra, k, at, q = _another_truck(g, r, s, seen, tick, choice, state)
        if k >= 0:
            choice, truck, where, tip = extra, k, at, q
    return choice, truck, where, tip


@njit(**LEAN)
def _another_truck(g, r, s, seen, tick, most, state):  # type: ignore[no-untyped-def]
    """Cheapest truck at home for stop `s`, `most` extra drive at most; one of a kind is asked."""
    choice, truck, where, tip, m = most + 1, -1, -1, -1, len(g.trucks)
    for k in range(m):
        kind = g.trucks[k, KIND]
        if r.size[k] > 2 or seen[kind] == tick or not g.fits[s, k]:
            continue
        seen[kind] = tick
        if g.tips > 0:
            extra, at, q = _best_trip(g, r, s, k, choice)
        else:
            extra, at = _best_place(g, r, s, k, choice, 0.0, state)
            q = -1
        if at >= 0:
            choice, truck, where, tip = extra, k, at, q
    return choice, truck, where, tip
