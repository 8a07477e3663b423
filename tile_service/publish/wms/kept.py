"""Pictures kept in memory, the least used go first."""

from __future__ import annotations

import threading
from collections import OrderedDict


class Kept:
    """At most `most_bytes` of pictures, by key; safe between threads."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self.bytes = most_bytes, 0
        self.held: OrderedDict[str, bytes] = OrderedDict()
        self.lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """The picture, if it is kept."""
        with self.lock:
            if key in self.held:
                self.held.move_to_end(key)
            return self.held.get(key)

    def put(self, key: str, data: bytes) -> bytes:
        """Keep a picture; returns it."""
        with self.lock:
            self.bytes += len(data) - len(self.held.pop(key, b""))
            self.held[key] = data
            while self.bytes > self.most_bytes:
                self.bytes -= len(self.held.popitem(last=False)[1])
        return data

    def clear(self) -> None:
        """Forget them all."""
        with self.lock:
            self.held.clear()
            self.bytes = 0
