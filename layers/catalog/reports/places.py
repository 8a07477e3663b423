"""Where a report lies: island and kelurahan, by SQL."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.contrib.gis.db.models.functions import Distance, Transform
from django.contrib.gis.geos import Point

from layers.catalog.places import Island, Kelurahan
from layers.errors import BadInput
from layers.geography import STORED_SRID, city


class OutsideTheCity(BadInput):
    """Tempat itu di luar wilayah kota; periksa titiknya atau pilih kelurahan dari daftar."""

    code = "OUTSIDE_THE_CITY"


@dataclass(frozen=True, slots=True)
class Where:
    """Island and kelurahan of a place; at sea both are the nearest ones."""

    island: Island | None
    kelurahan: Kelurahan | None
    at_sea: bool


def point(lon: float, lat: float) -> Point:
    """Point (degrees) inside the city's outer box. Raises OutsideTheCity."""
    if not (math.isfinite(lon) and math.isfinite(lat)) or not city().holds(lon, lat):
        raise OutsideTheCity
    return Point(lon, lat, srid=STORED_SRID)


def locate(place: Point) -> Where:
    """Island and kelurahan that hold `place`; the nearest island when it lies at sea."""
    island = Island.objects.filter(geom__covers=place).first()
    at_sea = island is None and Island.objects.exists()
    if island is None:
        island = _nearest(Island.objects.all(), place)
    kelurahan = Kelurahan.objects.filter(geom__covers=place).first()
    if kelurahan is None and island is not None:
        kelurahan = _nearest(Kelurahan.objects.filter(island=island), place)
    return Where(island, kelurahan, at_sea)


def _nearest(rows, place: Point):  # type: ignore[no-untyped-def]  # any model with geom
    here = Transform(place, city().metric_srid)
    return rows.order_by(Distance(Transform("geom", city().metric_srid), here)).first()
