"""What the parent asks of the child, and the limits that hold for every format."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

READERS = {  # format → module of this package, function
    "geojson": ("geojson", "read"),
    "json": ("geojson", "read"),
    "csv": ("csvfile", "read"),
    "shapefile-zip": ("shapefile", "read"),
    "gpkg": ("gpkg", "read"),
    "kml": ("kml", "read_kml"),
    "kmz": ("kml", "read_kmz"),
    "gpx": ("gpx", "read"),
    "osm-xml": ("osm", "read_xml"),
    "osm-pbf": ("osm", "read_pbf"),
    "graphml": ("graphml", "read"),
    "geotiff": ("geotiff", "read"),
    "image": ("photo", "read"),
}
OWN_PARSERS = frozenset({"geojson", "json", "csv"})
MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_ROWS = 500_000
MAX_FILE_VERTICES = 2_000_000
MAX_COLUMNS = 500
MAX_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class Request:
    """One file to read.

    crs, encoding, table: what the person stated because the file does not say ("" = nothing)
    repair: mend invalid areas and open rings, and say so
    outer_box: west, south, east, north in degrees; rows outside it are counted, not refused
    """

    format: str
    crs: str = ""
    encoding: str = ""
    table: str = ""
    repair: bool = False
    outer_box: tuple[float, float, float, float] | None = None

    def dump(self) -> str:
        """As JSON text."""
        return json.dumps(asdict(self))


def read_request(path: Path) -> Request:
    """The request that the parent left in the job folder."""
    data = json.loads(path.read_text(encoding="utf-8"))
    box = data.pop("outer_box")
    return Request(outer_box=tuple(box) if box else None, **data)
