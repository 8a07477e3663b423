"""What no single cell can tell: the city's own file, sums, areas of rules, places off the map."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import shapely

from layers.city_folder.faults import Fault, nearest
from layers.city_folder.reading import Folder, read

NEEDED = (
    "id", "name", "code", "time_zone", "zone_name", "metric_srid", "outer_box", "centre",
    "languages", "emergency_number",
)  # fmt: skip
LEAST_OVERLAP_M2 = 1.0


def check(path: Path) -> Folder:
    """Read the folder at `path` and note every fault of it; nothing is written."""
    folder = read(path)
    city = _city(folder)
    for found in (
        *_ferries(folder), *_rules(folder), *_people(folder), *_dates(folder), *_shifts(folder),
        *(_places(folder, city) if city else ()),
    ):  # fmt: skip
        folder.faults.add(found.file, found.line, found.sentence)
    folder.faults.found.sort()
    return folder


def _city(folder: Folder) -> dict[str, Any]:
    """The city's own table, or nothing when it is too broken to judge places by it."""
    file = folder.path / "city.toml"
    add = folder.faults.add
    if not file.exists():
        add("city.toml", 0, "this file must be there")
        return {}
    try:
        city = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        add("city.toml", 0, str(problem))
        return {}
    missing = [key for key in NEEDED if key not in city]
    for key in missing:
        add("city.toml", 0, f"'{key}' is missing{nearest(key, city)}")
    before = len(folder.faults.found)
    if "metric_srid" in city:
        _metric(folder, city["metric_srid"])
    if "time_zone" in city:
        try:
            ZoneInfo(str(city["time_zone"]))
        except (ZoneInfoNotFoundError, ValueError):
            add("city.toml", 0, f"time_zone '{city['time_zone']}' is unknown")
    if "outer_box" in city:
        _box(folder, city)
    return {} if missing or len(folder.faults.found) > before else city


def _metric(folder: Folder, srid: Any) -> None:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        crs = CRS.from_epsg(int(srid))
    except (CRSError, TypeError, ValueError):
        folder.faults.add("city.toml", 0, f"metric_srid {srid!r} is no EPSG code")
        return
    if not crs.is_projected:
        told = f"metric_srid {srid} is in degrees; use a UTM zone, e.g. 32648"
        folder.faults.add("city.toml", 0, told)
    elif any(axis.unit_name != "metre" for axis in crs.axis_info):
        folder.faults.add("city.toml", 0, f"metric_srid {srid} is not in metres")


def _box(folder: Folder, city: dict[str, Any]) -> None:
    box, centre = city["outer_box"], city.get("centre", [])
    if not (_numbers(box, 4) and box[0] < box[2] and box[1] < box[3]):
        folder.faults.add("city.toml", 0, "outer_box must be west, south, east, north in degrees")
    elif not (_numbers(centre, 2) and shapely.box(*box).contains(shapely.Point(centre))):
        folder.faults.add("city.toml", 0, "centre must be lon, lat inside outer_box")


def _numbers(thing: Any, count: int) -> bool:
    return (
        isinstance(thing, list)
        and len(thing) == count
        and all(isinstance(n, int | float) and not isinstance(n, bool) for n in thing)
    )


def _places(folder: Folder, city: dict[str, Any]) -> Iterator[Fault]:
    box = shapely.box(*city["outer_box"])
    shapely.prepare(box)
    for name, rows in folder.rows.items():
        for row in rows:
            shape = row["geom"]
            if shape is not None and not box.covers(shape):
                x, y = shapely.get_coordinates(shape)[0]
                swapped = box.covers(shapely.Point(y, x))
                hint = "; lon and lat seem swapped" if swapped else ""
                told = f"({x:g}, {y:g}) is outside outer_box of city.toml{hint}"
                yield Fault(name, row["line"], told)
    yield from _overlaps(folder)


