"""Freshness: from a commit to the event and the fresh tile under 50 writes/s; what a write costs.

A scratch database of 20,000 made reports is served by one worker. A writer changes, adds and moves
reports; a listener follows /events and asks for each touched tile at once. An answer after an
event whose change was numbered after the commit must hold the write: else it is counted as stale.
"""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg2
from django.db import connection
from rich.console import Console
from rich.table import Table

from benchmarks import _scratch
from benchmarks.tiles.places import WRONG, tile_at
from tile_service.models import Change, PublishedLayer
from tile_service.publish.serving import KEYWORDS

ROWS = 20_000
WRITES_PER_S = 50
SECONDS = 15
SAMPLES = 6  # writes of each kind whose tiles are compared one by one
ROUNDS = 5
GOAL_S, GOAL_RATIO = 1.0, 2.0
TABLE = _scratch.TABLE
PUBLISHED = "published_at IS NOT NULL"
At = tuple[int, int, int]


@dataclass
class Write:
    """One write of the writer: its word, its tile of zoom 16, and what was seen of it."""

    word: str
    tile: At
    committed: float = 0.0
    reads: list[tuple[int, float, float, bool]] = field(default_factory=list)


def connected() -> Any:
    """A connection of its own, each statement a transaction."""
    given = connection.get_connection_params()
    conn = psycopg2.connect(**{name: given[name] for name in KEYWORDS if given.get(name)})
    conn.autocommit = True
    return conn


def rows() -> list[tuple[int, float, float]]:
    """Ids and places of published reports, spread over the city."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, ST_X(geom), ST_Y(geom) FROM {TABLE} WHERE {PUBLISHED} "
            "ORDER BY md5(id::text)"
        )
        found: list[tuple[int, float, float]] = cursor.fetchall()
    return found


def change_words(cursor: Any, word: str, row: tuple[int, float, float]) -> At:
    """New public words for a report."""
    cursor.execute(f"UPDATE {TABLE} SET public_words = %s WHERE id = %s", [word, row[0]])
    return tile_at(row[1], row[2], 16)


def move(cursor: Any, word: str, row: tuple[int, float, float]) -> At:
    """A report some 500 m east, with new words."""
    lon, lat = row[1] + 0.0045, row[2]
    cursor.execute(
        f"UPDATE {TABLE} SET public_words = %s, geom = place, public_geom = place "
        "FROM ST_SetSRID(ST_Point(%s, %s), 4326) AS place WHERE id = %s",
        [word, lon, lat, row[0]],
    )
    return tile_at(lon, lat, 16)


NUMBERS = itertools.count(1)


def add(cursor: Any, word: str, row: tuple[int, float, float]) -> At:
    """A new report where another one lies: its copy."""
    copy_rows(cursor, word, [row[0]])
    return tile_at(row[1], row[2], 16)


def copy_rows(cursor: Any, word: str, ids: list[int]) -> None:
    """New reports like those of `ids`, in one statement."""
    cursor.execute(
        f"SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = "
        f"'{TABLE}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' "
        "AND attname NOT IN ('id', 'client_id', 'number', 'public_words')"
    )
    names = cursor.fetchone()[0]
    first = 10_000_000 + next(NUMBERS) * 10_000
    cursor.execute(
        f"INSERT INTO {TABLE} (id, client_id, number, public_words, {names}) "
        f"SELECT %s + row_number() OVER (), gen_random_uuid(), 'C' || %s + row_number() OVER (), "
        f"%s, {names} FROM {TABLE} WHERE id = ANY(%s)",
        [first, first, word, ids],
    )


KINDS: dict[str, Callable[[Any, str, tuple[int, float, float]], At]] = {
    "new words": change_words, "new report": add, "moved": move,
}  # fmt: skip
ORDER = ("new words", "new words", "new report", "moved", "new words")


def events(stream: http.client.HTTPConnection, since: int) -> Iterator[tuple[int, list[At] | None]]:
    """Number and tiles of each event of the public reports."""
    stream.request("GET", f"/events?token=pub&since={since}")
    for line in stream.getresponse():
        if not line.startswith(b"data: "):
            continue
        told = json.loads(line[6:])
        if told.get("layer") == "reports":
            tiles = told["tiles"]
            yield told["seq"], None if tiles is None else [tuple(tile) for tile in tiles]


class Listener(threading.Thread):
    """Follows the events and reads each touched tile until it holds what was written."""

    def __init__(self, link: http.client.HTTPConnection, version: str, since: int) -> None:
        super().__init__(daemon=True)
        self.link, self.version, self.since = link, version, since
        self.waiting: list[Write] = []
        self.lock = threading.Lock()
        self.done: list[Write] = []
        self.stream = http.client.HTTPConnection(link.host, link.port, timeout=30)
        self.stream.connect()
        self.socket = self.stream.sock

    def run(self) -> None:
        """Listen until the stream is closed."""
        reader = http.client.HTTPConnection(self.link.host, self.link.port, timeout=30)
        for seq, tiles in events(self.stream, self.since):
            heard = time.time()
            with self.lock:
                pending = [write for write in self.waiting if write.committed]
            touched = [w for w in pending if tiles is None or above(w.tile, 14) in tiles]
            for tile in {write.tile for write in touched}:
                body = body_of(reader, self.version, tile)
                for write in (w for w in touched if w.tile == tile):
                    seen = write.word.encode() in body
                    write.reads.append((seq, heard, time.time(), seen))
                    if seen:
                        self.finish(write)

    def close(self) -> None:
        """End the stream: the server waits for it when it is asked to stop."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.join(5)

    def finish(self, write: Write) -> None:
        """No longer wait for a write."""
        with self.lock:
            self.waiting.remove(write)
            self.done.append(write)


