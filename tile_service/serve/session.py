"""One database connection with its prepared statements, asked from a thread or from the loop.

It never blocks by itself: a thread waits for what it asked, the event loop is told when its answer
is there (`send`, then `received` until that gives the row).
"""

from __future__ import annotations

import hashlib
import logging
import select
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import psycopg2
from psycopg2 import extensions, sql

from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.config import Config

# A plan made before the tile is known expects one row, and would look through a joined table for
# each: without nested loops such a table is read once (tiles of public reports: 1.3 to 3 times).
LIMITS = (
    "-c statement_timeout=5000 -c idle_in_transaction_session_timeout=10000 -c jit=off "
    "-c max_parallel_workers_per_gather=0 -c plan_cache_mode=force_generic_plan "
    "-c enable_nestloop=off -c default_transaction_read_only=on -c TimeZone=UTC -c work_mem=16MB"
)
WINDOWED = "int, int, int, int, timestamptz, timestamptz"
PLAIN = "int, int, int, int"
EMPTY_TILE = (10, 0, 0)  # in the Arctic sea: costs nothing and runs everything
WARM_ZOOM = 16
A_TILE_WITH_ROWS = """
SELECT floor((ST_X(place) + 20037508.34) * (1 << {zoom}) / 40075016.69)::int,
       floor((20037508.34 - ST_Y(place)) * (1 << {zoom}) / 40075016.69)::int
FROM (SELECT ST_PointOnSurface(tile_geom) AS place FROM published.{view}
      WHERE NOT ST_IsEmpty(tile_geom) LIMIT 1) AS one
"""
ROWS = ("rows", "low", "lean", "sample")  # statements of single rows; others count
CONNECT_S = 3.0  # longest that a connection may take to open
TRY_AGAIN_S = 5.0  # before a login that was cut off makes itself ready once more
# The same plan would fetch each row by itself, in the index's order: by bitmap each page is read
# once, half the time where a tile holds thousands. It holds for the one message that it begins.
BY_BITMAP = "SET LOCAL enable_indexscan = off; "
NO_WINDOW = ("2000-01-01T00:00:00Z", "2000-01-01T01:00:00Z")
log = logging.getLogger("gis_platform.tiles")


@lru_cache(4096)
def statement_name(slug: str, face: str, version: str, name: str) -> str:
    """Name of a prepared statement, within the 63 bytes that PostgreSQL keeps."""
    whole = f"{slug}|{face}|{version}|{name}"
    digest = hashlib.sha256(whole.encode()).hexdigest()[:12]
    return f"t_{slug[:24]}_{face}_{name}_{digest}".replace("-", "_")


def planned(spec: Mapping[str, Any], name: str) -> str:
    """What goes before a statement of a face: rows of one that holds very many come by bitmap."""
    return BY_BITMAP if spec.get("fits") and name.startswith(ROWS) else ""


