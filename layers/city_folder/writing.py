"""Rows of a city's folder into the tables, in bulk: known rows are changed, new ones added."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.db import models

from layers.catalog.places import Island, Kelurahan
from layers.city_folder.reading import Folder, Row
from layers.geography import STORED_SRID

BATCH = 2000


@dataclass(frozen=True)
class Ground:
    """The folder being loaded, the moment it is loaded at, and who lies where."""

    folder: Folder
    srid: int
    at: datetime

    @cached_property
    def islands(self) -> dict[str, int]:
        """Key of each island by code."""
        return dict(Island.objects.values_list("code", "pk"))

    @cached_property
    def kelurahan(self) -> dict[str, int]:
        """Key of each kelurahan by code."""
        return dict(Kelurahan.objects.values_list("code", "pk"))

    @cached_property
    def _land(self) -> Areas:
        return Areas(self.folder.of("islands.geojson"))

    @cached_property
    def _cells(self) -> Areas:
        return Areas(self.folder.of("kelurahan.geojson"))

    def island_of(self, shapes: Sequence[Any]) -> list[int]:
        """Key of the island at (or nearest to) each shape."""
        return [self.islands[code] for code in self._land.codes_at(shapes)]

    def kelurahan_of(self, shapes: Sequence[Any]) -> list[int]:
        """Key of the kelurahan at (or nearest to) each shape."""
        return [self.kelurahan[code] for code in self._cells.codes_at(shapes)]

    def ago(self, minutes: int | None) -> datetime | None:
        """The moment so many minutes before this load."""
        return None if minutes is None else self.at - timedelta(minutes=minutes)


class Areas:
    """Finds the area that a shape lies in, or the nearest."""

    def __init__(self, rows: list[Row]) -> None:
        self.codes = [row["code"] for row in rows]
        self.tree = shapely.STRtree([row["geom"] for row in rows])

    def codes_at(self, shapes: Sequence[Any]) -> list[str]:
        """Code for each of `shapes` (their middles)."""
        middles = [
            shape if shape.geom_type == "Point" else shape.interpolate(0.5, normalized=True)
            for shape in shapes
        ]
        if not middles:
            return []
        found = np.atleast_1d(self.tree.nearest(middles))
        return [self.codes[int(index)] for index in found]


def geos(shape: Any, *, many: bool = False) -> GEOSGeometry:
    """A shape as the tables take it; `many` makes a polygon a multipolygon."""
    found = GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=STORED_SRID)
    if many and found.geom_type == "Polygon":
        return MultiPolygon(found, srid=STORED_SRID)
    return found


def upsert(
    model: type[models.Model], rows: Iterable[models.Model], key: str, fields: Sequence[str]
) -> int:
    """Add rows, or change `fields` of those whose `key` is there."""
    found = list(rows)
    model._default_manager.bulk_create(
        found,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=[key],
        update_fields=list(fields),
    )
    return len(found)


Writer = Callable[[Ground], int]