def above(tile: At, zoom: int) -> At:
    """Ancestor of a tile."""
    up = tile[0] - zoom
    return zoom, tile[1] >> up, tile[2] >> up


def asked(reader: http.client.HTTPConnection, version: str, tile: At) -> http.client.HTTPResponse:
    """Answer for a public tile of reports."""
    z, x, y = tile
    reader.request("GET", f"/t/reports/pub/{version}/{z}/{x}/{y}.mvt")
    return reader.getresponse()


def body_of(reader: http.client.HTTPConnection, version: str, tile: At) -> bytes:
    """Bytes of a tile."""
    return asked(reader, version, tile).read()


def under_load(link: http.client.HTTPConnection, version: str) -> tuple[Listener, float]:
    """Write for SECONDS at WRITES_PER_S; the listener, and the writes a second that were done."""
    since = Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    listener = Listener(link, version, since)
    listener.start()
    cursor, found = connected().cursor(), rows()
    began = time.perf_counter()
    count = WRITES_PER_S * SECONDS
    for number in range(count):
        time.sleep(max(0.0, began + number / WRITES_PER_S - time.perf_counter()))
        write = Write(f"kata{number}k", (0, 0, 0))
        make = KINDS[ORDER[number % len(ORDER)]]
        write.tile = make(cursor, write.word, found[number])
        write.committed = time.time()
        with listener.lock:
            listener.waiting.append(write)
    done_per_s = count / (time.perf_counter() - began)
    ends = time.monotonic() + 10
    while listener.waiting and time.monotonic() < ends:
        time.sleep(0.1)
    listener.close()
    return listener, done_per_s


def judged(listener: Listener) -> tuple[list[float], list[float], int]:
    """Seconds from commit to the event that covers it and to its fresh tile; stale reads."""
    numbered = {row.pk: row.at.timestamp() for row in Change.objects.all()}
    heard, fresh, stale = [], [], 0
    for write in listener.done:
        covering = [r for r in write.reads if numbered.get(r[0], 0) >= write.committed]
        stale += sum(1 for read in covering if not read[3])
        first = (covering or write.reads[-1:])[0]
        heard.append(max(0.0, first[1] - write.committed))
        fresh.append(max(0.0, write.reads[-1][2] - write.committed))
    return heard, fresh, stale


