"""Heat as areas: the smallest ground that holds a half, three quarters, of all events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial_analysis.methods.density import Density, Grid
from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats

VERSION = "1"
# corners above the level (1 upper left, 2 upper right, 4 lower right, 8 lower left) -> sides
_SIDES: dict[int, tuple[tuple[str, str], ...]] = {
    1: (("W", "N"),), 2: (("N", "E"),), 3: (("W", "E"),), 4: (("E", "S"),), 6: (("N", "S"),),
    7: (("W", "S"),), 8: (("S", "W"),), 9: (("N", "S"),), 11: (("E", "S"),), 12: (("E", "W"),),
    13: (("N", "E"),), 14: (("W", "N"),),
}  # fmt: skip


class BadShare(MethodError):
    """Shares must lie between 0 and 1, and there must be some heat."""


@dataclass(frozen=True, slots=True)
class Contour:
    """Ground where the density is at least `level`: a share of events on the least area."""

    share: float
    level: float
    area: shapely.Geometry


def densest_areas(
    density: Density, shares: Sequence[float], *, land: shapely.Geometry | None = None
) -> list[Contour]:
    """Smallest areas that hold these shares of the events, densest first.

    Cells are taken from the densest down until they hold the share; the last one's density is
    the level, drawn as a line between cell centres (marching squares, linear), so areas of
    growing share lie inside one another. Cut at the coast when `land` is given.
    O(cells log cells). Raises BadShare.

    Source: highest density regions, Hyndman (1996), doi:10.1080/00031305.1996.10474359.
    """
    heat = np.asarray(density.values)
    values = np.where(np.isnan(heat), 0.0, heat)
    if not all(0 < share < 1 for share in shares) or values.max(initial=0.0) <= 0:
        raise BadShare
    down = np.sort(values[values > 0])[::-1]
    held = np.cumsum(down) / down.sum()
    found = []
    for share in sorted(shares):
        level = float(down[int(np.searchsorted(held, share))])
        area = area_above(values, density.grid, level)
        if land is not None:
            parts = shapely.get_parts(shapely.intersection(area, land))
            area = shapely.multipolygons([p for p in parts if p.geom_type == "Polygon"])
        found.append(Contour(share, level, area))
    return found


def area_above(values: Floats, grid: Grid, level: float) -> shapely.Geometry:
    """Where a surface through the cells' centres is at least `level`, as a MultiPolygon."""
    above = values >= level
    rows, columns = (np.flatnonzero(above.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return shapely.multipolygons([])
    first, last = np.array([rows[0], columns[0]]) - 1, np.array([rows[-1], columns[-1]]) + 2
    near = _window(values, first, last)  # the sea around is not looked at
    lines = _lines(near, level)
    if not len(lines):
        return shapely.multipolygons([])
    faces = shapely.get_parts(
        shapely.polygonize(list(shapely.linestrings(lines + first[::-1] + 1)))
    )
    inside = shapely.get_coordinates(shapely.point_on_surface(faces)) - first[::-1] - 1
    kept = faces[_read(near, inside) >= level]
    return _in_metres(shapely.union_all(kept), grid)


def _window(values: Floats, first: NDArray[np.int64], last: NDArray[np.int64]) -> Floats:
    """Values of rows and columns [first, last); 0 beyond the grid."""
    low, high = np.maximum(first, 0), np.minimum(last, values.shape)
    inner = values[low[0] : high[0], low[1] : high[1]]
    return np.pad(inner, list(zip(low - first, last - high, strict=True)))


def _lines(values: Floats, level: float) -> NDArray[np.float64]:
    """Segments (k, 2, 2) in columns and rows of the padded grid."""
    above = values >= level
    corner = above[:-1, :-1] * 1 + above[:-1, 1:] * 2 + above[1:, 1:] * 4 + above[1:, :-1] * 8
    sides = _crossings(values, level)
    found: list[Any] = []
    for case, pairs in _SIDES.items():
        row, column = np.nonzero(corner == case)
        found += [np.stack([sides[a](row, column), sides[b](row, column)], 1) for a, b in pairs]
    middle = (values[:-1, :-1] + values[:-1, 1:] + values[1:, 1:] + values[1:, :-1]) / 4 >= level
    for case, joined in ((5, (("W", "S"), ("N", "E"))), (10, (("W", "N"), ("S", "E")))):
        apart = (("W", "N"), ("S", "E")) if case == 5 else (("W", "S"), ("N", "E"))
        for pairs, when in ((joined, middle), (apart, ~middle)):
            row, column = np.nonzero((corner == case) & when)
            found += [np.stack([sides[a](row, column), sides[b](row, column)], 1)
                      for a, b in pairs]  # fmt: skip
    lines = np.concatenate(found) if found else np.empty((0, 2, 2))
    return lines[(lines[:, 0] != lines[:, 1]).any(axis=1)]


def _crossings(values: Floats, level: float) -> dict[str, Any]:
    """Where the level crosses each side of a square; a shared side has the very same point."""
    with np.errstate(divide="ignore", invalid="ignore"):
        along = (level - values[:, :-1]) / (values[:, 1:] - values[:, :-1])
        down = (level - values[:-1, :]) / (values[1:, :] - values[:-1, :])

    def level_side(row: NDArray, column: NDArray) -> NDArray:
        return np.column_stack([column + along[row, column], row])

    def upright_side(row: NDArray, column: NDArray) -> NDArray:
        return np.column_stack([column, row + down[row, column]])

    return {
        "N": level_side, "S": lambda row, column: level_side(row + 1, column),
        "W": upright_side, "E": lambda row, column: upright_side(row, column + 1),
    }  # fmt: skip


def _read(values: Floats, at: Floats) -> Floats:
    """Values between centres, bilinear; `at` (k, 2) in columns and rows."""
    left, top = np.floor(at[:, 0]).astype(int), np.floor(at[:, 1]).astype(int)
    u, v = at[:, 0] - left, at[:, 1] - top
    upper = values[top, left] * (1 - u) + values[top, left + 1] * u
    lower = values[top + 1, left] * (1 - u) + values[top + 1, left + 1] * u
    return upper * (1 - v) + lower * v


def _in_metres(shape: shapely.Geometry, grid: Grid) -> shapely.Geometry:
    """From columns and rows of the padded grid to metres."""

    def move(places: NDArray) -> NDArray:
        x = grid.west_m + (places[:, 0] - 0.5) * grid.cell_m
        y = grid.north_m - (places[:, 1] - 0.5) * grid.cell_m
        return np.column_stack([x, y])

    moved = shapely.transform(shape, move)
    return shapely.multipolygons(shapely.get_parts(moved))
