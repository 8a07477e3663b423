"""Closing streets and opening them again: drawn, shown, confirmed; history stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry, LineString, MultiLineString
from django.db import transaction
from pyproj import Transformer
from shapely.ops import transform

from layers.catalog.closures.models import Cause, ClosedStreet, RoadClosure
from layers.catalog.streets import StreetEdge
from layers.columns import STORED_SRID
from layers.errors import BadInput, ChangedMeanwhile
from layers.gate.geojson import geometry
from layers.gate.refusal import Refusal
from layers.gate.shape import checked
from layers.geography import city

LINE_M = 12.0
MOST_RADIUS_M = 5000.0
MOST_VERTICES = 500
DRAWABLE = frozenset({"Point", "LineString", "Polygon"})
# Water under a bridge does not close the bridge; lava and ash do.
_SPARES_BRIDGES = frozenset({Cause.FLOOD})


class BadShape(BadInput):
    """Gambar ini bukan titik, garis, atau bidang yang sah di dalam kota; gambar ulang."""

    code = "BAD_SHAPE"


class ClosesNothing(BadInput):
    """Tidak ada jalan di dalam gambar ini; gambar tepat di atas jalan."""

    code = "CLOSES_NOTHING"


class BadHours(BadInput):
    """Penutupan harus berakhir setelah mulai."""

    code = "BAD_HOURS"


class ClosureLifted(ChangedMeanwhile):
    """Penutupan ini sudah dibuka; lihat daftar terbaru."""

    code = "CLOSURE_LIFTED"


@dataclass(frozen=True, slots=True)
class Closing:
    """What a drawing would close: its area and the streets, in the order of their ids."""

    area: GEOSGeometry
    streets: tuple[StreetEdge, ...]

    @property
    def length_m(self) -> int:
        """Metres of street."""
        return round(sum(street.length_m for street in self.streets))

    @property
    def lines(self) -> MultiLineString:
        """The closed streets as one geometry."""
        parts = [LineString(street.geom.coords) for street in self.streets]
        return MultiLineString(parts, srid=STORED_SRID)


def closing(*, drawn: Any, cause: Cause, radius_m: float = 50.0) -> Closing:
    """Resolve a drawn GeoJSON geometry, or a known area, to streets; closes nothing.

    A point is a circle of `radius_m`, a line a strip of `LINE_M` to each side, a polygon
    itself. Every street that meets the area closes on its whole length up to the next
    junctions; a flood leaves bridges open. Raises BadShape, ClosesNothing.
    """
    area = _area(drawn, radius_m)
    rows = StreetEdge.objects.filter(geom__intersects=area).order_by("pk")
    if cause in _SPARES_BRIDGES:
        rows = rows.filter(bridge=False)
    found = tuple(rows)
    if not found:
        raise ClosesNothing
    return Closing(area, found)


def _area(drawn: Any, radius_m: float) -> GEOSGeometry:
    if isinstance(drawn, GEOSGeometry):
        return drawn
    try:
        shape = checked(geometry(drawn, set(), close_rings=True)).geom
    except Refusal as refusal:
        raise BadShape from refusal
    if shape.geom_type not in DRAWABLE or shapely.get_num_coordinates(shape) > MOST_VERTICES:
        raise BadShape
    if not all(city().holds(x, y) for x, y in shapely.get_coordinates(shape)):
        raise BadShape
    if shape.geom_type != "Polygon":
        wide = radius_m if shape.geom_type == "Point" else LINE_M
        if not 0 < wide <= MOST_RADIUS_M:
            raise BadShape
        there = Transformer.from_crs(STORED_SRID, city().metric_srid, always_xy=True)
        back = Transformer.from_crs(city().metric_srid, STORED_SRID, always_xy=True)
        shape = transform(back.transform, transform(there.transform, shape).buffer(wide, 16))
    return GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=STORED_SRID)


@transaction.atomic
def close(
    *,
    drawn: Any,
    cause: Cause,
    by: Any,
    at: datetime,
    radius_m: float = 50.0,
    note: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> RoadClosure:
    """Close the streets under a drawing. Raises BadShape, ClosesNothing, BadHours."""
    begins = starts_at or at
    if ends_at is not None and ends_at <= begins:
        raise BadHours
    found = closing(drawn=drawn, cause=cause, radius_m=radius_m)
    row = RoadClosure.objects.create(
        cause=cause,
        note=note.strip()[:200],
        starts_at=begins,
        ends_at=ends_at,
        made_at=at,
        made_by=by,
        length_m=found.length_m,
        area=found.area,
        geom=found.lines,
    )
    ClosedStreet.objects.bulk_create(
        [ClosedStreet(closure=row, source_id=street.source_id) for street in found.streets]
    )
    return row


@transaction.atomic
def lift(*, closure: RoadClosure, by: Any, at: datetime) -> RoadClosure:
    """Open the streets again. Raises ClosureLifted."""
    row = RoadClosure.objects.select_for_update().get(pk=closure.pk)
    if row.lifted_at is not None:
        raise ClosureLifted
    row.lifted_at, row.lifted_by = at, by
    row.save(update_fields=["lifted_at", "lifted_by"])
    return row
