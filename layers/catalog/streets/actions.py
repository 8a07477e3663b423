"""Loading streets into the table: all at once, each with its length and its island."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import shapely
from django.contrib.gis.geos import LineString
from django.db import transaction
from pyproj import Geod

from layers.catalog.places import Island
from layers.catalog.streets.models import Direction, StreetEdge, TurnRestriction
from layers.catalog.streets.records import StreetRecord, TurnRecord
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
    islands = _island_finder()
    rows = [_row(record, islands(record), origin) for record in records]
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


class _IslandFinder:
    """Finds the island that a street lies on, by its middle point."""

    def __init__(self, islands: list[tuple[int, shapely.Geometry]]) -> None:
        self.ids = [pk for pk, _ in islands]
        self.tree = shapely.STRtree([shape for _, shape in islands])

    def __call__(self, record: StreetRecord) -> int | None:
        middle = shapely.LineString(record.points).interpolate(0.5, normalized=True)
        found = self.tree.query(middle, predicate="intersects")
        return self.ids[int(found.min())] if len(found) else None


def _island_finder() -> _IslandFinder:
    rows = Island.objects.order_by("pk").values_list("pk", "geom")
    return _IslandFinder([(pk, shapely.from_wkb(bytes(geom.wkb))) for pk, geom in rows])


def _row(record: StreetRecord, island_id: int | None, origin: str) -> StreetEdge:
    lon, lat = zip(*record.points, strict=True)
    return StreetEdge(
        source_id=record.source_id,
        name=record.name,
        street_class=record.street_class,
        direction=record.direction,
        max_speed_kph=record.max_speed_kph,
        surface=record.surface,
        bridge=record.bridge,
        width_m=record.width_m,
        length_m=WGS84.line_length(lon, lat),
        from_node=record.from_node,
        to_node=record.to_node,
        island_id=island_id,
        geom=LineString(record.points, srid=4326),
        origin=origin,
    )
