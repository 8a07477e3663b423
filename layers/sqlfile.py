"""SQL by hand: files beside their caller, and querysets turned into text for larger statements."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.db import connection, models
from django.db.models import ExpressionWrapper, F


class RawGeometry(GeometryField):
    """A geometry selected as it is stored.

    Django selects geometry `::bytea`; inside a larger query that hides the column from its
    spatial index (200,000 points: 34-45 s a tile with the cast, 0.1-1.7 s without).
    """

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        """Leave the column alone."""
        return sql, params


def raw(column: str, srid: int) -> ExpressionWrapper:
    """Expression for a geometry column without Django's cast."""
    return ExpressionWrapper(F(column), output_field=RawGeometry(srid=srid))


def inline(rows: models.QuerySet[Any], columns: Mapping[str, Any]) -> str:
    """`rows` as SQL text that selects `columns` (alias -> expression), in this order.

    The driver quotes the values. Each `%` stands as itself: double it before the text goes
    into a statement that takes parameters.
    """
    aliased = {f"_{number}_": column for number, column in enumerate(columns.values())}
    chosen = rows.order_by().annotate(**aliased).values_list(*aliased)
    sql, params = chosen.query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        text: bytes = cursor.mogrify(sql, params)
    names = ", ".join(f'"{name}"' for name in columns)
    return f"SELECT * FROM ({text.decode()}) AS chosen ({names})"


def read(package: str, name: str) -> str:
    """Text of `package/sql/name.sql`."""
    return (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
