"""Rows into a table by COPY: several times faster than INSERT for tens of thousands of them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, models

NULL = "\\N"


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Take `count` ids from the table's sequence."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def copy(rows: Sequence[models.Model]) -> None:
    """COPY unsaved `rows` of one model, each gets an id; generated columns follow."""
    if not rows:
        return
    model = type(rows[0])
    missing = [row for row in rows if row.pk is None]
    for row, identity in zip(missing, reserve_ids(model, len(missing)), strict=True):
        row.pk = identity
    names = [field.attname for field in model._meta.concrete_fields if not field.generated]
    copy_values(model, names, ([getattr(row, name) for name in names] for row in rows))


def copy_values(
    model: type[models.Model], names: Sequence[str], values: Iterable[Sequence[Any]]
) -> None:
    """COPY rows of `values`, in the order of `names` (attributes); ids follow where not given.

    A geometry may be text already (hexadecimal EWKB). What the database refuses, it refuses whole.
    """
    lines = io.StringIO("".join(f"{','.join(map(_cell, row))}\n" for row in values))
    column_of = {field.attname: field.column for field in model._meta.concrete_fields}
    columns = ", ".join(f'"{column_of[name]}"' for name in names)
    statement = (
        f"COPY \"{model._meta.db_table}\" ({columns}) FROM STDIN WITH (FORMAT csv, NULL '{NULL}')"
    )
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(statement, lines)


def _cell(value: Any) -> str:
    """Everything in quotes but nothing itself: no text from a file can stand for it."""
    if value is None:
        return NULL
    if isinstance(value, GEOSGeometry):
        value = value.hexewkb.decode()
    if isinstance(value, dict | list):
        value = json.dumps(value)
    escaped = str(value).replace('"', '""')
    return f'"{escaped}"'
