"""Tile statements beside what others write: planner, storage, columns, bytes (goals 2 and 5)."""

from __future__ import annotations

import random
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.db import connection
from rich.console import Console
from rich.table import Table

from benchmarks import _scratch
from benchmarks._demo_bytes import Weighed, weigh
from benchmarks._planner import MOST, MOST_BYTES, TYPES, At, Session
from benchmarks.tiles.places import tile_at
from layers.access import Face
from layers.catalog.reports.models import Report
from layers.registry import get
from layers.spec import FeatureTiles
from tile_service.models import PublishedLayer
from tile_service.publish import statements, weighing
from tile_service.serve import mvt
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.request import Tile
from tile_service.serve.session import LIMITS, planned

REPORTS, FOOTPRINTS = 200_000, 60_000
ZOOMS = (14, 15, 16)
DEEP = (14, 15, 16, 17)
TILES, FIRST_CALLS = 6, 5
FEWEST, MOST_ROUNDS, TILE_S = 5, 60, 2.0  # as many rounds of a tile as fit: small ones waver most
READ_BY_INDEX = re.compile(r"Index Cond: \(tile_\w*geom && ")


@dataclass
class Case:
    """One layer: our face, what others write (WGS 84 and 3857 storage), and its tiles."""

    name: str
    table: str
    face: PublishedFace
    other: str
    stored: str
    tiles: dict[int, list[At]] = field(default_factory=dict)

    @property
    def ours(self) -> str:
        """Our statement of a tile with every column."""
        return str(self.face.spec["statements"]["rows"])


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


def as_others(table: str, columns: str, where: str, geometry: str, buffer: int) -> str:
    """The usual statement: WGS 84 storage, transformed for each row; {z} {x} {y} are literals.

    It draws the same margin round the tile as ours, so that both hold the same rows.
    """
    return (
        f"SELECT ST_AsMVT(q, 'a', 4096, 'g', 'id') FROM (SELECT id, {columns}, ST_AsMVTGeom("
        f"ST_Transform({geometry}, 3857), ST_TileEnvelope({{z}}, {{x}}, {{y}}), 4096, {buffer}, "
        f"true) AS g FROM {table} WHERE {geometry} && ST_Transform(ST_TileEnvelope({{z}}, {{x}}, "
        f"{{y}}, margin => {buffer / 4096}), 4326){where}) AS q WHERE g IS NOT NULL"
    )


def on_stored(table: str, columns: str, where: str, geometry: str, buffer: int) -> str:
    """The same over stored Web Mercator geometry: nothing is transformed."""
    return (
        f"SELECT ST_AsMVT(q, 'a', 4096, 'g', 'id') FROM (SELECT id, {columns}, ST_AsMVTGeom("
        f"{geometry}, ST_TileEnvelope({{z}}, {{x}}, {{y}}), 4096, {buffer}, true) AS g "
        f"FROM {table} WHERE {geometry} && ST_TileEnvelope({{z}}, {{x}}, {{y}}, "
        f"margin => {buffer / 4096}){where}) AS q WHERE g IS NOT NULL"
    )


