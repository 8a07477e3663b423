"""Database threads: each owns a connection of one login and its prepared statements."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2

from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.config import Config
from tile_service.serve.errors import Busy, Refused

LIMITS = (
    "-c statement_timeout=5000 -c jit=off -c max_parallel_workers_per_gather=0 "
    "-c plan_cache_mode=force_generic_plan -c default_transaction_read_only=on -c TimeZone=UTC"
)
WINDOWED = "int, int, int, int, timestamptz, timestamptz"
PLAIN = "int, int, int, int"


class Session(threading.local):
    """One thread's connection."""

    conn: Any = None
    prepared: set[str]


class Pool:
    """A few threads for one login."""

    def __init__(self, config: Config, login: str) -> None:
        self.config, self.login = config, login
        self.session = Session()
        self.waiting = 0
        self.threads = ThreadPoolExecutor(config.threads, thread_name_prefix=f"tiles-{login}")

    def _connect(self) -> Any:
        if self.session.conn is None or self.session.conn.closed:
            keywords = self.config.keywords(self.login) | {
                "options": LIMITS,
                "application_name": f"tile_service {self.login}".strip(),
                "connect_timeout": 3,
            }
            self.session.conn = psycopg2.connect(**keywords)
            self.session.conn.autocommit = True
            self.session.prepared = set()
        return self.session.conn

    def _drop(self) -> None:
        if self.session.conn is not None:
            self.session.conn.close()
        self.session.conn = None

    def _execute(self, face: PublishedFace, name: str, params: tuple[Any, ...]) -> tuple[Any, ...]:
        conn = self._connect()
        statement = f"{face.slug}_{face.face}_{face.version}_{name}".replace("-", "_")
        with conn.cursor() as cursor:
            if statement not in self.session.prepared:
                types = WINDOWED if name.endswith("_window") else PLAIN
                text = face.spec["statements"][name]
                cursor.execute(f'PREPARE "{statement}" ({types}) AS {text}')
                self.session.prepared.add(statement)
            places = ", ".join(["%s"] * len(params))
            cursor.execute(f'EXECUTE "{statement}" ({places})', params)
            row: tuple[Any, ...] = cursor.fetchone()
            return row

    def query(self, face: PublishedFace, name: str, params: tuple[Any, ...]) -> tuple[Any, ...]:
        """First row of the prepared statement `name`; reconnects once; raises Busy."""
        try:
            return self._execute(face, name, params)
        except (psycopg2.InterfaceError, psycopg2.OperationalError) as fault:
            if isinstance(fault, psycopg2.extensions.QueryCanceledError):
                raise Busy from fault
            self._drop()
        except psycopg2.Error as fault:
            self._drop()
            raise Busy from fault
        try:
            return self._execute(face, name, params)
        except psycopg2.Error as fault:
            self._drop()
            raise Busy from fault

    def rows(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of a statement; reconnects once; raises Busy, and Refused for bad values."""
        for last_try in (False, True):
            try:
                with self._connect().cursor() as cursor:
                    cursor.execute(text, params)
                    found: list[tuple[Any, ...]] = cursor.fetchall()
                    return found
            except (psycopg2.DataError, psycopg2.InternalError) as fault:
                raise Refused("The database cannot work with a value of this request.") from fault
            except psycopg2.Error as fault:
                self._drop()
                if last_try or isinstance(fault, psycopg2.extensions.QueryCanceledError):
                    raise Busy from fault
        raise Busy

    async def run(self, work: Any, *args: Any) -> Any:
        """Run `work` in a thread of the pool; raises Busy when too many wait already."""
        if self.waiting >= self.config.longest_queue:
            raise Busy
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self.threads, work, *args)
        finally:
            self.waiting -= 1

    def close(self) -> None:
        """Let the threads end; their connections go with them."""
        self.threads.shutdown(wait=False, cancel_futures=True)
