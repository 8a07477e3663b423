"""The loaded city's islands and people, with made reports, in a scratch database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from benchmarks import _scratch
from layers.catalog.places import Island, Kecamatan, Kelurahan
from layers.catalog.population import PopulationCell

COPIED: tuple[Any, ...] = (Island, Kecamatan, Kelurahan, PopulationCell)
PEOPLE_PER_REPORT = 0.2  # so many reporters leave a mark, of all reports; a third leave none
INDEXED = {"received": "(received_at)", "category": "(category_id, received_at)"}
AT_ONCE = 1_000_000


class NoCity(RuntimeError):
    """Load a city first: ./run bench does, or manage.py setup_city."""


@contextmanager
def made_city() -> Iterator[None]:
    """A database beside the current one with the city's ground and no report. Raises NoCity."""
    ground = [(model, list(model.objects.all())) for model in COPIED]
    if not all(rows for _, rows in ground):
        raise NoCity(NoCity.__doc__)
    with _scratch.scratch("analysed") as places:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
        for model, rows in ground:
            model.objects.bulk_create(rows, batch_size=2000)
        _scratch.prepare(places)
        with connection.cursor() as cursor:
            for table in ("pick", "centre"):
                cursor.execute(f"ALTER TABLE {table} ADD island bigint")
                cursor.execute(
                    f"UPDATE {table} SET island = (SELECT id FROM layers_island "
                    "ORDER BY geom <-> ST_SetSRID(ST_Point(lon, lat), 4326) LIMIT 1)"
                )
        yield


def load(first: int, last: int) -> None:
    """Reports number `first`..`last`, in order of time; two thirds in groups; then indexes."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for name in INDEXED:
            cursor.execute(f"DROP INDEX IF EXISTS analysed_{name}")
        for start in range(first, last + 1, AT_ONCE):
            cursor.execute("SELECT setseed(%s)", [(start % 997) / 997])
            cursor.execute(MADE, {
                "first": start, "last": min(last, start + AT_ONCE - 1), "all": last,
                "at": _scratch.LAST, "span": _scratch.YEARS_S,
                "people": int(last * PEOPLE_PER_REPORT) + 1,
            })  # fmt: skip
        cursor.execute("SET session_replication_role = origin")
        for name, on in INDEXED.items():
            cursor.execute(f"CREATE INDEX analysed_{name} ON {_scratch.TABLE} {on}")
        cursor.execute(f"VACUUM ANALYZE {_scratch.TABLE}")


MADE = f"""
INSERT INTO {_scratch.TABLE} (
    id, client_id, content_hash, number, door, source, category_id, words, public_words, landmark,
    place_source, at_sea, observed_at, received_at, state, history_seq, row_version, urgent,
    follow_key_hash, phone_mark, supporters, practice, origin, geom, public_cell, island_id)
SELECT n, gen_random_uuid(), '', 'B' || n, 'sample', '',
    kinds[1 + floor(u1 * array_length(kinds, 1))::int], '', 'contoh', '', 'tap', false, at, at,
    'baru', 1, 1, false, '',
    CASE WHEN u3 < 0.667 THEN md5((1 + floor(u2 * %(people)s))::text) ELSE '' END,
    0, false, 'synthetic', place, '', island
FROM (
    SELECT n, u1, u2, u3, kinds,
           %(at)s::timestamptz
           - make_interval(secs => %(span)s * (1 - sqrt((n - 0.5) / %(all)s))) AS at,
           CASE WHEN grouped THEN centre.island ELSE pick.island END AS island,
           ST_SetSRID(ST_Point(
               CASE WHEN grouped THEN centre.lon + centre.spread * r * cos(a)
                    ELSE pick.lon + (u4 - 0.5) * 0.0009 END,
               CASE WHEN grouped THEN centre.lat + centre.spread * r * sin(a)
                    ELSE pick.lat + (u5 - 0.5) * 0.0009 END), 4326) AS place
    FROM (
        SELECT n, random() AS u1, random() AS u2, random() AS u3, random() AS u4, random() AS u5,
               random() < 0.667 AS grouped, sqrt(-2 * ln(1 - random())) AS r,
               2 * pi() * random() AS a,
               1 + floor(power(random(), 2) * {_scratch.CENTRES})::int AS c,
               1 + floor(random() * 20000)::int AS p
        FROM generate_series(%(first)s, %(last)s) AS n OFFSET 0
    ) AS drawn
    JOIN centre ON centre.id = c JOIN pick ON pick.id = p
    CROSS JOIN (SELECT array_agg(code ORDER BY code) AS kinds FROM layers_category
                WHERE public_precision = 'exact') AS category OFFSET 0
) AS told
"""
