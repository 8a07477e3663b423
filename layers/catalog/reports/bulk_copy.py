"""Rows into a table by COPY: several times faster than INSERT for tens of thousands of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
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
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    names = [field.attname for field in fields]
    lines = io.StringIO()
    writer = csv.writer(lines, quoting=csv.QUOTE_MINIMAL)
    for row in rows:
        writer.writerow([_text(getattr(row, name)) for name in names])
    lines.seek(0)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    statement = (
        f"COPY \"{model._meta.db_table}\" ({columns}) FROM STDIN WITH (FORMAT csv, NULL '{NULL}')"
    )
    with connection.cursor() as cursor:
        cursor.copy_expert(statement, lines)


def _text(value: Any) -> Any:
    if value is None:
        return NULL
    if isinstance(value, GEOSGeometry):
        return value.hexewkb.decode()
    if isinstance(value, dict | list):
        return json.dumps(value)
    return value
