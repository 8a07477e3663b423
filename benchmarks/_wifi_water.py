"""Random places on all islands: what of the methods would join two islands, or walk on water."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial_analysis.methods.accessibility import fca2
from spatial_analysis.methods.coverage import (
    DRY_M,
    NOWHERE,
    StreetGraph,
    nearest_walk,
    reach_radius,
    reach_walk,
    snap,
    street_graph,
)
from spatial_analysis.methods.density import Grid, grid_over, kernel_density
from spatial_analysis.methods.density_cluster import dbscan
from spatial_analysis.methods.gap_zones import gap_zones
from spatial_analysis.methods.sight import Terrain, reach_sight
from spatial_analysis.methods.weights import distance_band, knn

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SNAP_M, RING_M, CELL_M = 3_000.0, 40.0, 400.0


@dataclass(frozen=True, slots=True)
class Waters:
    """Islands in metres (number -> ground), streets on them, the islands as a raster."""

    lands: Mapping[int, shapely.Geometry]
    streets: StreetGraph
    grid: Grid
    mask: Ints

    @classmethod
    def of(
        cls, lands: Mapping[int, shapely.Geometry], streets: StreetGraph | None = None
    ) -> Waters:
        """Waters round the islands; without streets a ring road runs inside every coast."""
        grid = grid_over(shapely.total_bounds(list(lands.values())), CELL_M)
        x = grid.west_m + (np.arange(grid.columns) + 0.5) * CELL_M
        y = grid.north_m - (np.arange(grid.rows) + 0.5) * CELL_M
        xx, yy = np.meshgrid(x, y)
        mask = np.zeros(xx.shape, dtype=np.int64)
        for number, land in lands.items():
            mask[shapely.contains_xy(land, xx, yy)] = number
        return cls(lands, ring_roads(lands) if streets is None else streets, grid, mask)


def ring_roads(lands: Mapping[int, shapely.Geometry]) -> StreetGraph:
    """A road along the coast of each island, RING_M inland."""
    xy, island, edges = [], [], []
    count = 0
    for number, land in lands.items():
        for part in shapely.get_parts(shapely.buffer(land, -RING_M)):
            ring = shapely.get_coordinates(shapely.segmentize(part.exterior, 200))[:-1]
            at = count + np.arange(len(ring))
            xy.append(ring)
            island.append(np.full(len(ring), number))
            edges.append(np.column_stack([at, np.roll(at, -1)]))
            count += len(ring)
    place, links = np.vstack(xy), np.vstack(edges)
    metres = np.hypot(*(place[links[:, 0]] - place[links[:, 1]]).T)
    return street_graph(place, np.concatenate(island), links, metres)


def draw(waters: Waters, count: int, dice: np.random.Generator) -> tuple[Floats, Ints]:
    """`count` random places, as many on each island, half of them within 300 m of its coast."""
    xy, island = np.zeros((count, 2)), np.zeros(count, dtype=np.int64)
    numbers = list(waters.lands)
    for i in range(count):
        number = numbers[i % len(numbers)]
        land = waters.lands[number]
        strip = shapely.difference(land, shapely.buffer(land, -300)) if i % 2 else land
        west, south, east, north = strip.bounds
        while True:
            spot = dice.uniform((west, south), (east, north))
            if shapely.contains_xy(strip, *spot):
                break
        xy[i], island[i] = spot, number
    return xy, island


def crossings(waters: Waters, xy: Floats, island: Ints, dice: np.random.Generator) -> Counter[str]:
    """How often each method joined two islands (or walked on water) over these places.

    "radio" counts pairs that a plain radius, which may cross water, does join: a check that the
    places and distances drawn could have told a mistake.
    """
    found: Counter[str] = Counter()
    reach_m, walk_m = float(dice.uniform(200, 4_000)), float(dice.uniform(200, 20_000))
    sites = dice.choice(len(xy), max(len(xy) // 5, 1), replace=False)

    def apart(name: str, one: Ints, other: Ints) -> None:
        found[name] += int((one != other).sum())

    doors = snap(xy, island, waters.streets, most_m=SNAP_M, lands=waters.lands)
    on = np.flatnonzero(doors.node != NOWHERE)
    ways = shapely.linestrings(np.stack([xy[on], waters.streets.xy[doors.node[on]]], axis=1))
    for number, land in waters.lands.items():
        mine = ways[island[on] == number]
        found["door"] += int((~shapely.covers(shapely.buffer(land, DRY_M), mine)).sum())
    own = type(doors)(doors.node[sites], doors.metres[sites])
    walk = reach_walk(waters.streets, doors, own, walk_m)
    apart("walk", island[walk.places], island[sites][walk.sites])
    metres, nearest = nearest_walk(waters.streets, doors, own)
    near = nearest != NOWHERE
    apart("nearest", island[near], island[sites][nearest[near]])
    lands = island[sites]
    disc = reach_radius(xy, xy[sites], reach_m, place_island=island, site_island=lands)
    apart("radius", island[disc.places], island[sites][disc.sites])
    level = Terrain(np.zeros((2, 2)), float(xy[0, 0]), float(xy[0, 1]), 400.0)
    near_m = min(reach_m, 2_000.0)
    seen = reach_sight(xy, xy[sites], near_m, level, place_island=island, site_island=lands)
    apart("sight", island[seen.places], island[sites][seen.sites])
    radio = reach_radius(xy, xy[sites], reach_m)
    apart("radio", island[radio.places], island[sites][radio.sites])
    one = int(island[sites][0])
    supply = np.where(island[sites] == one, 1.0, 0.0)
    found["catchment"] += int((fca2(np.ones(len(xy)), supply, walk)[island != one] > 0).sum())
    for name, weights in (
        ("band", distance_band(xy, reach_m, island)),
        ("knn", knn(xy, 3, island)),
    ):
        links = weights.tocoo()
        apart(name, island[links.coords[0]], island[links.coords[1]])
    labels = dbscan(xy, reach_m, 2, island=island, engine="arrays").label
    for label in np.unique(labels[labels >= 0]):
        found["cluster"] += len(np.unique(island[labels == label])) - 1
    zones = gap_zones(
        xy, np.ones(len(xy)), np.zeros(len(xy), dtype=bool), area=island,
        reason=["-"] * len(xy), nearest_m=metres, cell_m=reach_m,
    )  # fmt: skip
    found["zone"] += sum(len(np.unique(island[zone.cells])) - 1 for zone in zones)
    heat = kernel_density(
        xy[island == one], waters.grid, 2_000.0, land=waters.mask, island=island[island == one]
    ).values
    others = (waters.mask > 0) & (waters.mask != one)
    found["kernel"] += int((np.nan_to_num(heat)[others] > 0).sum())
    return found
