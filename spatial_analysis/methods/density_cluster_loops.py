"""The compiled loops of DBSCAN's grid (needs numba).

Points are sorted by row of cells, then by column; `start` and `column` are those of the cells,
`row_cell` the first cell of each row. A window holds coordinates of the points of rows low..high,
the first of which is point `base`; work is done for the rows row..end inside it.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def counted_order(row, rows):  # type: ignore[no-untyped-def]
    """Points (n,) int32 in the order of their rows, earlier ones first; start (rows + 1,)."""
    start = np.zeros(rows + 1, dtype=np.int64)
    for i in range(len(row)):
        start[row[i] + 1] += 1
    for r in range(rows):
        start[r + 1] += start[r]
    free, order = start[:-1].copy(), np.empty(len(row), dtype=np.int32)
    for i in range(len(row)):
        order[free[row[i]]] = i
        free[row[i]] += 1
    return order, start


@njit(cache=True)
def sort_rows(order, x, row_start, west, side):  # type: ignore[no-untyped-def]
    """Sort `order` within rows by column, in place; column and start of each cell, cells a row."""
    column = np.empty(len(order), dtype=np.int32)
    start = np.empty(len(order), dtype=np.int32)
    cells = np.zeros(len(row_start) - 1, dtype=np.int64)
    found = 0
    for r in range(len(row_start) - 1):
        first, last = row_start[r], row_start[r + 1]
        both = np.empty(last - first, dtype=np.int64)
        for i in range(first, last):
            both[i - first] = (np.int64((x[i] - west) / side) + 2) << 32 | np.int64(order[i])
        both.sort()
        for i in range(first, last):
            own = both[i - first] >> 32
            order[i] = np.int32(both[i - first] & 0xFFFFFFFF)
            if i == first or own != column[found - 1]:
                column[found], start[found] = own, i
                cells[r] += 1
                found += 1
    return column[:found].copy(), start[:found].copy(), cells


@njit(cache=True)
def _close(x, y, t, i, j, eps2, eps_s, timed):  # type: ignore[no-untyped-def]
    dx, dy = x[i] - x[j], y[i] - y[j]
    if dx * dx + dy * dy > eps2:
        return False
    return not timed or abs(t[i] - t[j]) <= eps_s


@njit(cache=True)
def _walk(step, low):  # type: ignore[no-untyped-def]
    """Where a walk over rows begins: row, cell and end of each step, room for the cells around."""
    rows = np.full(len(step), low, dtype=np.int64)
    return rows, np.zeros_like(rows), np.zeros_like(rows), np.empty(5 * len(step), dtype=np.int64)


@njit(cache=True)
def _open_rows(r, high, row_number, row_cell, step, rows, at, end):  # type: ignore[no-untyped-def]
    """First cell and end of each row around row `r`; `rows` walks on from the row before."""
    for s in range(len(step)):
        wanted = row_number[r] + step[s]
        while rows[s] < high and row_number[rows[s]] < wanted:
            rows[s] += 1
        at[s], end[s] = 0, 0
        if rows[s] < high and row_number[rows[s]] == wanted:
            at[s], end[s] = row_cell[rows[s]], row_cell[rows[s] + 1]


@njit(cache=True)
def _around(k, column, reach, at, end, around):  # type: ignore[no-untyped-def]
    """Cells around cell `k`, itself among them; `at` walks on from the cell before."""
    known = 0
    for s in range(len(reach)):
        while at[s] < end[s] and column[at[s]] < column[k] - reach[s]:
            at[s] += 1
        a = at[s]
        while a < end[s] and column[a] <= column[k] + reach[s]:
            around[known] = a
            known += 1
            a += 1
    return known


@njit(cache=True)
def core_points(  # type: ignore[no-untyped-def]
    x, y, t, base, row, end_row, low, high, row_number, row_cell, column, start,
    step, reach, eps2, eps_s, timed, core, min_pts,
):  # fmt: skip
    """Flag the core points; a cell with min_pts points is core throughout."""
    rows, at, end, around = _walk(step, low)
    for r in range(row, end_row):
        _open_rows(r, high, row_number, row_cell, step, rows, at, end)
        for k in range(row_cell[r], row_cell[r + 1]):
            first, last = start[k], start[k + 1]
            if last - first >= min_pts:
                core[first:last] = True
                continue
            known, most = _around(k, column, reach, at, end, around), 0
            for a in range(known):
                most += start[around[a] + 1] - start[around[a]]
            if most < min_pts:
                continue
            for i in range(first - base, last - base):
                count, left = last - first, most - (last - first)
                for a in range(known):
                    other = around[a]
                    if other == k:
                        continue
                    for j in range(start[other] - base, start[other + 1] - base):
                        if _close(x, y, t, i, j, eps2, eps_s, timed):
                            count += 1
                    left -= start[other + 1] - start[other]
                    if count >= min_pts or count + left < min_pts:  # decided either way
                        break
                core[i + base] = count >= min_pts


@njit(cache=True)
def _root(parent, k):  # type: ignore[no-untyped-def]
    while parent[k] != k:
        parent[k] = parent[parent[k]]
        k = parent[k]
    return k


@njit(cache=True)
def _boxes(x, y, base, first_cell, end_cell, start, core):  # type: ignore[no-untyped-def]
    """Number of each cell of the window that holds cores (-1: none), and the box of its cores."""
    number, held = np.full(end_cell - first_cell, -1, dtype=np.int32), 0
    for k in range(first_cell, end_cell):
        for i in range(start[k], start[k + 1]):
            if core[i]:
                number[k - first_cell] = held
                held += 1
                break
    box = np.empty((held, 4))
    for k in range(first_cell, end_cell):
        if number[k - first_cell] < 0:
            continue
        west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
        for i in range(start[k] - base, start[k + 1] - base):
            if core[i + base]:
                west, east = min(west, x[i]), max(east, x[i])
                south, north = min(south, y[i]), max(north, y[i])
        box[number[k - first_cell]] = (west, south, east, north)
    return number, box


@njit(cache=True)
def join_cells(  # type: ignore[no-untyped-def]
    x, y, t, base, row, end_row, low, high, row_number, row_cell, column, start,
    step, reach, eps2, eps_s, timed, core, parent,
):  # fmt: skip
    """Join the cells that hold core points (parent -1: none) where cores lie within reach."""
    first_cell = row_cell[low]
    number, box = _boxes(x, y, base, first_cell, row_cell[end_row], start, core)
    rows, at, end, around = _walk(step, low)
    for r in range(row, end_row):
        _open_rows(r, high, row_number, row_cell, step, rows, at, end)
        for k in range(row_cell[r], row_cell[r + 1]):
            mine = number[k - first_cell]
            if mine < 0:
                continue
            parent[k] = k
            for a in range(_around(k, column, reach, at, end, around)):
                other = around[a]
                if other >= k or parent[other] < 0:
                    continue
                one, two = _root(parent, k), _root(parent, other)
                if one != two and _touch(
                    x, y, t, base, start, eps2, eps_s, timed, core,
                    box[mine], box[number[other - first_cell]], k, other,
                ):  # fmt: skip
                    parent[max(one, two)] = min(one, two)


@njit(cache=True)
def _touch(  # type: ignore[no-untyped-def]
    x, y, t, base, start, eps2, eps_s, timed, core, mine, other, one, two
):
    """Whether a core of one cell is within reach of a core of the other; boxes of their cores."""
    dx = max(0.0, max(mine[0] - other[2], other[0] - mine[2]))
    dy = max(0.0, max(mine[1] - other[3], other[1] - mine[3]))
    if (dx * dx + dy * dy) * (1 - 1e-12) > eps2:
        return False
    for i in range(start[one] - base, start[one + 1] - base):
        if core[i + base]:
            dx = max(0.0, max(x[i] - other[2], other[0] - x[i]))
            dy = max(0.0, max(y[i] - other[3], other[1] - y[i]))
            if (dx * dx + dy * dy) * (1 - 1e-12) > eps2:
                continue
            for j in range(start[two] - base, start[two + 1] - base):
                if core[j + base] and _close(x, y, t, i, j, eps2, eps_s, timed):
                    return True
    return False


@njit(cache=True)
def number_clusters(parent):  # type: ignore[no-untyped-def]
    """Turn parents into cluster numbers 0, 1, ... in place; how many there are."""
    for k in range(len(parent)):
        if parent[k] >= 0:
            parent[k] = _root(parent, k)
    found = 0
    for k in range(len(parent)):  # a root stands before its cells, so it is numbered already
        if parent[k] == k:
            parent[k] = -2 - found
            found += 1
        elif parent[k] >= 0:
            parent[k] = parent[parent[k]]
    for k in range(len(parent)):
        if parent[k] < -1:
            parent[k] = -2 - parent[k]
    return found


@njit(cache=True)
def first_cores(  # type: ignore[no-untyped-def]
    x, y, t, base, row, end_row, low, high, row_number, row_cell, column, start,
    order, core, cluster, size, first, best,
):  # fmt: skip
    """Cores of each cluster (added to `size`), and the first of them by x, y, t so far."""
    timed = len(t) == len(x)
    for k in range(row_cell[row], row_cell[end_row]):
        own = cluster[k]
        for i in range(start[k] - base, start[k + 1] - base):
            if not core[i + base]:
                continue
            size[own] += 1
            when = t[i] if timed else 0.0
            if (x[i], y[i], when) < (best[own, 0], best[own, 1], best[own, 2]):
                best[own, 0], best[own, 1], best[own, 2] = x[i], y[i], when
                first[own] = order[i + base]


@njit(cache=True)
def labelled(  # type: ignore[no-untyped-def]
    x, y, t, base, row, end_row, low, high, row_number, row_cell, column, start,
    step, reach, eps2, eps_s, timed, order, core, cluster, rank, label,
):  # fmt: skip
    """Write the label of each place; the lower one of equally near cores, -1 where none is."""
    rows, at, end, around = _walk(step, low)
    for r in range(row, end_row):
        _open_rows(r, high, row_number, row_cell, step, rows, at, end)
        for k in range(row_cell[r], row_cell[r + 1]):
            known = -1
            for i in range(start[k] - base, start[k + 1] - base):
                if core[i + base]:
                    label[order[i + base]] = rank[cluster[k]]
                    continue
                if known < 0:
                    known = _around(k, column, reach, at, end, around)
                best, chosen = np.inf, -1
                for a in range(known):
                    other = around[a]
                    if cluster[other] < 0:
                        continue
                    name = rank[cluster[other]]
                    for j in range(start[other] - base, start[other + 1] - base):
                        if core[j + base] and _close(x, y, t, i, j, eps2, eps_s, timed):
                            dx, dy = x[i] - x[j], y[i] - y[j]
                            far = dx * dx + dy * dy
                            if far < best or (far == best and name < chosen):
                                best, chosen = far, name
                label[order[i + base]] = chosen
