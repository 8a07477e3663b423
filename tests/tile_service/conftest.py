"""A published toy city, and the raw server over it, asked without a socket."""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psycopg2
import pytest
import rasterio
from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.test import override_settings
from rasterio.transform import from_origin

from layers.access import Face
from layers.catalog.rasters import register_raster
from layers.geography import city
from layers.registry import all_layers
from layers.spec import RasterTiles
from tests.conftest import forget
from tests.tile_service import toy
from tile_service.models import Change, Outbox
from tile_service.publish import logins, publishing
from tile_service.publish.serving import KEYWORDS, config
from tile_service.serve.app import Application


@dataclass
class Answer:
    """What the server said."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Server:
    """The raw application on a loop in a thread of its own."""

    def __init__(self, **more: Any) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.app = Application(config(**{"poll_s": 0.5, "store_dir": None} | more))
        self.loop.call_soon_threadsafe(self.app.start)

    def scope(self, address: str, headers: dict[str, str], method: str) -> dict[str, Any]:
        """ASGI scope of a request."""
        path, _, query = address.partition("?")
        raw = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
        return {
            "type": "http", "method": method, "path": path, "query_string": query.encode(),
            "headers": raw,
        }  # fmt: skip

    def get(self, address: str, method: str = "GET", **headers: str) -> Answer:
        """Ask for `address`; header names are written with underscores."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return asyncio.run_coroutine_threadsafe(
            self._ask(self.scope(address, named, method)), self.loop
        ).result(30)

    def get_all(self, addresses: list[str]) -> list[Answer]:
        """Ask for all at once."""

        async def together() -> list[Answer]:
            return await asyncio.gather(*(self._ask(self.scope(a, {}, "GET")) for a in addresses))

        return asyncio.run_coroutine_threadsafe(together(), self.loop).result(30)

    async def _ask(self, scope: dict[str, Any]) -> Answer:
        answer, told = Answer(), []

        async def receive() -> dict[str, Any]:
            if told:  # the caller stays until it is answered
                await asyncio.sleep(60)
            told.append(True)
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(event: dict[str, Any]) -> None:
            if event["type"] == "http.response.start":
                answer.status = event["status"]
                answer.headers = {k.decode(): v.decode() for k, v in event["headers"]}
            else:
                answer.body += event["body"]

        await self.app(scope, receive, send)
        return answer

    def listen(self, address: str, **headers: str) -> Stream:
        """Open an event stream."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return Stream(self, self.scope(address, named, "GET"))

    def wait_for_epoch(self, slug: str, face: str, above: int) -> None:
        """Wait until the server has learned of a change."""
        ends = time.monotonic() + 5
        while self.app.catalogue.epochs.get((slug, face), 0) <= above:
            assert time.monotonic() < ends, "the server never learned of the change"
            time.sleep(0.02)

    def wait_until_fed(self, slug: str, face: str) -> None:
        """Wait until no change of a face waits any more to be told of."""
        ends = time.monotonic() + 20
        while Outbox.objects.filter(slug=slug, face=face).exists():
            assert time.monotonic() < ends, "a change was never told of"
            time.sleep(0.02)

    def wait_for_tile(self, slug: str, face: str, zoom: int, row: Any) -> None:
        """Wait until the server has learned of a change at `row` that is the newest there."""
        tile = (int(part) for part in toy.column_and_row(row.geom.x, row.geom.y, zoom))
        x, y = tile
        ends = time.monotonic() + 5
        while self.app.epochs.of(slug, face, zoom, x, y) < self.app.catalogue.epochs[slug, face]:
            assert time.monotonic() < ends, "the server never learned of the change"
            time.sleep(0.02)

    def wait_until_told(self) -> None:
        """Wait until all that is committed is numbered and told to the listeners."""

        def numbered() -> int | None:
            if Outbox.objects.exists():  # first: what leaves the outbox has its number
                return None
            newest: int | None = Change.objects.aggregate(newest=Max("seq"))["newest"]
            return newest

        ends = time.monotonic() + 5
        while (newest := committed(numbered)) is None or self.app.hub.seq < newest:
            assert time.monotonic() < ends, "the listeners never heard of the change"
            time.sleep(0.02)

    def close(self) -> None:
        """Stop everything."""
        self.app.stop()
        if self.app.feed:
            self.app.feed.join(3)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(3)


class Stream:
    """An open event stream: text received so far."""

    def __init__(self, server: Server, scope: dict[str, Any]) -> None:
        self.text, self.status = "", 0
        self.gone = threading.Event()
        self.server = server
        self.done = asyncio.run_coroutine_threadsafe(self._run(scope), server.loop)

    async def _run(self, scope: dict[str, Any]) -> None:
        async def receive() -> dict[str, Any]:
            while not self.gone.is_set():
                await asyncio.sleep(0.02)
            return {"type": "http.disconnect"}

        async def send(event: dict[str, Any]) -> None:
            self.status = event.get("status", self.status)
            self.text += event.get("body", b"").decode()

        await self.server.app(scope, receive, send)

    def wait_for(self, words: str, timeout_s: float = 5) -> float:
        """Seconds until `words` have come; fails after `timeout_s`."""
        began = time.monotonic()
        while words not in self.text:
            assert time.monotonic() - began < timeout_s, f"{words!r} not in {self.text!r}"
            time.sleep(0.01)
        return time.monotonic() - began

    def close(self) -> None:
        """Leave."""
        self.gone.set()
        self.done.result(5)


def small_raster(folder: Any, layer: str) -> None:
    """Register a flat raster of 50s for `layer`."""
    lon, lat = city().centre
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{layer}.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=60, width=60, count=1, dtype="float32",
        crs="EPSG:4326", transform=from_origin(lon, lat, 0.001, 0.001),
    ) as file:  # fmt: skip
        file.write(np.full((60, 60), 50, dtype="float32"), 1)
    register_raster(
        path, code=f"toy-{layer}", layer=layer, title=layer, ramp="heat", low=0, high=100,
        attribution="a", at=toy.AT,
    )  # fmt: skip


def run_beside(statement: str) -> None:
    """Run a statement about databases from another one."""
    given = connection.get_connection_params() | {"dbname": "postgres"}
    keywords = {name: given[name] for name in KEYWORDS if given.get(name)}
    conn = psycopg2.connect(**keywords)
    conn.autocommit = True
    conn.cursor().execute(statement)
    conn.close()


def drop(name: str) -> None:
    """Drop a database if it is there, whoever uses it, and its logins unless a copy needs them."""
    run_beside(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    for face in Face:
        with suppress(psycopg2.Error):
            run_beside(f'DROP ROLE IF EXISTS "{logins.login_name(face, name)}"')


@contextmanager
def connected_to(name: str, *, copy_of: str) -> Iterator[None]:
    """Work on a new database `name`, for rows that must be committed."""
    home = connection.settings_dict["NAME"]
    assert home.startswith("test_"), "mark the test with django_db"
    connection.close()
    drop(name)
    run_beside(f'CREATE DATABASE "{name}" TEMPLATE "{copy_of}"')
    connection.settings_dict["NAME"] = name
    forget()  # what was kept of another copy has the same numbers
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = home
        forget()


@pytest.fixture(scope="session")
def toy_template(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[tuple[str, Path]]:
    """Committed rows of every layer, published: a database and rasters that modules copy."""
    folder = tmp_path_factory.mktemp("template") / "rasters"
    home = connection.settings_dict["NAME"]
    name = f"{home}_toy"
    unblocked, rasters = django_db_blocker.unblock(), override_settings(RASTER_DIR=folder)
    with unblocked, rasters, connected_to(name, copy_of=home):
        for layer in all_layers():
            if isinstance(layer.tiles, RasterTiles):
                small_raster(folder, layer.slug)
            else:
                toy.add_rows(layer)
        publishing.try_logins(publishing.publish())
    yield name, folder
    with django_db_blocker.unblock():
        drop(name)


@pytest.fixture(scope="module")
def toy_city(
    toy_template: tuple[str, Path], django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[Any]:
    """The toy city in a database and a folder of the module's own."""
    template, rasters = toy_template
    folder = tmp_path_factory.mktemp("var") / "rasters"
    shutil.copytree(rasters, folder)
    name = connection.settings_dict["NAME"] + "_ubin"
    with django_db_blocker.unblock(), override_settings(RASTER_DIR=folder):
        with connected_to(name, copy_of=template):
            yield settings
        drop(name)


@pytest.fixture(scope="module")
def server(toy_city: Any) -> Iterator[Server]:
    """The raw server over the toy city."""
    made = Server()
    yield made
    made.close()


def committed(work: Callable[[], Any]) -> Any:
    """Run `work` on a connection of its own, so that what it writes is there for others."""
    with ThreadPoolExecutor(1) as thread:

        def run() -> Any:
            try:
                return work()
            finally:
                connection.close()

        return thread.submit(run).result(20)
