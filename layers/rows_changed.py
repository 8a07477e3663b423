"""Many rows of a table changed in one statement; those that say the same are not touched."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.gis.db.models import GeometryField
from django.db import connection, models

NUMBERS: tuple[tuple[type[models.Field], type], ...] = (
    (models.FloatField, float), (models.IntegerField, int),
)  # fmt: skip


def change_rows(
    of: type[models.Model], rows: Sequence[models.Model], columns: Sequence[str]
) -> None:
    """Write `columns` of rows whose keys are known, by one UPDATE from arrays.

    A row that says the same makes no tile stale; where no shape is written, none is projected.
    """
    if not rows:
        return
    known = {field.name: field for field in of._meta.concrete_fields}
    fields = [field for field in known.values() if field.primary_key]
    fields += [known[name] for name in columns]
    names = [connection.ops.quote_name(str(field.column)) for field in fields]
    told = [
        f"said.{name}::geometry" if isinstance(field, GeometryField) else f"said.{name}"
        for field, name in zip(fields, names, strict=True)
    ]
    arrays = ", ".join(["%s::bigint[]", *(f"%s::{_type(field)}[]" for field in fields[1:])])
    setting = ", ".join(f"{a} = {b}" for a, b in zip(names[1:], told[1:], strict=True))
    was = ", ".join(f"kept.{name}" for name in names[1:])
    statement = (
        f"UPDATE {connection.ops.quote_name(of._meta.db_table)} AS kept SET {setting} "
        f"FROM unnest({arrays}) AS said ({', '.join(names)}) "
        f"WHERE kept.{names[0]} = said.{names[0]} "
        f"AND ({was}) IS DISTINCT FROM ({', '.join(told[1:])})"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_values(field, rows) for field in fields])


def _type(field: models.Field) -> str:
    return "text" if isinstance(field, GeometryField) else str(field.db_type(connection))


def _values(field: models.Field, rows: Sequence[models.Model]) -> list[object]:
    """What the driver is given: plain values as they are, others as their field prepares them."""
    values = [getattr(row, field.attname) for row in rows]
    if isinstance(field, GeometryField):
        return [None if value is None else value.hexewkb.decode() for value in values]
    for kind, number in NUMBERS:  # a number of numpy is none to the driver
        if isinstance(field, kind):
            return [None if value is None else number(value) for value in values]
    if isinstance(field, models.CharField | models.DateTimeField):
        return values
    return [field.get_db_prep_save(value, connection) for value in values]
