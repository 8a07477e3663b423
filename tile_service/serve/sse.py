"""Server-sent events: each listener hears of the faces that its token opens."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable

from tile_service.serve.feed import REPLAYED, Change

Opens = Callable[[str, str], bool]
LONGEST_WAIT = 200  # events a slow listener may be behind before it is told to start afresh


def message(change: Change) -> bytes:
    """One change as an event (`message`): {"layer", "seq"}."""
    seq, slug, _ = change
    return f"id: {seq}\ndata: {json.dumps({'layer': slug, 'seq': seq})}\n\n".encode()


def resync(seq: int) -> bytes:
    """Event `resync`: too much was missed, fetch everything anew."""
    return f"id: {seq}\nevent: resync\ndata: {json.dumps({'seq': seq})}\n\n".encode()


HELLO = b"retry: 2000\n\n"
HEARTBEAT = b": still here\n\n"


class Listener:
    """One open stream."""

    def __init__(self, opens: Opens) -> None:
        self.opens = opens
        self.events: asyncio.Queue[bytes] = asyncio.Queue()

    def hear(self, change: Change) -> None:
        """Queue a change, if it is for this listener."""
        if not self.opens(change[1], change[2]):
            return
        if self.events.qsize() >= LONGEST_WAIT:
            while not self.events.empty():
                self.events.get_nowait()
            self.events.put_nowait(resync(change[0]))
            return
        self.events.put_nowait(message(change))


class Hub:
    """All streams of one process, and the changes of late."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.recent: deque[Change] = deque(maxlen=REPLAYED)
        self.seq = 0

    def tell(self, changes: list[Change]) -> None:
        """Pass changes on."""
        for change in changes:
            self.recent.append(change)
            self.seq = change[0]
            for listener in self.listeners:
                listener.hear(change)

    def join(self, opens: Opens, last_seen: str) -> Listener:
        """New stream; what it missed since event `last_seen` is queued, or `resync`."""
        listener = Listener(opens)
        if last_seen.isdigit() and int(last_seen) < self.seq:
            oldest = self.recent[0][0] if self.recent else self.seq
            if int(last_seen) + 1 < oldest:
                listener.events.put_nowait(resync(self.seq))
            else:
                for change in self.recent:
                    if change[0] > int(last_seen):
                        listener.hear(change)
        self.listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """End a stream."""
        self.listeners.discard(listener)
