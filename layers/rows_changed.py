"""Many rows of a table changed in one statement; those that say the same are not touched."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.gis.db.models import GeometryField
from django.db import connection, models


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
        cursor.execute(statement, [[_value(field, row) for row in rows] for field in fields])


def _type(field: models.Field) -> str:
    return "text" if isinstance(field, GeometryField) else str(field.db_type(connection))


def _value(field: models.Field, row: models.Model) -> object:
    value = getattr(row, field.attname)
    if isinstance(field, GeometryField):
        return None if value is None else value.hexewkb.decode()
    return field.get_db_prep_save(value, connection)
