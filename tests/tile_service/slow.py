"""A statement that takes its time and tells the database whenever it is run."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg2
from django.db import connection

from tests.tile_service.conftest import Server
from tile_service.publish.serving import KEYWORDS

RUNNING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'active' AND query LIKE 'EXECUTE %'
"""


class Watcher:
    """A connection that hears of each run, and looks what is running."""

    def __init__(self) -> None:
        given = connection.get_connection_params()
        self.conn = psycopg2.connect(**{n: given[n] for n in KEYWORDS if given.get(n)})
        self.conn.autocommit = True
        self.conn.cursor().execute("LISTEN asked")

    def runs(self) -> list[str]:
        """Statements that have ended well since the last look, by face."""
        while select.select([self.conn], [], [], 0.1)[0]:
            self.conn.poll()
        told = [note.payload for note in self.conn.notifies]
        self.conn.notifies.clear()
        return told

    def running(self) -> int:
        """Statements that run now."""
        with self.conn.cursor() as cursor:
            cursor.execute(RUNNING)
            return int(cursor.fetchone()[0])

    def wait_for_running(self, count: int, timeout_s: float = 3) -> None:
        """Wait until `count` statements run."""
        ends = time.monotonic() + timeout_s
        while self.running() != count:
            assert time.monotonic() < ends, f"{self.running()} run, not {count}"
            time.sleep(0.01)


@contextmanager
def slow_face(seconds: float, *servers: Server, slug: str = "facilities") -> Iterator[Watcher]:
    """Let the public and staff faces of `slug` take `seconds` a tile on these servers."""
    watcher, version = Watcher(), f"slow{round(seconds * 1000)}"
    held = [(server.app.catalogue.faces, dict(server.app.catalogue.faces)) for server in servers]
    for faces, _ in held:
        for name in ("public", "staff"):
            if (slug, name) not in faces:
                continue
            text = (
                "SELECT convert_to(repeat('x', 300), 'UTF8'), 1::bigint, false "
                f"FROM pg_sleep({seconds}), pg_notify('asked', '{name}' || clock_timestamp())"
            )
            told = faces[slug, name].spec | {"statements": {"rows": text}}
            faces[slug, name] = replace(faces[slug, name], spec=told, version=version)
    try:
        yield watcher
    finally:
        for faces, before in held:
            faces.update(before)
        watcher.conn.close()


def slow_address(server: Server, at: int = 0, slug: str = "facilities", token: str = "pub") -> str:
    """Address of the `at`-th slow tile."""
    version = server.app.catalogue.faces[slug, "public"].version
    return f"/t/{slug}/{token}/{version}/15/{at}/7.mvt"
