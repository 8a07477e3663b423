"""Areas of square cells as polygons: walked round, many times faster than a union of squares."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import label

# Sides of a cell, walked with the cell on the left: south, east, north, west. For each the step
# to the neighbour beyond it, and to the corner at which it begins.
_BEYOND = np.array([(0, -1), (1, 0), (0, 1), (-1, 0)])
_BEGINS = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
_AHEAD = np.roll(_BEYOND, -1, axis=0)


def area_of(cells: NDArray[np.int64], *, cell_m: float) -> shapely.Geometry:
    """Area of all square cells of (k, 2) columns and rows; no hull, which would cross water.

    Cells that meet at a corner only are parts of their own; holes stay open.
    """
    if not len(cells):
        return shapely.Polygon()
    corner = cells.min(axis=0) - 1
    full = np.zeros(tuple(cells.max(axis=0) - corner + 2), dtype=np.bool_)
    full[tuple((cells - corner).T)] = True
    part = label(full)[0]
    at, side = _sides(full)
    rings = _rings(_next(full, part, at, side), side)
    begins = (at + _BEGINS[side] + corner) * cell_m
    shells: dict[int, NDArray[np.float64]] = {}
    holes: dict[int, list[NDArray[np.float64]]] = {}
    for ring in rings:
        number, line = int(part[tuple(at[ring[0]])]), begins[ring]
        if _turns_left(line):
            shells[number] = line
        else:
            holes.setdefault(number, []).append(line)
    polygons = [shapely.Polygon(shells[n], holes.get(n, [])) for n in sorted(shells)]
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)


def _sides(full: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(s, 2) cell and (s,) number of every side that has no cell beyond it."""
    cells = np.argwhere(full)
    at, side = [], []
    for number, step in enumerate(_BEYOND):
        bare = cells[~full[tuple((cells + step).T)]]
        at.append(bare)
        side.append(np.full(len(bare), number))
    return np.concatenate(at), np.concatenate(side)


def _next(
    full: NDArray[np.bool_], part: NDArray[np.int32], at: NDArray[np.int64], side: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(s,) side that follows each side on the way round its area.

    Where two cells meet at a corner only, the walk crosses over when both belong to one part
    (then what lies between is a hole) and stays with its own cell when they do not.
    """
    number = np.zeros((4, *full.shape), dtype=np.int64)
    number[side, at[:, 0], at[:, 1]] = np.arange(len(at))
    ahead, over = at + _AHEAD[side], at + _AHEAD[side] + _BEYOND[side]
    open_ahead, full_over = ~full[tuple(ahead.T)], full[tuple(over.T)]
    crosses = full_over & (~open_ahead | (part[tuple(at.T)] == part[tuple(over.T)]))
    own, straight = (side + 1) % 4, side
    follows = np.where(open_ahead, own, straight)
    where = np.where(open_ahead[:, None], at, ahead)
    follows = np.where(crosses, (side + 3) % 4, follows)
    where = np.where(crosses[:, None], over, where)
    return number[follows, where[:, 0], where[:, 1]]


def _rings(after: NDArray[np.int64], side: NDArray[np.int64]) -> list[list[int]]:
    """Closed walks, each as the sides at which it changes direction."""
    following, facing, seen = after.tolist(), side.tolist(), bytearray(len(after))
    found = []
    for first in range(len(following)):
        if seen[first]:
            continue
        ring, here, before = [], first, -1
        while not seen[here]:
            seen[here] = 1
            if facing[here] != before:
                ring.append(here)
            before, here = facing[here], following[here]
        if facing[ring[0]] == before:
            ring.pop(0)
        found.append(ring)
    return found


def _turns_left(ring: NDArray[np.float64]) -> bool:
    x, y = ring[:, 0], ring[:, 1]
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) > 0
