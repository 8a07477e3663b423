"""The forms in which a layer can be taken away: ending, media type, words, writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from layers import api
from layers.access import Face
from layers.spec import Layer
from tile_service.publish.downloads.parquet import write_geoparquet
from tile_service.publish.downloads.table import Table, read
from tile_service.publish.downloads.vector_files import (
    write_flatgeobuf,
    write_geopackage,
    write_shapefile,
)

SMALL_STREAM = 100_000  # rows that are streamed while the caller waits
SMALL_FILE = 20_000  # rows of which a file is built while the caller waits


@dataclass(frozen=True, slots=True)
class Form:
    """One form of file. `lines` streams text; `write` builds a file from a table."""

    ending: str
    title: str
    media_type: str
    lines: Callable[[Layer, Face], Iterator[str]] | None = None
    write: Callable[[Table, Path], None] | None = None

    def is_small(self, rows: int) -> bool:
        """True when `rows` can be had at once."""
        return rows <= (SMALL_STREAM if self.lines else SMALL_FILE)

    def build(self, layer: Layer, face: Face, path: Path) -> tuple[int | None, bool]:
        """Write the file; returns its rows (None: not counted) and whether some were left out."""
        if self.lines:
            with path.open("w", encoding="utf-8", newline="") as file:
                file.writelines(self.lines(layer, face))
            return None, False
        assert self.write
        table = read(layer, face)
        self.write(table, path)
        return len(table.shapes), table.truncated


FORMS = {
    form.ending: form
    for form in (
        Form("geojson", "GeoJSON", "application/geo+json", lines=api.geojson),
        Form("csv", "CSV", "text/csv; charset=utf-8", lines=api.csv_lines),
        Form("gpkg", "GeoPackage", "application/geopackage+sqlite3", write=write_geopackage),
        Form("fgb", "FlatGeobuf", "application/vnd.flatgeobuf", write=write_flatgeobuf),
        Form("parquet", "GeoParquet", "application/vnd.apache.parquet", write=write_geoparquet),
        Form("shp.zip", "Shapefile (zip)", "application/zip", write=write_shapefile),
    )
}
