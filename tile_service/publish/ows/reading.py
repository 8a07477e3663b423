"""Rows of published views, read with the face's own login: read-only, five seconds at most."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2 import errors, extensions

from tile_service.models import PublishedLayer
from tile_service.publish.ows.kvp import Refused
from tile_service.publish.serving import config

MOST_AT_ONCE = 4
WAIT_S = 2.0
LONGEST = "SET statement_timeout = '5s'; SET default_transaction_read_only = on"
BUSY = "The server is busy; try again in a few seconds."
places = threading.BoundedSemaphore(MOST_AT_ONCE)


def busy() -> Refused:
    """The answer while no place is free."""
    return Refused("NoApplicableCode", BUSY, status=503)


@contextmanager
def place(free: threading.Semaphore, wait_s: float = WAIT_S) -> Iterator[None]:
    """One of a few places for work that costs; raises Refused when none comes free in time."""
    if not free.acquire(timeout=wait_s):
        raise busy()
    try:
        yield
    finally:
        free.release()


@contextmanager
def cursor_of(row: PublishedLayer) -> Iterator[extensions.cursor]:
    """A cursor that may read the face's view and no more; raises Refused when it takes too long."""
    with place(places):
        try:
            conn = psycopg2.connect(**config().keywords(row.login), connect_timeout=3)
        except psycopg2.OperationalError:
            raise busy() from None  # its login is being made, or all connections are taken
        try:
            with conn.cursor() as cursor:
                cursor.execute(LONGEST)
                yield cursor
        except errors.QueryCanceled:
            sentence = "This takes too long; ask for a smaller area or fewer layers."
            raise Refused("NoApplicableCode", sentence, status=503) from None
        except errors.UndefinedTable:
            raise busy() from None  # the view is being made anew
        except (errors.InternalError_, psycopg2.DataError):
            sentence = "That box cannot be turned into the frame asked for."
            raise Refused("InvalidParameterValue", sentence, "BBOX") from None
        finally:
            conn.close()


def rows(row: PublishedLayer, statement: Any, values: Any) -> list[tuple[Any, ...]]:
    """All rows of one statement."""
    with cursor_of(row) as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
