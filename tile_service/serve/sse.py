"""Server-sent events: each listener hears of the faces that its token opens."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping

from tile_service.serve.feed import REPLAYED, Change

Opens = Callable[[str, str], bool]
LONGEST_WAIT = 200  # events a slow listener may be behind before it is told to start afresh


def event(data: Mapping[str, object], *, seq: int | None = None, name: str = "") -> bytes:
    """One event; with `seq` it is where a listener that comes back goes on."""
    head = (f"id: {seq}\n" if seq is not None else "") + (f"event: {name}\n" if name else "")
    return f"{head}data: {json.dumps(data)}\n\n".encode()


def message(change: Change) -> bytes:
    """One change as an event (`message`): {"layer", "tiles", "seq"}.

    tiles: [z, x, y] of zooms up to 14 (deeper ones with their ancestor), none for a row without a
    place, null for the whole layer
    """
    data = {"layer": change.slug, "tiles": change.tiles, "seq": change.seq}
    return event(data, seq=change.seq)


def resync(seq: int) -> bytes:
    """Event `resync`: too much was missed, fetch everything anew."""
    return event({"seq": seq}, seq=seq, name="resync")


HELLO = b"retry: 2000\n\n"


class Listener:
    """One open stream."""

    def __init__(self, opens: Opens, seen: int) -> None:
        self.opens = opens
        self.seen = seen  # all changes up to this one are sent, or not for this listener
        self.events: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()

    def hear(self, change: Change, text: bytes) -> None:
        """Queue a change, if it is for this listener."""
        if not self.opens(change.slug, change.face):
            if self.events.empty():
                self.seen = change.seq
            return
        if self.events.qsize() >= LONGEST_WAIT:
            self.start_afresh(change.seq)
            return
        self.events.put_nowait((change.seq, text))

    def start_afresh(self, seq: int) -> None:
        """Forget what waits; one `resync` stands for it."""
        while not self.events.empty():
            self.events.get_nowait()
        self.events.put_nowait((seq, resync(seq)))

    async def next(self) -> bytes:
        """The next event that waits, or will."""
        self.seen, text = await self.events.get()
        return text

    def beat(self) -> bytes:
        """Event `beat`: the stream lives, and nothing is missed up to its number."""
        return event({"seq": self.seen}, seq=self.seen, name="beat")


class Hub:
    """All streams of one process, and the changes of late."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.recent: deque[tuple[Change, bytes]] = deque(maxlen=REPLAYED)
        self.seq = 0

    def start(self, changes: list[Change]) -> None:
        """Begin with changes of late, or begin anew: who listens already starts afresh."""
        self.recent.clear()
        self._remember(changes[-REPLAYED:])
        for listener in self.listeners:
            listener.start_afresh(self.seq)

    def tell(self, changes: list[Change]) -> None:
        """Pass changes on that are new."""
        for change, text in self._remember([new for new in changes if new.seq > self.seq]):
            for listener in self.listeners:
                listener.hear(change, text)

    def _remember(self, changes: list[Change]) -> list[tuple[Change, bytes]]:
        # Listeners need no tiles of zoom 16: only the text is kept.
        told = [(change._replace(touched=None, tiles=None), message(change)) for change in changes]
        self.recent.extend(told)
        if told:
            self.seq = told[-1][0].seq
        return told

    def join(self, opens: Opens, last_seen: str) -> Listener:
        """New stream; what it missed since event `last_seen` is queued, or `resync`."""
        known = last_seen.isdigit() and len(last_seen) < 19
        listener = Listener(opens, int(last_seen) if known else self.seq)
        oldest = self.recent[0][0].seq if self.recent else self.seq + 1
        # A page may be a little ahead of this process; much ahead means a database put back.
        ahead = listener.seen - self.seq
        listener.seen = min(listener.seen, self.seq)
        if listener.seen + 1 < oldest or ahead > REPLAYED:
            listener.seen = self.seq
            listener.events.put_nowait((self.seq, resync(self.seq)))
        else:
            for change, text in self.recent:
                if change.seq > listener.seen:
                    listener.hear(change, text)
        if listener.events.empty():
            listener.events.put_nowait((listener.seen, listener.beat()))
        self.listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """End a stream."""
        self.listeners.discard(listener)
