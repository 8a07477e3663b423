"""Django's pages beside the raw server: each in a thread, and handed over in one piece.

a2wsgi's own way waits in the thread for each part of an answer until the event loop has taken it
(its head, its body, its end). Beside a loop that is busy with tiles each such wait costs the thread
its turn of the interpreter, up to three times some milliseconds a page. Only what is long and
streamed goes part by part still, so that no file lies in memory as a whole; and it ends when its
reader leaves, which the server tells whoever asks and nobody else: a thread would work on to the
stream's end, and a few readers who leave would hold all of them.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from a2wsgi.wsgi import Body, build_environ

from tile_service.serve.making import until_gone

WHOLE_BYTES = 65_536  # a streamed answer that says to be this short goes in one piece too
PART_BYTES = 65_536  # of a file; Django itself reads 4 kB at a time

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Wsgi = Callable[..., Iterable[bytes]]


class Pages:
    """A WSGI application, of which `workers` requests are answered at once."""

    def __init__(self, app: Wsgi, *, workers: int) -> None:
        self.app = app
        self.threads = ThreadPoolExecutor(workers, thread_name_prefix="pages")

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request; nobody here speaks over web sockets."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        loop = asyncio.get_running_loop()
        answer = Answer(loop, receive, send)
        environ: dict[str, Any] = dict(build_environ(scope, Body(loop, receive)))  # type: ignore[arg-type]
        work = partial(contextvars.copy_context().run, answer.make, self.app, environ)
        try:
            body = await loop.run_in_executor(self.threads, work)
        finally:
            answer.stop_watching()
        if body is not None:
            await send(answer.head)
            await send({"type": "http.response.body", "body": body})


class Answer:
    """One answer on its way from a thread to the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Receive, send: Send) -> None:
        self.loop, self.receive, self.send = loop, receive, send
        self.head: Event = {}
        self.length: int | None = None  # what it says of itself
        self.watch: asyncio.Task[None] | None = None
        self.gone = False

    # --- in a thread --------------------------------------------------------------------------

    def make(self, app: Wsgi, environ: dict[str, Any]) -> bytes | None:
        """The whole body; None once it was streamed."""
        found = app(environ, self.start)
        try:
            if environ["REQUEST_METHOD"] == "HEAD":
                return b""
            if self._is_short(found):
                return b"".join(found)
            self._stream(found)
            return None
        finally:
            if close := getattr(found, "close", None):
                close()

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        """WSGI's `start_response`; what follows is read from the iterable alone."""
        if exc_info is not None:
            raise exc_info[1]
        lines = [(k.strip().lower().encode("latin-1"), v.strip().encode("latin-1"))
                 for k, v in headers]  # fmt: skip
        self.head = {"type": "http.response.start", "status": int(status[:3]), "headers": lines}
        told = dict(lines).get(b"content-length", b"")
        self.length = int(told) if told.isdigit() else None

    def _is_short(self, found: Iterable[bytes]) -> bool:
        if not getattr(found, "streaming", True) or self.head["status"] in {204, 304}:
            return True
        return self.length is not None and self.length <= WHOLE_BYTES

    def _stream(self, found: Any) -> None:
        if hasattr(found, "block_size"):
            found.block_size = PART_BYTES
        self._tell(self.head)
        for part in found:
            self._tell({"type": "http.response.body", "body": part, "more_body": True})
            if self.gone:
                return
        self._tell({"type": "http.response.body", "body": b""})

    def _tell(self, event: Event) -> None:
        asyncio.run_coroutine_threadsafe(self._sent(event), self.loop).result()

    # --- by the event loop --------------------------------------------------------------------

    async def _sent(self, event: Event) -> None:
        if self.watch is None:
            self.watch = asyncio.ensure_future(self._leaving())
        await self.send(event)

    async def _leaving(self) -> None:
        await until_gone(self.receive)
        self.gone = True

    def stop_watching(self) -> None:
        """It is made: whether its reader leaves is of no interest any more."""
        if self.watch is not None:
            self.watch.cancel()
