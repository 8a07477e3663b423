"""Route /events: the change feed as server-sent events, each listener its own faces."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from tile_service.serve import answers, grants, request, sse
from tile_service.serve.answers import Send
from tile_service.serve.errors import Busy
from tile_service.serve.making import until_gone
from tile_service.serve.service import Receive, Scope, Service

NOTHING = "-"  # opens nothing: a stream names its token, be it the open one
LONGEST_OPEN_S = 3600  # then a visitor's browser connects anew


async def answer(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Send events until the caller leaves or the token ends; raises Missing, Busy."""
    query = request.query_of(scope, "token", "since")
    token = query.get("token", "")
    grant = grants.granted(service, scope, token or NOTHING)
    if len(service.hub.listeners) >= service.config.most_listeners:
        raise Busy
    ends = min(grant.ends_at, time.time() + LONGEST_OPEN_S)

    def opens(slug: str, face: str) -> bool:
        return grants.holds(service, grant) and grants.opens(service, grant, slug, face)

    # A browser that comes back by itself sends the header; a page that opens a new stream, `since`.
    seen = request.headers_of(scope).get("last-event-id") or query.get("since", "")
    listener = service.hub.join(opens, seen)
    headers = {
        "content-type": "text/event-stream",
        "cache-control": answers.NEVER,
        "x-accel-buffering": "no",
    }
    raw = [(k.encode(), v.encode()) for k, v in (answers.ALWAYS | headers).items()]
    await send({"type": "http.response.start", "status": 200, "headers": raw})
    await send({"type": "http.response.body", "body": sse.HELLO, "more_body": True})
    gone = asyncio.ensure_future(until_gone(receive))
    try:
        while not gone.done() and time.time() < ends and grants.holds(service, grant):
            body = await next_event(listener, gone, service.config.heartbeat_s)
            await send({"type": "http.response.body", "body": body, "more_body": True})
    finally:
        gone.cancel()
        service.hub.leave(listener)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def next_event(
    listener: sse.Listener, gone: asyncio.Future[None], heartbeat_s: float
) -> bytes:
    """The next event, or a heartbeat when none came in time."""
    waiting = asyncio.ensure_future(listener.next())
    both: list[asyncio.Future[Any]] = [waiting, gone]
    await asyncio.wait(both, timeout=heartbeat_s, return_when=asyncio.FIRST_COMPLETED)
    if waiting.done():
        return waiting.result()
    waiting.cancel()
    return listener.beat()
