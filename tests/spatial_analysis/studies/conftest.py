"""Studies are tested on the bay: two toy islands with people and reports."""

from tests.bay import bay, heap, rasters

__all__ = ["bay", "heap", "rasters"]
