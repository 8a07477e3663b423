"""A read replica for tiles: used while it follows, left while it is gone or far behind.

A tile must never be older than the change that a browser was told of. So the feed tells of a
change only once the replica has replayed it; one that stays behind is left for the primary.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import psycopg2

from tile_service.serve.config import Config

STEP_S = 0.02
PRIMARY_AT = "SELECT pg_current_wal_lsn()::text"
# A promoted replica, or a primary that rose from a crash, still tells how far it once replayed.
REPLAYED = (
    "SELECT NOT pg_is_in_recovery() OR coalesce(pg_last_wal_replay_lsn() >= %s::pg_lsn, false)"
)
log = logging.getLogger("gis_platform.tiles")


class Follower:
    """Watches the replica from the feed's thread."""

    def __init__(self, config: Config, stopping: threading.Event) -> None:
        self.config, self.stopping = config, stopping
        self.conn: Any = None

    def wait(self, primary: Any) -> None:
        """Wait until the replica holds all that `primary` has committed by now.

        After `most_behind_s`, or where it cannot be reached, tiles come from the primary.
        """
        replica = self.config.replica
        if replica is None:
            return
        with primary.cursor() as cursor:
            cursor.execute(PRIMARY_AT)
            wanted = cursor.fetchone()[0]
        began = time.monotonic()
        while not self.stopping.is_set():
            try:
                caught_up = self._holds(wanted)
            except psycopg2.Error as fault:
                self._leave(f"cannot be reached ({type(fault).__name__})")
                return
            replica.behind_s = time.monotonic() - began
            if caught_up:
                self._use()
                return
            if replica.behind_s > replica.most_behind_s:
                self._leave(f"is more than {replica.most_behind_s:.0f} s behind")
                return
            if not replica.usable:
                return  # the primary serves: nothing waits for the replica
            self.stopping.wait(STEP_S)

    def _holds(self, wanted: str) -> bool:
        replica = self.config.replica
        assert replica is not None
        if self.conn is None or self.conn.closed:
            more = {"connect_timeout": 2, "application_name": "tile_service follower"}
            self.conn = psycopg2.connect(**dict(replica.database) | more)
            self.conn.autocommit = True
        with self.conn.cursor() as cursor:
            cursor.execute(REPLAYED, [wanted])
            return bool(cursor.fetchone()[0])

    def _use(self) -> None:
        replica = self.config.replica
        if replica is not None and not replica.usable:
            log.warning("the replica has caught up: tiles come from it again")
            replica.usable = True

    def _leave(self, why: str) -> None:
        replica = self.config.replica
        if self.conn is not None:
            self.conn.close()
            self.conn = None
        if replica is not None and replica.usable:
            log.warning("the replica %s: tiles come from the primary", why)
            replica.usable = False
