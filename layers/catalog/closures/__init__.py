"""Road closures: drawn by the desk, resolved to streets once, in force until lifted or over."""

from layers.catalog.closures.models import LAYER, Cause, ClosedStreet, RoadClosure

__all__ = ["LAYER", "Cause", "ClosedStreet", "RoadClosure"]
