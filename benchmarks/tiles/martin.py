"""Martin over the same table, where a program of it is at hand: `MARTIN`, or `martin` on PATH.

`MARTIN` may name several programs, separated as PATH is; each is measured under its own version.
Load comes from `wrk` where there is one, as it costs less than ours and leaves the core free.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.db import connection

from benchmarks.tiles import peers, places, servers

POOL = 3  # connections of each of our logins
NO_MARTIN = "no martin on PATH nor in MARTIN"


@dataclass(frozen=True, slots=True)
class Program:
    """A Martin that can be started, and the numbers of its version."""

    path: str
    version: tuple[int, ...]

    @property
    def name(self) -> str:
        """Name with version."""
        return "Martin " + ".".join(map(str, self.version))

    @property
    def keeps_packed(self) -> bool:
        """True when it keeps the encoding that it sends; before, each hit is packed anew."""
        return self.version >= (1, 16)

    @property
    def peer(self) -> peers.Peer:
        """As the other peers are started and asked."""
        return self.name, partial(served, self), path


def programs() -> list[Program]:
    """Programs at hand that tell their version."""
    given = [one for one in os.environ.get("MARTIN", "").split(os.pathsep) if one]
    found = []
    for one in given or [shutil.which("martin") or ""]:
        if not one or not Path(one).is_file():
            continue
        told = subprocess.run([one, "--version"], capture_output=True, text=True, timeout=20)
        if number := re.search(r"(\d+)\.(\d+)\.(\d+)", told.stdout):
            found.append(Program(one, tuple(map(int, number.groups()))))
    return found


def properties() -> dict[str, str]:
    """Columns that our tiles carry, with their types."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, udt_name FROM information_schema.columns"
            " WHERE table_name = %s AND column_name = ANY(%s)",
            [peers.TABLE, peers.columns()],
        )
        return dict(cursor.fetchall())


def settings(port: int) -> dict[str, object]:
    """What Martin is told: the stored Web Mercator geometry, our columns, our margin and extent."""
    table = {
        "schema": "public", "table": peers.TABLE, "geometry_column": "tile_geom", "srid": 3857,
        "geometry_type": "GEOMETRY", "id_column": "id", "extent": 4096, "buffer": 64,
        "clip_geom": True, "properties": properties(),
    }  # fmt: skip
    database = {
        "connection_string": peers.tipg_database(), "pool_size": POOL, "auto_bounds": "skip",
        "auto_publish": False, "tables": {peers.SLUG: table},
    }  # fmt: skip
    return {
        "listen_addresses": f"127.0.0.1:{port}",
        "worker_processes": 1,
        "postgres": database,
    }


@contextmanager
def served(program: Program) -> Iterator[int]:
    """Port of Martin with one worker; it has answered no tile yet."""
    port = servers.free_port()
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "martin.yaml"
        told.write_text(json.dumps(settings(port)))  # JSON is YAML too
        with servers.process([program.path, "--config", str(told)], RUST_LOG="off"):
            servers.wait_for(port, "/health")
            yield port


def path(at: places.At) -> str:
    """Address of a tile of Martin."""
    return "/{}/{}/{}/{}".format(peers.SLUG, *at)


SCRIPT = """
local paths, asked, turn = {PATHS}, {}, 0
init = function() for i, path in ipairs(paths) do asked[i] = wrk.format("GET", path) end end
request = function() turn = turn % #asked + 1; return asked[turn] end
"""


def hits_per_s(port: int, paths: list[str], encoding: str, seconds: int) -> float:
    """Answers a second to 32 connections that ask for `paths` in turn, all kept already."""
    headers = {"Accept-Encoding": encoding}
    servers.load(port, paths, headers=headers, connections=4, seconds=20, once=True)
    if shutil.which("wrk") is None:
        more = {"connections": 32, "seconds": seconds, "headers": headers}
        return servers.load(port, paths, **more).good_per_s
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "paths.lua"
        script.write_text(SCRIPT.replace("PATHS", ",".join(json.dumps(one) for one in paths)))
        command = ["wrk", "-t1", "-c32", f"-d{seconds}s", "-H", f"Accept-Encoding: {encoding}",
                   "-s", str(script), f"http://127.0.0.1:{port}"]  # fmt: skip
        told = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if rate is None or "Non-2xx" in told:
        raise OSError(told or "wrk told nothing")
    return float(rate.group(1))
