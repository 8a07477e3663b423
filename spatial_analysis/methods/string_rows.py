"""Rows of the compiled search: their clock, slack and loads; tearing out and putting in.

A row is what one truck does: start, stops, tips, end. A trip is a part between two places where
the truck is empty. Nodes are numbered: stops, then tips, then the places where trucks start and
end. Whole seconds; compiled by numba, without its counting of references (`_nrt`), which took
four fifths of the time: so nothing is allocated here.
"""

from __future__ import annotations

import numpy as np

from spatial_analysis.methods.compiled import LEAN, njit

LITRES, KILOGRAMS, SERVICE, OPENS, CLOSES, READY, PRIZE = range(7)
START, END, HOLDS_L, HOLDS_KG, FROM, TO, WAY, LOAD_L, LOAD_KG, KIND = range(10)
SPLIT, KEEP_ON = 0.5, 0.99
TORN = -2


@njit(**LEAN)
def random_of(state):  # type: ignore[no-untyped-def]
    """Return a number from 0 to 1, the latter excluded (xorshift, Marsaglia 2003)."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return float(x >> np.uint64(11)) * 1.1102230246251565e-16


@njit(**LEAN)
def _ready_of_trips(g, r, k):  # type: ignore[no-untyped-def]
    """When the goods of each trip of row `k` are there."""
    n, trip, ready = len(g.near), 0, np.int64(0)
    for i in range(1, r.size[k]):
        v = r.node[k, i]
        if v < n:
            ready = max(ready, g.nodes[v, READY])
        elif v < n + g.tips or (g.tips == 0 and i == r.size[k] - 1):
            r.ready[k, trip], ready = ready, np.int64(0)
            trip += 1
    r.ready[k, trip] = 0


@njit(**LEAN)
def refresh(g, r, k):  # type: ignore[no-untyped-def]
    """Work out trips, clock, slack and drive of row `k`; True where it can be driven."""
    n, way, last, trip = len(g.near), g.trucks[k, WAY], r.size[k] - 1, 0
    if g.released:
        _ready_of_trips(g, r, k)
    litres, kilograms = g.trucks[k, LOAD_L], g.trucks[k, LOAD_KG]
    now, driven, holds, v = g.trucks[k, FROM], np.int64(0), True, r.node[k, 0]
    r.opening[k, 0], r.free[k, 0] = 0, now
    now = max(now, r.ready[k, 0])
    r.leave[k, 0] = now
    for i in range(1, last + 1):
        u = r.node[k, i]
        step = g.drive[way, v, u]
        r.step[k, i - 1] = step
        driven += step
        now = max(now + step, g.nodes[u, OPENS])
        holds = holds and now <= g.nodes[u, CLOSES]
        now += g.nodes[u, SERVICE]
        if u < n:
            litres += g.nodes[u, LITRES]
            kilograms += g.nodes[u, KILOGRAMS]
            r.truck_of[u], r.trip_of[u], r.at[u] = k, trip, i
        elif u < n + g.tips or (g.tips == 0 and i == last):
            r.load[k, trip, 0], r.load[k, trip, 1] = litres, kilograms
            trip += 1
            r.opening[k, trip], r.free[k, trip] = i, now
            litres, kilograms = np.int64(0), np.int64(0)
            if i < last:
                now = max(now, r.ready[k, trip])
        r.leave[k, i], v = now, u
    r.trips[k] = trip
    r.late[k, last] = g.trucks[k, TO]
    for i in range(last - 1, 0, -1):
        u = r.node[k, i]
        room = r.late[k, i + 1] - r.step[k, i] - g.nodes[u, SERVICE]
        r.late[k, i] = min(room, g.nodes[u, CLOSES])
    if last == 1:  # a truck that stays at home drives nothing
        r.step[k, 0], driven = 0, np.int64(0)
    r.cost[k] = driven
    return holds and now <= g.trucks[k, TO]


@njit(**LEAN)
def put_in(g, r, k, i, s, tip):  # type: ignore[no-untyped-def]
    """Put stop `s` behind place `i` of row `k`, and a tip behind it where one is named."""
    if tip >= 0 or r.size[k] == 2 or (g.released and g.nodes[s, READY] > 0):
        more = 2 if tip >= 0 else 1
        for j in range(r.size[k] - 1, i, -1):
            r.node[k, j + more] = r.node[k, j]
        r.node[k, i + more], r.node[k, i + 1] = tip, s
        r.size[k] += more
        refresh(g, r, k)
    else:
        _slip_in(g, r, k, i, s)


@njit(**LEAN)
def _slip_in(g, r, k, i, s):  # type: ignore[no-untyped-def]
    """Put `s` into a trip that it fits: what stays as it was is moved, not worked out anew."""
    n, way = len(g.near), g.trucks[k, WAY]
    v, u, trip = r.node[k, i], r.node[k, i + 1], 0
    while r.opening[k, trip + 1] <= i:
        trip += 1
    for j in range(r.size[k] - 1, i, -1):
        w = r.node[k, j]
        r.node[k, j + 1], r.step[k, j + 1] = w, r.step[k, j]
        r.leave[k, j + 1], r.late[k, j + 1] = r.leave[k, j], r.late[k, j]
        if w < n:
            r.at[w] = j + 1
    r.size[k] += 1
    r.node[k, i + 1] = s
    r.truck_of[s], r.trip_of[s], r.at[s] = k, trip, i + 1
    r.load[k, trip, 0] += g.nodes[s, LITRES]
    r.load[k, trip, 1] += g.nodes[s, KILOGRAMS]
    for t in range(trip + 1, r.trips[k] + 1):
        r.opening[k, t] += 1
    to, on = g.drive[way, v, s], g.drive[way, s, u]
    r.cost[k] += to + on - r.step[k, i]
    r.step[k, i], r.step[k, i + 1] = to, on
    now = max(r.leave[k, i] + to, g.nodes[s, OPENS]) + g.nodes[s, SERVICE]
    r.leave[k, i + 1], trip = now, trip + 1
    for j in range(i + 2, r.size[k]):
        w = r.node[k, j]
        now = max(now + r.step[k, j - 1], g.nodes[w, OPENS]) + g.nodes[w, SERVICE]
        if j == r.opening[k, trip]:
            r.free[k, trip] = now
            if j < r.size[k] - 1:
                now = max(now, r.ready[k, trip])
            trip = min(trip + 1, r.trips[k])
        if now == r.leave[k, j]:
            break
        r.leave[k, j] = now
    for j in range(i + 1, 0, -1):
        w = r.node[k, j]
        room = r.late[k, j + 1] - r.step[k, j] - g.nodes[w, SERVICE]
        room = min(room, g.nodes[w, CLOSES])
        if j <= i and room == r.late[k, j]:
            break
        r.late[k, j] = room


@njit(**LEAN)
def tear_out(r, s, longest, torn, count, state):  # type: ignore[no-untyped-def]
    """Take a string that holds stop `s` out of its trip; a middle part may stay."""
    k, t = r.truck_of[s], r.trip_of[s]
    begins = r.opening[k, t] + 1
    size = r.opening[k, t + 1] - begins
    taken = min(int(random_of(state) * min(size, longest)) + 1, size)
    kept = 0
    if taken > 1 and taken < size and random_of(state) < SPLIT:
        kept = 1
        while taken + kept < size and random_of(state) < KEEP_ON:
            kept += 1
    whole, at = taken + kept, r.at[s] - begins
    low, high = max(0, at - whole + 1), min(at, size - whole)
    first = begins + low + int(random_of(state) * (high - low + 1))
    hole = first + (1 + int(random_of(state) * (taken - 1)) if kept > 0 else whole)
    write = first
    for i in range(first, r.size[k]):
        v = r.node[k, i]
        if i < first + whole and not (kept > 0 and hole <= i < hole + kept):
            torn[count] = v
            r.truck_of[v] = TORN
            count += 1
        else:
            r.node[k, write] = v
            write += 1
    r.size[k] = write
    return count


@njit(**LEAN)
def close_up(g, r, k):  # type: ignore[no-untyped-def]
    """Take out the tips of trips that are empty now."""
    n, write = len(g.near), 1
    loaded = g.trucks[k, LOAD_L] + g.trucks[k, LOAD_KG] > 0
    for i in range(1, r.size[k]):
        v = r.node[k, i]
        if n <= v < n + g.tips:
            if not loaded:
                continue
            loaded = False
        elif v < n:
            loaded = True
        r.node[k, write] = v
        write += 1
    r.size[k] = write


@njit(**LEAN)
def better_tips(g, r, k):  # type: ignore[no-untyped-def]
    """Let each trip end at the tip that lies best between its last stop and what follows."""
    n, way = len(g.near), g.trucks[k, WAY]
    for t in range(1, r.trips[k] + 1):
        i = r.opening[k, t]
        before, after, old = r.node[k, i - 1], r.node[k, i + 1], r.node[k, i]
        least = r.step[k, i - 1] + r.step[k, i]
        for q in range(n, n + g.tips):
            drive = g.drive[way, before, q] + g.drive[way, q, after]
            now = max(r.leave[k, i - 1] + g.drive[way, before, q], g.nodes[q, OPENS])
            if drive >= least or now > g.nodes[q, CLOSES]:
                continue
            now += g.nodes[q, SERVICE]
            if t < r.trips[k]:
                now = max(now, r.ready[k, t])
            if now + g.drive[way, q, after] <= r.late[k, i + 1]:
                least, r.node[k, i] = drive, q
        if r.node[k, i] != old:
            refresh(g, r, k)


@njit(**LEAN)
def copy_row(k, node, size, to_node, to_size):  # type: ignore[no-untyped-def]
    """Copy row `k` of one table into another."""
    to_size[k] = size[k]
    for i in range(size[k]):
        to_node[k, i] = node[k, i]