def cases() -> list[Case]:
    """Reports (with the public face's conditions) and footprints."""
    reports = (
        f"{_scratch.TABLE} JOIN layers_category ON code = category_id",
        "number, category_id, public_state, resolution, public_words, received_at::text, "
        "supporters, origin",
        " AND published_at IS NOT NULL AND NOT practice AND main_report_id IS NULL "
        "AND public_precision IN ('exact', 'blur')",
    )
    footprints = ("footprint", "name, kind", "")
    wide, narrow = statements.POINT_BUFFER, statements.BUFFER
    outlines = get("kelurahan")
    areas = replace(
        outlines,
        public_fields=("name", "kind"),
        tiles=FeatureTiles(min_zoom=12),
        symbol=replace(outlines.symbol, label=""),  # others write no names into areas either
    )
    types = {"name": "text", "kind": "text"}
    made = statements.Statements(areas, Face.PUBLIC, make_footprints(), types, counted=False)
    fits = weighing.fits_of(made, f"SELECT * FROM {made.view}")  # as publishing does
    texts = statements.statements_of(replace(made, many=bool(fits)))
    spec = {"statements": texts, "most_rows": MOST, "fits": fits}
    found = PublishedLayer.objects.get(slug="reports", face="public")
    return [
        Case("reports", _scratch.TABLE,
             PublishedFace("reports", "public", "hex", True, "", found.spec, found.version),
             as_others(*reports, "public_geom", wide),
             on_stored(*reports, "tile_public_geom", wide)),
        Case("footprints", "footprint",
             PublishedFace("footprints", "public", "feature", True, "", spec, "1"),
             as_others(*footprints, "geom", narrow), on_stored(*footprints, "tile_geom", narrow)),
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


def literal(text: str, at: At) -> str:
    """A statement with its parameters written in."""
    for number, value in zip(("$1", "$2", "$3", "$4"), (*at, MOST), strict=True):
        text = text.replace(number, str(value))
    return text


def ways(case: Case) -> dict[str, Callable[[At], object]]:
    """The ways to make a tile, each on a connection of its own.

    ours: our statement with every column; served: with the poorer ones that the server goes on to
    when a tile is over its budgets; same: our text with literals and defaults; stored, other: what
    others write
    """
    tuned, served, same, other, stored = Session(LIMITS), Session(LIMITS), *(
        Session() for _ in range(3)
    )  # fmt: skip
    return {
        "ours": lambda at: tuned.query(case.face, "rows", (*at, MOST)),
        "served": lambda at: mvt.fetch(
            served, case.face, Tile("", "", "", {}, *at), None, MOST_BYTES
        ),
        "same": lambda at: same.bytes_of(literal(case.ours, at)),
        "stored": lambda at: stored.bytes_of(case.stored.format(z=at[0], x=at[1], y=at[2])),
        "other": lambda at: other.bytes_of(case.other.format(z=at[0], x=at[1], y=at[2])),
    }


def spent_ms(work: Callable[[], Any]) -> float:
    """Time of one call."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


@dataclass
class Timed:
    """Times (ms) of each way by (layer, tile), round by round, and of the first calls of ours."""

    rounds: dict[tuple[str, At], dict[str, list[float]]] = field(default_factory=dict)
    first: list[float] = field(default_factory=list)

    def ratios(self, way: str, ours: str, zooms: tuple[int, ...]) -> list[float]:
        """That way's time beside ours, tile by tile: the median of its rounds' ratios."""
        chosen = [one for (_, at), one in self.rounds.items() if at[0] in zooms]
        return [
            statistics.median(
                theirs / mine for theirs, mine in zip(one[way], one[ours], strict=True)
            )
            for one in chosen
        ]

    def in_sum(self, way: str, ours: str, zooms: tuple[int, ...]) -> float:
        """That way's time beside ours, over all tiles."""
        chosen = [one for (_, at), one in self.rounds.items() if at[0] in zooms]
        theirs, mine = (sum(statistics.median(one[side]) for one in chosen) for side in (way, ours))
        return theirs / mine


def in_turn(names: list[str], number: int) -> list[str]:
    """The ways in an order of chance each round: nobody always follows the same other.

    Whoever follows a way that read the same rows finds them in the processor's caches.
    """
    return random.Random(number).sample(names, len(names))


def time_case(case: Case, timed: Timed) -> None:
    """Interleaved rounds over every tile; the first calls of ours are counted apart."""
    made = ways(case)
    opening = case.tiles[15][0]
    timed.first += [spent_ms(lambda: made["ours"](opening)) for _ in range(FIRST_CALLS)]
    for zoom in ZOOMS:
        for at in case.tiles[zoom]:
            timed.rounds[case.name, at] = times_of(made, at)


def times_of(made: dict[str, Callable[[At], object]], at: At) -> dict[str, list[float]]:
    """Times (ms) of a tile by each way, round by round; a first round warms."""
    for way in made.values():
        way(at)
    times: dict[str, list[float]] = {name: [] for name in made}
    ends = time.perf_counter() + TILE_S
    for number in range(MOST_ROUNDS):
        if number >= FEWEST and time.perf_counter() > ends:
            break
        for name in in_turn(list(made), number):
            times[name].append(spent_ms(partial(made[name], at)))
    return times


def plans_keep_the_rules(case: Case) -> bool:
    """True when each deep tile's plan reads the index, and neither scans all nor gathers."""
    session = Session(LIMITS)
    session.cursor.execute(f"PREPARE ours ({TYPES}) AS {case.ours}")
    for zoom in DEEP:
        session.cursor.execute(
            f"{planned(case.face.spec, 'rows')}EXPLAIN EXECUTE ours (%s, %s, %s, %s)",
            (*case.tiles[zoom][0], MOST),
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


def table(timed: Timed, fine: bool, sums: Weighed) -> Table:
    """Goal, ours, met."""
    made = Table(title=f"{REPORTS:,} reports, {FOOTPRINTS:,} footprints; {sums.tiles} demo tiles")
    for column in ("goal", "ours", "met"):
        made.add_column(column)
    steady = statistics.median(statistics.median(one["served"]) for one in timed.rounds.values())
    lines: list[tuple[str, str, bool | None]] = []
    for ours, words in (("served", "as served"), ("ours", "our statement alone")):
        worst, in_sum = max(timed.ratios("other", ours, ZOOMS)), timed.in_sum("other", ours, ZOOMS)
        lines += [
            (f"WGS 84, literals, default planner: z14-z16 in sum >= 3x ({words})",
             f"{in_sum:.1f}x", in_sum >= 3),
            ("the same on its worst tile >= 10x", f"{worst:.1f}x", worst >= 10),
        ]  # fmt: skip
    for way, ours, words in (
        ("stored", "served", "3857 storage, literals, default planner"),
        ("same", "ours", "our statement with literals and defaults"),
    ):
        in_sum, least = timed.in_sum(way, ours, (14, 15)), min(timed.ratios(way, ours, ZOOMS))
        lines += [
            (f"{words}: z14-z15 in sum >= 1.5x", f"{in_sum:.2f}x", in_sum >= 1.5),
            ("the same, no tile below 0.95x", f"{least:.2f}x", least >= 0.95),
        ]
    every_plan = "every tile" if fine else "no"
    lines.append(("plans z14-z17: index, no Seq Scan, no Gather", every_plan, fine))
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
