"""The change feed: committed changes get rising numbers; every process follows them.

Triggers note in the writer's own transaction which boxes of which face it touched. Ids there
commit out of order, so a reader of `id > last` would lose rows: one process, elected by an
advisory lock, moves them into numbered changes, which are visible in their order. NOTIFY only
wakes; a poll finds what a lost one announced. Text of the statements: numbering.py.
"""

from __future__ import annotations

import logging
import select
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg2

from tile_service.serve import catalogue, epochs, numbering
from tile_service.serve.config import Config
from tile_service.serve.epochs import FaceEpochs, Tile, Touched
from tile_service.serve.replica import Follower

REPLAYED = 1000
RETRY_S = 1.0
GATHER_S = 0.02  # changes that follow each other closely are numbered together

log = logging.getLogger("gis_platform.tiles")


class Change(NamedTuple):
    """One numbered change of one face; None: the whole layer. `tiles` is what listeners hear."""

    seq: int
    slug: str
    face: str
    touched: Touched | None = None
    tiles: list[Tile] | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What a turn of the feed brought.

    started: every face's tile numbers as stored, when the feed begins or has lost the thread;
    the changes are then those of late, which nobody needs to be told of one by one
    """

    catalogue: catalogue.Catalogue
    changes: list[Change]
    started: dict[tuple[str, str], FaceEpochs] | None = None


Told = Callable[[News], None]


class Feed(threading.Thread):
    """Thread that listens, numbers, reads, and tells `told` (from this thread)."""

    def __init__(self, config: Config, told: Told) -> None:
        super().__init__(name="tile-feed", daemon=True)
        self.config, self.told = config, told
        self.last = -1
        self.elected = False
        self.known = catalogue.Catalogue()
        self.stopping = threading.Event()
        self.healthy = False
        self.follower = Follower(config, self.stopping)

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
        self.elected = False
        try:
            conn.autocommit = True
            with conn.cursor() as cursor:
                cursor.execute("LISTEN tile_changes")
            while not self.stopping.is_set():
                self._turn(conn)
                self.healthy = True
                more = self.elected and numbering.settle(conn)
                if select.select([conn], [], [], 0 if more else self.config.poll_s)[0]:
                    self.stopping.wait(GATHER_S)
                conn.poll()
                conn.notifies.clear()
        finally:
            conn.close()

    def _turn(self, conn: Any) -> None:
        self.known = catalogue.read(conn, self.known)
        self.elected = self.elected or numbering.elect(conn)
        if self.elected and numbering.number(conn, self.known):
            self.known = catalogue.read(conn, self.known)
        started = None
        if self.last < 0 or numbering.lost(conn, self.last):
            started, self.last = numbering.stored(conn, self.known), -1
        changes = [self._change(*row) for row in numbering.since(conn, self.last)]
        if changes:
            self.last = changes[-1].seq
        elif started is not None:
            self.last = 0
        self.follower.wait(conn)
        self.told(News(self.known.after(each[:3] for each in changes), changes, started))

    def _change(self, seq: int, slug: str, face: str, boxes: list[list[float]] | None) -> Change:
        found = self.known.faces.get((slug, face))
        if boxes is None or found is None:
            return Change(seq, slug, face)
        touched = epochs.touched(boxes, found.spec)
        tiles = epochs.told(touched, found.spec.get("min_zoom", 0))
        return Change(seq, slug, face, touched, tiles)
