"""Makes what is asked for often smaller, in one thread that yields to everything else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import threading

from tile_service.serve import encodings
from tile_service.serve.cache import Cache, Kept, Key
from tile_service.serve.store import Store

MOST_WAITING = 200
NICENESS = 15
REPLACED = "br"


class Squeezer:
    """Brotli at its slowest, for answers that are kept; begins its thread with the first one."""

    def __init__(self, cache: Cache, store: Store | None) -> None:
        self.cache, self.store = cache, store
        self.waiting: queue.Queue[tuple[Key, Kept] | None] = queue.Queue(MOST_WAITING)
        self.thread: threading.Thread | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    def add(self, key: Key, kept: Kept) -> None:
        """Take one in hand (from the event loop); dropped when many wait already."""
        if encodings.SMALLEST in kept.encoded:
            return
        if self.thread is None:
            self.loop = asyncio.get_running_loop()
            self.thread = threading.Thread(target=self._work, name="tiles-squeeze", daemon=True)
            self.thread.start()
        with contextlib.suppress(queue.Full):
            self.waiting.put_nowait((key, kept))

    def _work(self) -> None:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while (job := self.waiting.get()) is not None:
            self._squeeze(*job)

    def _squeeze(self, key: Key, kept: Kept) -> None:
        stored = self.store.get(key) if self.store is not None else None
        data = stored.encoded.get(encodings.SMALLEST) if stored is not None else None
        if data is None:
            data = encodings.encode(kept.plain, encodings.SMALLEST)
            if self.store is not None and kept.plain:
                small = kept.encoded | {encodings.SMALLEST: data}
                small.pop(REPLACED, None)
                self.store.put(key, Kept(kept.plain, kept.rows, kept.cut, small))
        if self.loop is not None and not self.loop.is_closed():
            arguments = (key, kept, REPLACED, encodings.SMALLEST, data)
            self.loop.call_soon_threadsafe(self.cache.replace_encoding, *arguments)

    def stop(self) -> None:
        """End the thread once it has finished what it does."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.waiting.get_nowait()
        self.waiting.put(None)