def _overlaps(folder: Folder) -> Iterator[Fault]:
    """Kelurahan that lie on one another: a report there would count twice."""
    rows = folder.of("kelurahan.geojson")
    shapes = [row["geom"] for row in rows]
    if not shapes or shapely.coverage_is_valid(shapes):
        return
    for a, b in shapely.STRtree(shapes).query(shapes, predicate="overlaps").T:
        common = shapely.intersection(shapes[a], shapes[b])
        area_m2 = common.area * 111_195.0**2
        if a < b and area_m2 > LEAST_OVERLAP_M2:
            told = f"{rows[a]['code']} and {rows[b]['code']} overlap by {area_m2:.0f} m2"
            yield Fault("kelurahan.geojson", rows[b]["line"], told)


def _ferries(folder: Folder) -> Iterator[Fault]:
    for row in folder.of("ferries.csv"):
        days = row["weekdays"]
        if set(days) - set("1234567") or len(set(days)) != len(days):
            told = f"weekdays '{days}': digits 1 (Monday) to 7, each once"
            yield Fault("ferries.csv", row["line"], told)


def _rules(folder: Folder) -> Iterator[Fault]:
    files = {"island": "islands.geojson", "kelurahan": "kelurahan.geojson"}
    for row in folder.of("routing.csv"):
        kind, area = row["area_kind"], row["area"]
        if kind == "all":
            if area:
                yield Fault("routing.csv", row["line"], f"area '{area}' with area_kind all")
            continue
        known = folder.values(files[kind], "code")
        if area not in known:
            like = nearest(str(area or ""), known)
            told = f"area '{area or ''}' is not in {files[kind]}{like}"
            yield Fault("routing.csv", row["line"], told)


def _people(folder: Folder) -> Iterator[Fault]:
    """Kelurahan and cells add up to their kecamatan."""
    totals = {row["code"]: row["people"] for row in folder.of("kecamatan.geojson")}
    parent = {row["code"]: row["kecamatan_code"] for row in folder.of("kelurahan.geojson")}
    sums: dict[str, dict[str, float]] = {"kelurahan.geojson": {}, "population_100m.csv": {}}
    for row in folder.of("kelurahan.geojson"):
        _plus(sums["kelurahan.geojson"], row["kecamatan_code"], row["people"])
    for row in folder.of("population_100m.csv"):
        _plus(sums["population_100m.csv"], parent.get(row["kelurahan"], ""), row["people"])
    for row in folder.of("population.csv"):
        area = row["kecamatan_code"]
        if totals.get(area) not in (None, row["people"]):
            told = f"{area} has {row['people']} people here, {totals[area]} in kecamatan.geojson"
            yield Fault("population.csv", row["line"], told)
    for name, by_area in sums.items():
        for area, total in sorted(totals.items()):
            if name in folder.rows and abs(by_area.get(area, 0.0) - total) > 0.5:
                told = f"rows of {area} add up to {by_area.get(area, 0.0):g} people, not {total}"
                yield Fault(name, 0, told)


def _plus(sums: dict[str, float], key: str, value: float) -> None:
    sums[key] = sums.get(key, 0.0) + value


def _dates(folder: Folder) -> Iterator[Fault]:
    for name in ("wifi_sites.csv", "wifi_hotspots.csv"):
        for row in folder.of(name):
            if row["status_since"] and row["status_since"] < date(2000, 1, 1):
                yield Fault(name, row["line"], f"status_since {row['status_since']} is too old")


def _shifts(folder: Folder) -> Iterator[Fault]:
    kinds = {row["code"]: row["kind"] for row in folder.of("waste_places.csv")}
    for row in folder.of("vehicles.csv"):
        if row["shift_start"] >= row["shift_end"]:
            yield Fault("vehicles.csv", row["line"], "shift_start is not before shift_end")
        if kinds.get(row["depot"]) == "dump":
            yield Fault("vehicles.csv", row["line"], f"'{row['depot']}' is no depot but a dump")
