"""Where the signal of the hotspots is received, over the terrain when asked, and by how many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from layers.catalog.wifi_signal import WifiSignal
from layers.errors import BadInput
from layers.spec import Origin
from spatial_analysis.frames import Floats, Ints, in_degrees
from spatial_analysis.methods.coverage import Reach, reach_radius
from spatial_analysis.methods.sight import reach_sight, sees
from spatial_analysis.studies.wifi_costs import read_costs
from spatial_analysis.studies.wifi_frames import People, Situation
from spatial_analysis.studies.wifi_terrain import terrain_round

FINEST_M, STEPS_A_RADIUS = 10.0, 30  # ground is looked at this finely, at most so many steps
PARTS = 5  # a population cell is cut into 5 x 5, for signals smaller than a cell
MAST_RANGE_M = (1.0, 100.0)


class BadMast(BadInput):
    """Tinggi tiang harus bilangan antara 1 dan 100 meter."""

    code = "BAD_MAST"


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether terrain counts, and the heights of antenna and telephone over their ground."""

    asked: bool
    mast_m: float
    person_m: float

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Sight:
        """Read `sight` (true: the terrain counts) and `mast_m`. Raises BadMast."""
        costs = read_costs()
        mast = params.get("mast_m", costs.mast_m)
        fine = isinstance(mast, int | float) and not isinstance(mast, bool)
        if not fine or not MAST_RANGE_M[0] <= mast <= MAST_RANGE_M[1]:
            raise BadMast
        return cls(params.get("sight") is True, float(mast), costs.person_m)


@dataclass(frozen=True, slots=True)
class Signal:
    """Received where: people of each cell by share, and one row a working hotspot."""

    share: Floats
    rows: list[WifiSignal]


def signal(run_number: int, seen: Situation, sight: Sight) -> Signal:
    """Work out the signal of all working hotspots, island by island, never over water.

    Raises NoElevationKnown, TooWideForSight (only when the terrain was asked for).
    """
    lands = seen.lands
    share = np.zeros(len(seen.cells.people))
    rows: list[WifiSignal] = []
    for island in np.unique(seen.sites.island[seen.sites.working]).tolist():
        if island not in lands or island not in seen.islands:
            continue
        sites = np.flatnonzero(seen.sites.working & (seen.sites.island == island))
        cells = np.flatnonzero(seen.cells.island == island)
        reach, where = _people(seen, sight, cells, sites)
        parts = np.zeros(len(seen.cells.people))
        np.add.at(parts, where[np.unique(reach.places)], 1 / PARTS**2)
        share += parts
        people = np.bincount(
            reach.sites,
            weights=seen.cells.people[where[reach.places]] / PARTS**2,
            minlength=len(sites),
        )
        for number, site in enumerate(sites.tolist()):
            row = _row(run_number, seen, sight, site, lands[island], float(people[number]))
            if row is not None:
                rows.append(row)
    return Signal(np.minimum(share, 1.0), rows)


def _people(seen: Situation, sight: Sight, cells: Ints, sites: Ints) -> tuple[Reach, Ints]:
    """Pairs of a part of a cell and a site; the cell of each part."""
    xy, radius = seen.sites.xy[sites], seen.sites.radius_m[sites]
    far = cKDTree(xy).query(seen.cells.xy[cells])[0]
    cells = cells[far <= radius.max() + seen.cells.cell_m]
    parts, where = _cut(seen.cells, cells)
    if not sight.asked or not len(parts):
        return reach_radius(parts, xy, radius), where
    terrain = terrain_round(xy, float(radius.max()))
    reach = reach_sight(parts, xy, radius, terrain, mast_m=sight.mast_m, person_m=sight.person_m)
    return reach, where


def parts_of(cells: People, sites: Floats, radius_m: float) -> tuple[Floats, Ints]:
    """(k, 2) metres and the cell of each: cells that a signal may touch in PARTS x PARTS parts,
    the others whole.
    """
    far = cKDTree(sites).query(cells.xy)[0]
    touched = far <= radius_m + cells.cell_m
    parts, where = _cut(cells, np.flatnonzero(touched))
    whole = np.flatnonzero(~touched)
    home = np.concatenate([where, whole])
    order = np.argsort(home, kind="stable")
    return np.vstack([parts, cells.xy[whole]])[order], home[order]


def _cut(cells: People, chosen: Ints) -> tuple[Floats, Ints]:
    """Centres of the parts of the `chosen` cells, and the cell of each."""
    step = cells.cell_m / PARTS
    shift = (np.arange(PARTS) - (PARTS - 1) / 2) * step
    offsets = np.stack(np.meshgrid(shift, shift), axis=-1).reshape(-1, 2)
    parts = (cells.xy[chosen][:, None, :] + offsets[None]).reshape(-1, 2)
    return parts, np.repeat(chosen, PARTS**2)


def _row(
    run_number: int,
    seen: Situation,
    sight: Sight,
    site: int,
    land: shapely.Geometry,
    people: float,
) -> WifiSignal | None:
    mast, radius = seen.sites.xy[site], float(seen.sites.radius_m[site])
    disc = shapely.intersection(shapely.buffer(shapely.Point(mast), radius), land)
    if disc.is_empty:
        return None  # a hotspot drawn in the sea
    shape, seen_pct = disc, 100.0
    if sight.asked:
        shape, seen_pct = _seen(mast, radius, land, sight, disc)
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    if not polygons:
        return None
    return WifiSignal(
        run_number=run_number,
        code=seen.sites.codes[site][0],
        name=seen.sites.codes[site][1],
        island=seen.islands[int(seen.sites.island[site])][1],
        radius_m=round(radius),
        mast_m=sight.mast_m if sight.asked else None,
        seen_pct=round(seen_pct, 1),
        people=round(people),
        hours_a_day=round(float(seen.sites.hours[site]), 2),
        geom=in_degrees(np.array([shapely.MultiPolygon(polygons)], dtype=object))[0],
        origin=Origin.ESTIMATED,
    )


def _seen(
    mast: Floats, radius: float, land: shapely.Geometry, sight: Sight, disc: shapely.Geometry
) -> tuple[shapely.Geometry, float]:
    """Ground inside the disc that the mast sees, and how much of the land there that is."""
    step = max(FINEST_M, radius / STEPS_A_RADIUS)
    line = np.arange(-radius, radius + step / 2, step)
    grid = mast + np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    ground = grid[(np.hypot(*(grid - mast).T) <= radius) & shapely.contains_xy(land, grid)]
    if not len(ground):
        return shapely.Polygon(), 0.0
    terrain = terrain_round(mast[None, :], radius)
    clear: NDArray[np.bool_] = sees(
        np.broadcast_to(mast, ground.shape), ground, terrain,
        mast_m=sight.mast_m, person_m=sight.person_m,
    )  # fmt: skip
    if clear.all():
        return disc, 100.0
    spots, half = ground[clear], step / 2 + 0.05  # a little over, so that neighbours melt
    boxes = shapely.box(
        spots[:, 0] - half, spots[:, 1] - half, spots[:, 0] + half, spots[:, 1] + half
    )
    return shapely.intersection(shapely.union_all(boxes), disc), 100.0 * float(clear.mean())
