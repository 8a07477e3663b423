"""A scratch database of many made reports, served by one worker of the real application."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from benchmarks.tiles.servers import connected, free_port
from layers.catalog.population import PopulationCell
from layers.catalog.reports.models import Report
from layers.geography import city
from tile_service.models import PublishedLayer
from tile_service.publish import publishing
from tile_service.publish.serving import KEYWORDS

TABLE = Report._meta.db_table
YEARS_S = 3 * 365 * 86400
LAST = "2026-11-01T00:00:00Z"
CENTRES = 400  # groups of reports, of 30 to 700 m
INDEXED = {  # what tiles and pages read by; the rest would only make loading longer
    "tile_geom": "USING gist (tile_geom)",
    "tile_public_geom": "USING gist (tile_public_geom)",
    "received": "(received_at)",
    "published": "(published_at) WHERE published_at IS NOT NULL",
    "category": "(category_id, received_at)",
}


@dataclass
class Clock:
    """Seconds spent on each named step."""

    spent: dict[str, float] = field(default_factory=dict)

    def time(self, name: str, work: Callable[[], Any]) -> None:
        """Do `work` and add its time to `name`."""
        began = time.perf_counter()
        work()
        self.spent[name] = self.spent.get(name, 0.0) + time.perf_counter() - began


def run_beside(statement: str) -> None:
    """Run a statement about databases from another one."""
    given = connection.get_connection_params() | {"dbname": "postgres"}
    conn = psycopg2.connect(**{name: given[name] for name in KEYWORDS if given.get(name)})
    conn.autocommit = True
    conn.cursor().execute(statement)
    conn.close()


def homes() -> list[tuple[float, float, float]]:
    """Longitude, latitude and people of each populated cell; the centre where none is loaded."""
    cells = PopulationCell.objects.filter(people__gt=0).order_by("pk")
    found = [(cell.geom.x, cell.geom.y, cell.people) for cell in cells.iterator()]
    return found or [(*city().centre, 1.0)]


@contextmanager
def scratch(suffix: str) -> Iterator[list[tuple[float, float, float]]]:
    """An empty migrated database beside the current one; yields where people live."""
    places, name = homes(), connection.settings_dict["NAME"]
    made = f"{name}_{suffix}"
    connection.close()
    run_beside(f'DROP DATABASE IF EXISTS "{made}" WITH (FORCE)')
    run_beside(f'CREATE DATABASE "{made}"')
    connection.settings_dict["NAME"] = made
    try:
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET maintenance_work_mem = '512MB'")
            cursor.execute("SET work_mem = '256MB'")
        yield places
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
        run_beside(f'DROP DATABASE IF EXISTS "{made}" WITH (FORCE)')


def prepare(places: list[tuple[float, float, float]]) -> None:
    """Where reports come from: cells by people, and groups round some of them."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE home (lon float8, lat float8, upto float8)")
        lon, lat, people = zip(*places, strict=True)
        cursor.execute(
            "INSERT INTO home SELECT lon, lat, sum(people) OVER (ORDER BY at) "
            "/ sum(people) OVER () "
            "FROM unnest(%s::float8[], %s::float8[], %s::float8[]) WITH ORDINALITY "
            "AS cell (lon, lat, people, at)",
            [list(lon), list(lat), list(people)],
        )
        cursor.execute("CREATE INDEX ON home (upto); ANALYZE home")
        cursor.execute("CREATE TABLE pick (id int PRIMARY KEY, lon float8, lat float8)")
        cursor.execute("SELECT setseed(0.42)")
        cursor.execute(
            "INSERT INTO pick SELECT n, home.lon, home.lat FROM (SELECT n, (n - 0.5) / 20000 AS u "
            "FROM generate_series(1, 20000) AS n) AS drawn CROSS JOIN LATERAL "
            "(SELECT lon, lat FROM home WHERE upto >= u ORDER BY upto LIMIT 1) AS home"
        )
        cursor.execute(
            "CREATE TABLE centre AS SELECT row_number() OVER () AS id, lon, lat, spread "
            "FROM (SELECT lon, lat, exp(random() * 3.1) * 30 / 111000 AS spread FROM pick "
            f"ORDER BY random() LIMIT {CENTRES}) AS chosen"
        )
        cursor.execute(
            "SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I CASCADE', %s, conname) "
            "FROM pg_constraint WHERE conrelid = %s::regclass "
            "AND (contype IN ('c', 'u') OR conname = 'report_state_is_history')",
            [TABLE, TABLE],
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
        drop_indexes()


def drop_indexes() -> None:
    """Leave the table its key alone: loading is not what is measured."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = %s AND indexname NOT LIKE %s",
            [TABLE, "%pkey"],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')


def load(first: int, last: int) -> None:
    """Reports number `first`..`last`: two thirds in groups, the rest where people live.

    Nine in ten are published at their true place; times rise over three years.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SELECT setseed(%s)", [(first % 997) / 997])
        cursor.execute(MADE, {"first": first, "last": last, "at": LAST, "span": YEARS_S})
        cursor.execute("SET session_replication_role = origin")


COLUMNS = {  # of every made report: column -> what it holds
    "id": "n", "client_id": "gen_random_uuid()", "content_hash": "''", "number": "'B' || n",
    "door": "'sample'", "source": "''",
    "category_id": "kinds[1 + floor(u1 * array_length(kinds, 1))::int]", "words": "''",
    "public_words": "'contoh'", "landmark": "''", "place_source": "'tap'", "at_sea": "false",
    "observed_at": "at", "received_at": "at", "state": "'baru'", "history_seq": "1",
    "row_version": "1", "urgent": "false", "follow_key_hash": "''", "phone_mark": "''",
    "supporters": "0", "practice": "false", "origin": "'synthetic'", "geom": "place",
    "public_cell": "''",
}  # fmt: skip


def made(
    more: dict[str, str], *, uniforms: int, past: str, aside: tuple[str, str],
    drawn: str = "", told: str = "",
) -> str:  # fmt: skip
    """Insert reports %(first)s to %(last)s: two thirds in groups, the rest where people live.

    more : columns besides COLUMNS, or in place of them; drawn, told : further columns of the inner
    tables, with a comma behind; uniforms : random numbers u1, u2, ...; past : how far back a
    report lies, 0 to 1 of %(span)s; aside : east and north of its place, 0 to 1 of its cell
    """
    columns, u = COLUMNS | more, ", ".join(f"random() AS u{k}" for k in range(1, uniforms + 1))
    return f"""
INSERT INTO {TABLE} ({", ".join(columns)})
SELECT {", ".join(columns.values())}
FROM (
    SELECT drawn.*, kinds, {told}
           %(at)s::timestamptz - make_interval(secs => %(span)s * ({past})) AS at,
           ST_SetSRID(ST_Point(
               CASE WHEN grouped THEN centre.lon + centre.spread * r * cos(a)
                    ELSE pick.lon + ({aside[0]} - 0.5) * 0.0009 END,
               CASE WHEN grouped THEN centre.lat + centre.spread * r * sin(a)
                    ELSE pick.lat + ({aside[1]} - 0.5) * 0.0009 END), 4326) AS place
    FROM (
        SELECT n, {u}, random() < 0.667 AS grouped, {drawn} sqrt(-2 * ln(1 - random())) AS r,
               2 * pi() * random() AS a, 1 + floor(power(random(), 2) * {CENTRES})::int AS c,
               1 + floor(random() * 20000)::int AS p
        FROM generate_series(%(first)s, %(last)s) AS n OFFSET 0
    ) AS drawn
    JOIN centre ON centre.id = c JOIN pick ON pick.id = p
    CROSS JOIN (SELECT array_agg(code ORDER BY code) AS kinds FROM layers_category
                WHERE public_precision = 'exact') AS category OFFSET 0
) AS told
"""


MADE = made(
    {
        "state": "CASE WHEN shown THEN 'diteruskan' ELSE 'baru' END",
        "published_at": "CASE WHEN shown THEN at END",
        "public_geom": "CASE WHEN shown THEN place END",
    },
    uniforms=3, past="1 - sqrt(u2)", aside=("u3", "u2"), drawn="random() < 0.9 AS shown,",
)  # fmt: skip


def index() -> None:
    """Indexes that tiles and pages read by, statistics, and a map of what all may see."""
    with connection.cursor() as cursor:
        for name, on in INDEXED.items():
            cursor.execute(f"CREATE INDEX scratch_{name} ON {TABLE} {on}")
        cursor.execute(f"VACUUM ANALYZE {TABLE}")


def publish() -> None:
    """Publish, and count every row anew (loading went past the triggers)."""
    PublishedLayer.objects.update(counted=False)
    publishing.try_logins(publishing.publish())


def address() -> str:
    """DATABASE_URL of the current database."""
    given = connection.get_connection_params()
    parts = {name: given[name] for name in ("host", "port", "user", "password") if given.get(name)}
    return f"postgres:///{given['dbname']}?{urlencode(parts)}"


@contextmanager
def served() -> Iterator[http.client.HTTPConnection]:
    """One worker of the served application over the current database."""
    port = free_port()
    command = [
        str(Path(sys.executable).with_name("granian")), "--interface", "asgi", "--workers", "1",
        "--loop", "uvloop", "--port", str(port), "--log-level", "error",
        "tile_service.asgi:application",
    ]  # fmt: skip
    with TemporaryDirectory() as store:  # else it would know tiles of a smaller size
        environment = os.environ | {"DATABASE_URL": address(), "TILE_STORE_DIR": store}
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)
        try:
            yield connected(port)
        finally:
            process.terminate()
            process.wait(10)
