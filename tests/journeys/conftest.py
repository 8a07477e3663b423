"""A real server, a real city, a real browser: what every journey starts from.

Each test module gets a copy of the template city, a server of its own (with a worker, unless it
says NEEDS_WORKER = False), and pages that notice every console error and every request that
leaves the machine.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.journeys import template

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
expect.set_options(timeout=20_000)  # on a busy machine; what is there sooner is not waited for
ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "contoh-kota-8271"
PICTURES = template.VAR.parent / "screenshots"
MAPS_NEED_MS = 60_000  # on a busy machine
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
QUIET = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-gl=angle",
    "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing", "--disable-gpu-rasterization",  # only maps need it: a third less
]  # fmt: skip


@pytest.fixture(scope="session")
def city_template() -> tuple[str, Path]:
    """Database and var folder with the city loaded and analysed."""
    return template.made()


@dataclass(slots=True)
class Server:
    """A running server: its address, its database, its var folder."""

    address: str
    database: str
    var: Path

    def manage(self, *words: str) -> None:
        """Run a management command on this server's database."""
        template.manage(self.database, self.var, *words)

    def sql(self, statement: str) -> list[tuple]:
        """Ask this server's database."""
        return template.sql(statement, self.database)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=2)
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not start: {log.read_text()[-3000:]}")


@contextmanager
def _serving(database: str, var: Path, *, worker: bool) -> Iterator[str]:
    port = _free_port()
    log = var / "server.log"
    command = [
        str(Path(sys.executable).with_name("granian")), "--interface", "asgi", "--workers", "1",
        "--host", "127.0.0.1", "--port", str(port), "--no-ws",
        "tile_service.asgi:application",
    ]  # fmt: skip
    commands = [command]
    if worker:
        commands.append([sys.executable, "manage.py", "db_worker", "--interval", "0.5"])
    given = template.environment(database, var)
    with log.open("wb") as lines:
        children = [
            subprocess.Popen(
                words, cwd=ROOT, env=given, stdout=lines, stderr=lines, start_new_session=True
            )
            for words in commands
        ]
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, children[0], log)
            yield address
        finally:
            for child in children:  # with all that it started; what it was at is thrown away
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


@pytest.fixture(scope="module")
def server(city_template: tuple[str, Path], request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of its own for each test module, on a copy of the loaded city."""
    source, source_var = city_template
    process = os.environ.get("PYTEST_XDIST_WORKER", "")
    name = f"{source}_{process}{request.module.__name__.rsplit('.', 1)[-1]}"[:60]
    var = template.VAR / name
    shutil.rmtree(var, ignore_errors=True)
    shutil.copytree(source_var, var)
    template.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    template.sql(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    with _serving(name, var, worker=getattr(request.module, "NEEDS_WORKER", True)) as address:
        yield Server(address, name, var)
    template.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def chromium() -> str:
    """Debian's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is missing: ./run setup installs it"
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser for all pages of this process."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        yield launched
        launched.close()


@dataclass(slots=True)
class Watch:
    """What a page did that it should not have."""

    console: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def clean(self) -> bool:
        """True when nothing was noticed."""
        return not self.console and not self.foreign


def watch(page: Page) -> Watch:
    """Note console errors and requests that leave the machine."""
    seen = Watch()
    page.on(
        "console", lambda line: seen.console.append(line.text) if line.type == "error" else None
    )
    page.on("pageerror", lambda error: seen.console.append(str(error)))

    def note(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            seen.foreign.append(url)

    page.on("request", lambda request: note(request.url))
    return seen


def sign_in(context: BrowserContext, login: str) -> None:
    """Sign in as the form does, without drawing the page that follows it."""
    form = context.request.get("/masuk/")
    hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text())
    assert hidden, form.status
    answer = context.request.post(
        "/masuk/", max_redirects=0, headers={"Referer": form.url},
        form={"username": login, "password": PASSWORD, "csrfmiddlewaretoken": hidden[1]},
    )  # fmt: skip
    assert answer.status == 302, answer.text()


def wait_until_drawn(page: Page) -> None:
    """Wait until the page's map, if it has one, has drawn all that it asked for."""
    if page.query_selector(".map") is None:
        return
    page.wait_for_selector(".map[data-ready=true]", timeout=MAPS_NEED_MS, state="attached")
    page.wait_for_function(
        "() => { const map = document.querySelector('.map[data-ready=true]').cityMap.map;"
        " return map.loaded() && map.queryRenderedFeatures().length > 0; }",
        timeout=MAPS_NEED_MS,
    )


def keep_picture(page: Page, name: str) -> None:
    """Keep how a page looked, its map drawn (var/screenshots, opened by eye at each release)."""
    wait_until_drawn(page)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Open a page as somebody: open_page("/ops/", "operator", phone=True)."""
    contexts: list[BrowserContext] = []

    def make(path: str, login: str = "", *, phone: bool = False, language: str = "id") -> Page:
        context = browser.new_context(
            viewport=PHONE if phone else WIDE, has_touch=phone, locale=language,
            base_url=server.address, reduced_motion="reduce",
        )  # fmt: skip
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.watch = watch(page)  # type: ignore[attr-defined]
        if login:
            sign_in(context, login)
        page.goto(path)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder drives a browser; a module stays in one process, as its server does.

    The pages themselves are the longest module: both processes take a size of screen each.
    """
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.browser)
            size = getattr(item, "callspec", None) and item.callspec.params.get("phone", "")
            item.add_marker(pytest.mark.xdist_group(f"{item.path.stem} {size}"))
