"""The served application passes forms on to Django."""

from __future__ import annotations

import asyncio
import inspect

from tile_service.asgi import as_coroutine


def test_a_server_that_gives_futures_is_read_like_one_that_gives_coroutines():
    async def body() -> dict:
        loop = asyncio.get_running_loop()
        told: asyncio.Future[dict] = loop.create_future()
        told.set_result({"type": "http.request", "body": b"nama=warga"})
        asked = as_coroutine(lambda: told)()
        assert inspect.iscoroutine(asked)
        return await asked

    assert asyncio.run(body())["body"] == b"nama=warga"
