"""The change feed: committed changes get rising numbers; every process follows them.

Triggers write touched tables to the outbox in the writer's own transaction. Serial ids there
commit out of order, so a reader of `id > last` would lose rows; under a lock whichever process
wakes first moves them into numbered changes, which are visible in their order.
"""

from __future__ import annotations

import logging
import select
import threading
from collections.abc import Callable
from typing import Any

import psycopg2

from tile_service.serve import catalogue
from tile_service.serve.config import Config

LOCK = 7_219_001  # also taken by publish/publishing.py
KEPT_CHANGES = 5000
REPLAYED = 1000
RETRY_S = 1.0
NUMBER = """
WITH gone AS (DELETE FROM tile_service_outbox RETURNING relation),
touched AS (
    SELECT DISTINCT face.slug, face.face
    FROM gone
    JOIN tile_service_publishedtable AS source USING (relation)
    JOIN tile_service_publishedlayer AS face ON face.id = source.layer_id
),
numbered AS (
    INSERT INTO tile_service_change (slug, face)
    SELECT slug, face FROM touched ORDER BY slug, face RETURNING id, slug, face
)
UPDATE tile_service_publishedlayer AS face SET epoch = numbered.id
FROM numbered WHERE face.slug = numbered.slug AND face.face = numbered.face
"""
SINCE = "SELECT id, slug, face FROM tile_service_change WHERE id > %s ORDER BY id"
LAST = "SELECT coalesce(max(id), 0) FROM tile_service_change"
PRUNE = "DELETE FROM tile_service_change WHERE id < (SELECT max(id) FROM tile_service_change) - %s"

Change = tuple[int, str, str]
Told = Callable[[catalogue.Catalogue, list[Change]], None]
log = logging.getLogger("gis_platform.tiles")


class Feed(threading.Thread):
    """Thread that listens, numbers, reads, and tells `told` (from this thread)."""

    def __init__(self, config: Config, told: Told) -> None:
        super().__init__(name="tile-feed", daemon=True)
        self.config, self.told = config, told
        self.last = -1
        self.known = catalogue.Catalogue()
        self.stopping = threading.Event()
        self.healthy = False

    def run(self) -> None:
        """Follow the feed until stopped; a lost connection is made again, and nothing missed."""
        while not self.stopping.is_set():
            try:
                self._follow()
            except psycopg2.Error as fault:
                self.healthy = False
                log.warning("change feed lost its database (%s)", type(fault).__name__)
                self.stopping.wait(RETRY_S)

    def stop(self) -> None:
        """Ask the thread to end; it does within one poll."""
        self.stopping.set()

    def _follow(self) -> None:
        keywords = self.config.keywords("") | {
            "application_name": "tile_service feed",
            "connect_timeout": 3,
            "options": "-c statement_timeout=10000",
        }
        conn = psycopg2.connect(**keywords)
        try:
            conn.autocommit = True
            with conn.cursor() as cursor:
                cursor.execute("LISTEN tile_changes")
            while not self.stopping.is_set():
                self._turn(conn)
                self.healthy = True
                select.select([conn], [], [], self.config.poll_s)
                conn.poll()
                conn.notifies.clear()
        finally:
            conn.close()

    def _turn(self, conn: Any) -> None:
        self._number(conn)
        self.known = catalogue.read(conn, self.known)
        changes = self._read(conn)
        self.told(self.known.after(changes), changes)

    def _number(self, conn: Any) -> None:
        with conn.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM tile_service_outbox)")
            if not cursor.fetchone()[0]:
                return
            cursor.execute("BEGIN")
            try:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
                cursor.execute(NUMBER)
                cursor.execute(PRUNE, [KEPT_CHANGES])
                cursor.execute("NOTIFY tile_changes")
            except psycopg2.Error:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def _read(self, conn: Any) -> list[Change]:
        with conn.cursor() as cursor:
            if self.last < 0:
                cursor.execute(LAST)
                self.last = max(cursor.fetchone()[0] - REPLAYED, 0)
            cursor.execute(SINCE, [self.last])
            found: list[Change] = cursor.fetchall()
        if found:
            self.last = found[-1][0]
        return found
