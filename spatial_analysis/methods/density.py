"""Kernel density on a grid where land is all there is: no heat lost to the sea, none crosses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft
from scipy.ndimage import find_objects

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import (
    Floats,
    Ints,
    checked_islands,
    checked_points,
    frozen,
)

VERSION = "1"
Edge = Literal["diggle", "uniform", "none"]
Lot = tuple[Floats, Floats]  # places (n, 2), events each of them stands for (n,)
REACH = 6.0  # standard deviations after which a kernel is nothing (1e-8 of its mass)
AT_ONCE = 1 << 18  # points binned at a time
LEAST_MASS = 0.02  # a point whose kernel holds less land than this lies at sea


class BadGrid(MethodError):
    """The grid needs finite bounds, cells > 0, and a land mask of its shape, numbers >= 0."""


class BadLoads(MethodError):
    """Loads must be finite numbers >= 0, one for each place."""


class BadBandwidth(MethodError):
    """The bandwidth must be finite and at least two cells wide."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells in metres: upper left corner, cell side, rows downwards, columns."""

    west_m: float
    north_m: float
    cell_m: float
    rows: int
    columns: int

    @property
    def cell_m2(self) -> float:
        """Area of a cell."""
        return self.cell_m**2

    def place(self, xy: Floats) -> tuple[Floats, Floats]:
        """Row and column of points, in cells, counted from the centre of the first cell."""
        column = (xy[:, 0] - self.west_m) / self.cell_m - 0.5
        row = (self.north_m - xy[:, 1]) / self.cell_m - 0.5
        return row, column


@dataclass(frozen=True, slots=True)
class Density:
    """Events per m² (rows, columns), NaN at sea; `n` events counted, `outside` ones not."""

    values: Floats
    grid: Grid
    n: float
    outside: int
    params: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    version: str = VERSION


def grid_over(bounds: tuple[float, float, float, float], cell_m: float) -> Grid:
    """The smallest grid of whole cells, hung on multiples of `cell_m`, that covers `bounds`.

    bounds : west, south, east, north in metres. Raises BadGrid.
    """
    if not (np.isfinite([*bounds, cell_m]).all() and cell_m > 0):
        raise BadGrid
    west, south = (np.floor(v / cell_m) * cell_m for v in bounds[:2])
    east, north = (np.ceil(v / cell_m) * cell_m for v in bounds[2:])
    rows, columns = round((north - south) / cell_m), round((east - west) / cell_m)
    return Grid(float(west), float(north), cell_m, max(1, rows), max(1, columns))


def kernel_density(
    xy: ArrayLike,
    grid: Grid,
    sigma_m: float,
    *,
    land: NDArray | None = None,
    island: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    edge: Edge = "diggle",
) -> Density:
    """Gaussian kernel density, by linear binning and Fourier transform.

    Each island is worked alone: a point warms its own island only. What its kernel would
    lay on the sea is given back. "diggle" divides each point's kernel by the land under it
    (the sum over land stays n), "uniform" divides by the land seen from each cell (n is not
    kept), "none" leaves the shore too cold. Linear binning widens the kernel by a known
    factor, which the transform divides out: error of the order 1e-3 of the peak for cells
    of sigma/5. O(n + cells log cells); points are binned some at a time, so memory beside them
    is that of the largest island's cells.

    Parameters
    ----------
    xy : (n, 2) metres
    sigma_m : standard deviation of the kernel, >= 2 cells
    land : (rows, columns) 0 = sea, k = island k; None: all land, island 1
    island : (n,) island of each point, as numbered in `land`; None: island 1
    weights : (n,) events a point stands for; None: 1

    Raises BadPoints, BadGrid, BadBandwidth, BadIsland, BadLoads.

    Source: Diggle (1985), A kernel method for smoothing point process data; Jones (1993),
    Simple boundary correction; Wand (1994), doi:10.1080/10618600.1994.10474656 (binning).
    """
    points = checked_points(xy)
    mask = checked_land(land, grid)
    on = None if island is None else checked_islands(island, len(points))
    load = None if weights is None else _checked_loads(weights, len(points))
    if not np.isfinite(sigma_m) or sigma_m < 2 * grid.cell_m:
        raise BadBandwidth
    values = np.full(mask.shape, np.nan)
    counted, held = 0.0, 0
    for number, box in islands_of(mask):
        part = IslandHeat(grid, mask[box] == number, box, sigma_m)
        heat, own, n = part.density(_lots(points, on, load, number), edge)
        view = values[box]
        view[part.land] = heat[part.land] / grid.cell_m2
        counted, held = counted + own, held + n
    outside = len(points) - held
    params = {"sigma_m": sigma_m, "cell_m": grid.cell_m, "edge": edge, "kernel": "gaussian"}
    said = density_warnings(outside, len(points), sigma_m, grid)
    return Density(frozen(values), grid, counted, outside, params, said)


