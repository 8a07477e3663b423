"""Vector tiles: time of a miss beside the bare prepared statement, of a hit, and of a 304."""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from rich.console import Console
from rich.table import Table

from layers.geography import city
from tile_service.models import PublishedLayer
from tile_service.publish.serving import config
from tile_service.serve.session import LIMITS, PLAIN

LAYERS = ("streets", "kelurahan", "waste-bins", "wifi-hotspots", "reports", "facilities")
ZOOMS = (12, 14, 15)
ROUNDS = 7
WAIT_S = 60
WRONG_VERSION = "0"  # such an answer is right but never kept: the next request is a miss too


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served() -> Iterator[http.client.HTTPConnection]:
    """One worker of the served application, and a kept-alive connection to it."""
    port = free_port()
    command = [
        str(Path(sys.executable).with_name("granian")), "--interface", "asgi", "--workers", "1",
        "--loop", "uvloop", "--port", str(port), "--log-level", "error",
        "tile_service.asgi:application",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ)
    try:
        yield connected(port)
    finally:
        process.terminate()
        process.wait(10)


def connected(port: int) -> http.client.HTTPConnection:
    """Connection to the server once it answers."""
    ends = time.monotonic() + WAIT_S
    while time.monotonic() < ends:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            link.request("GET", "/healthz")
            if link.getresponse().read() == b'{"ok": true}':
                return link
        except OSError:
            pass
        time.sleep(0.3)
    raise TimeoutError("the tile server did not come up")


def tile_at(lon: float, lat: float, zoom: int) -> tuple[int, int, int]:
    """Zoom, column, row of the tile that holds a place."""
    from math import asinh, pi, radians, tan

    size = 1 << zoom
    return zoom, int((lon + 180) / 360 * size), int((1 - asinh(tan(radians(lat))) / pi) / 2 * size)


def places() -> list[tuple[PublishedLayer, tuple[int, int, int]]]:
    """Tiles round the city's centre, of the layers that hold rows."""
    lon, lat = city().centre
    faces = PublishedLayer.objects.filter(slug__in=LAYERS, face="public").order_by("slug")
    return [
        (face, tile_at(lon - 0.03 + shift, lat + shift / 2, zoom))
        for face in faces
        for zoom in ZOOMS
        if zoom >= max(face.spec["min_zoom"], face.spec.get("rows_from_zoom", 0))
        for shift in (0.0, 0.01, 0.02)
    ]


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

    def tile(self, face: PublishedLayer, at: tuple[int, int, int]) -> bytes:
        """Bytes of a tile."""
        name = face.slug.replace("-", "_")
        if name not in self.known:
            text = face.spec["statements"]["rows"]
            self.cursor.execute(f'PREPARE "{name}" ({PLAIN}) AS {text}')
            self.known.add(name)
        self.cursor.execute(f'EXECUTE "{name}" (%s, %s, %s, %s)', (*at, face.spec["most_rows"]))
        return bytes(self.cursor.fetchone()[0] or b"")


class Client:
    """Asks for tiles over one connection."""

    def __init__(self, link: http.client.HTTPConnection) -> None:
        self.link = link

    def get(self, face: PublishedLayer, at: tuple[int, int, int], version: str, **headers: str):
        """Status, ETag, body."""
        z, x, y = at
        given = {"Accept-Encoding": "gzip"} | {k.replace("_", "-"): v for k, v in headers.items()}
        self.link.request("GET", f"/t/{face.slug}/pub/{version}/{z}/{x}/{y}.mvt", headers=given)
        answer = self.link.getresponse()
        return answer.status, answer.headers.get("ETag", ""), answer.read()


def medians(ways: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Median time (ms) of each way; rounds are interleaved, the first only warms up."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS + 1):
        for name, work in ways.items():
            spent = milliseconds(work)
            if number:
                times[name].append(spent)
    return {name: statistics.median(values) for name, values in times.items()}


def of_tile(
    bare: Bare, client: Client, face: PublishedLayer, at: tuple[int, int, int]
) -> dict[str, float]:
    """Medians (ms) of one tile: bare and miss while nothing is kept of it; then hit and 304."""
    made = medians(
        {
            "bare": lambda: bare.tile(face, at),
            "miss": lambda: client.get(face, at, WRONG_VERSION),
        }
    )
    tag = client.get(face, at, face.version)[1]
    assert client.get(face, at, face.version, If_None_Match=tag)[0] == 304
    return made | medians(
        {
            "hit": lambda: client.get(face, at, face.version),
            "304": lambda: client.get(face, at, face.version, If_None_Match=tag),
        }
    )


def measured() -> dict[str, list[float]]:
    """Medians (ms) by way, one for each tile that holds rows."""
    bare = Bare()
    with served() as link:
        client = Client(link)
        rows = [of_tile(bare, client, face, at) for face, at in places() if bare.tile(face, at)]
    bare.conn.close()
    return {name: [row[name] for row in rows] for name in ("bare", "miss", "hit", "304")}


def main() -> None:
    """Print the table."""
    found = measured()
    count = len(found["bare"])
    if not count:
        print("No published tile holds rows: run load_city and publish_layers first.")
        return
    table = Table(title=f"{count} tiles, medians of {ROUNDS} interleaved rounds, one worker")
    for column in ("", "median ms", "worst ms", "beside the bare statement"):
        table.add_column(column, justify="right")
    words = {
        "bare": "bare prepared statement", "miss": "miss over HTTP (gzip)",
        "hit": "hit over HTTP", "304": "304 over HTTP",
    }  # fmt: skip
    base = statistics.median(found["bare"])
    for name, values in found.items():
        middle = statistics.median(values)
        beside = f"{middle / base:.2f}x, {middle - base:+.2f} ms"
        table.add_row(words[name], f"{middle:.2f}", f"{max(values):.2f}", beside)
    Console().print(table)
