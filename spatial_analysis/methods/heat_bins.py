"""Heat from whole-number bins: points are binned part by part, in any order, to the same bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial_analysis.methods.cube import Cube, count_cube
from spatial_analysis.methods.density import (
    LEAST_MASS,
    BadBandwidth,
    Density,
    Grid,
    IslandHeat,
    checked_land,
    density_warnings,
    islands_of,
)
from spatial_analysis.methods.frame import checked_islands, checked_points, frozen

VERSION = "1"
HALF = 1 << 10  # a point's share of a row and of a column, in parts
UNIT = HALF * HALF  # a whole point: the four shares always add up to it


@dataclass(frozen=True, slots=True)
class HeatBins:
    """Shares of points in units of 1 / UNIT by bin; points that lie too far at sea."""

    sums: Cube
    outside: int


class HeatGround:
    """The grid, the land and the kernel's mass on it: worked out once, for any number of parts."""

    def __init__(self, grid: Grid, sigma_m: float, land: NDArray | None = None) -> None:
        """Prepare. Arguments as in `density.kernel_density`. Raises BadGrid, BadBandwidth."""
        self.grid, self.sigma_m, self.mask = grid, sigma_m, checked_land(land, grid)
        if not np.isfinite(sigma_m) or sigma_m < 2 * grid.cell_m:
            raise BadBandwidth
        self.parts = [
            (number, box, IslandHeat(grid, self.mask[box] == number, box, sigma_m))
            for number, box in islands_of(self.mask)
        ]
        sizes = [part.shape[0] * part.shape[1] for _, _, part in self.parts]
        self.first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self.near = [part.ground_mass() >= LEAST_MASS for _, _, part in self.parts]

    def bins(self, xy: ArrayLike, island: ArrayLike | None = None) -> HeatBins:
        """Bin points (n, 2) on their islands (n,; as numbered in the land); O(n).

        Linear binning with shares rounded to 1/1024 of a cell each way, so that sums are whole
        numbers and do not depend on order. Raises BadPoints, BadIsland.
        """
        points = checked_points(xy)
        on = checked_islands(np.ones(len(points), int) if island is None else island, len(points))
        total, counted = np.zeros(int(self.first[-1])), 0
        for k, (number, _, part) in enumerate(self.parts):
            row, column = self.grid.place(points[on == number])
            row, column = row - part.corner[0], column - part.corner[1]
            inside = (row >= 0) & (column >= 0)
            inside &= (row < part.shape[0] - 1) & (column < part.shape[1] - 1)
            row, column = row[inside], column[inside]
            near = self.near[k][np.rint(row).astype(int), np.rint(column).astype(int)]
            row, column = row[near], column[near]
            counted += len(row)
            top, left = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
            down, right = np.rint((row - top) * HALF), np.rint((column - left) * HALF)
            for i, level in ((0, HALF - down), (1, down)):
                for j, share in ((0, HALF - right), (1, right)):
                    at = self.first[k] + (top + i) * part.shape[1] + left + j
                    total += np.bincount(at, weights=level * share, minlength=len(total))
        keys = np.flatnonzero(total)
        sums = Cube((1, 1, len(total)), frozen(keys), frozen(total[keys].astype(np.int64)))
        return HeatBins(sums, len(points) - counted)

    def nothing(self) -> HeatBins:
        """Bins without a point, to add to."""
        none = np.empty(0, dtype=np.int64)
        return HeatBins(count_cube(none, none, none, shape=(1, 1, int(self.first[-1]))), 0)

    def density(self, bins: HeatBins) -> Density:
        """Events per m², edge "diggle", as `kernel_density` of the same points within 1e-3."""
        flat = np.zeros(int(self.first[-1]))
        flat[bins.sums.keys] = bins.sums.counts / UNIT
        values = np.full(self.mask.shape, np.nan)
        for k, (_, box, part) in enumerate(self.parts):
            sums = flat[self.first[k] : self.first[k + 1]].reshape(part.shape)
            values[box][part.land] = part.given_back(sums)[part.land] / self.grid.cell_m2
        n = bins.sums.total / UNIT
        params = {"sigma_m": self.sigma_m, "cell_m": self.grid.cell_m, "edge": "diggle",
                  "kernel": "gaussian"}  # fmt: skip
        said = density_warnings(bins.outside, round(n) + bins.outside, self.sigma_m, self.grid)
        return Density(frozen(values), self.grid, n, bins.outside, params, said)