def ground_mass(
    xy: ArrayLike,
    grid: Grid,
    sigma_m: float,
    *,
    land: NDArray | None = None,
    island: ArrayLike | None = None,
) -> Floats:
    """Share (n,) of each place's kernel that lies on its own island's land (by the cell it is in).

    A place off the grid or on no known island has 0. Arguments as in `kernel_density`.
    """
    points, mask = checked_points(xy), checked_land(land, grid)
    on = checked_islands(np.ones(len(points), int) if island is None else island, len(points))
    share = np.zeros(len(points))
    row, column = (np.rint(axis).astype(np.int64) for axis in grid.place(points))
    inside = (row >= 0) & (column >= 0) & (row < grid.rows) & (column < grid.columns)
    for number, box in islands_of(mask):
        part = IslandHeat(grid, mask[box] == number, box, sigma_m)
        whole = np.zeros(mask.shape)
        whole[box] = part.ground_mass()[part.inner]
        mine = inside & (on == number)
        share[mine] = np.clip(whole[row[mine], column[mine]], 0.0, 1.0)
    return share


class IslandHeat:
    """One island's cells with a margin of sea, in which kernels are folded by FFT."""

    def __init__(
        self, grid: Grid, land: NDArray[np.bool_], box: tuple[slice, slice], sigma_m: float
    ) -> None:
        self.grid, self.land = grid, land
        self.sigma = sigma_m / grid.cell_m
        self.margin = ceil(REACH / 2 * self.sigma)
        self.corner = (box[0].start - self.margin, box[1].start - self.margin)
        self.inner = tuple(slice(self.margin, self.margin + size) for size in land.shape)
        self.shape = tuple(size + 2 * self.margin for size in land.shape)
        padded = [size + ceil(REACH * self.sigma) for size in self.shape]
        self.padded = tuple(fft.next_fast_len(size, real=True) for size in padded)

    def density(self, lots: Iterable[Lot], edge: Edge) -> tuple[Floats, float, int]:
        """Heat per cell (rows, columns), the load and the number of points counted."""
        mass = None if edge == "none" else np.maximum(self.ground_mass(), 1e-300)
        sums, counted, held = np.zeros(self.shape), 0.0, 0
        for xy, load in lots:
            row, column, load = self._near(*self.grid.place(xy), load, mass)
            self._bin(sums, row, column, load)
            counted, held = counted + float(load.sum()), held + len(load)
        if edge == "diggle":
            return self.given_back(sums), counted, held
        heat = self._folded(sums, binned_points=True)
        heat = heat if mass is None else heat / mass
        return heat[self.inner], counted, held

    def _near(
        self, row: Floats, column: Floats, load: Floats, mass: Floats | None
    ) -> tuple[Floats, Floats, Floats]:
        """Rows, columns and loads of the points that do not lie too far at sea."""
        row -= self.corner[0]
        column -= self.corner[1]
        inside = (row >= 0) & (column >= 0)
        inside &= (row < self.shape[0] - 1) & (column < self.shape[1] - 1)
        row, column, load = row[inside], column[inside], load[inside]
        if mass is None:
            return row, column, load
        near = mass[np.rint(row).astype(int), np.rint(column).astype(int)] >= LEAST_MASS
        return row[near], column[near], load[near]

    def ground_mass(self, *, binned_points: bool = False) -> Floats:
        """Share of a kernel at each cell that lies on this island's land."""
        ground = np.zeros(self.shape)
        ground[self.inner] = self.land
        return self._folded(ground, binned_points=binned_points)

    def given_back(self, sums: Floats) -> Floats:
        """Divide each bin by the land under the very kernel that spreads it: n is kept."""
        mass = self.ground_mass(binned_points=True)
        shares = np.divide(sums, mass, out=np.zeros_like(sums), where=sums > 0)
        return np.maximum(self._folded(shares, binned_points=True), 0)[self.inner]

    def _bin(self, sums: Floats, row: Floats, column: Floats, load: Floats) -> None:
        """Share each point among the four cells around it, in proportion to nearness."""
        top, left = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
        down, right = row - top, column - left
        flat = sums.reshape(-1)
        for i, vertical in ((0, 1 - down), (1, down)):
            for j, level in ((0, 1 - right), (1, right)):
                index = (top + i) * self.shape[1] + left + j
                flat += np.bincount(index, weights=load * vertical * level, minlength=flat.size)

    def _folded(self, field_: Floats, *, binned_points: bool) -> Floats:
        """Convolve with the Gaussian; for binned points, undo the width of the binning."""
        rows = fft.fftfreq(self.padded[0])
        columns = fft.rfftfreq(self.padded[1])
        down, across = self._response(rows, binned_points), self._response(columns, binned_points)
        spectrum = fft.rfft2(field_, s=self.padded, workers=2)
        spectrum *= down[:, None]
        spectrum *= across[None, :]
        full = fft.irfft2(spectrum, s=self.padded, workers=2, overwrite_x=True)
        return full[: self.shape[0], : self.shape[1]]

    def _response(self, frequency: Floats, binned_points: bool) -> Floats:
        gauss = np.exp(-2 * (np.pi * self.sigma * frequency) ** 2)
        return gauss / np.sinc(frequency) ** 2 if binned_points else gauss


