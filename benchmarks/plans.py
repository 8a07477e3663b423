"""Tile statements beside what others write: planner, storage, columns, bytes (goals 2 and 5)."""

from __future__ import annotations

import gzip
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import brotli
import psycopg2
from django.db import connection
from rich.console import Console
from rich.table import Table

from benchmarks import _scratch
from benchmarks.tiles.places import tile_at
from layers.access import Face
from layers.catalog.reports.models import Report
from layers.registry import get
from tile_service.models import PublishedLayer
from tile_service.publish import statements
from tile_service.publish.serving import config
from tile_service.serve.session import LIMITS

REPORTS, FOOTPRINTS = 200_000, 60_000
ZOOMS = (14, 15, 16)
DEEP = (14, 15, 16, 17)
TILES, ROUNDS, FIRST_CALLS = 6, 5, 5
MOST, MOST_BYTES = 20_000, 500_000
TYPES = "int, int, int, int"
READ_BY_INDEX = re.compile(r"Index Cond: \(tile_\w*geom && ")

At = tuple[int, int, int]


@dataclass
class Case:
    """One layer: our statement, the WGS 84 one that others write, and its tiles."""

    name: str
    table: str
    ours: str
    other: str
    tiles: dict[int, list[At]] = field(default_factory=dict)


def make_footprints() -> str:
    """Small areas round where people live; returns the name of their view."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE footprint (id bigint PRIMARY KEY, name text, kind text, "
            "geom geometry(Polygon, 4326), tile_geom geometry(Polygon, 3857) "
            "GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED)"
        )
        cursor.execute(
            "INSERT INTO footprint (id, name, kind, geom) SELECT n, 'bangunan ' || n, 'rumah', "
            "ST_MakeEnvelope(lon + dx, lat + dy, lon + dx + 0.0001, lat + dy + 0.00008, 4326) "
            "FROM (SELECT n, (random() - 0.5) * 0.004 AS dx, (random() - 0.5) * 0.004 AS dy, "
            "1 + floor(random() * 20000)::int AS p FROM generate_series(1, %s) AS n OFFSET 0) AS d "
            "JOIN pick ON pick.id = p",
            [FOOTPRINTS],
        )
        for column in ("geom", "tile_geom"):
            cursor.execute(f"CREATE INDEX ON footprint USING gist ({column})")
        cursor.execute("VACUUM ANALYZE footprint")
        cursor.execute(
            "CREATE VIEW footprints AS SELECT id AS feature_id, name, kind, tile_geom "
            "FROM footprint"
        )
    return "footprints"


def as_others(table: str, columns: str, where: str, geometry: str) -> str:
    """The usual statement: WGS 84 storage, transformed for each row; {z} {x} {y} are literals."""
    return (
        f"SELECT ST_AsMVT(q, 'a', 4096, 'g', 'id') FROM (SELECT id, {columns}, ST_AsMVTGeom("
        f"ST_Transform({geometry}, 3857), ST_TileEnvelope({{z}}, {{x}}, {{y}}), 4096, 64, true) "
        f"AS g FROM {table} WHERE {geometry} && ST_Transform(ST_TileEnvelope({{z}}, {{x}}, {{y}}), "
        f"4326){where}) AS q WHERE g IS NOT NULL"
    )


def cases() -> list[Case]:
    """Reports (with the public face's conditions) and footprints."""
    face = PublishedLayer.objects.get(slug="reports", face="public")
    reports = as_others(
        f"{_scratch.TABLE} JOIN layers_category ON code = category_id",
        "number, category_id, public_state, resolution, public_words, received_at::text, "
        "supporters, origin",
        " AND published_at IS NOT NULL AND NOT practice AND main_report_id IS NULL "
        "AND public_precision IN ('exact', 'blur')",
        "public_geom",
    )
    areas = replace(get("kelurahan"), public_fields=("name", "kind"))
    types = {"name": "text", "kind": "text"}
    made = statements.Statements(areas, Face.PUBLIC, make_footprints(), types, counted=False)
    return [
        Case("reports", _scratch.TABLE, face.spec["statements"]["rows"], reports),
        Case("footprints", "footprint", made.rows(statements.OPEN_ENDED),
             as_others("footprint", "name, kind", "", "geom")),
    ]  # fmt: skip


def find_tiles(case: Case) -> None:
    """Tiles at places of random rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ST_X(ST_Centroid(geom)), ST_Y(ST_Centroid(geom)) FROM {case.table} "
            "WHERE geom IS NOT NULL ORDER BY (id * 7919) %% 100003 LIMIT %s",
            [TILES * 10],
        )
        places = cursor.fetchall()
    for zoom in DEEP:
        found = dict.fromkeys(tile_at(lon, lat, zoom) for lon, lat in places)
        case.tiles[zoom] = list(found)[:TILES]


class Session:
    """A fresh connection with its own planner settings."""

    def __init__(self, options: str = "") -> None:
        self.conn = psycopg2.connect(**config().keywords(""), options=options)
        self.conn.autocommit = True
        self.cursor = self.conn.cursor()

    def bytes_of(self, text: str, params: tuple[Any, ...] | None = None) -> bytes:
        """First column of the first row."""
        self.cursor.execute(text, params)
        return bytes(self.cursor.fetchone()[0] or b"")


def literal(text: str, at: At) -> str:
    """A statement with its parameters written in."""
    for number, value in zip(("$1", "$2", "$3", "$4"), (*at, MOST), strict=True):
        text = text.replace(number, str(value))
    return text


def ways(case: Case) -> dict[str, Callable[[At], bytes]]:
    """The three ways to make a tile, each on a connection of its own."""
    tuned, same, other = Session(LIMITS), Session(), Session()
    tuned.cursor.execute(f"PREPARE ours ({TYPES}) AS {case.ours}")
    return {
        "ours": lambda at: tuned.bytes_of("EXECUTE ours (%s, %s, %s, %s)", (*at, MOST)),
        "same": lambda at: same.bytes_of(literal(case.ours, at)),
        "other": lambda at: other.bytes_of(
            case.other.format(z=at[0], x=at[1], y=at[2]),
        ),
    }


def spent_ms(work: Callable[[], Any]) -> float:
    """Time of one call."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


@dataclass
class Timed:
    """Medians (ms) of each way by (layer, zoom, tile), and of the first calls of ours."""

    medians: dict[tuple[str, At], dict[str, float]] = field(default_factory=dict)
    first: list[float] = field(default_factory=list)

    def ratios(self, way: str, zooms: tuple[int, ...]) -> list[float]:
        """That way's time beside ours, tile by tile."""
        return [one[way] / one["ours"] for (_, at), one in self.medians.items() if at[0] in zooms]

    def in_sum(self, way: str, zooms: tuple[int, ...]) -> float:
        """That way's time beside ours, over all tiles."""
        chosen = [one for (_, at), one in self.medians.items() if at[0] in zooms]
        return sum(one[way] for one in chosen) / sum(one["ours"] for one in chosen)


def time_case(case: Case, timed: Timed) -> None:
    """Interleaved rounds over every tile; the first calls of ours are counted apart."""
    made = ways(case)
    opening = case.tiles[15][0]
    timed.first += [spent_ms(lambda: made["ours"](opening)) for _ in range(FIRST_CALLS)]
    for zoom in ZOOMS:
        for at in case.tiles[zoom]:
            times: dict[str, list[float]] = {name: [] for name in made}
            for number in range(ROUNDS + 1):
                for name, make in made.items():
                    spent = spent_ms(partial(make, at))
                    if number:
                        times[name].append(spent)
            timed.medians[case.name, at] = {
                name: statistics.median(values) for name, values in times.items()
            }


def plans_keep_the_rules(case: Case) -> bool:
    """True when each deep tile's plan reads the index, and neither scans all nor gathers."""
    session = Session(LIMITS)
    session.cursor.execute(f"PREPARE ours ({TYPES}) AS {case.ours}")
    for zoom in DEEP:
        session.cursor.execute(
            "EXPLAIN EXECUTE ours (%s, %s, %s, %s)", (*case.tiles[zoom][0], MOST)
        )
        plan = "\n".join(line[0] for line in session.cursor.fetchall())
        if (
            f"Seq Scan on {case.table}" in plan
            or "Gather" in plan
            or not READ_BY_INDEX.search(plan)
        ):
            print(plan)
            return False
    return True


# --- bytes of the demo city (goal 5) ----------------------------------------------------------


@dataclass
class Weighed:
    """Sums of bytes over the demo's tiles."""

    every: int = 0
    published: int = 0
    drawn: int = 0
    gzip6: int = 0
    br11: int = 0
    tiles: int = 0
    too_large: int = 0


def demo_tiles(face: PublishedLayer) -> Iterator[At]:
    """Tiles of z12, z14 and z16 that hold rows of a face."""
    with connection.cursor() as cursor:
        for zoom in (12, 14, 16):
            if zoom < face.spec.get("rows_from_zoom", face.spec["min_zoom"]):
                continue
            cursor.execute(
                "SELECT DISTINCT floor((ST_X(c) / 40075016.68 + 0.5) * (1 << %s))::int, "
                "floor((0.5 - ST_Y(c) / 40075016.68) * (1 << %s))::int FROM (SELECT "
                f'ST_Centroid(tile_geom) AS c FROM published."{face.view}" '
                "WHERE tile_geom IS NOT NULL) AS centre ORDER BY 1, 2 LIMIT 60",
                [zoom, zoom],
            )
            yield from ((zoom, x, y) for x, y in cursor.fetchall())


def weigh() -> Weighed:
    """Add up every public layer whose table has a whole number as key."""
    sums, session = Weighed(), Session(LIMITS)
    for face in PublishedLayer.objects.filter(face="public").exclude(kind="raster"):
        model = get(face.slug).model
        if model._meta.pk.get_internal_type() not in {"BigAutoField", "AutoField"}:
            continue
        weigh_face(session, sums, face, model)
    return sums


def weigh_face(session: Session, sums: Weighed, face: PublishedLayer, model: Any) -> None:
    """Add one face."""
    columns = ", ".join(
        f't."{one.column}"' for one in model._meta.concrete_fields if not hasattr(one, "srid")
        and not hasattr(getattr(one, "output_field", None), "srid")
    )  # fmt: skip
    for name in ("rows", "lean"):
        session.cursor.execute(
            f'PREPARE "{face.view}_{name}" ({TYPES}) AS {face.spec["statements"][name]}'
        )
    for at in demo_tiles(face):
        place = f"ST_TileEnvelope({at[0]}, {at[1]}, {at[2]})"
        every = session.bytes_of(
            f"SELECT ST_AsMVT(q, 'a', 4096, 'shape') FROM (SELECT {columns}, ST_AsMVTGeom("
            f'v.tile_geom, {place}, 4096, 64, true) AS shape FROM published."{face.view}" AS v '
            f"JOIN {model._meta.db_table} AS t ON t.id = v.feature_id "
            f"WHERE v.tile_geom && {place}) AS q WHERE shape IS NOT NULL"
        )
        ours, lean = (
            session.bytes_of(f'EXECUTE "{face.view}_{name}" (%s, %s, %s, %s)', (*at, MOST))
            for name in ("rows", "lean")
        )
        sums.every += len(every)
        sums.published += len(ours)
        sums.drawn += len(lean)
        sums.gzip6 += len(gzip.compress(ours, 6))
        sums.br11 += len(brotli.compress(ours, quality=11))
        sums.tiles += 1
        sums.too_large += len(ours) > MOST_BYTES


def table(timed: Timed, fine: bool, sums: Weighed) -> Table:
    """Goal, ours, met."""
    made = Table(title=f"{REPORTS:,} reports, {FOOTPRINTS:,} footprints; {sums.tiles} demo tiles")
    for column in ("goal", "ours", "met"):
        made.add_column(column)
    worst = max(timed.ratios("other", ZOOMS))
    least = min(timed.ratios("same", ZOOMS))
    in_sum, in_sum_same = timed.in_sum("other", ZOOMS), timed.in_sum("same", (14, 15))
    steady = statistics.median(one["ours"] for one in timed.medians.values())
    lines: list[tuple[str, str, bool | None]] = [
        ("WGS 84, literals, default planner: z14-z16 in sum >= 3x ours", f"{in_sum:.1f}x",
         in_sum >= 3),
        ("the same on its worst tile >= 10x", f"{worst:.1f}x", worst >= 10),
        ("our statement with literals and defaults: z14-z15 in sum >= 1.5x", f"{in_sum_same:.2f}x",
         in_sum_same >= 1.5),
        ("the same, no tile below 0.95x", f"{least:.2f}x", least >= 0.95),
        ("plans z14-z17: index, no Seq Scan, no Gather", "every tile" if fine else "no", fine),
    ]  # fmt: skip
    if sums.every:
        drawn, published = sums.drawn / sums.every, sums.published / sums.every
        lines += [
            ("columns that are drawn <= 0.4x the bytes of all columns", f"{drawn:.2f}x",
             drawn <= 0.4),
            ("drawn and popup columns (what tiles carry)", f"{published:.2f}x", None),
            ("br-11 <= 0.87x gzip-6", f"{sums.br11 / sums.gzip6:.3f}x",
             sums.br11 <= 0.87 * sums.gzip6),
            ("demo tiles over 500 kB", str(sums.too_large), not sums.too_large),
        ]  # fmt: skip
    for goal, ours, met in lines:
        made.add_row(goal, ours, "" if met is None else "yes" if met else "no")
    made.caption = (
        f"our median {steady:.2f} ms; the first {FIRST_CALLS} calls of a connection "
        f"{', '.join(f'{ms:.1f}' for ms in timed.first[:FIRST_CALLS])} ms"
    )
    return made


def main() -> None:
    """Print the table."""
    sums, timed = weigh(), Timed()
    with _scratch.scratch("plans") as places:
        _scratch.prepare(places)
        _scratch.load(1, REPORTS)
        _scratch.index()
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE INDEX ON {Report._meta.db_table} USING gist (public_geom)")
        _scratch.publish()
        found = cases()
        for case in found:
            find_tiles(case)
            time_case(case, timed)
        fine = all(plans_keep_the_rules(case) for case in found)
    Console(width=120).print(table(timed, fine, sums))