# --- dropped against really changed ------------------------------------------------------------


def around(places: list[tuple[float, float]]) -> list[At]:
    """Tiles of zooms 0-16 that hold places, with their neighbours."""
    found = set()
    for (lon, lat), zoom in itertools.product(places, range(17)):
        z, x, y = tile_at(lon, lat, zoom)
        found |= {(z, x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1)}
    return sorted(t for t in found if 0 <= t[1] < 1 << t[0] and 0 <= t[2] < 1 << t[0])


def state(link: http.client.HTTPConnection, version: str, tiles: list[At]) -> dict[At, Any]:
    """ETag, and the bytes as they are made at this moment, of each tile."""
    found = {}
    for tile in tiles:
        answer = asked(link, version, tile)
        answer.read()
        found[tile] = (answer.headers["ETag"], body_of(link, WRONG, tile))
    return found


def compared(link: http.client.HTTPConnection, version: str) -> dict[str, tuple[int, int, int]]:
    """By kind of write: tiles dropped, tiles really changed, changed but not dropped."""
    cursor, found = connected().cursor(), rows()[-100:]
    sums: dict[str, tuple[int, int, int]] = {}
    for number, name in enumerate(name for name in KINDS for _ in range(SAMPLES)):
        row = found[number]
        tiles = around([row[1:], (row[1] + 0.0045, row[2])])
        before = state(link, version, tiles)
        KINDS[name](cursor, f"banding{number}", row)
        time.sleep(0.5)
        after = state(link, version, tiles)
        dropped = {tile for tile in tiles if before[tile][0] != after[tile][0]}
        changed = {tile for tile in tiles if before[tile][1] != after[tile][1]}
        more = (len(dropped), len(changed), len(changed - dropped))
        sums[name] = tuple(map(sum, zip(sums.get(name, (0, 0, 0)), more, strict=True)))  # type: ignore[assignment]
    return sums


# --- what a write costs ------------------------------------------------------------------------


def cost(statement: Callable[[Any], None]) -> dict[str, float]:
    """Median ms of a statement, by EXPLAIN ANALYZE: itself, and each group of triggers."""
    found: dict[str, list[float]] = {}
    conn = connected()
    conn.autocommit = False
    cursor = Explained(conn.cursor())
    for _ in range(ROUNDS + 1):
        statement(cursor)
        conn.rollback()
        for name, spent in cursor.spent().items():
            found.setdefault(name, []).append(spent)
    conn.close()
    return {name: statistics.median(times[1:]) for name, times in found.items()}


class Explained:
    """A cursor that runs writes as EXPLAIN ANALYZE and keeps the plan."""

    def __init__(self, cursor: Any) -> None:
        self.cursor, self.plan = cursor, {}

    def execute(self, text: str, given: list[Any] | None = None) -> None:
        """Run a statement."""
        writes = text.lstrip().startswith(("INSERT", "UPDATE", "DELETE"))
        self.cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}" if writes else text, given)
        if writes:
            self.plan = self.cursor.fetchone()[0][0]

    def fetchone(self) -> Any:
        """First row."""
        return self.cursor.fetchone()

    def spent(self) -> dict[str, float]:
        """ms of the last write: in all, for the notes, for blur cells, for stored counts."""
        groups = {
            "all": self.plan["Execution Time"],
            "notes": 0.0,
            "blur cells": 0.0,
            "counts": 0.0,
        }
        for trigger in self.plan.get("Triggers", []):
            name = trigger["Trigger Name"]
            group = "notes" if name.startswith("tile_note_") else "counts"
            group = "blur cells" if name.startswith("report_blur") else group
            groups[group] += trigger["Time"]
        return groups


