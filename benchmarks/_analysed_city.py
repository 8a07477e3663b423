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


MADE = _scratch.made(
    {
        "phone_mark": "CASE WHEN u3 < 0.667 THEN md5((1 + floor(u2 * %(people)s))::text) "
                      "ELSE '' END",
        "island_id": "island",
    },
    uniforms=5, past="1 - sqrt((n - 0.5) / %(all)s)", aside=("u4", "u5"),
    told="CASE WHEN grouped THEN centre.island ELSE pick.island END AS island,",
)  # fmt: skip
