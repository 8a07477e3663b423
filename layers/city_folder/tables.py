"""The files of a city's folder: which must be there, their columns, key and kind of shape."""

from __future__ import annotations

from dataclasses import dataclass

from layers.city_folder.columns import (
    LAT,
    LON,
    ORIGIN,
    ORIGINS,
    SOURCE,
    Column,
    choice,
    clock,
    code,
    colour,
    day,
    number,
    slug,
    text,
    whole,
    yes,
)

POLYGON = ("Polygon", "MultiPolygon")
LINE = ("LineString",)


@dataclass(frozen=True, slots=True)
class Table:
    """One file: columns, the column(s) that name a row, and its geometry types if GeoJSON."""

    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    needed: bool = False
    shapes: tuple[str, ...] = ()


KELURAHAN = ("kelurahan.geojson", "code")
KECAMATAN = ("kecamatan.geojson", "code")
ISLANDS = ("islands.geojson", "code")
AGENCIES = ("agencies.csv", "code")
CATEGORIES = ("categories.csv", "code")
PIERS = ("piers.csv", "code")
NAME = text("name")
OFFICE_PLACE = (number("lon", -180, 180, needed=False), number("lat", -90, 90, needed=False))
WIFI_STATES = ("works", "weak", "off", "planned")
FACILITY_KINDS = ("school", "health", "office", "worship", "market", "park", "port", "landmark")
LANDMARK_KINDS = (
    "summit", "airport", "mayor_office", "office", "palace", "hospital", "lake", "park", "market",
)  # fmt: skip