def costs() -> dict[str, dict[str, float]]:
    """Costs of writes of 1 and of 1,000 rows."""
    ids = [row[0] for row in rows()[:1000]]
    update = f"UPDATE {TABLE} SET {{}} WHERE id = ANY(%s)"
    found = {}
    for some in (ids[:1], ids):
        words = f"{len(some):,} row{'s' if len(some) > 1 else ''}"
        found[f"insert {words}"] = cost(lambda c, some=some: copy_rows(c, "baru", some))
        for name, change in (("update that shows", "public_words = 'lain'"),
                             ("update that shows nowhere", "accuracy_m = 7")):  # fmt: skip
            found[f"{name}, {words}"] = cost(
                lambda c, some=some, change=change: c.execute(update.format(change), [some])
            )
    return found


# --- tables ------------------------------------------------------------------------------------


def share(values: list[float], part: float) -> float:
    """The value that `part` of them do not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))] if ranked else float("nan")


def goal_rows(
    listener: Listener, per_s: float, tiles: dict[str, tuple[int, int, int]]
) -> list[tuple[str, str, str, bool]]:
    """Goal, what was asked, ours, met."""
    heard, fresh, stale = judged(listener)
    lost = len(listener.waiting)
    dropped, changed, missed = (sum(each) for each in zip(*tiles.values(), strict=True))
    ratio = dropped / changed if changed else float("inf")
    return [
        ("writes a second", f"{WRITES_PER_S}", f"{per_s:.0f}", per_s >= 0.95 * WRITES_PER_S),
        ("commit to event, p95", f"{GOAL_S:.0f} s", f"{share(heard, 0.95):.2f} s "
         f"(p50 {share(heard, 0.5):.2f})", share(heard, 0.95) <= GOAL_S),
        ("commit to fresh tile, p95", f"{GOAL_S:.0f} s", f"{share(fresh, 0.95):.2f} s "
         f"(p50 {share(fresh, 0.5):.2f})", share(fresh, 0.95) <= GOAL_S),
        ("writes never heard of", "0", f"{lost} of {len(listener.done) + lost}", lost == 0),
        ("stale reads after the event", "0", str(stale), stale == 0),
        ("tiles dropped / really changed, z0-z16", f"{GOAL_RATIO:.0f}", f"{ratio:.2f} "
         f"({dropped} / {changed})", ratio <= GOAL_RATIO),
        ("tiles changed and not dropped", "0", str(missed), missed == 0),
    ]  # fmt: skip


def main() -> None:
    """Print the tables."""
    with _scratch.scratch("freshness") as places:
        _scratch.prepare(places)
        _scratch.load(1, ROWS)
        _scratch.index()
        _scratch.publish()
        writes = costs()
        with _scratch.served() as link:
            version = PublishedLayer.objects.get(slug="reports", face="public").version
            tiles = compared(link, version)
            listener, per_s = under_load(link, version)
        rows_of_goals = goal_rows(listener, per_s, tiles)
    table = Table(title=f"Freshness over {ROWS:,} reports, one worker, {SECONDS} s (goal 7)")
    for name in ("goal", "at most / at least", "ours", "met"):
        table.add_column(name)
    for goal, wanted, ours, met in rows_of_goals:
        table.add_row(goal, wanted, ours, "yes" if met else "no")
    Console().print(table)
    by_kind = Table(title="Tiles of z0-z16 by kind of write: dropped, really changed, missed")
    for name in ("write", "dropped", "changed", "missed"):
        by_kind.add_column(name)
    for name, numbers in tiles.items():
        by_kind.add_row(name, *map(str, numbers))
    Console().print(by_kind)
    spent = Table(title="What a write costs (EXPLAIN ANALYZE, median ms, constraints left out)")
    for name in ("write", "without triggers", "notes", "blur cells", "stored counts", "all"):
        spent.add_column(name)
    for name, parts in writes.items():
        bare = parts["all"] - sum(spent_ms for key, spent_ms in parts.items() if key != "all")
        shown = (bare, parts["notes"], parts["blur cells"], parts["counts"], parts["all"])
        spent.add_row(name, *(f"{part:.2f}" for part in shown))
    Console().print(spent)
