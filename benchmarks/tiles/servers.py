"""Servers on loopback for a measurement, and load on them."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

WAIT_S = 60
POLL_S = 0.02


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_address() -> str:
    """Address of the database that is measured, for child processes."""
    given = connection.get_connection_params()
    user, password = given.get("user") or "", given.get("password") or ""
    host, port = given.get("host") or "", given.get("port") or ""
    more = f"&password={password}" if password else ""
    return f"postgres:///{given['dbname']}?host={host}&user={user}{more}" + (
        f"&port={port}" if port else ""
    )


@contextmanager
def process(command: list[str], **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child process; ended afterwards."""
    child = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=os.environ | environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(5)


def status_of(port: int, path: str) -> int:
    """Status of one request; 0 when nobody answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
            link.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
            head = link.recv(4096)
        return int(head[9:12])
    except (OSError, ValueError):
        return 0


def wait_for(port: int, path: str, wanted: tuple[int, ...] = (200,)) -> float:
    """Seconds until `path` is answered so; raises TimeoutError."""
    began = time.monotonic()
    while time.monotonic() - began < WAIT_S:
        if status_of(port, path) in wanted:
            return time.monotonic() - began
        time.sleep(POLL_S)
    raise TimeoutError(path)


def connected(port: int) -> http.client.HTTPConnection:
    """Connection to our server once it answers."""
    wait_for(port, "/healthz")
    return http.client.HTTPConnection("127.0.0.1", port, timeout=10)


def granian(port: int, workers: int) -> list[str]:
    """Command of the served application."""
    return [
        str(Path(sys.executable).with_name("granian")), "--interface", "asgi",
        "--workers", str(workers), "--loop", "uvloop", "--port", str(port),
        "--backlog", "2048", "--no-ws", "--log-level", "error", "tile_service.asgi:application",
    ]  # fmt: skip


@contextmanager
def served(workers: int = 1) -> Iterator[int]:
    """Port of our server, ready, with an empty store of its own."""
    port = free_port()
    with (
        tempfile.TemporaryDirectory() as store,
        process(granian(port, workers), TILE_STORE_DIR=store, DATABASE_URL=database_address()),
    ):
        wait_for(port, "/healthz")
        time.sleep(1)  # the other workers
        yield port


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a load."""

    seconds: float
    bytes: int
    answers: dict[str, int]
    p95_s: dict[str, float]

    @property
    def good_per_s(self) -> float:
        """Answers 200, 204 or 304 a second."""
        good = sum(self.answers.get(status, 0) for status in ("200", "204", "304"))
        return good / self.seconds


def start_load(folder: Path, port: int, paths: list[str], **more: Any) -> subprocess.Popen[bytes]:
    """Load in a process of its own (see load.py for `more`)."""
    job = folder / f"job-{time.monotonic_ns()}.json"
    job.write_text(json.dumps({"port": port, "paths": paths} | more))
    command = [sys.executable, str(Path(__file__).with_name("load.py")), str(job)]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE)


def load(port: int, paths: list[str], **more: Any) -> Outcome:
    """Outcome of a load."""
    with tempfile.TemporaryDirectory() as folder:
        child = start_load(Path(folder), port, paths, **more)
        out, _ = child.communicate(timeout=more["seconds"] + 60)
    return Outcome(**json.loads(out))
