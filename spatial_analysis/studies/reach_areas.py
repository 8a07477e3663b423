"""How far a vehicle gets in 5, 10 and 15 minutes: areas on the map, and who lives in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Sum
from numpy.typing import NDArray
from pyproj import Transformer

from layers.catalog.population import PopulationCell
from layers.columns import STORED_SRID
from layers.errors import PlatformError
from layers.geography import city
from spatial_analysis.methods.reach import area_of, reach_within
from spatial_analysis.methods.snapping import REPORT_LIMIT_M, Refusal
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.snapshots import network
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
    does; up to one cell wider than the streets. Closures at `at` hold. Raises NoStreetThere,
    StartClosed.
    """
    net = network(at)
    start = net.snap([place], profile, limit_m=REPORT_LIMIT_M)[0]
    if isinstance(start, Refusal):
        raise NoStreetThere
    if start.edge in net.shut.for_profile(profile):
        raise StartClosed
    ways, found = net.ways(profile), []
    for limit in sorted(minutes):
        reach = reach_within(ways, start, limit * 60_000)
        metric = area_of(reach, net.index.lines)
        lengths = net.streets.length_mm / 1000.0
        street_m = sum((end - begin) * lengths[edge] for edge, begin, end in reach.merged())
        area = shapely.transform(metric, _degrees)
        found.append(ReachArea(limit, area, round(float(street_m)), _people(area)))
    return found


def _degrees(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    frame = Transformer.from_crs(city().metric_srid, STORED_SRID, always_xy=True)
    return np.column_stack(frame.transform(xy[:, 0], xy[:, 1])).round(7)


def _people(area: shapely.Geometry) -> int:
    shape = GEOSGeometry(memoryview(shapely.to_wkb(area)), srid=STORED_SRID)
    inside = PopulationCell.objects.filter(geom__intersects=shape)
    return round(inside.aggregate(total=Sum("people"))["total"] or 0)
