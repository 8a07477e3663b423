"""A wire between a browser and a server that a test can cut, or that loses every answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Wire:
    """Forwards TCP from a port of its own to a server; `whole`, `cut` or `losing` answers."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._goal = (parts.hostname, parts.port)
        self._mode = "whole"
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.answers_lost = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def set(self, mode: str) -> None:
        """Change how the wire behaves; open connections end, as they do when a signal is lost."""
        self._mode = mode
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
            self._pump(near, far, far.sendall)
            self._pump(far, near, self._answer_to(near))

    def _answer_to(self, near: socket.socket) -> Callable[[bytes], None]:
        def send(data: bytes) -> None:
            if self._mode == "losing":
                self.answers_lost += 1
                _close(near)
            else:
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
