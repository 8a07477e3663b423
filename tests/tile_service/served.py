"""The served application on a real socket, for clients that will not be asked otherwise."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
STARTS_IN_S = 30


def database_url() -> str:
    """Address of the database that the tests use now."""
    held = connection.settings_dict
    login = f"{held['USER']}:{held['PASSWORD']}@" if held["PASSWORD"] else ""
    parts = {"host": held["HOST"], "port": held["PORT"], "user": held["USER"]}
    query = "&".join(f"{name}={value}" for name, value in parts.items() if value)
    return f"postgres://{login}/{held['NAME']}?{query}"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(var: Path) -> Iterator[str]:
    """Serve this database with the product's own command; the address, until done with."""
    port, log = free_port(), var / "served.log"
    address = f"http://127.0.0.1:{port}"
    environment = {name: text for name, text in os.environ.items() if "DJANGO_ALLOW" not in name}
    environment |= {"DATABASE_URL": database_url(), "VAR_DIR": str(var), "LOG_LEVEL": "WARNING"}
    environment |= {"SECRET_KEY": settings.SECRET_KEY}
    command = [
        str(Path(sys.executable).with_name("granian")), "--interface", "asgi", "--workers", "1",
        "--host", "127.0.0.1", "--port", str(port), "--no-ws", "tile_service.asgi:application",
    ]  # fmt: skip
    with log.open("wb") as lines:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=lines, stderr=subprocess.STDOUT
        )
        try:
            ends = time.monotonic() + STARTS_IN_S
            while not answers(f"{address}/ogc"):
                assert process.poll() is None and time.monotonic() < ends, log.read_text()[-3000:]
                time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait(10)


def answers(address: str) -> bool:
    """True when somebody answers there."""
    try:
        urllib.request.urlopen(address, timeout=2)
    except OSError:
        return False
    return True
