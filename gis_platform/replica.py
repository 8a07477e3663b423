"""Reads of visitors from a replica (setting REPLICA_URL); everything else from the primary.

A visitor's page may be seconds old. A signed-in person's may not, nor may that of somebody who
has just written: a cookie of WROTE_S seconds keeps them on the primary.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import OperationalError, connections
from django.http import HttpRequest, HttpResponse

ALIAS = "replica"
WROTE = "baru_menulis"
WROTE_S = 20
ASKED_EVERY_S = 5.0
BEHIND = """
SELECT CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
            THEN 0 ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END
"""
log = logging.getLogger("gis_platform.replica")
reads_may_be_old: ContextVar[bool] = ContextVar("reads_may_be_old", default=False)
Answer = Callable[[HttpRequest], HttpResponse]


class Watch:
    """What is known of the replica, asked anew every ASKED_EVERY_S."""

    def __init__(self) -> None:
        self.asked_at = float("-inf")
        self.fine = False

    def is_fine(self) -> bool:
        """True while the replica answers and is not too far behind."""
        if time.monotonic() - self.asked_at > ASKED_EVERY_S:
            self.asked_at = time.monotonic()
            self._say(self._fault())
        return self.fine

    def _fault(self) -> str:
        try:
            with connections[ALIAS].cursor() as cursor:
                cursor.execute(BEHIND)
                behind_s = float(cursor.fetchone()[0] or 0)
        except OperationalError:
            connections[ALIAS].close()
            return "cannot be reached"
        return f"is {behind_s:.0f} s behind" if behind_s > settings.REPLICA_MOST_BEHIND_S else ""

    def _say(self, fault: str) -> None:
        if fault and self.fine:
            log.warning("the replica %s: pages are read from the primary", fault)
        self.fine = not fault


WATCH = Watch()


class Router:
    """Django's choice of a database."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        """The replica inside a request whose answer may be old, while it is fine."""
        return ALIAS if reads_may_be_old.get() and WATCH.is_fine() else None

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """The primary."""
        return "default"

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """Both hold the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """The replica follows by itself."""
        return db != ALIAS


def visitors_read_the_replica(get_response: Answer) -> Answer:
    """Let reads of a request be old when nobody is signed in and nothing was just written."""

    def middleware(request: HttpRequest) -> HttpResponse:
        cookies = request.COOKIES
        safe = request.method in {"GET", "HEAD"}
        old = safe and settings.SESSION_COOKIE_NAME not in cookies and WROTE not in cookies
        token = reads_may_be_old.set(old and ALIAS in settings.DATABASES)
        try:
            response = get_response(request)
        finally:
            reads_may_be_old.reset(token)
        if not safe and ALIAS in settings.DATABASES:
            response.set_cookie(
                WROTE, "1", max_age=WROTE_S, httponly=True, samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )  # fmt: skip
        return response

    return middleware
