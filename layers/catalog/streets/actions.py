"""Loading streets into the table: all at once, each with its length and its island."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from numpy.typing import NDArray
from pyproj import Geod

from layers.catalog.places import Island
from layers.catalog.streets.models import Direction, StreetEdge, TurnRestriction
from layers.catalog.streets.records import StreetRecord, TurnRecord
from layers.columns import STORED_SRID
from layers.errors import BadInput
from layers.spec import Origin

WGS84 = Geod(ellps="WGS84")
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: streets written, and what a planner should look at."""

    streets: int
    one_way: int
    without_name: int
    without_island: int
    turns: int = 0


def read(path: Path) -> list[StreetRecord]:
    """Read a street file by its name: .osm, .osm.gz, .osm.pbf or .graphml; raises BadInput."""
    from layers.catalog.streets import networks, osm_files

    name = path.name.lower()
    if name.endswith((".osm", ".osm.gz", ".osm.bz2", ".pbf")):
        return osm_files.read_streets(path)
    if name.endswith(".graphml"):
        return networks.read_graphml(path)
    raise BadInput(f"{path.name}: .osm, .osm.pbf, .graphml")


def read_turns(path: Path, streets: list[StreetRecord]) -> list[TurnRecord]:
    """Read the turn restrictions of a street file; osmnx networks (.graphml) carry none."""
    from layers.catalog.streets import osm_files

    return [] if path.name.lower().endswith(".graphml") else osm_files.read_turns(path, streets)


@transaction.atomic
def replace_streets(
    *,
    records: Iterable[StreetRecord],
    turns: Iterable[TurnRecord] = (),
    origin: str = Origin.PUBLISHED,
) -> Imported:
    """Put these streets and turn restrictions in the place of all present ones."""
    rows = _rows(list(records), origin)
    StreetEdge.objects.all().delete()
    StreetEdge.objects.bulk_create(rows, batch_size=BATCH)
    TurnRestriction.objects.all().delete()
    kept = TurnRestriction.objects.bulk_create([TurnRestriction(**asdict(t)) for t in turns])
    return Imported(
        streets=len(rows),
        one_way=sum(row.direction != Direction.BOTH for row in rows),
        without_name=sum(not row.name for row in rows),
        without_island=sum(row.island_id is None for row in rows),
        turns=len(kept),
    )


def _rows(records: list[StreetRecord], origin: str) -> list[StreetEdge]:
    """Rows of all streets; lengths, islands and shapes are worked out for all at once."""
    if not records:
        return []
    counts = [len(record.points) for record in records]
    points = np.array([point for record in records for point in record.points], dtype=float)
    line_of = np.repeat(np.arange(len(records)), counts)
    lines = np.atleast_1d(shapely.linestrings(points, indices=line_of))
    columns = zip(
        records,
        _lengths_m(points, line_of, len(records)).tolist(),
        _islands_of(lines),
        shapely.to_wkb(lines).tolist(),
        strict=True,
    )
    return [
        StreetEdge(
            source_id=record.source_id,
            name=record.name,
            street_class=record.street_class,
            direction=record.direction,
            max_speed_kph=record.max_speed_kph,
            surface=record.surface,
            bridge=record.bridge,
            width_m=record.width_m,
            length_m=length_m,
            from_node=record.from_node,
            to_node=record.to_node,
            island_id=island_id,
            geom=GEOSGeometry(memoryview(shape), srid=STORED_SRID),
            origin=origin,
        )
        for record, length_m, island_id, shape in columns
    ]


def _lengths_m(
    points: NDArray[np.float64], line_of: NDArray[np.intp], lines: int
) -> NDArray[np.float64]:
    """(lines,) geodesic length of each line."""
    start, end = points[:-1], points[1:]
    steps = WGS84.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])[2]
    within = line_of[:-1] == line_of[1:]
    metres = np.bincount(line_of[:-1][within], weights=steps[within], minlength=lines)
    return metres.astype(np.float64)


def _islands_of(lines: NDArray[np.object_]) -> list[int | None]:
    """Island that each line lies on, by its middle point; of several the first."""
    rows = list(Island.objects.order_by("pk").values_list("pk", "geom"))
    found: list[int | None] = [None] * len(lines)
    if not rows:
        return found
    tree = shapely.STRtree([shapely.from_wkb(bytes(geom.wkb)) for _, geom in rows])
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    line, island = tree.query(middles, predicate="intersects")
    for i, k in sorted(zip(line.tolist(), island.tolist(), strict=True), reverse=True):
        found[i] = rows[k][0]
    return found
