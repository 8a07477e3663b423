"""How an answer is worked out: from which files, on how many machines. Never part of a question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")
Say = Callable[[int, int], None]


def silent(_done: int, _total: int) -> None:
    """Say nothing of the progress."""


class SpreadFailed(RuntimeError):
    """The run on many workers ended without an answer."""


class NotInside(ValueError):
    """A scheduler is reached on this machine (127.0.0.1) or by TLS; nothing else is spoken to."""


def checked_address(where: str) -> str:
    """A number of workers, or a scheduler's address that stays inside. Raises NotInside."""
    told = urlsplit(where)
    inside = told.scheme == "tls" or (told.scheme == "tcp" and told.hostname in LOOPBACK)
    if not (inside or (where.isdigit() and int(where) > 0)):
        raise NotInside(f"{where}: {NotInside.__doc__}")
    return where


@dataclass(frozen=True, slots=True)
class Means:
    """Folder of parts (None: the database), where to spread ("": nowhere), whom to tell."""

    parts: Path | None = None
    spread: str = ""
    say: Say = silent


DATABASE = Means()
_MEANS: ContextVar[Means] = ContextVar("means", default=DATABASE)


@contextmanager
def using(means: Means) -> Iterator[None]:
    """Work with these means within the block."""
    token = _MEANS.set(means)
    try:
        yield
    finally:
        _MEANS.reset(token)


def current() -> Means:
    """The means of the block we are in."""
    return _MEANS.get()
