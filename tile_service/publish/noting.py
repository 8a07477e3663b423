"""Text of the trigger functions that note which boxes of which face a statement changed.

Old and new rows stand for the table inside the face's own SELECT; what comes out of both alike is
no change. Should such a SELECT fail (a column renamed by hand), the writer goes on and the whole
layer counts as changed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import DatabaseError, connection, models, transaction

MOST_ROWS = 20_000  # a statement over more rows counts as a change of the whole layer
LONGEST_NAME = 63


@dataclass(frozen=True, slots=True)
class Source:
    """A face as seen from one of its tables.

    select: the face's SELECT when each row of the table makes one of its rows, else ""
    columns: columns of the table that the face reads
    """

    slug: str
    face: str
    select: str
    columns: tuple[str, ...] = ()


def function_name(table: str) -> str:
    """Name of a table's trigger function."""
    name = f"tile_note_{table}"
    if len(name) <= LONGEST_NAME:
        return name
    return f"tile_note_{hashlib.sha256(table.encode()).hexdigest()[:16]}"


def goes_by_rows(rows: models.QuerySet[models.Model], select: str) -> bool:
    """True when each row of the model's table makes its own row of `select`, or none."""
    query, table = rows.query, rows.model._meta.db_table
    if query.distinct or query.combinator or query.is_sliced or query.group_by:
        return False
    if len(re.findall(rf'(?:FROM|JOIN) "{table}"', select)) != 1 or " OVER (" in select:
        return False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_with_rows(table, f'public."{table}"', select) + " LIMIT 0")
    except DatabaseError:
        return False
    return True


def _with_rows(table: str, rows: str, select: str) -> str:
    return f'WITH "{table}" AS (SELECT * FROM {rows}) {select}'


# A row that is in both states with the same place and time (`still`) changes no count: tiles that
# gather rows need not be made anew for it.
BOXES = """(SELECT CASE WHEN count(*) > 0 THEN public.tile_service_boxes(array_agg(ARRAY[
    ST_XMin(tile_geom), ST_YMin(tile_geom), ST_XMax(tile_geom), ST_YMax(tile_geom), still])) END
    FROM (SELECT tile_geom, (count(*) > 1)::int AS still FROM ({changed}) AS changed
          GROUP BY feature_id, tile_geom{time}) AS placed)"""
DIFFERING = """WITH was AS ({was}), now AS ({now})
    (TABLE was EXCEPT ALL TABLE now) UNION ALL (TABLE now EXCEPT ALL TABLE was)"""


def _changed(table: str, select: str) -> dict[str, str]:
    """Boxes that an INSERT, UPDATE or DELETE changed; NULL: nothing of this face."""
    now, was = (_with_rows(table, name, select) for name in ("new_rows", "old_rows"))
    both = DIFFERING.format(was=was, now=now)
    return {
        event: BOXES.format(changed=changed, time=', "_at"' if '"_at"' in select else "")
        for event, changed in (("INSERT", now), ("UPDATE", both), ("DELETE", was))
    }


def _by_rows(number: int, table: str, source: Source) -> str:
    arms = "".join(
        f"            WHEN '{event}' THEN boxes_{number} := {text};\n"
        for event, text in _changed(table, source.select).items()
    )
    return f"            CASE TG_OP\n{arms}            END CASE;\n"


def _whole(number: int, source: Source) -> str:
    """A joined table: an update counts when a column that the face reads differs."""
    names = ", ".join(f'"{name}"' for name in source.columns) or "*"
    return (
        f"            all_{number} := TG_OP <> 'UPDATE';\n"
        f"            IF TG_OP = 'UPDATE' THEN all_{number} := EXISTS ("
        f"SELECT {names} FROM new_rows EXCEPT ALL SELECT {names} FROM old_rows); END IF;\n"
    )


def _note(number: int, source: Source) -> str:
    place = "public.tile_service_outbox (slug, face, boxes)"
    return (
        f"    IF whole OR all_{number} OR boxes_{number} IS NOT NULL THEN\n"
        f"        INSERT INTO {place} VALUES ('{source.slug}', '{source.face}',\n"
        f"            CASE WHEN NOT (whole OR all_{number}) THEN boxes_{number} END);\n"
        "        noted := true;\n"
        "    END IF;\n"
    )


def function_text(table: str, sources: Sequence[Source]) -> str:
    """CREATE FUNCTION of a table's trigger function."""
    numbered = list(enumerate(sources))
    declared = "".join(
        f"    boxes_{n} float8[];\n    all_{n} boolean := false;\n" for n, _ in numbered
    )
    compared = "".join(
        _by_rows(n, table, source) if source.select else _whole(n, source) for n, source in numbered
    )
    noted = "".join(_note(n, source) for n, source in numbered)
    return f"""
CREATE OR REPLACE FUNCTION public."{function_name(table)}"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $tile_note$
#variable_conflict use_column
DECLARE
    touched bigint := 1;
    whole boolean := TG_OP = 'TRUNCATE';
    noted boolean := false;
{declared}BEGIN
    IF TG_OP = 'DELETE' THEN
        touched := (SELECT count(*) FROM (SELECT FROM old_rows LIMIT {MOST_ROWS} + 1) AS few);
    ELSIF TG_OP <> 'TRUNCATE' THEN
        touched := (SELECT count(*) FROM (SELECT FROM new_rows LIMIT {MOST_ROWS} + 1) AS few);
    END IF;
    IF touched = 0 THEN
        RETURN NULL;
    END IF;
    whole := whole OR touched > {MOST_ROWS};
    IF NOT whole THEN
        BEGIN
{compared}        EXCEPTION WHEN OTHERS THEN
            whole := true;
        END;
    END IF;
{noted}    IF noted THEN
        PERFORM pg_notify('tile_changes', '');
    END IF;
    RETURN NULL;
END
$tile_note$
"""