def _lots(xy: Floats, on: Ints | None, load: Floats | None, number: int) -> Iterator[Lot]:
    """Points of one island with their loads, some at a time (`on` None: all on island 1)."""
    for start in range(0, len(xy) if on is not None or number == 1 else 0, AT_ONCE):
        some = slice(start, start + AT_ONCE)
        mine = slice(None) if on is None else on[some] == number
        place = xy[some][mine]
        yield place, np.ones(len(place)) if load is None else load[some][mine]


def _checked_loads(weights: ArrayLike, n: int) -> Floats:
    load = np.asarray(weights, dtype=np.float64)
    if load.shape != (n,) or not np.isfinite(load).all() or (load < 0).any():
        raise BadLoads
    return load


def checked_land(land: NDArray | None, grid: Grid) -> NDArray:
    """The (rows, columns) mask of islands, all one island without `land`; raises BadGrid."""
    if grid.cell_m <= 0 or grid.rows < 1 or grid.columns < 1:
        raise BadGrid
    shape = (grid.rows, grid.columns)
    mask = np.ones(shape, dtype=np.uint8) if land is None else np.asarray(land)
    if mask.shape != shape or mask.dtype.kind not in "iub" or (mask < 0).any():
        raise BadGrid
    return mask


def islands_of(mask: NDArray) -> Iterator[tuple[int, tuple[slice, slice]]]:
    """Yield each island's number in the (rows, columns) mask and the box of its cells."""
    for number, box in enumerate(find_objects(mask.astype(np.int32)), start=1):
        if box is not None:
            yield number, box


def density_warnings(outside: int, n: int, sigma_m: float, grid: Grid) -> tuple[str, ...]:
    """What a reader of the heat must know: points left out, cells too coarse for `sigma_m`."""
    said = []
    if outside:
        said.append(f"{outside} of {n} points lie too far at sea and were left out")
    if sigma_m < 5 * grid.cell_m:
        said.append("coarse grid: cells are larger than a fifth of the bandwidth")
    return tuple(said)
