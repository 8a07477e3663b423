"""Writes answers to the store in a thread of its own: nobody waits for the disk."""

from __future__ import annotations

import logging
import queue
import threading
import time

from tile_service.serve.cache import Kept, Key
from tile_service.serve.store import Claim, Store

MOST_WAITING = 500  # past them an answer is kept in memory alone
GATHER_S = 0.002  # answers that come close together cost the event loop one interruption
log = logging.getLogger("gis_platform.tiles")


class Writer:
    """Begins its thread with the first answer."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.waiting: queue.SimpleQueue[tuple[Key, Kept, Claim | None] | None] = queue.SimpleQueue()
        self.thread: threading.Thread | None = None

    def add(self, key: Key, kept: Kept, claim: Claim | None) -> None:
        """Take one in hand (from the event loop); its claim is given back once it is written."""
        if self.waiting.qsize() >= MOST_WAITING:
            if claim is not None:
                claim.release()
            return
        if self.thread is None:
            self.thread = threading.Thread(target=self._work, name="tiles-write", daemon=True)
            self.thread.start()
        self.waiting.put((key, kept, claim))

    def _work(self) -> None:
        while (job := self.waiting.get()) is not None:
            if self.waiting.empty():
                time.sleep(GATHER_S)
            key, kept, claim = job
            try:
                self.store.put(key, kept)
            except Exception:  # the thread goes on: the next answer is another one
                log.exception("an answer could not be written")
            finally:
                if claim is not None:
                    claim.release()

    def stop(self) -> None:
        """End the thread once it has written what waits."""
        self.waiting.put(None)
