"""The loop behind `tour_start`: ruin by adjacent strings, greedy insertion with blinks, annealing.

Rows of `stops`: place, litres, kilograms, service, opens, closes, prize. Rows of `trucks`: start,
end, litres, kilograms, shift from, shift to. Seconds, whole numbers; compiled by numba.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.compiled import njit

PLACE, LITRES, KILOGRAMS, SERVICE, OPENS, CLOSES, PRIZE = range(7)
START, END, HOLDS_L, HOLDS_KG, FROM, TO = range(6)
MEAN_REMOVED, LONGEST, BLINK, SPLIT, KEEP_ON = 10.0, 10, 0.01, 0.5, 0.01
NONE = 2**62


@njit(cache=True)
def _refresh(k, drive, stops, trucks, tour, length, begin, late, load, cost):  # type: ignore[no-untyped-def]
    """Work out clock, slack, load and drive of tour `k`."""
    now, here = trucks[k, FROM], trucks[k, START]
    litres, kilograms, driven = np.int64(0), np.int64(0), np.int64(0)
    for i in range(length[k]):
        s = tour[k, i]
        step = drive[here, stops[s, PLACE]]
        driven += step
        begin[k, i] = max(now + step, stops[s, OPENS])
        now, here = begin[k, i] + stops[s, SERVICE], stops[s, PLACE]
        litres += stops[s, LITRES]
        kilograms += stops[s, KILOGRAMS]
    if length[k] > 0:
        driven += drive[here, trucks[k, END]]
    load[k, 0], load[k, 1], cost[k] = litres, kilograms, driven
    last, place = trucks[k, TO], trucks[k, END]
    for i in range(length[k] - 1, -1, -1):
        s = tour[k, i]
        late[k, i] = min(stops[s, CLOSES], last - drive[stops[s, PLACE], place] - stops[s, SERVICE])
        last, place = late[k, i], stops[s, PLACE]


@njit(cache=True)
def _best_place(k, s, drive, stops, trucks, tour, length, begin, late, blink):  # type: ignore[no-untyped-def]
    """Cheapest place for stop `s` in tour `k`: (extra drive, position); NONE where none holds."""
    best, where = NONE, -1
    place, count = stops[s, PLACE], length[k]
    for i in range(count + 1):
        if i == 0:
            here, now = trucks[k, START], trucks[k, FROM]
        else:
            before = tour[k, i - 1]
            here, now = stops[before, PLACE], begin[k, i - 1] + stops[before, SERVICE]
        there = trucks[k, END] if i == count else stops[tour[k, i], PLACE]
        skipped = drive[here, there] if count > 0 else 0
        extra = drive[here, place] + drive[place, there] - skipped
        if extra >= best:
            continue
        start = max(now + drive[here, place], stops[s, OPENS])
        latest = trucks[k, TO] if i == count else late[k, i]
        if start > stops[s, CLOSES]:
            continue
        if start + stops[s, SERVICE] + drive[place, there] > latest:
            continue
        if np.random.random() < blink:
            continue
        best, where = extra, i
    return best, where


@njit(cache=True)
def _put_in(k, i, s, tour, length):  # type: ignore[no-untyped-def]
    for j in range(length[k], i, -1):
        tour[k, j] = tour[k, j - 1]
    tour[k, i] = s
    length[k] += 1


@njit(cache=True)
def _tear_out(k, s, longest, tour, length, truck_of, absent, count):  # type: ignore[no-untyped-def]
    """Take a string that holds stop `s` out of tour `k`; a middle part may stay."""
    size = length[k]
    taken = min(int(np.random.random() * min(size, longest)) + 1, size)
    kept = 0
    if taken > 1 and np.random.random() < SPLIT:
        kept = 1
        while taken + kept < size and np.random.random() > KEEP_ON:
            kept += 1
        if taken + kept > size:
            kept = 0
    whole, at = taken + kept, 0
    for i in range(size):
        if tour[k, i] == s:
            at = i
    low, high = max(0, at - whole + 1), min(at, size - whole)
    first = low + int(np.random.random() * (high - low + 1))
    hole = first + (1 + int(np.random.random() * (taken - 1)) if kept > 0 else whole)
    write = first
    for i in range(first, size):
        if i < first + whole and not (kept > 0 and hole <= i < hole + kept):
            absent[count] = tour[k, i]
            truck_of[tour[k, i]] = -1
            count += 1
        else:
            tour[k, write] = tour[k, i]
            write += 1
    length[k] = write
    return count


@njit(cache=True)
def _order(absent, count, drive, stops, depot, windows):  # type: ignore[no-untyped-def]
    """Put the absent stops into one of several orders, drawn at random."""
    key = np.empty(count, dtype=np.float64)
    drawn = np.random.random() * (17.0 if windows else 11.0)
    for i in range(count):
        s = absent[i]
        if drawn < 4.0:
            key[i] = np.random.random()
        elif drawn < 8.0:
            key[i] = -float(stops[s, LITRES])
        elif drawn < 10.0:
            key[i] = -float(drive[depot, stops[s, PLACE]])
        elif drawn < 11.0:
            key[i] = float(drive[depot, stops[s, PLACE]])
        elif drawn < 13.0:
            key[i] = float(stops[s, CLOSES] - stops[s, OPENS])
        elif drawn < 15.0:
            key[i] = float(stops[s, OPENS])
        else:
            key[i] = -float(stops[s, CLOSES])
    order = np.argsort(key)
    old = absent[:count].copy()
    for i in range(count):
        absent[i] = old[order[i]]


@njit(cache=True)
def improved(
    drive: NDArray[np.int64],
    stops: NDArray[np.int64],
    trucks: NDArray[np.int64],
    near: NDArray[np.int32],
    hottest: float,
    coldest: float,
    iterations: int,
    seed: int,
    tour: NDArray[np.int32],
    length: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return (trucks, stops) order of stops in the best tours, and how many each has.

    `tour` and `length` are the tours to go on from (all empty at first); they are changed to
    those at which the search ended, so that it can go on in slices.
    """
    np.random.seed(seed)
    n, m = len(stops), len(trucks)
    begin, late = np.zeros((m, n + 1), dtype=np.int64), np.zeros((m, n + 1), dtype=np.int64)
    load, cost = np.zeros((m, 2), dtype=np.int64), np.zeros(m, dtype=np.int64)
    truck_of = np.full(n, -1, dtype=np.int64)
    for k in range(m):
        for i in range(length[k]):
            truck_of[tour[k, i]] = k
        _refresh(k, drive, stops, trucks, tour, length, begin, late, load, cost)
    absent, count, total = np.zeros(n, dtype=np.int64), 0, cost.sum()
    for s in range(n):
        if truck_of[s] < 0:
            absent[count] = s
            count += 1
            total += stops[s, PRIZE]
    old_absent, old_count = absent.copy(), count
    kept_tour, kept_length = tour.copy(), length.copy()
    best_tour, best_length = tour.copy(), length.copy()
    best = total
    touched, mark = np.zeros(m, dtype=np.int64), np.zeros(m, dtype=np.bool_)
    windows = False
    for s in range(n):
        windows = windows or stops[s, OPENS] > trucks[0, FROM] or stops[s, CLOSES] < trucks[0, TO]
    cooling = (coldest / hottest) ** (1.0 / max(iterations, 1))
    heat = hottest
    for round_ in range(iterations + 1):
        changed = 0
        if round_ > 0:  # ruin
            used, served = 0, n - count
            for k in range(m):
                used += length[k] > 0
            longest = min(LONGEST, int(max(served / max(used, 1), 1.0)))
            most = 4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0
            strings = int(np.random.random() * most + 1.0)
            first = int(np.random.random() * n)
            for j in range(near.shape[1]):
                if changed >= strings:
                    break
                s = near[first, j]
                k = truck_of[s]
                if k < 0 or mark[k]:
                    continue
                mark[k] = True
                touched[changed] = k
                changed += 1
                kept_length[k] = length[k]
                kept_tour[k, : length[k]] = tour[k, : length[k]]
                count = _tear_out(k, s, longest, tour, length, truck_of, absent, count)
                _refresh(k, drive, stops, trucks, tour, length, begin, late, load, cost)
        before = total
        _order(absent, count, drive, stops, trucks[0, START], windows)
        left = 0
        for i in range(count):  # recreate
            s = absent[i]
            choice, truck, where, empty = NONE, -1, -1, -1
            for k in range(m):
                if length[k] == 0:
                    if empty < 0 and trucks[k, TO] > trucks[k, FROM]:
                        empty = k
                    continue
                if load[k, 0] + stops[s, LITRES] > trucks[k, HOLDS_L]:
                    continue
                if load[k, 1] + stops[s, KILOGRAMS] > trucks[k, HOLDS_KG]:
                    continue
                extra, at = _best_place(
                    k, s, drive, stops, trucks, tour, length, begin, late, BLINK
                )
                if extra < choice:
                    choice, truck, where = extra, k, at
            if truck < 0 and empty >= 0:
                k = empty
                fits = stops[s, LITRES] <= trucks[k, HOLDS_L]
                if fits and stops[s, KILOGRAMS] <= trucks[k, HOLDS_KG]:
                    choice, where = _best_place(
                        k, s, drive, stops, trucks, tour, length, begin, late, 0.0
                    )
                    truck = k if choice < NONE else -1
            if truck < 0 or choice >= stops[s, PRIZE]:
                absent[left] = s
                left += 1
                continue
            if not mark[truck]:
                mark[truck] = True
                touched[changed] = truck
                changed += 1
                kept_length[truck] = length[truck]
                kept_tour[truck, : length[truck]] = tour[truck, : length[truck]]
            _put_in(truck, where, s, tour, length)
            truck_of[s] = truck
            _refresh(truck, drive, stops, trucks, tour, length, begin, late, load, cost)
        count = left
        total = cost.sum()
        for i in range(count):
            total += stops[absent[i], PRIZE]
        heat *= cooling
        if total < before - heat * np.log(np.random.random() + 1e-300):
            old_count = count
            old_absent[:count] = absent[:count]
            if total < best:
                best = total
                for k in range(m):
                    best_length[k] = length[k]
                    best_tour[k, : length[k]] = tour[k, : length[k]]
        else:
            for i in range(changed):
                k = touched[i]
                for j in range(length[k]):
                    truck_of[tour[k, j]] = -1
            for i in range(changed):
                k = touched[i]
                length[k] = kept_length[k]
                tour[k, : length[k]] = kept_tour[k, : length[k]]
                for j in range(length[k]):
                    truck_of[tour[k, j]] = k
                _refresh(k, drive, stops, trucks, tour, length, begin, late, load, cost)
            count = old_count
            absent[:count] = old_absent[:count]
            total = before
        for i in range(changed):
            mark[touched[i]] = False
    return best_tour, best_length
