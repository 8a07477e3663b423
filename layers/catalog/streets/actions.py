"""Loading streets into the table: all at once, each with its length and its island."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.db import transaction
from numpy.typing import NDArray
from pyproj import Geod

from layers.bulk_copy import copy_values
from layers.catalog.places import Island
from layers.catalog.streets.models import Direction, StreetEdge, TurnRestriction
from layers.catalog.streets.records import StreetRecord, TurnRecord
from layers.columns import STORED_SRID
from layers.errors import BadInput
from layers.spec import Origin

WGS84 = Geod(ellps="WGS84")
COLUMNS = (
    "source_id", "name", "street_class", "direction", "max_speed_kph", "surface", "bridge",
    "width_m", "from_node", "to_node", "length_m", "island_id", "geom", "origin",
)  # fmt: skip


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
    streets = list(records)
    lines, lengths_m = _shapes(streets)
    islands = _islands_of(lines)
    StreetEdge.objects.all().delete()
    copy_values(StreetEdge, COLUMNS, _values(streets, lengths_m, islands, lines, str(origin)))
    TurnRestriction.objects.all().delete()
    kept = TurnRestriction.objects.bulk_create([TurnRestriction(**asdict(t)) for t in turns])
    return Imported(
        streets=len(streets),
        one_way=sum(street.direction != Direction.BOTH for street in streets),
        without_name=sum(not street.name for street in streets),
        without_island=sum(island is None for island in islands),
        turns=len(kept),
    )


def _shapes(streets: list[StreetRecord]) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Line and geodesic length of each street, worked out for all at once."""
    if not streets:
        return np.zeros(0, dtype=object), np.zeros(0)
    points = np.array([point for street in streets for point in street.points], dtype=float)
    line_of = np.repeat(np.arange(len(streets)), [len(street.points) for street in streets])
    lines = np.atleast_1d(shapely.linestrings(points, indices=line_of))
    return lines, _lengths_m(points, line_of, len(streets))


def _values(
    streets: list[StreetRecord],
    lengths_m: NDArray[np.float64],
    islands: list[int | None],
    lines: NDArray[np.object_],
    origin: str,
) -> Iterator[tuple[Any, ...]]:
    """Values of each street's row, in the order of COLUMNS."""
    placed = shapely.set_srid(lines, STORED_SRID)
    shapes = shapely.to_wkb(placed, hex=True, include_srid=True).tolist()
    for s, length_m, island, shape in zip(
        streets, lengths_m.tolist(), islands, shapes, strict=True
    ):
        yield (
            s.source_id, s.name, s.street_class, s.direction.value, s.max_speed_kph, s.surface,
            s.bridge, s.width_m, s.from_node, s.to_node, length_m, island, shape, origin,
        )  # fmt: skip


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