TABLES: dict[str, Table] = {
    "islands.geojson": Table(
        (slug("code"), text("name", 60), text("group", 60, needed=False), ORIGIN),
        ("code",), True, POLYGON,
    ),
    "kecamatan.geojson": Table(
        (code("code"), text("name", 60), whole("people", 0, 50_000_000),
         choice("people_origin", ORIGINS, needed=False), ORIGIN),
        ("code",), True, POLYGON,
    ),
    "kelurahan.geojson": Table(
        (code("code"), text("name", 60), code("kecamatan_code", names=KECAMATAN),
         whole("people", 0, 5_000_000), choice("people_origin", ORIGINS, needed=False), ORIGIN),
        ("code",), True, POLYGON,
    ),
    "kelurahan_points.csv": Table(
        (code("code", names=KELURAHAN), LON, LAT, text("postcode", 10, needed=False)), ("code",)
    ),
    "population.csv": Table(
        (code("kecamatan_code", names=KECAMATAN), whole("people", 0, 50_000_000), ORIGIN, SOURCE),
        ("kecamatan_code",),
    ),
    "population_100m.csv": Table(
        (number("east_m", -1e7, 1e7), number("north_m", -1e7, 2e7),
         code("kelurahan", names=KELURAHAN), number("people", 0, 100_000)),
        ("east_m", "north_m"),
    ),
    "agencies.csv": Table(
        (slug("code"), NAME, text("name_en", needed=False),
         slug("parent", needed=False, names=AGENCIES), text("channel", 20, needed=False),
         *OFFICE_PLACE, ORIGIN, SOURCE),
        ("code",), True,
    ),
    "categories.csv": Table(
        (slug("code"), text("name_id", 60), text("name_en", 60), text("glyph", 20),
         colour("colour"), choice("public_precision", ("exact", "blur", "kelurahan", "never")),
         whole("public_cell_m", 50, 5000, needed=False),
         yes("urgent"), yes("sea_is_fine"), yes("photo_wanted"),
         whole("duplicate_radius_m", 0, 5000), whole("duplicate_hours", 0, 2000),
         whole("work_days", 1, 250), whole("proof_m", 0, 5000, needed=False),
         slug("default_agency", names=AGENCIES)),
        ("code",), True,
    ),
    "routing.csv": Table(
        (slug("category", names=CATEGORIES), choice("area_kind", ("all", "island", "kelurahan")),
         code("area", needed=False), slug("agency", names=AGENCIES), text("reason", 200)),
        ("category", "area_kind", "area"), True,
    ),
    "holidays.csv": Table((day("date"), NAME, yes("working")), ("date",)),
    "landmarks.csv": Table(
        (slug("code"), NAME, choice("kind", LANDMARK_KINDS), LON, LAT, ORIGIN, SOURCE), ("code",)
    ),
    "facilities.csv": Table(
        (slug("code"), NAME, choice("kind", FACILITY_KINDS), LON, LAT,
         whole("power_hours", 0, 24, needed=False),
         code("kelurahan", needed=False, names=KELURAHAN), ORIGIN, SOURCE),
        ("code",),
    ),
    "waste_places.csv": Table(
        (slug("code"), NAME, choice("kind", ("dump", "tpa", "depot")), LON, LAT, ORIGIN, SOURCE),
        ("code",),
    ),
    "piers.csv": Table(
        (slug("code"), text("name", 80), slug("island", names=ISLANDS), LON, LAT, ORIGIN),
        ("code",),
    ),
    "ferry_lines.geojson": Table(
        (slug("code"), text("name", 80), slug("from_pier", names=PIERS),
         slug("to_pier", names=PIERS), yes("carries_vehicles"), ORIGIN),
        ("code",), False, LINE,
    ),
    "ferries.csv": Table(
        (slug("line", names=("ferry_lines.geojson", "code")), choice("direction", ("out", "back")),
         text("weekdays", 7), clock("departs"), whole("crossing_min", 1, 3000),
         whole("boarding_min", 0, 600), ORIGIN),
        ("line", "direction", "departs", "weekdays"),
    ),
    "hazard_zones.geojson": Table(
        (slug("code"), NAME, choice("kind", ("eruption", "tsunami", "flood")),
         whole("level", 1, 3), ORIGIN),
        ("code",), False, POLYGON,
    ),
    "streets.geojson": Table(
        (slug("id"), text("name", needed=False), slug("class"), text("surface", 20, needed=False),
         choice("oneway", ("0", "1", "-1")), whole("speed_kmh", 1, 200, needed=False)),
        ("id",), False, LINE,
    ),
    "wifi_sites.csv": Table(
        (slug("code"), NAME, LON, LAT, choice("status", WIFI_STATES),
         day("status_since", needed=False), whole("power_hours", 0, 24),
         whole("radius_m", 1, 5000), text("provider", 80, needed=False), ORIGIN, SOURCE),
        ("code",),
    ),
    "wifi_hotspots.csv": Table(
        (slug("code"), NAME, LON, LAT, choice("status", WIFI_STATES),
         day("status_since", needed=False), whole("power_hours", 0, 24),
         whole("radius_m", 1, 5000), text("provider", 80, needed=False),
         whole("bandwidth_mbps", 0, 30_000, needed=False), ORIGIN),
        ("code",),
    ),
    "wifi_history.csv": Table(
        (slug("hotspot", names=("wifi_sites.csv", "code")), choice("status", WIFI_STATES),
         day("on"), SOURCE),
        ("hotspot", "on", "status"),
    ),
    "cctv_sites.csv": Table((slug("code"), NAME, LON, LAT, ORIGIN, SOURCE), ("code",)),
    "cctv.csv": Table(
        (slug("code"), NAME, slug("site", needed=False, names=("cctv_sites.csv", "code")),
         LON, LAT, whole("bearing_deg", 0, 359), whole("view_deg", 1, 360),
         whole("range_m", 1, 5000), choice("owner", ("city", "agency", "private")),
         choice("health", ("alive", "dead", "unknown")),
         whole("seen_min_ago", 0, 10_000_000, needed=False), SOURCE, ORIGIN),
        ("code",),
    ),
    "waste_bins.csv": Table(
        (text("label", 40), LON, LAT, whole("capacity_l", 1, 100_000),
         whole("fill_pct", 0, 100, needed=False), whole("battery_pct", 0, 100, needed=False),
         whole("sensed_min_ago", 0, 10_000_000, needed=False), ORIGIN),
        ("label",),
    ),
    "vehicles.csv": Table(
        (slug("code"), text("label", 60), choice("kind", ("truck", "pickup", "roda_tiga", "motor")),
         whole("capacity_l", 1, 100_000), whole("capacity_kg", 1, 100_000), clock("shift_start"),
         clock("shift_end"), slug("depot", names=("waste_places.csv", "code")),
         slug("island", names=ISLANDS), slug("agency", needed=False, names=AGENCIES), ORIGIN),
        ("code",),
    ),
}  # fmt: skip
