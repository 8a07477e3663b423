"""Triggers that note which tables a transaction touched (see migration 0010 for the function)."""

from __future__ import annotations

from django.db import connection
from psycopg2 import sql

from tile_service.publish.compiling import SCHEMA

FUNCTION = "tile_service_touched"
EVENTS = (
    ("insert", "AFTER INSERT", "REFERENCING NEW TABLE AS changed", "rows"),
    ("update", "AFTER UPDATE", "REFERENCING NEW TABLE AS changed", "rows"),
    ("delete", "AFTER DELETE", "REFERENCING OLD TABLE AS changed", "rows"),
    ("truncate", "AFTER TRUNCATE", "", "all"),
)
TABLES_OF_VIEW = """
SELECT DISTINCT source.relname
FROM pg_depend AS needs
JOIN pg_rewrite AS rule ON rule.oid = needs.objid AND needs.classid = 'pg_rewrite'::regclass
JOIN pg_class AS face ON face.oid = rule.ev_class
JOIN pg_namespace AS place ON place.oid = face.relnamespace
JOIN pg_class AS source ON source.oid = needs.refobjid AND needs.refclassid = 'pg_class'::regclass
WHERE place.nspname = %s AND face.relname = %s AND source.relkind IN ('r', 'p')
ORDER BY source.relname
"""


def tables_of(view: str) -> list[str]:
    """Tables that a published view reads."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES_OF_VIEW, [SCHEMA, view])
        return [row[0] for row in cursor.fetchall()]


def watch(table: str) -> None:
    """Make the triggers of `table` that are missing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass", [f'public."{table}"']
        )
        present = {row[0] for row in cursor.fetchall()}
        for name, event, tables, kind in EVENTS:
            if f"tile_{name}" in present:
                continue
            text = sql.SQL(
                f"CREATE TRIGGER tile_{name} {event} ON public.{{}} {tables} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION public.{FUNCTION}('{kind}')"
            ).format(sql.Identifier(table))
            cursor.execute(text.as_string(cursor.connection))
