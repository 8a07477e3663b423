"""A wire between a browser and a server that a test can cut, halt, or let lose answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Wire:
    """Forwards TCP from a port of its own to a server: `whole`, `cut`, `losing` every answer.

    Of what is posted, `stalling` lets half arrive, `holding` answers `let_through` times.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._goal = (parts.hostname, parts.port)
        self._mode = "whole"
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.answers_lost = self.answers_held = self.questions_stalled = 0
        self._let_through = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def set(self, mode: str, *, let_through: int = 0) -> None:
        """Change how the wire behaves; open connections end, as they do when a signal is lost."""
        self._mode, self._let_through = mode, let_through
        for end in self._ends:
            _close(end)
        self._ends.clear()

    def end(self) -> None:
        """Close everything."""
        self.set("cut")
        _close(self._listener)

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        if self._mode == "cut":
            _close(near)
            return
        with suppress(OSError):
            far = socket.create_connection(self._goal)
            self._ends += [near, far]
            posted = threading.Event()
            self._pump(near, far, self._question_to(far, posted))
            self._pump(far, near, self._answer_to(near, posted))

    def _question_to(self, far: socket.socket, posted: threading.Event) -> Callable[[bytes], None]:
        def send(data: bytes) -> None:
            if data.startswith(b"POST "):
                posted.set()
            elif data.startswith(b"GET "):
                posted.clear()
            if self._mode == "stalling" and posted.is_set():
                self.questions_stalled += 1
                data = data[: len(data) // 2] if self.questions_stalled == 1 else b""
            far.sendall(data)

        return send

    def _answer_to(self, near: socket.socket, posted: threading.Event) -> Callable[[bytes], None]:
        def send(data: bytes) -> None:
            if self._mode == "losing":
                self.answers_lost += 1
                _close(near)
                return
            if self._mode == "holding" and posted.is_set():
                self._let_through -= 1
                if self._let_through < 0:
                    self.answers_held += 1
                    return
            near.sendall(data)

        return send

    def _pump(self, source: socket.socket, other: socket.socket, send: Callable) -> None:
        def run() -> None:
            with suppress(OSError):
                while data := source.recv(65536):
                    send(data)
            _close(source)
            _close(other)

        threading.Thread(target=run, daemon=True).start()


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def wire_to(address: str) -> Iterator[Wire]:
    """A wire to a server, closed at the end."""
    wire = Wire(address)
    try:
        yield wire
    finally:
        wire.end()
