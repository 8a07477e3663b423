"""The nearest wifi hotspots that work: metres on the ground, and which lie across water."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.gis.db.models.functions import GeometryDistance, Transform
from django.contrib.gis.geos import Point
from django.db.models import FloatField, Func
from django.utils.translation import gettext as _

from layers.catalog.places import Island
from layers.catalog.reports.places import point
from layers.catalog.wifi import WifiHotspot
from layers.errors import BadInput
from layers.geography import city

CANDIDATES = 60
ASHORE_DEG = 0.003  # about 300 m: a person on a jetty stands on the island behind it


@dataclass(frozen=True, slots=True)
class Near:
    """A wifi hotspot and the straight distance to it; `across_water`: on another island."""

    hotspot: WifiHotspot
    metres: float
    across_water: bool


def place_of(lon: str, lat: str) -> Point:
    """A point from two texts (degrees); raises BadInput, OutsideTheCity."""
    try:
        x, y = float(lon), float(lat)
    except ValueError:
        raise BadInput(_("Tulis tempat sebagai bujur,lintang.")) from None
    return point(x, y)


def island_at(place: Point) -> Island | None:
    """The island somebody at `place` stands on, if any."""
    rows = Island.objects.filter(geom__dwithin=(place, ASHORE_DEG))
    return rows.order_by(GeometryDistance("geom", place)).first()


def metres_to(place: Point, column: str) -> Func:
    """Planar metres from `place` to a geometry column, in the city's metric SRID."""
    metric = city().metric_srid
    return Func(
        Transform(column, metric),
        Transform(place, metric),
        function="ST_Distance",
        output_field=FloatField(),
    )


def nearest_working(place: Point, *, limit: int = 5) -> list[Near]:
    """Working wifi hotspots nearest to `place`: those on the same island first.

    The index finds the candidates by degrees; metres are planar in the city's metric SRID.
    """
    rows = WifiHotspot.objects.working().select_related("island", "kelurahan")
    found = rows.annotate(metres=metres_to(place, "geom")).order_by(
        GeometryDistance("geom", place)
    )[:CANDIDATES]
    home = island_at(place)
    near = [Near(row, row.metres, home is not None and row.island_id != home.pk) for row in found]
    return sorted(near, key=lambda one: (one.across_water, one.metres))[:limit]
