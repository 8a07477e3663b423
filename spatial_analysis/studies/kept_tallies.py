"""Where tallies wait while a run counts: a stopped run of the same question goes on with them."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from django.conf import settings

from spatial_analysis.tally_store import Store

KEPT_S = 7 * 86_400  # what nobody came back to for a week is thrown away
LOCK = "in-use"


@contextmanager
def kept_store(name: str) -> Iterator[Store]:
    """The store `name`, emptied when the block ends well; one of our own when it is in use.

    After an error it stays as it is, for the next run of the same question.
    """
    home = Path(settings.VAR_DIR) / "tallies"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = home / name
    folder.mkdir(exist_ok=True, mode=0o700)
    lock = _lock_of(folder)
    if lock is None:
        with tempfile.TemporaryDirectory(dir=home) as own:
            yield Store(Path(own))
        return
    with lock:
        _forget_old(home, folder)
        yield Store(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _lock_of(folder: Path) -> TextIO | None:
    """The folder's lock, held; None when somebody counts the same just now, or was just done."""
    path = folder / LOCK
    try:
        lock = path.open("w")
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ours = path.stat().st_ino == os.fstat(lock.fileno()).st_ino
    except (BlockingIOError, FileNotFoundError):
        ours = False
    if ours:
        return lock
    lock.close()  # held by another, or left of a folder that was thrown away meanwhile
    return None


def _forget_old(home: Path, own: Path) -> None:
    """Throw away what was left behind long ago; hidden reports' places should not lie about."""
    for folder in home.iterdir():
        with suppress(FileNotFoundError):  # another run ended well meanwhile
            if folder != own and time.time() - folder.stat().st_mtime > KEPT_S:
                shutil.rmtree(folder, ignore_errors=True)
