"""One database connection of a thread, with its prepared statements."""

from __future__ import annotations

import hashlib
import logging
import select
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import psycopg2
from psycopg2 import sql

from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.config import Config

if TYPE_CHECKING:
    from tile_service.serve.pool import Job

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
TRY_AGAIN_S = 5.0  # before a login that was cut off makes itself ready once more
# The same plan would fetch each row by itself, in the index's order: by bitmap each page is read
# once, half the time where a tile holds thousands. It holds for the one message that it begins.
BY_BITMAP = "SET LOCAL enable_indexscan = off; "
NO_WINDOW = ("2000-01-01T00:00:00Z", "2000-01-01T01:00:00Z")
log = logging.getLogger("gis_platform.tiles")


def statement_name(face: PublishedFace, name: str) -> str:
    """Name of a prepared statement, within the 63 bytes that PostgreSQL keeps."""
    whole = f"{face.slug}|{face.face}|{face.version}|{name}"
    digest = hashlib.sha256(whole.encode()).hexdigest()[:12]
    return f"t_{face.slug[:24]}_{face.face}_{name}_{digest}".replace("-", "_")


def planned(spec: Mapping[str, Any], name: str) -> str:
    """What goes before a statement of a face: rows of one that holds very many come by bitmap."""
    return BY_BITMAP if spec.get("fits") and name.startswith(ROWS) else ""


def _rows_first(name: str) -> tuple[bool, str]:
    return name != "rows", name


class Session:
    """One thread's connection; opened when first needed, and again after it broke."""

    def __init__(self, config: Config, login: str) -> None:
        self.config, self.login = config, login
        self.conn: Any = None
        self.from_replica = False
        self.warm = False  # every statement was run on this connection
        self.cut_off = False
        self.not_before = 0.0  # time.monotonic() of the next try after a failure
        self.prepared: dict[tuple[str, str, str], str] = {}
        self.filled: dict[tuple[str, str], tuple[int, int, int]] = {}  # a face's tile with rows
        self.job: Job | None = None
        self.changing = threading.Lock()  # held while `job` changes, or while it is cancelled

    def connection(self) -> Any:
        """The connection, open, to the replica while that follows."""
        from_replica = bool(self.login) and self.config.reads_replica
        if from_replica is not self.from_replica:
            self.close()
        if self.conn is None or self.conn.closed:
            self.from_replica = from_replica
            keywords = self.config.keywords(self.login) | {
                "options": LIMITS,
                "application_name": f"tile_service {self.login}".strip(),
                "connect_timeout": 3,
            }
            self.conn = psycopg2.connect(**keywords)
            self.conn.autocommit = True
            self.prepared = {}
            self.warm = self.cut_off = False
        return self.conn

    def cold(self) -> bool:
        """True when the next tile would pay for a new connection: the old one is gone, or unused.

        Nobody has asked, so what the server says now is that it ends the connection.
        """
        if time.monotonic() < self.not_before:
            return False
        if self.conn is None or self.conn.closed:
            return True
        if bool(self.login) and self.config.reads_replica is not self.from_replica:
            return True
        said = select.poll()
        said.register(self.conn, select.POLLIN)
        if said.poll(0):
            try:
                self.rows("SELECT 1", {})
            except psycopg2.Error:
                self.close()
                return True
        return not self.warm

    def close(self) -> None:
        """Close the connection."""
        if self.conn is not None:
            self.conn.close()
        self.conn = None

    def execute(self, face: PublishedFace, name: str, params: tuple[Any, ...]) -> tuple[Any, ...]:
        """First row of a face's statement, prepared on first use; the old version's is dropped."""
        place, wanted = (face.slug, face.face, name), statement_name(face, name)
        with self.connection().cursor() as cursor:
            known = self.prepared.get(place)
            if known != wanted:
                if known is not None:
                    del self.prepared[place]
                    cursor.execute(f'DEALLOCATE "{known}"')
                types = WINDOWED if name.endswith("_window") else PLAIN
                cursor.execute(f'PREPARE "{wanted}" ({types}) AS {face.spec["statements"][name]}')
                self.prepared[place] = wanted
            places = ", ".join(["%s"] * len(params))
            cursor.execute(f'{planned(face.spec, name)}EXECUTE "{wanted}" ({places})', params)
            row: tuple[Any, ...] = cursor.fetchone()
            return row

    def rows(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of a statement that is not prepared."""
        with self.connection().cursor() as cursor:
            cursor.execute(text, params)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

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
        with self.connection().cursor() as cursor:
            text = sql.SQL(A_TILE_WITH_ROWS).format(view=view, zoom=sql.Literal(WARM_ZOOM))
            cursor.execute(text)
            found = cursor.fetchone()
        return (WARM_ZOOM, *found) if found else EMPTY_TILE

    def _run_once(self, face: PublishedFace, name: str, at: tuple[int, int, int]) -> None:
        window = NO_WINDOW if name.endswith("_window") else ()
        self.execute(face, name, (*at, face.spec["most_rows"], *window))
