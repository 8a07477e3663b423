"""The loop behind `tour_start`: ruin by adjacent strings, greedy insertion with blinks, annealing.

Strings are torn out of trips, and a stop that fits into no trip opens a new one, of a truck under
way before one of a truck at home. See `string_rows` for the words, `string_places` for where a
stop is put.
"""

from __future__ import annotations

import numpy as np

from spatial_analysis.methods.compiled import LEAN, njit
from spatial_analysis.methods.string_places import choose
from spatial_analysis.methods.string_rows import (
    CLOSES,
    LITRES,
    OPENS,
    PRIZE,
    START,
    better_tips,
    close_up,
    copy_row,
    put_in,
    random_of,
    refresh,
    tear_out,
)

MEAN_REMOVED, LONGEST = 10.0, 10
DARE = 0.2
WAITING, WAITING_NEAR = 12, 60  # stops left out that a round tries again, among so many neighbours
OUT = -1
TICK, LOST, LEFT, WAITING_COUNT, CHANGED = range(5)  # what `tally` holds


@njit(**LEAN)
def _order(g, todo, key, count, state):  # type: ignore[no-untyped-def]
    """Put the stops to do into one of several orders, drawn at random."""
    drawn = random_of(state) * (11.0 + 6.0 * g.windows + 4.0 * g.prized)
    if not g.windows and drawn >= 11.0:
        drawn += 6.0
    depot = g.trucks[0, START]
    for i in range(count):
        s = todo[i]
        if drawn < 4.0:
            key[i] = random_of(state)
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
def _keep(r, x, k):  # type: ignore[no-untyped-def]
    """Keep row `k` as it was before this round."""
    if not x.mark[k]:
        x.mark[k], x.kept_cost[k], x.touched[x.tally[CHANGED]] = True, r.cost[k], k
        copy_row(k, r.node, r.size, x.kept_node, x.kept_size)
        x.tally[CHANGED] += 1


@njit(**LEAN)
def _call_waiting(g, r, x, first, all_of_them):  # type: ignore[no-untyped-def]
    """Put stops left out on the list: all of them at first, later those near by."""
    for j in range(len(g.near) if all_of_them else min(WAITING_NEAR, g.near.shape[1])):
        s = j if all_of_them else g.near[first, j]
        if r.truck_of[s] == OUT and (all_of_them or x.tally[WAITING_COUNT] < WAITING):
            x.todo[x.tally[WAITING_COUNT]] = s
            x.tally[WAITING_COUNT] += 1


@njit(**LEAN)
def _ruin(g, r, x, first, state):  # type: ignore[no-untyped-def]
    """Tear strings out near stop `first`; True where what is left can be driven."""
    waiting, tick, torn, trips, holds = x.tally[WAITING_COUNT], x.tally[TICK], 0, 0, True
    for k in range(len(g.trucks)):
        trips += r.trips[k] if r.size[k] > 2 else 0
    longest = max(min(LONGEST, (len(g.near) - x.tally[LEFT]) // max(trips, 1)), 1)
    strings = int(random_of(state) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0) + 1.0)
    for j in range(g.near.shape[1]):
        if torn >= strings:
            break
        s = g.near[first, j]
        k = r.truck_of[s]
        if k < 0 or x.ruined[k, r.trip_of[s]] == tick:
            continue
        _keep(r, x, k)
        x.ruined[k, r.trip_of[s]], torn = tick, torn + 1
        x.tally[WAITING_COUNT] = tear_out(r, s, longest, x.todo, x.tally[WAITING_COUNT], state)
        driven = refresh(g, r, k)
        if g.tips == 0:  # the row is one trip, and done with
            holds = holds and driven
    for i in range(waiting, x.tally[WAITING_COUNT]):
        x.tally[LOST] += g.nodes[x.todo[i], PRIZE]
        x.tally[LEFT] += 1
    if g.tips > 0:
        for i in range(x.tally[CHANGED]):
            close_up(g, r, x.touched[i])
            holds = refresh(g, r, x.touched[i]) and holds
    return holds


@njit(**LEAN)
def _recreate(g, r, x, first_round, state):  # type: ignore[no-untyped-def]
    """Put the stops of the list in; a new trip may lose at first, as others then join it."""
    dares = first_round or random_of(state) < DARE
    _order(g, x.todo, x.key, x.tally[WAITING_COUNT], state)
    for i in range(x.tally[WAITING_COUNT]):
        s = x.todo[i]
        x.tally[TICK] += 1
        choice, k, at, tip = choose(g, r, s, x.looked, x.seen, x.tally[TICK], state)
        if k >= 0 and choice >= g.nodes[s, PRIZE]:
            if dares and (tip >= 0 or r.size[k] == 2):
                dares = first_round
            else:
                k = OUT
        if k < 0:
            r.truck_of[s] = OUT
            continue
        _keep(r, x, k)
        put_in(g, r, k, at, s, tip)
        x.tally[LOST] -= g.nodes[s, PRIZE]
        x.tally[LEFT] -= 1


@njit(**LEAN)
def _undo(g, r, x):  # type: ignore[no-untyped-def]
    """Give the rows of this round back as they were."""
    n, changed = len(g.near), x.tally[CHANGED]
    for i in range(changed):
        k = x.touched[i]
        for j in range(1, r.size[k] - 1):
            if r.node[k, j] < n:
                r.truck_of[r.node[k, j]] = OUT
    for i in range(changed):
        copy_row(x.touched[i], x.kept_node, x.kept_size, r.node, r.size)
        refresh(g, r, x.touched[i])


@njit(**LEAN)
def _remember(r, x, total):  # type: ignore[no-untyped-def]
    """Keep the rows as the best so far."""
    x.best[0] = total
    for k in range(len(r.size)):
        copy_row(k, r.node, r.size, x.best_node, x.best_size)


@njit(**LEAN)
def _count(g, r, x):  # type: ignore[no-untyped-def]
    """Count the stops left out, and what they are worth."""
    x.tally[LOST], x.tally[LEFT] = 0, 0
    for s in range(len(g.near)):
        if r.truck_of[s] < 0:
            x.tally[LOST] += g.nodes[s, PRIZE]
            x.tally[LEFT] += 1


@njit(**LEAN)
def improved(g, r, x, hottest, coldest, iterations):  # type: ignore[no-untyped-def]
    """Go on with the search for rows with less drive and less worth left out; keep the best."""
    state, tally = x.state, x.tally
    _count(g, r, x)
    total, heat = r.cost.sum() + tally[LOST], hottest
    cooling = (coldest / hottest) ** (1.0 / max(iterations, 1))
    for round_ in range(-1, iterations):
        lost, left = tally[LOST], tally[LEFT]
        tally[WAITING_COUNT], tally[CHANGED] = 0, 0
        first = int(random_of(state) * len(g.near))
        if left > 0:
            _call_waiting(g, r, x, first, round_ < 0)
        tally[TICK] += 1
        holds = round_ < 0 or _ruin(g, r, x, first, state)
        if holds:
            _recreate(g, r, x, round_ < 0, state)
        gain = lost - tally[LOST]
        for i in range(tally[CHANGED]):
            if g.tips > 1:
                better_tips(g, r, x.touched[i])
            gain += x.kept_cost[x.touched[i]] - r.cost[x.touched[i]]
        if holds and gain > heat * np.log(random_of(state) + 1e-300):
            total -= gain
            if total < x.best[0]:
                _remember(r, x, total)
        else:
            tally[LOST], tally[LEFT] = lost, left
            _undo(g, r, x)
        for i in range(tally[CHANGED]):
            x.mark[x.touched[i]] = False
        heat *= cooling