def wait(conn: Any, longest_s: float | None = None) -> None:
    """Wait (in a thread) until what was asked of `conn` is there; raises psycopg2.Error."""
    ends = None if longest_s is None else time.monotonic() + longest_s
    while (state := conn.poll()) != extensions.POLL_OK:
        ready = select.poll()
        ready.register(conn, select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
        left_ms = None if ends is None else max(0.0, ends - time.monotonic()) * 1000
        if not ready.poll(left_ms):
            raise psycopg2.OperationalError("The database does not answer.")


def _rows_first(name: str) -> tuple[bool, str]:
    return name != "rows", name


class Session:
    """A connection; opened when first needed, and again after it broke."""

    def __init__(self, config: Config, login: str) -> None:
        self.config, self.login = config, login
        self.conn: Any = None
        self.from_replica = False
        self.warm = False  # every statement was run on this connection
        self.cut_off = False
        self.not_before = 0.0  # time.monotonic() of the next try after a failure
        self.prepared: dict[tuple[str, str, str], str] = {}
        self.filled: dict[tuple[str, str], tuple[int, int, int]] = {}  # a face's tile with rows
        self.cursor: Any = None  # of the statement that the loop sent

    def connection(self) -> Any:
        """The connection, open, to the replica while that follows (in a thread)."""
        if self.conn is not None and not self.is_open():
            self.close()
        if self.conn is None:
            self.from_replica = bool(self.login) and self.config.reads_replica
            keywords = self.config.keywords(self.login) | {
                "options": LIMITS,
                "application_name": f"tile_service {self.login}".strip(),
            }
            conn = psycopg2.connect(**keywords, async_=True)
            try:
                wait(conn, CONNECT_S)
            except psycopg2.Error:
                conn.close()
                raise
            self.conn, self.prepared = conn, {}
            self.warm = self.cut_off = False
        return self.conn

    def is_open(self) -> bool:
        """True while the connection stands and leads where the login reads now."""
        if self.conn is None or self.conn.closed:
            return False
        return self.from_replica is (bool(self.login) and self.config.reads_replica)

    def cold(self) -> bool:
        """True when it is time to make it ready: the connection is gone, or new and not warm."""
        return time.monotonic() >= self.not_before and not (self.is_open() and self.warm)

    def close(self) -> None:
        """Close the connection."""
        if self.conn is not None:
            self.conn.close()
        self.conn = self.cursor = None

    # --- in a thread --------------------------------------------------------------------------

    def execute(self, face: PublishedFace, name: str, params: tuple[Any, ...]) -> tuple[Any, ...]:
        """First row of a face's statement, prepared on first use; the old version's is dropped."""
        place = (face.slug, face.face, name)
        wanted = statement_name(face.slug, face.face, face.version, name)
        conn = self.connection()
        with conn.cursor() as cursor:
            known = self.prepared.get(place)
            if known != wanted:
                if known is not None:
                    del self.prepared[place]
                    self._run(cursor, f'DEALLOCATE "{known}"')
                types = WINDOWED if name.endswith("_window") else PLAIN
                text = face.spec["statements"][name]
                self._run(cursor, f'PREPARE "{wanted}" ({types}) AS {text}')
                self.prepared[place] = wanted
            self._run(cursor, self._asking(face, name, wanted, params), params)
            row: tuple[Any, ...] = cursor.fetchone()
            return row

    def rows(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of a statement that is not prepared."""
        with self.connection().cursor() as cursor:
            self._run(cursor, text, params)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def _run(self, cursor: Any, text: str, params: Any = None) -> None:
        cursor.execute(text, params)
        wait(self.conn)

    def _asking(self, face: PublishedFace, name: str, known: str, params: tuple[Any, ...]) -> str:
        places = ", ".join(["%s"] * len(params))
        return f'{planned(face.spec, name)}EXECUTE "{known}" ({places})'

    # --- from the event loop ------------------------------------------------------------------

    def knows(self, face: PublishedFace, name: str) -> bool:
        """True when the statement can be sent as it is."""
        wanted = statement_name(face.slug, face.face, face.version, name)
        return self.is_open() and self.prepared.get((face.slug, face.face, name)) == wanted

    def send(self, face: PublishedFace, name: str, params: tuple[Any, ...]) -> None:
        """Ask for the first row of a statement that it `knows`; raises psycopg2.Error."""
        known = self.prepared[face.slug, face.face, name]
        self.cursor = self.conn.cursor()
        self.cursor.execute(self._asking(face, name, known, params), params)

    def received(self) -> tuple[Any, ...] | None:
        """The row, once all of it is there; raises psycopg2.Error. Idle, it only listens."""
        cursor = self.cursor
        try:
            if self.conn.poll() != extensions.POLL_OK or cursor is None:
                return None
        except psycopg2.Error:
            self.cursor = None
            raise
        self.cursor = None
        row: tuple[Any, ...] = cursor.fetchone()
        return row

    # --- ready before it is needed ------------------------------------------------------------

    def warming(self, faces: Iterable[PublishedFace]) -> Iterator[float]:
        """Run every statement once: rows where there are some, counts where there is nothing.

        The first tile of a connection then costs no more than the later ones. Yields the seconds
        that each took.
        """
        for face in faces:
            at = EMPTY_TILE
            for name in sorted(face.spec.get("statements", {}), key=_rows_first):
                began = time.monotonic()
                try:
                    if name == "rows":
                        at = self._a_tile_with_rows(face)
                        if at is not EMPTY_TILE:
                            self.filled[face.slug, face.face] = at
                    self._run_once(face, name, at if name.startswith(ROWS) else EMPTY_TILE)
                except psycopg2.OperationalError as fault:
                    if not self.cut_off:
                        log.warning("the tiles' login is cut off (%s)", type(fault).__name__)
                    self.cut_off, self.not_before = True, time.monotonic() + TRY_AGAIN_S
                    self.close()
                    return
                except psycopg2.Error as fault:
                    log.warning("%s of %s fails (%s)", name, face.slug, type(fault).__name__)
                yield time.monotonic() - began
        self.warm = True

    def _a_tile_with_rows(self, face: PublishedFace) -> tuple[int, int, int]:
        view = sql.Identifier(f"{face.slug.replace('-', '_')}__{face.face}")
        text = sql.SQL(A_TILE_WITH_ROWS).format(view=view, zoom=sql.Literal(WARM_ZOOM))
        found = self.rows(text.as_string(self.connection()), {})
        return (WARM_ZOOM, *found[0]) if found else EMPTY_TILE

    def _run_once(self, face: PublishedFace, name: str, at: tuple[int, int, int]) -> None:
        window = NO_WINDOW if name.endswith("_window") else ()
        self.execute(face, name, (*at, face.spec["most_rows"], *window))
