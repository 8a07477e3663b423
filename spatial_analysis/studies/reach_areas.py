"""How far a vehicle gets in 5, 10 and 15 minutes: areas on the map, and who lives in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from django.contrib.gis.geos import Polygon
from django.db.models import F, FloatField, Func
from numpy.typing import NDArray
from pyproj import Transformer

from layers.catalog.population import PopulationCell
from layers.columns import STORED_SRID
from layers.errors import PlatformError
from layers.geography import city
from spatial_analysis.methods.outlines import area_of
from spatial_analysis.methods.reach import CELL_M, cells_of, keys, reaches
from spatial_analysis.methods.snapping import REPORT_LIMIT_M, Refusal
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.snapshots import metres, network
from spatial_analysis.studies.nearest_crew import NoStreetThere, Place

MINUTES = (5, 10, 15)


class StartClosed(PlatformError):
    """Titik ini berada di jalan yang sedang ditutup; pilih titik lain atau buka penutupannya."""

    code = "START_CLOSED"


@dataclass(frozen=True, slots=True)
class ReachArea:
    """An area within `minutes` of a place (degrees), metres of street in it, people in it."""

    minutes: int
    area: shapely.Geometry
    street_m: int
    people: int


def reach_areas(
    place: Place, profile: Profile, at: datetime, minutes: Sequence[int] = MINUTES
) -> list[ReachArea]:
    """Areas that a vehicle reaches from `place` (lon, lat), each inside the next.

    50 m cells along the streets that are reached, so no area crosses water where no street
    does; up to one cell wider than the streets. Closures at `at` and turn rules hold.
    Raises NoStreetThere, StartClosed.
    """
    net = network(at)
    start = net.snap([place], profile, limit_m=REPORT_LIMIT_M)[0]
    if isinstance(start, Refusal):
        raise NoStreetThere
    if start.edge in net.shut.for_profile(profile):
        raise StartClosed
    limits = sorted(minutes)
    found = reaches(net.ways(profile), start, [limit * 60_000 for limit in limits])
    cells = [net.cells.within(reach) for reach in found]
    people = _people(cells)
    length_m = net.streets.length_mm / 1000.0
    return [
        ReachArea(
            limit,
            shapely.transform(area_of(inside, cell_m=CELL_M), _degrees),
            round(float((reach.covered() * length_m).sum())),
            living,
        )
        for limit, reach, inside, living in zip(limits, found, cells, people, strict=True)
    ]


def _degrees(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    frame = Transformer.from_crs(city().metric_srid, STORED_SRID, always_xy=True)
    return np.column_stack(frame.transform(xy[:, 0], xy[:, 1])).round(7)


def _people(areas: Sequence[NDArray[np.int64]]) -> list[int]:
    """People inside each of some areas, given as (k, 2) cells, the last the widest: one query.

    A place is inside when its cell is one of the area's: the area is nothing but its cells.
    """
    widest = areas[-1]
    corners = np.vstack((widest.min(axis=0), widest.max(axis=0) + 1)) * CELL_M
    box = shapely.box(*corners.ravel())
    around = shapely.transform(shapely.segmentize(box, 1000.0), _degrees).bounds
    x, y = (Func(F("geom"), function=f"ST_{axis}", output_field=FloatField()) for axis in "XY")
    near = PopulationCell.objects.filter(geom__bboverlaps=Polygon.from_bbox(around))
    told = np.array(list(near.values_list(x, y, "people")), dtype=float).reshape(-1, 3)
    if not len(told):
        return [0 for _ in areas]
    living = keys(cells_of(metres(told[:, :2])))
    return [round(float(told[np.isin(living, keys(inside)), 2].sum())) for inside in areas]
