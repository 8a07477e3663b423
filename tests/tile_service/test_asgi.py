"""The served application passes forms on to Django."""

from __future__ import annotations

import asyncio
import inspect
from io import BytesIO

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse

from tile_service.asgi import as_coroutine
from tile_service.bridge import PART_BYTES, WHOLE_BYTES, Pages


def test_a_server_that_gives_futures_is_read_like_one_that_gives_coroutines():
    async def body() -> dict:
        loop = asyncio.get_running_loop()
        told: asyncio.Future[dict] = loop.create_future()
        told.set_result({"type": "http.request", "body": b"nama=warga"})
        asked = as_coroutine(lambda: told)()
        assert inspect.iscoroutine(asked)
        return await asked

    assert asyncio.run(body())["body"] == b"nama=warga"


class Reader:
    """Somebody who asks for a page and is given its events; leaves after `stays` of them."""

    def __init__(self, *, stays: int = 1000) -> None:
        self.told: list[dict] = []
        self.stays = stays

    def ask(self, answer, *, method: str = "GET") -> list[dict]:
        """Events of one request to a WSGI application that gives `answer`, as Django's does."""

        def app(environ, start_response):
            assert (environ["PATH_INFO"], environ["HTTP_HOST"]) == ("/bantuan/", "kota")
            start_response(f"{answer.status_code} OK", [*answer.items()])
            return answer

        scope = {
            "type": "http", "http_version": "1.1", "method": method, "path": "/bantuan/",
            "query_string": b"", "headers": [(b"host", b"kota")],
        }  # fmt: skip
        asyncio.run(self._ask(Pages(app, workers=1), scope))
        return self.told

    async def _ask(self, pages: Pages, scope: dict) -> None:
        leaves = asyncio.Event()

        async def receive() -> dict:
            await leaves.wait()
            return {"type": "http.disconnect"}

        async def send(event: dict) -> None:
            self.told.append(event)
            if len(self.told) == self.stays:
                leaves.set()

        await pages(scope, receive, send)


def parts_of(events: list[dict]) -> list[tuple[bytes, bool]]:
    """Bytes, and whether more was said to follow."""
    return [(event["body"], event.get("more_body", False)) for event in events]


def test_a_page_is_handed_over_in_one_piece_and_closed():
    page = HttpResponse([b"satu ", b"dua"], headers={"X-Kota": "ya"})
    start, *body = Reader().ask(page)
    assert (start["status"], (b"x-kota", b"ya") in start["headers"]) == (200, True)
    assert parts_of(body) == [(b"satu dua", False)]
    assert page.closed


def test_a_stream_goes_part_by_part_and_is_closed():
    stream = StreamingHttpResponse(iter([b"satu", b"dua"]))
    start, *body = Reader().ask(stream)
    assert start["status"] == 200
    assert parts_of(body) == [(b"satu", True), (b"dua", True), (b"", False)]
    assert stream.closed


def test_a_small_file_is_handed_over_in_one_piece_and_a_large_one_in_large_parts():
    small, large = b"a" * 9_000, b"b" * (WHOLE_BYTES + 9_000)
    assert parts_of(Reader().ask(FileResponse(BytesIO(small)))[1:]) == [(small, False)]
    body = parts_of(Reader().ask(FileResponse(BytesIO(large)))[1:])
    assert [len(part) for part, _ in body] == [PART_BYTES, 9_000, 0]
    assert b"".join(part for part, _ in body) == large


def test_whoever_asks_for_the_head_alone_has_nothing_read_for_it():
    file = FileResponse(BytesIO(b"a" * (WHOLE_BYTES + 1)))
    read = file.file_to_stream
    start, *body = Reader().ask(file, method="HEAD")
    assert dict(start["headers"])[b"content-length"] == str(WHOLE_BYTES + 1).encode()
    assert (parts_of(body), read.closed) == ([(b"", False)], True)


def test_a_stream_ends_when_its_reader_leaves():
    long = 20_000
    stream = StreamingHttpResponse(b"satu" for _ in range(long))
    events = Reader(stays=5).ask(stream)
    assert 5 <= len(events) < long
    assert all(more for _, more in parts_of(events[1:]))  # no end is told either
    assert stream.closed


def test_what_breaks_halfway_is_told_to_the_server_and_closed():
    def breaking():
        yield b"satu"
        raise OSError("disk")

    stream, reader = StreamingHttpResponse(breaking()), Reader()
    with pytest.raises(OSError, match="disk"):
        reader.ask(stream)
    assert parts_of(reader.told[1:]) == [(b"satu", True)]  # no end: the connection is cut
    assert stream.closed
