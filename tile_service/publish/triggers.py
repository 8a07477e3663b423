"""Triggers that note what a transaction changed of each published face (text: noting.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection
from psycopg2 import sql

from layers.access import Face
from layers.spec import Layer
from tile_service.publish import noting
from tile_service.publish.compiling import SCHEMA, Compiled, placeless_text
from tile_service.publish.noting import Source

PREFIX = "tile_note_"
EVENTS = (
    ("insert", "AFTER INSERT", "REFERENCING NEW TABLE AS new_rows"),
    ("update", "AFTER UPDATE", "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"),
    ("delete", "AFTER DELETE", "REFERENCING OLD TABLE AS old_rows"),
    ("truncate", "AFTER TRUNCATE", ""),
)
COLUMNS_OF_VIEW = """
SELECT source.relname, array_agg(DISTINCT part.attname::text) FILTER (WHERE part.attnum > 0)
FROM pg_depend AS needs
JOIN pg_rewrite AS rule ON rule.oid = needs.objid AND needs.classid = 'pg_rewrite'::regclass
JOIN pg_class AS face ON face.oid = rule.ev_class
JOIN pg_namespace AS place ON place.oid = face.relnamespace
JOIN pg_class AS source ON source.oid = needs.refobjid AND needs.refclassid = 'pg_class'::regclass
LEFT JOIN pg_attribute AS part
  ON part.attrelid = needs.refobjid AND part.attnum = needs.refobjsubid
WHERE place.nspname = %s AND face.relname = %s AND source.relkind IN ('r', 'p')
GROUP BY source.relname
ORDER BY source.relname
"""
PRESENT = """
SELECT watched.relname::text, made.tgname::text FROM pg_trigger AS made
JOIN pg_class AS watched ON watched.oid = made.tgrelid
JOIN pg_namespace AS place ON place.oid = watched.relnamespace
WHERE NOT made.tgisinternal AND made.tgname LIKE 'tile\\_note\\_%' AND place.nspname = 'public'
"""
FUNCTIONS = """
SELECT made.proname::text FROM pg_proc AS made
JOIN pg_namespace AS place ON place.oid = made.pronamespace
WHERE made.proname LIKE 'tile\\_note\\_%' AND place.nspname = 'public'
"""


def columns_of(view: str) -> dict[str, tuple[str, ...]]:
    """Tables that a published view reads, each with the columns it needs of them."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS_OF_VIEW, [SCHEMA, view])
        return {table: tuple(names or ()) for table, names in cursor.fetchall()}


def sources_of(layer: Layer, face: Face, compiled: Compiled) -> dict[str, Source]:
    """The face as seen from each of its tables.

    From its own table row by row, where the rows allow that; from a joined table as a whole.
    """
    rows, own = layer.rows_of(face), layer.model._meta.db_table
    by_rows = noting.goes_by_rows(rows, compiled.view_sql)
    select = compiled.view_sql
    if by_rows and (more := placeless_text(layer, face)):
        select = f"SELECT * FROM ({select}) AS placed UNION ALL SELECT * FROM ({more}) AS placeless"
    return {
        table: Source(layer.slug, face.value, select if by_rows and table == own else "", names)
        for table, names in columns_of(compiled.view).items()
    }


def _run(text: str, *names: str) -> None:
    with connection.cursor() as cursor:
        made = sql.SQL(text).format(*(sql.Identifier(name) for name in names))
        cursor.execute(made.as_string(cursor.connection))


def watch(tables: Mapping[str, Sequence[Source]]) -> set[str]:
    """Write the trigger functions, make the triggers that are missing, drop those of old.

    Returns the tables that were not watched before.
    """
    with connection.cursor() as cursor:
        cursor.execute(PRESENT)
        present = set(cursor.fetchall())
    unwatched: set[str] = set()
    for table, sources in sorted(tables.items()):
        with connection.cursor() as cursor:
            cursor.execute(noting.function_text(table, sources))
        for name, event, rows in EVENTS:
            if (table, f"{PREFIX}{name}") not in present:
                unwatched.add(table)
                text = f"CREATE TRIGGER {PREFIX}{name} {event} ON public.{{}} {rows} "
                text += "FOR EACH STATEMENT EXECUTE FUNCTION public.{}()"
                _run(text, table, noting.function_name(table))
    drop_but(noting.function_name(table) for table in tables)
    return unwatched


def drop_but(kept: Iterable[str] = ()) -> None:
    """Drop the trigger functions (and with them their triggers) that are not among `kept`."""
    stays = set(kept)
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
        found = [row[0] for row in cursor.fetchall()]
    for name in found:
        if name not in stays:
            _run("DROP FUNCTION public.{}() CASCADE", name)
