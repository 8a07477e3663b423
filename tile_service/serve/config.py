"""What the raw server is told at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Replica:
    """A read replica of the database; `usable` and `behind_s` are kept by replica.Follower."""

    database: Mapping[str, Any]
    most_behind_s: float = 10.0
    usable: bool = True
    behind_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Config:
    """Where the database and the rasters are, the signing key, and the limits of one process.

    database: psycopg2 keywords of the app's own login (catalogue, change feed)
    password_of: password of a read-only login by its name, which the catalogue tells
    city: its name, for titles; hosts: names that it answers to, as Django's ALLOWED_HOSTS
    origins: other sites that may read what is not open to all, with a token
    behind_https: whether X-Forwarded-Proto is set by our own front server
    store_dir: folder of kept answers that the workers of a machine share; None: memory alone
    replica: where the read-only logins read, while it follows; None: from `database`
    threads: connections of each login
    longest_queue, longest_wait_s: what waits for a connection beyond them is answered 503
    """

    database: Mapping[str, Any]
    password_of: Callable[[str], str]
    token_key: bytes
    raster_dir: Path
    city: str = ""
    hosts: tuple[str, ...] = ("*",)
    behind_https: bool = False
    origins: tuple[str, ...] = ()
    store_dir: Path | None = None
    store_bytes: int = 512 * 1024 * 1024
    replica: Replica | None = None
    threads: int = 3
    cache_bytes: int = 96 * 1024 * 1024
    longest_queue: int = 1000
    longest_wait_s: float = 0.7
    most_listeners: int = 1000
    heartbeat_s: float = 15.0
    poll_s: float = 2.0
    most_bytes: int = 500_000

    @property
    def reads_replica(self) -> bool:
        """True while the read-only logins are to read from the replica."""
        return self.replica is not None and self.replica.usable

    def keywords(self, login: str) -> dict[str, Any]:
        """psycopg2 keywords for `login`; "" is the app's own, which needs the primary."""
        if not login:
            return dict(self.database)
        replica = self.replica
        database = replica.database if replica and replica.usable else self.database
        return dict(database) | {"user": login, "password": self.password_of(login)}
