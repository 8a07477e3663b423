"""Streets: the table, the readers of OpenStreetMap files and osmnx networks, the import."""

from layers.catalog.streets.models import LAYER, Direction, StreetEdge, TurnRestriction

__all__ = ["LAYER", "Direction", "StreetEdge", "TurnRestriction"]
