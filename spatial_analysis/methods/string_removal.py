"""The loop behind `tour_start`: ruin by adjacent strings, greedy insertion with blinks, annealing.

A row is what one truck does: start, stops, tips, end. A trip is a part between two places where
the truck is empty; strings are torn out of trips, and a stop that fits into no trip opens a new
one, of a truck under way before one of a truck at home. Nodes are numbered: stops, then tips,
then the places where trucks start and end. Whole seconds; compiled by numba, without its
counting of references (`_nrt`), which took four fifths of the time: so nothing is allocated here.
"""

from __future__ import annotations

import numpy as np

from spatial_analysis.methods.compiled import LEAN, njit

LITRES, KILOGRAMS, SERVICE, OPENS, CLOSES, READY, PRIZE = range(7)
START, END, HOLDS_L, HOLDS_KG, FROM, TO, WAY, LOAD_L, LOAD_KG, KIND = range(10)
MEAN_REMOVED, LONGEST, BLINK, SPLIT, KEEP_ON = 10.0, 10, 0.01, 0.5, 0.99
NEAR_ROWS = 100  # a stop is first tried in the rows of so many neighbours
DARE = 0.2
WAITING, WAITING_NEAR = 12, 60  # stops left out that a round tries again, among so many neighbours
OUT, TORN, NONE = -1, -2, 2**62


