"""Find a row or answer like a missing page, whatever the cause."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

from layers.errors import NotFound

Row = TypeVar("Row", bound=Model)


def found(rows: QuerySet[Row], **which: object) -> Row:
    """Return the one row, or raise NotFound: a row of somebody else is a missing one."""
    row = rows.filter(**which).first()
    if row is None:
        raise NotFound
    return row
