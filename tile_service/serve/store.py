"""Answers kept on disk, shared by the workers of one machine: bounded, and safe to lose.

A file holds a digest, one line about its answer (with the whole key), and the bytes in each
encoding. It is written beside its place and renamed into it, so that a reader meets all of it
or nothing; one that a crash has spoilt is a miss, and so is one that stands for another key.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import struct
import threading
import time
from functools import lru_cache
from pathlib import Path

from tile_service.serve.cache import Kept, Key

MAGIC = b"tile1\n"
DIGEST_BYTES = 16
BLOCK_BYTES = 4096  # least that a file takes on a disk
USED_AGAIN_S = 60  # a file read within this time is not marked as used once more
LEFTOVER_S = 120  # age at which an unfinished file belongs to nobody
SWEPT_TO = 0.8  # share of the bound that a sweep leaves
SWEEP_LOCK, CLAIMS = ".sweep", ".claims"
NO_FILE = -1


def name_of(key: Key) -> str:
    """File name of everything kept under `key`."""
    return hashlib.sha256(repr(key).encode()).hexdigest()[:40]


@lru_cache(maxsize=1024)  # asked for several times while an answer is made
def place_of(folder: Path, key: Key) -> Path:
    """Where the answer for `key` lies below `folder`."""
    name = name_of(key)
    return folder / name[:2] / name


def packed(key: Key, kept: Kept) -> bytes:
    """What a file holds."""
    parts = [("", kept.plain), *kept.encoded.items()]
    told = {
        "key": repr(key),
        "rows": kept.rows,
        "cut": kept.cut,
        "parts": [[name, len(data)] for name, data in parts],
    }
    body = json.dumps(told).encode() + b"\n" + b"".join(data for _, data in parts)
    return MAGIC + hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest() + body


def unpacked(key: Key, data: bytes) -> Kept | None:
    """The answer in a file's bytes; None when they are spoilt or stand for another key."""
    start = len(MAGIC) + DIGEST_BYTES
    body = data[start:]
    digest = hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest()
    if data[:start] != MAGIC + digest:
        return None
    line, _, rest = body.partition(b"\n")
    told = json.loads(line)
    if told["key"] != repr(key):
        return None
    found: dict[str, bytes] = {}
    at = 0
    for name, size in told["parts"]:
        found[name] = rest[at : at + size]
        at += size
    plain = found.pop("")
    return Kept(plain=plain, rows=told["rows"], cut=told["cut"], encoded=found)


def opened(path: Path, flags: int) -> int:
    """Open a file, made if need be, and its folder with it; raises OSError."""
    try:
        return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600)


class Claim:
    """The right to make one answer: a lock on one byte of a file; a crash frees it."""

    def __init__(self, claims: Claims | None, place: int = 0) -> None:
        self.claims, self.place = claims, place

    def release(self) -> None:
        """Give it back; who waits for it may have it."""
        if self.claims is not None:
            self.claims.release(self.place)


class Claims:
    """One file whose bytes stand for answers: a claim costs two calls and no file of its own.

    The locks belong to this open file, not to the process, so that two stores in one process
    keep each other out as well.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.number = path, NO_FILE
        self.held: set[int] = set()
        self.changing = threading.Lock()

    def take(self, name: str) -> Claim | None:
        """The claim to what `name` stands for, None while another has it; raises OSError."""
        place = int(name[:15], 16)
        with self.changing:
            if self.number == NO_FILE:
                self.number = opened(self.path, os.O_RDWR)
            if place in self.held or not self._lock(fcntl.F_WRLCK, place):
                return None
            self.held.add(place)
        return Claim(self, place)

    def release(self, place: int) -> None:
        """Free one byte."""
        with self.changing:
            self.held.discard(place)
            with contextlib.suppress(OSError):
                self._lock(fcntl.F_UNLCK, place)

    def _lock(self, kind: int, place: int) -> bool:
        told = struct.pack("hhqqi4x", kind, os.SEEK_SET, place, 1, 0)
        try:
            fcntl.fcntl(self.number, fcntl.F_OFD_SETLK, told)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def __del__(self) -> None:
        if self.number != NO_FILE:
            os.close(self.number)


class Store:
    """One folder of answers. Its methods touch the disk; none raises when the disk fails."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder, self.most_bytes = folder, most_bytes
        self.written = most_bytes  # so that the first write sweeps what an earlier life left
        self.counting = threading.Lock()
        self.claims = Claims(folder / CLAIMS)

    def path(self, key: Key) -> Path:
        """Where the answer for `key` lies."""
        return place_of(self.folder, key)

    def has(self, key: Key) -> bool:
        """True when something lies there (it may yet prove spoilt)."""
        return self.path(key).exists()

    def get(self, key: Key) -> Kept | None:
        """What is kept under `key`; a spoilt file is removed."""
        path = self.path(key)
        try:
            data = path.read_bytes()
            found = unpacked(key, data)
            if found is None:
                path.unlink(missing_ok=True)
            elif path.stat().st_mtime < time.time() - USED_AGAIN_S:
                os.utime(path)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found

    def put(self, key: Key, kept: Kept) -> None:
        """Keep `kept`; a full or broken disk costs the answer, nothing else."""
        path, data = self.path(key), packed(key, kept)
        fresh = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.new")
        try:
            number = opened(fresh, os.O_WRONLY | os.O_TRUNC)
            with os.fdopen(number, "wb", buffering=0) as file:
                if file.write(data) != len(data):
                    raise OSError
            fresh.rename(path)
        except OSError:
            with contextlib.suppress(OSError):
                fresh.unlink()
            return
        with self.counting:
            self.written += max(len(data), BLOCK_BYTES)
            due = self.written > self.most_bytes // 20
            self.written = 0 if due else self.written
        if due:
            self.sweep()

    def claim(self, key: Key) -> Claim | None:
        """The right to make the answer for `key`, or None while another process has it."""
        try:
            return self.claims.take(self.path(key).name)
        except OSError:
            return Claim(None)  # no disk: every process makes it for itself

    def sweep(self) -> None:
        """Remove leftovers, then the least used answers until the bound is kept (one process)."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            number = os.open(self.folder / SWEEP_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._remove_oldest(self._answers())
        except OSError:
            return
        finally:
            os.close(number)

    def _answers(self) -> list[tuple[float, int, str]]:
        """(last use, bytes, path) of every answer; leftovers are removed on the way."""
        found = []
        now = time.time()
        for folder in os.scandir(self.folder):
            if not folder.is_dir():
                continue
            for entry in os.scandir(folder):
                with contextlib.suppress(OSError):
                    told = entry.stat()
                    if "." not in entry.name:
                        found.append((told.st_mtime, max(told.st_size, BLOCK_BYTES), entry.path))
                    elif told.st_mtime < now - LEFTOVER_S:
                        Path(entry.path).unlink()
        return found

    def _remove_oldest(self, answers: list[tuple[float, int, str]]) -> None:
        total = sum(size for _, size, _ in answers)
        if total <= self.most_bytes:
            return
        for _, size, path in sorted(answers):
            if total <= self.most_bytes * SWEPT_TO:
                return
            with contextlib.suppress(OSError):
                Path(path).unlink()
            total -= size
