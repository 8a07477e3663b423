"""Ways through the city: streets on land, ferries between islands."""

from __future__ import annotations

import shapely

from layers.catalog.ferries import FerryDeparture, FerryLine, Pier
from layers.catalog.streets.actions import read as read_streets
from layers.catalog.streets.actions import read_turns, replace_streets
from layers.catalog.streets.models import Direction
from layers.catalog.streets.records import StreetRecord
from layers.city_folder.reading import Row
from layers.city_folder.writing import Ground, geos, upsert
from layers.spec import Origin

EXTRACT = "streets.osm.pbf"
DIRECTIONS = {"0": Direction.BOTH, "1": Direction.FORWARD, "-1": Direction.BACKWARD}


def streets(ground: Ground) -> int:
    """Streets of a real extract when the folder has one, else of streets.geojson."""
    extract = ground.folder.path / EXTRACT
    if extract.exists():
        records = read_streets(extract)
        turns = read_turns(extract, records)
        real = replace_streets(records=records, turns=turns, origin=Origin.PUBLISHED)
        return real.streets
    rows = ground.folder.of("streets.geojson")
    if not rows:
        return 0
    return replace_streets(records=map(_record, rows), origin=rows[0]["origin"]).streets


def _record(row: Row) -> StreetRecord:
    points = tuple((float(x), float(y)) for x, y in shapely.get_coordinates(row["geom"]))
    return StreetRecord(
        source_id=row["id"],
        name=row["name"] or "",
        street_class=row["class"],
        direction=DIRECTIONS[row["oneway"]],
        max_speed_kph=row["speed_kmh"],
        surface=row["surface"] or "",
        bridge=False,
        width_m=None,
        from_node=_node(points[0]),
        to_node=_node(points[-1]),
        points=points,
    )


def _node(place: tuple[float, float]) -> str:
    """Name of a junction: streets that share a place share it."""
    return f"{place[0]:.6f},{place[1]:.6f}"


def ferries(ground: Ground) -> int:
    """Piers, lines, and the timetable, which gives way as a whole."""
    piers = [
        Pier(
            code=row["code"],
            name=row["name"],
            island_id=ground.islands[row["island"]],
            geom=geos(row["geom"]),
            origin=row["origin"],
        )
        for row in ground.folder.of("piers.csv")
    ]
    count = upsert(Pier, piers, "code", ("name", "island", "geom", "origin"))
    keys = dict(Pier.objects.values_list("code", "pk"))
    lines = [
        FerryLine(
            code=row["code"],
            name=row["name"],
            from_pier_id=keys[row["from_pier"]],
            to_pier_id=keys[row["to_pier"]],
            carries_vehicles=row["carries_vehicles"],
            geom=geos(row["geom"]),
            origin=row["origin"],
        )
        for row in ground.folder.of("ferry_lines.geojson")
    ]
    fields = ("name", "from_pier", "to_pier", "carries_vehicles", "geom", "origin")
    return count + upsert(FerryLine, lines, "code", fields) + _timetable(ground)


def _timetable(ground: Ground) -> int:
    lines = dict(FerryLine.objects.values_list("code", "pk"))
    rows = ground.folder.of("ferries.csv")
    FerryDeparture.objects.filter(line__code__in={row["line"] for row in rows}).delete()
    FerryDeparture.objects.bulk_create(
        [
            FerryDeparture(
                line_id=lines[row["line"]],
                outward=row["direction"] == "out",
                departs_at=row["departs"],
                weekdays=sum(1 << (int(digit) - 1) for digit in row["weekdays"]),
                crossing_min=row["crossing_min"],
                boarding_min=row["boarding_min"],
                origin=row["origin"],
            )
            for row in rows
        ]
    )
    return len(rows)
