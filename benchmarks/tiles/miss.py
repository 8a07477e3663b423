"""Goal 1: a miss over HTTP beside the bare prepared statement, by turns; a hit and a 304 too."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Callable
from typing import Any

import psycopg2

from benchmarks.tiles import places, servers
from benchmarks.tiles.row import Row
from tile_service.models import PublishedLayer
from tile_service.publish.serving import config
from tile_service.serve import mvt
from tile_service.serve.session import LIMITS, PLAIN, planned

ROUNDS = 7
SLOW_MS = 5.0
MOST_RATIO = 1.15
MOST_MORE_MS = 0.6


def milliseconds(work: Callable[[], Any]) -> float:
    """Time of one call."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


class Bare:
    """The same statements, prepared on a connection of our own."""

    def __init__(self) -> None:
        self.conn = psycopg2.connect(**config().keywords(""), options=LIMITS)
        self.conn.autocommit = True
        self.cursor = self.conn.cursor()
        self.known: set[str] = set()

    def tile(self, face: PublishedLayer, at: places.At) -> bytes:
        """Bytes of a tile."""
        statement = mvt.statement_name(face.spec, at[0], None)
        name = f"{face.slug}_{statement}".replace("-", "_")
        if name not in self.known:
            self.cursor.execute(
                f'PREPARE "{name}" ({PLAIN}) AS {face.spec["statements"][statement]}'
            )
            self.known.add(name)
        before = planned(face.spec, statement)
        self.cursor.execute(
            f'{before}EXECUTE "{name}" (%s, %s, %s, %s)', (*at, face.spec["most_rows"])
        )
        return bytes(self.cursor.fetchone()[0] or b"")


class Client:
    """Asks over one kept-alive connection, with as little of its own as can be."""

    def __init__(self, port: int) -> None:
        self.link = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and ETag; the body is read and dropped."""
        lines = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items())
        self.link.sendall(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{lines}\r\n".encode())
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.link.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        lower = head.decode().lower()
        size = int(lower.partition("content-length:")[2].partition("\r\n")[0] or 0)
        while len(body) < size:
            body += self.link.recv(65536)
        return int(head[9:12]), lower.partition("etag:")[2].partition("\r\n")[0].strip()


def medians(ways: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Median time (ms) of each way; rounds are interleaved, the first only warms up."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS + 1):
        for name, work in ways.items():
            spent = milliseconds(work)
            if number:
                times[name].append(spent)
    return {name: statistics.median(values) for name, values in times.items()}


def of_tile(bare: Bare, client: Client, face: PublishedLayer, at: places.At) -> dict[str, float]:
    """Medians (ms) of one tile: bare, miss, hit, 304."""
    missed = places.address(face.slug, at, places.WRONG)
    made = medians({"bare": lambda: bare.tile(face, at), "miss": lambda: client.get(missed)})
    kept = places.address(face.slug, at)
    tag = client.get(kept)[1]
    assert client.get(kept, if_none_match=tag)[0] == 304
    return made | medians(
        {"hit": lambda: client.get(kept), "304": lambda: client.get(kept, if_none_match=tag)}
    )


def measured() -> list[dict[str, float]]:
    """Medians (ms), one line for each tile that holds rows."""
    bare = Bare()
    with servers.served() as port:
        client = Client(port)
        chosen = [(f, at) for f, at in places.round_the_centre() if bare.tile(f, at)]
        rows = [of_tile(bare, client, face, at) for face, at in chosen]
    bare.conn.close()
    return rows


def goal() -> list[Row]:
    """The line of the table."""
    rows = measured()
    slow = [row["miss"] / row["bare"] for row in rows if row["bare"] >= SLOW_MS]
    quick = [row["miss"] - row["bare"] for row in rows if row["bare"] < SLOW_MS]
    found = []
    if slow:
        ratio = statistics.median(slow)
        found.append(Row(
            "1a miss, SQL from 5 ms", f"<= {MOST_RATIO}x the bare statement",
            f"{ratio:.2f}x (median of {len(slow)} tiles)", ratio <= MOST_RATIO,
        ))  # fmt: skip
    more = statistics.median(quick)
    times = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    words = ", ".join(f"{name} {ms:.2f}" for name, ms in times.items())
    found.append(Row(
        "1b miss, quicker SQL", f"<= +{MOST_MORE_MS} ms",
        f"+{more:.2f} ms (median of {len(quick)} tiles; medians in ms: {words})",
        more <= MOST_MORE_MS,
    ))  # fmt: skip
    return found
