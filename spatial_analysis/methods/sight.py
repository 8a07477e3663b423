"""Who sees a mast over the terrain: lines of sight and viewsheds on an elevation raster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.coverage import BadPlaces, Reach, reach_radius
from spatial_analysis.methods.errors import MethodError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CHUNK = 4_000_000  # samples looked at together: some 100 MB
EARTH_M = 6_371_000.0
BEND = 4 / 3  # radio bends with the air: an earth a third larger


class BadTerrain(MethodError):
    """Heights must be a 2-D array of metres with a positive cell size; the sea may be NaN."""


@dataclass(frozen=True, slots=True)
class Terrain:
    """Heights in metres above the sea on square cells; NaN (sea, no data) counts as nought.

    west_m, north_m : outer corner of the raster's first cell, in the frame of the places
    """

    heights: Floats
    west_m: float
    north_m: float
    cell_m: float

    def __post_init__(self) -> None:
        """Refuse what is no raster; raises BadTerrain."""
        if self.heights.ndim != 2 or not self.heights.size or not self.cell_m > 0:
            raise BadTerrain

    def at(self, xy: Floats) -> Floats:
        """Height at each of (n, 2) places, linear between cell centres; nought outside."""
        rows, columns = self.heights.shape
        x = (xy[:, 0] - self.west_m) / self.cell_m - 0.5
        y = (self.north_m - xy[:, 1]) / self.cell_m - 0.5
        known = (x >= -0.5) & (x <= columns - 0.5) & (y >= -0.5) & (y <= rows - 0.5)
        x, y = np.clip(x, 0, columns - 1), np.clip(y, 0, rows - 1)
        left = np.minimum(x.astype(np.int64), max(columns - 2, 0))
        top = np.minimum(y.astype(np.int64), max(rows - 2, 0))
        right, down = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
        east, south = x - left, y - top
        land = np.nan_to_num(self.heights, nan=0.0)
        upper = land[top, left] * (1 - east) + land[top, right] * east
        lower = land[down, left] * (1 - east) + land[down, right] * east
        return np.where(known, upper * (1 - south) + lower * south, 0.0)


def sees(
    masts: Floats,
    places: Floats,
    terrain: Terrain,
    *,
    mast_m: float | Floats = 6.0,
    person_m: float = 1.5,
) -> NDArray[np.bool_]:
    """(n,) True where the line from mast i to place i passes no ground.

    masts, places : (n, 2) metres, pair by pair; mast_m : height of the antenna over its ground;
    person_m : height of the telephone. The ground is looked at every half cell of the raster and
    lifted by the bulge of an earth with 4/3 of its radius (what radio sees); touching counts as
    seen. Buildings and trees are not in the raster and hide nothing here.

    O(pairs x length / half a cell). Source: ITU-R P.526 (line of sight, effective earth radius).
    """
    if masts.shape != places.shape or masts.ndim != 2 or masts.shape[1] != 2:
        raise BadPlaces
    tall = np.broadcast_to(np.asarray(mast_m, dtype=np.float64), len(masts))
    far = np.hypot(*(places - masts).T)
    count = np.maximum(np.ceil(far / (terrain.cell_m / 2)).astype(np.int64) - 1, 0)
    seen = np.ones(len(masts), dtype=bool)
    high = terrain.at(masts) + tall
    low = terrain.at(places) + person_m
    for group in _chunks(count):
        pair = np.repeat(group, count[group])
        number = np.arange(len(pair)) - np.repeat(
            np.cumsum(count[group]) - count[group], count[group]
        )
        share = (number + 1) / (count[pair] + 1)
        ground = terrain.at(masts[pair] + (places[pair] - masts[pair]) * share[:, None])
        ground += far[pair] ** 2 * share * (1 - share) / (2 * BEND * EARTH_M)
        line = high[pair] + (low[pair] - high[pair]) * share
        seen[pair[ground > line + 1e-9]] = False
    return seen


def reach_sight(
    places: Floats,
    sites: Floats,
    radius_m: float | Floats,
    terrain: Terrain,
    *,
    mast_m: float | Floats = 6.0,
    person_m: float = 1.5,
    place_island: Ints | None = None,
    site_island: Ints | None = None,
) -> Reach:
    """Pairs within the radius (<=) that also see each other over the terrain; see `sees`.

    With both islands given no pair joins two of them. Raises BadPlaces.
    """
    near = reach_radius(places, sites, radius_m, place_island=place_island, site_island=site_island)
    tall = np.broadcast_to(np.asarray(mast_m, dtype=np.float64), len(sites))
    seen = sees(
        sites[near.sites], places[near.places], terrain, mast_m=tall[near.sites], person_m=person_m
    )
    return Reach(near.places[seen], near.sites[seen], near.metres[seen], near.shape)


def viewshed(
    mast: Floats, radius_m: float, terrain: Terrain, *, mast_m: float = 6.0, person_m: float = 1.5
) -> NDArray[np.bool_]:
    """(rows, columns) True for the raster's cells that see a mast within the radius.

    mast : (2,) metres. A cell is seen when its centre is.
    """
    rows, columns = terrain.heights.shape
    x = terrain.west_m + (np.arange(columns) + 0.5) * terrain.cell_m
    y = terrain.north_m - (np.arange(rows) + 0.5) * terrain.cell_m
    inside = (x[None, :] - mast[0]) ** 2 + (y[:, None] - mast[1]) ** 2 <= radius_m**2
    row, column = np.nonzero(inside)
    places = np.column_stack([x[column], y[row]])
    seen = np.zeros((rows, columns), dtype=bool)
    seen[row, column] = sees(
        np.broadcast_to(mast, places.shape), places, terrain, mast_m=mast_m, person_m=person_m
    )
    return seen


def _chunks(count: Ints) -> list[Ints]:
    """Numbers of the pairs with samples, in groups of at most CHUNK samples (or one pair)."""
    busy = np.flatnonzero(count)
    group = np.cumsum(count[busy]) // CHUNK
    return [busy[group == one] for one in np.unique(group)]
