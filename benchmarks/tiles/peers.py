"""tipg and django-vectortiles over the same table, in a virtual environment made for them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from benchmarks._peers import environment as peer_environment
from benchmarks.tiles import places, servers

LIST = Path(__file__).parents[1] / "peers.txt"
TABLE = "layers_streetedge"
SLUG = "streets"


def environment() -> Path:
    """Folder of the peers' virtual environment, made on first use; raises FileNotFoundError."""
    folder = peer_environment(LIST)
    if folder is None:
        raise FileNotFoundError("its environment cannot be made here")
    return folder


def tipg_database() -> str:
    """Address of the database as tipg reads it: the socket's folder in the host's place."""
    given = {name: quote(str(text), safe="") for name, text in
             connection.get_connection_params().items() if isinstance(text, str | int)}  # fmt: skip
    who = given.get("user", "") + (f":{given['password']}" if given.get("password") else "")
    where = given.get("host") or "localhost"
    port = f":{given['port']}" if given.get("port") else ""
    return f"postgresql://{who}@{where}{port}/{given['dbname']}"


@contextmanager
def tipg() -> Iterator[int]:
    """Port of tipg with one worker."""
    folder, port = environment(), servers.free_port()
    command = [
        str(folder / "bin" / "uvicorn"), "tipg.main:app", "--port", str(port),
        "--log-level", "error", "--no-access-log",
    ]  # fmt: skip
    told = {
        "DATABASE_URL": tipg_database(),
        "TIPG_DB_SCHEMAS": '["public"]',
        "TIPG_DB_TABLES": json.dumps([f"public.{TABLE}"]),
    }
    with servers.process(command, **told):
        servers.wait_for(port, tipg_path((14, 0, 0)), (200, 204))
        yield port


def tipg_path(at: places.At) -> str:
    """Address of a tile of tipg: our columns, the stored Web Mercator geometry (its best case)."""
    z, x, y = at
    names = ",".join(columns())
    return (
        f"/collections/public.{TABLE}/tiles/WebMercatorQuad/{z}/{x}/{y}"
        f"?geom-column=tile_geom&properties={names}"
    )


@contextmanager
def vectortiles() -> Iterator[int]:
    """Port of django-vectortiles under gunicorn: one worker of as many threads as our pool."""
    folder, port = environment(), servers.free_port()
    command = [
        str(folder / "bin" / "gunicorn"), "--workers", "1", "--threads", "3", "--keep-alive", "60",
        "--bind", f"127.0.0.1:{port}", "--log-level", "error",
        "--chdir", str(Path(__file__).parent), "vectortiles_site:application",
    ]  # fmt: skip
    job = {
        "database": servers.database_address(),
        "gdal": str(settings.GDAL_LIBRARY_PATH or ""),
        "table": TABLE,
        "columns": columns(),
    }
    with servers.process(command, PEER_JOB=json.dumps(job), DJANGO_SETTINGS_MODULE=""):
        servers.wait_for(port, "/14/0/0", (200, 204))
        yield port


def vectortiles_path(at: places.At) -> str:
    """Address of a tile of django-vectortiles."""
    return "/{}/{}/{}".format(*at)


def columns() -> list[str]:
    """Columns that our tiles of the table carry."""
    spec = places.public(SLUG).spec
    return list(spec["collection"]["columns"]) if "collection" in spec else []


Peer = tuple[str, Callable[[], AbstractContextManager[int]], Callable[[places.At], str]]
PEERS: tuple[Peer, ...] = (
    ("tipg 1.6.1", tipg, tipg_path),
    ("django-vectortiles 1.0.2", vectortiles, vectortiles_path),
)


@contextmanager
def started(peer: Peer) -> Iterator[int | None]:
    """Port of a peer; None when it cannot be had or does not answer."""
    try:
        manager = peer[1]()
        port = manager.__enter__()
    except (OSError, TimeoutError) as fault:
        print(f"{peer[0]}: {fault}")
        yield None
        return
    try:
        time.sleep(0.5)
        yield port
    finally:
        manager.__exit__(None, None, None)
