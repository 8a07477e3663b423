"""Streets of the table as records again: the way out to osmnx, in the order of their ids."""

from __future__ import annotations

from layers.catalog.streets.models import Direction, StreetEdge
from layers.catalog.streets.records import StreetRecord


def stored_records() -> list[StreetRecord]:
    """All streets, as every reader gives them."""
    return [
        StreetRecord(
            source_id=row.source_id,
            name=row.name,
            street_class=row.street_class,
            direction=Direction(row.direction),
            max_speed_kph=row.max_speed_kph,
            surface=row.surface,
            bridge=row.bridge,
            width_m=row.width_m,
            from_node=row.from_node,
            to_node=row.to_node,
            points=tuple((lon, lat) for lon, lat, *_ in row.geom.coords),
        )
        for row in StreetEdge.objects.order_by("pk")
    ]
