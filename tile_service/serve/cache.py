"""Answers kept in memory, least recently used out first, bounded by bytes."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

Key = tuple[Hashable, ...]
OVERHEAD_BYTES = 400


@dataclass(slots=True)
class Kept:
    """One answer: its plain bytes, the encodings made so far, and whether rows were left out."""

    plain: bytes
    rows: int = 0
    cut: bool = False
    encoded: dict[str, bytes] = field(default_factory=dict)
    asked: int = 0  # how often it was sent; what is asked for often is made smaller

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return OVERHEAD_BYTES + len(self.plain) + sum(map(len, self.encoded.values()))


def etag_of(key: Key) -> str:
    """Stem of the strong ETag of everything kept under `key`."""
    return hashlib.sha256(repr(key).encode()).hexdigest()[:16]


class Cache:
    """Least-recently-used answers of one process; touched by the event loop alone."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self.kept: OrderedDict[Key, Kept] = OrderedDict()

    def get(self, key: Key) -> Kept | None:
        """What is kept under `key`."""
        found = self.kept.get(key)
        if found is not None:
            self.kept.move_to_end(key)
        return found

    def put(self, key: Key, answer: Kept) -> None:
        """Keep `answer`; the least used ones make room."""
        self.drop(key)
        self.kept[key] = answer
        self.bytes += answer.size
        self._make_room()

    def drop(self, key: Key) -> None:
        """Forget `key`."""
        found = self.kept.pop(key, None)
        if found is not None:
            self.bytes -= found.size

    def add_encoding(self, key: Key, answer: Kept, encoding: str, data: bytes) -> None:
        """Keep `data` beside the plain bytes of `answer`."""
        answer.encoded[encoding] = data
        if self.kept.get(key) is answer:
            self.bytes += len(data)
            self._make_room()

    def replace_encoding(self, key: Key, answer: Kept, old: str, new: str, data: bytes) -> None:
        """Keep `data` as `new` in the place of encoding `old`."""
        gone = answer.encoded.pop(old, b"")
        if self.kept.get(key) is answer:
            self.bytes -= len(gone)
        self.add_encoding(key, answer, new, data)

    def _make_room(self) -> None:
        while self.bytes > self.most_bytes and self.kept:
            _, gone = self.kept.popitem(last=False)
            self.bytes -= gone.size
