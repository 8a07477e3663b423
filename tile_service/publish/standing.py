"""Whether the published views stand: a migration takes them away, publishing makes them anew."""

from __future__ import annotations

from django.db import DatabaseError, connections, router

from layers.errors import PlatformError
from tile_service.models import PublishedLayer

STANDS = "SELECT to_regclass('published.bearers') IS NOT NULL"


class NotPublished(PlatformError):
    """The map is being published; if that lasts, type manage.py publish_layers on the server."""

    code = "NOT_PUBLISHED"


def stand(using: str = "") -> bool:
    """True while the views are there, in the database that pages read or in `using`."""
    with connections[using or router.db_for_read(PublishedLayer)].cursor() as cursor:
        cursor.execute(STANDS)
        return bool(cursor.fetchone()[0])


def is_missing_view(error: BaseException) -> bool:
    """True for a question that met no published view: one was asked for while none stood."""
    told = getattr(error.__cause__, "diag", None)
    return (
        isinstance(error, DatabaseError)
        and getattr(error.__cause__, "pgcode", "") in {"3F000", "42P01"}
        and "published." in str(getattr(told, "message_primary", ""))
    )