@njit(**LEAN)
def _random(state):  # type: ignore[no-untyped-def]
    """Return a number from 0 to 1, the latter excluded (xorshift, Marsaglia 2003)."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return float(x >> np.uint64(11)) * 1.1102230246251565e-16


@njit(**LEAN)
def refresh(g, r, k):  # type: ignore[no-untyped-def]
    """Work out trips, clock, slack and drive of row `k`; True where it can be driven."""
    n, way, last, trip = len(g.near), g.trucks[k, WAY], r.size[k] - 1, 0
    litres, kilograms, ready = g.trucks[k, LOAD_L], g.trucks[k, LOAD_KG], np.int64(0)
    r.opening[k, 0] = 0
    for i in range(1, last + 1):
        v = r.node[k, i]
        if v < n:
            litres += g.nodes[v, LITRES]
            kilograms += g.nodes[v, KILOGRAMS]
            ready = max(ready, g.nodes[v, READY])
            r.truck_of[v], r.trip_of[v], r.at[v] = k, trip, i
        elif v < n + g.tips or (g.tips == 0 and i == last):
            r.load[k, trip, 0], r.load[k, trip, 1], r.ready[k, trip] = litres, kilograms, ready
            trip += 1
            r.opening[k, trip] = i
            litres, kilograms, ready = np.int64(0), np.int64(0), np.int64(0)
    r.trips[k] = trip
    now, driven, holds, trip = g.trucks[k, FROM], np.int64(0), True, 0
    for i in range(last):
        v, u = r.node[k, i], r.node[k, i + 1]
        if trip <= r.trips[k] and i == r.opening[k, trip]:
            r.free[k, trip] = now
            if trip < r.trips[k]:
                now = max(now, r.ready[k, trip])
            trip += 1
        r.leave[k, i] = now
        step = g.drive[way, v, u]
        r.step[k, i] = step
        driven += step
        now = max(now + step, g.nodes[u, OPENS])
        holds = holds and now <= g.nodes[u, CLOSES]
        now += g.nodes[u, SERVICE]
    r.late[k, last] = g.trucks[k, TO]
    for i in range(last - 1, 0, -1):
        v = r.node[k, i]
        room = r.late[k, i + 1] - r.step[k, i] - g.nodes[v, SERVICE]
        r.late[k, i] = min(room, g.nodes[v, CLOSES])
    if last == 1:  # a truck that stays at home drives nothing
        r.step[k, 0], driven = 0, np.int64(0)
    r.cost[k] = driven
    return holds and now <= g.trucks[k, TO]


@njit(**LEAN)
def _best_place(g, r, s, k, best, blink, state):  # type: ignore[no-untyped-def]
    """Cheapest place for stop `s` in the trips of row `k`: (extra drive, place before it)."""
    where, way = -1, g.trucks[k, WAY]
    opens, closes, service = g.nodes[s, OPENS], g.nodes[s, CLOSES], g.nodes[s, SERVICE]
    for t in range(r.trips[k]):
        if r.load[k, t, 0] + g.nodes[s, LITRES] > g.trucks[k, HOLDS_L]:
            continue
        if r.load[k, t, 1] + g.nodes[s, KILOGRAMS] > g.trucks[k, HOLDS_KG]:
            continue
        low, high = r.opening[k, t], r.opening[k, t + 1]
        if r.leave[k, low] > closes:
            break
        waits = g.nodes[s, READY] > r.leave[k, low]
        now = max(g.nodes[s, READY], r.leave[k, low])
        for i in range(low, high):
            there = r.node[k, i + 1]
            if not waits:
                now = r.leave[k, i]
            to = g.back[way, s, r.node[k, i]]
            extra = to + g.drive[way, s, there] - r.step[k, i]
            if extra < best and now + to <= closes:
                done = max(now + to, opens) + service + g.drive[way, s, there]
                if done <= r.late[k, i + 1] and _random(state) >= blink:
                    best, where = extra, i
            if waits:  # the trip sets out later than before: its stops may close
                now = max(now + r.step[k, i], g.nodes[there, OPENS])
                if now > r.late[k, i + 1]:
                    break
                now += g.nodes[there, SERVICE]
            elif now > closes:
                break
    return best, where


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
def _put_in(r, k, i, s, tip):  # type: ignore[no-untyped-def]
    more = 2 if tip >= 0 else 1
    for j in range(r.size[k] - 1, i, -1):
        r.node[k, j + more] = r.node[k, j]
    r.node[k, i + more], r.node[k, i + 1] = tip, s
    r.size[k] += more


@njit(**LEAN)
def _tear_out(r, s, longest, torn, count, state):  # type: ignore[no-untyped-def]
    """Take a string that holds stop `s` out of its trip; a middle part may stay."""
    k, t = r.truck_of[s], r.trip_of[s]
    begins = r.opening[k, t] + 1
    size = r.opening[k, t + 1] - begins
    taken = min(int(_random(state) * min(size, longest)) + 1, size)
    kept = 0
    if taken > 1 and taken < size and _random(state) < SPLIT:
        kept = 1
        while taken + kept < size and _random(state) < KEEP_ON:
            kept += 1
    whole, at = taken + kept, r.at[s] - begins
    low, high = max(0, at - whole + 1), min(at, size - whole)
    first = begins + low + int(_random(state) * (high - low + 1))
    hole = first + (1 + int(_random(state) * (taken - 1)) if kept > 0 else whole)
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
def _close_up(g, r, k):  # type: ignore[no-untyped-def]
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
def _better_tips(g, r, k):  # type: ignore[no-untyped-def]
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
def _order(g, todo, key, count, state):  # type: ignore[no-untyped-def]
    """Put the stops to do into one of several orders, drawn at random."""
    drawn = _random(state) * (11.0 + 6.0 * g.windows + 4.0 * g.prized)
    if not g.windows and drawn >= 11.0:
        drawn += 6.0
    depot = g.trucks[0, START]
    for i in range(count):
        s = todo[i]
        if drawn < 4.0:
            key[i] = _random(state)
        elif drawn < 8.0:
            key[i] = -float(g.nodes[s, LITRES])
        elif drawn < 10.0:
            key[i] = -float(g.drive[0, depot, s])
        elif drawn < 11.0:
            key[i] = float(g.drive[0, depot, s])
        elif drawn < 13.0:
            key[i] = float(g.nodes[s, CLOSES] - g.nodes[s, OPENS])
        elif drawn < 15.0:
            key[i] = float(g.nodes[s, OPENS])
        elif drawn < 17.0:
            key[i] = -float(g.nodes[s, CLOSES])
        else:
            key[i] = -float(g.nodes[s, PRIZE])
    for i in range(1, count):
        s, least, j = todo[i], key[i], i
        while j > 0 and key[j - 1] > least:
            todo[j], key[j], j = todo[j - 1], key[j - 1], j - 1
        todo[j], key[j] = s, least


@njit(**LEAN)
def _choose(g, r, s, seen, tick, state):  # type: ignore[no-untyped-def]
    """Where to put stop `s`: (extra drive, truck, place before it, tip of a new trip or -1)."""
    choice, truck, where, tip, m = NONE, -1, -1, -1, len(g.trucks)
    for j in range(1, min(g.near.shape[1], NEAR_ROWS)):
        k = r.truck_of[g.near[s, j]]
        if k >= 0 and seen[k] != tick:
            seen[k] = tick
            if g.fits[s, k]:
                extra, at = _best_place(g, r, s, k, choice, BLINK, state)
                if at >= 0:
                    choice, truck, where = extra, k, at
    if truck < 0:
        for k in range(m):
            if r.size[k] > 2 and seen[k] != tick and g.fits[s, k]:
                extra, at = _best_place(g, r, s, k, choice, BLINK, state)
                if at >= 0:
                    choice, truck, where = extra, k, at
    if truck < 0 and g.tips > 0:
        for k in range(m):
            if r.size[k] > 2 and g.fits[s, k]:
                extra, at, q = _best_trip(g, r, s, k, choice)
                if at >= 0:
                    choice, truck, where, tip = extra, k, at, q
    if truck < 0:
        for k in range(m):
            kind = m + g.trucks[k, KIND]
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


@njit(**LEAN)
def _copy_row(k, node, size, to_node, to_size):  # type: ignore[no-untyped-def]
    to_size[k] = size[k]
    for i in range(size[k]):
        to_node[k, i] = node[k, i]


@njit(**LEAN)
def _keep(r, x, k, changed):  # type: ignore[no-untyped-def]
    """Keep row `k` as it was before this round."""
    if x.mark[k]:
        return changed
    x.mark[k], x.kept_cost[k], x.touched[changed] = True, r.cost[k], k
    _copy_row(k, r.node, r.size, x.kept_node, x.kept_size)
    return changed + 1


@njit(**LEAN)
def improved(g, r, x, hottest, coldest, iterations):  # type: ignore[no-untyped-def]
    """Go on with the search for rows with less drive and less worth left out; keep the best."""
    n, m, tick, todo, state = len(g.near), len(g.trucks), x.tick[0], x.todo, x.state
    touched, lost, out = x.touched, np.int64(0), 0
    for s in range(n):
        if r.truck_of[s] < 0:
            lost, out = lost + g.nodes[s, PRIZE], out + 1
    total, heat = r.cost.sum() + lost, hottest
    cooling = (coldest / hottest) ** (1.0 / max(iterations, 1))
    for round_ in range(-1, iterations):
        changed, count, holds, torn, lost_before, out_before = 0, 0, True, 0, lost, out
        first = int(_random(state) * n)
        if out > 0:  # stops left out: all of them at first, later those near by
            for j in range(n if round_ < 0 else min(WAITING_NEAR, g.near.shape[1])):
                s = j if round_ < 0 else g.near[first, j]
                if r.truck_of[s] == OUT and (round_ < 0 or count < WAITING):
                    todo[count] = s
                    count += 1
        waiting, tick = count, tick + 1
        if round_ >= 0:  # ruin
            trips = 0
            for k in range(m):
                trips += r.trips[k] if r.size[k] > 2 else 0
            longest = max(min(LONGEST, (n - out) // max(trips, 1)), 1)
            strings = int(_random(state) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0) + 1.0)
            for j in range(g.near.shape[1]):
                if torn >= strings:
                    break
                s = g.near[first, j]
                k = r.truck_of[s]
                if k < 0 or x.ruined[k, r.trip_of[s]] == tick:
                    continue
                changed = _keep(r, x, k, changed)
                x.ruined[k, r.trip_of[s]], torn = tick, torn + 1
                count = _tear_out(r, s, longest, todo, count, state)
                refresh(g, r, k)
            for i in range(waiting, count):
                lost, out = lost + g.nodes[todo[i], PRIZE], out + 1
            for i in range(changed):
                _close_up(g, r, touched[i])
                holds = refresh(g, r, touched[i]) and holds
        if holds:  # recreate; a new trip may lose at first, as others then join it
            dares = round_ < 0 or _random(state) < DARE
            _order(g, todo, x.key, count, state)
            for i in range(count):
                s, tick = todo[i], tick + 1
                choice, k, at, tip = _choose(g, r, s, x.seen, tick, state)
                if k >= 0 and choice >= g.nodes[s, PRIZE]:
                    if dares and (tip >= 0 or r.size[k] == 2):
                        dares = round_ < 0
                    else:
                        k = OUT
                if k < 0:
                    r.truck_of[s] = OUT
                    continue
                changed = _keep(r, x, k, changed)
                _put_in(r, k, at, s, tip)
                lost, out = lost - g.nodes[s, PRIZE], out - 1
                refresh(g, r, k)
        gain = lost_before - lost
        for i in range(changed):
            if g.tips > 1:
                _better_tips(g, r, touched[i])
            gain += x.kept_cost[touched[i]] - r.cost[touched[i]]
        if holds and gain > heat * np.log(_random(state) + 1e-300):
            total -= gain
            if total < x.best[0]:
                x.best[0] = total
                for k in range(m):
                    _copy_row(k, r.node, r.size, x.best_node, x.best_size)
        else:
            lost, out = lost_before, out_before
            for i in range(changed):
                k = touched[i]
                for j in range(1, r.size[k] - 1):
                    if r.node[k, j] < n:
                        r.truck_of[r.node[k, j]] = OUT
            for i in range(changed):
                _copy_row(touched[i], x.kept_node, x.kept_size, r.node, r.size)
                refresh(g, r, touched[i])
        for i in range(changed):
            x.mark[touched[i]] = False
        heat *= cooling
    x.tick[0] = tick
