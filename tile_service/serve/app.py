"""The raw ASGI application: its life and its routes. No cookie is ever read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from tile_service.serve import (
    answers,
    events,
    health,
    ogc_routes,
    origins,
    raster_tiles,
    rehearsal,
    request,
    vector,
)
from tile_service.serve.answers import Send
from tile_service.serve.config import Config
from tile_service.serve.errors import Broken, Busy, Gone, Missing, Refused, WrongMethod
from tile_service.serve.feed import Feed, News
from tile_service.serve.sentences import language_of
from tile_service.serve.service import Receive, Scope, Service

EVENT_DELAY_S = 0.2  # lets every process learn of a change before a browser asks for it
READY_S = 5.0  # longest that a request waits for the first catalogue

log = logging.getLogger("gis_platform.tiles")
Route = Callable[[Service, Scope, Receive, Send], Awaitable[None]]
# A key that ends in "/" stands for every address below it; any other for itself alone.
ROUTES: dict[str, Route] = {
    "/events": events.answer,
    "/healthz": health.answer,
    "/ogc": ogc_routes.answer,
    "/ogc/": ogc_routes.answer,
    "/r/": raster_tiles.answer,
    "/t/": vector.answer,
}


def route_of(path: str) -> Route | None:
    """The route that answers `path`; None when it is not ours."""
    if path in ROUTES:
        return ROUTES[path]
    stem, slash, _ = path[1:].partition("/")
    return ROUTES.get(f"/{stem}/") if slash else None


class Application(Service):
    """One process's tile server."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.warming: asyncio.Task[None] | None = None

    def owns(self, path: str) -> bool:
        """True for addresses that this application answers."""
        return route_of(path) is not None

    def start(self) -> None:
        """Begin to follow the change feed (once, from the event loop)."""
        if self.feed is not None:
            return
        loop = asyncio.get_running_loop()

        def told(news: News) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._learn, news)

        self.feed = Feed(self.config, told)
        self.feed.start()

    def _learn(self, news: News) -> None:
        if news.changes or news.started is not None or news.catalogue != self.catalogue:
            self.unchanged.forget()
        self.catalogue = news.catalogue
        for login, pool in self.pools.items():
            pool.faces = self.faces_of(login)
        self.epochs.learn(news)
        if news.started is not None:
            self.hub.start(news.changes)
        elif news.changes:
            asyncio.get_running_loop().call_later(EVENT_DELAY_S, self.hub.tell, news.changes)
        if self.warming is None:
            self.warming = asyncio.ensure_future(self._warm())

    async def _warm(self) -> None:
        """Open the pools and run each statement once; only then is the process ready."""
        for login in sorted({face.login for face in self.catalogue.faces.values()}):
            self.pool(login)
        for pool in list(self.pools.values()):
            await pool.until_warm()
        await rehearsal.rehearse(self)
        self.ready.set()

    def stop(self) -> None:
        """End threads and child."""
        self.squeezer.stop()
        if self.writer is not None:
            self.writer.stop()
        if self.feed is not None:
            self.feed.stop()
        for pool in self.pools.values():
            pool.close()
        self.rasters.close()

    async def lifespan(self, receive: Receive, send: Send) -> None:
        """Follow the server's start and stop."""
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                self.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _shared(self, origin: str, send: Send) -> Send:
        """`send`, letting a trusted origin read the answer."""
        if origin not in self.config.origins:
            return send

        async def sharing(event: dict[str, Any]) -> None:
            if event["type"] == "http.response.start":
                told = {key.decode(): text.decode("latin-1") for key, text in event["headers"]}
                told |= origins.sharing(origin, self.config.origins, told)
                lines = [(key.encode(), text.encode("latin-1")) for key, text in told.items()]
                event = event | {"headers": lines}
            await send(event)

        return sharing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever is refused is refused in the same few words."""
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
            return
        if (same := self.unchanged.get(scope)) is not None:
            await send(same[0])
            await send(same[1])
            return
        given = request.headers_of(scope)

        async def refuse(refusal: Refused) -> None:
            language = language_of(given.get("accept-language", ""))
            head = scope["method"] == "HEAD"
            await answers.send_refusal(send, refusal, language=language, head=head)

        try:
            if scope["method"] == "OPTIONS":
                told = origins.preflight(given, self.config.origins)
                await answers.send_whole(send, 204, told)
                return
            send = self._shared(given.get("origin", ""), send)
            if scope["method"] not in {"GET", "HEAD"}:
                raise WrongMethod
            route = route_of(scope["path"])
            if route is None:
                raise Missing
            self.start()
            if not self.ready.is_set():
                await asyncio.wait_for(self.ready.wait(), READY_S)
            await route(self, scope, receive, send)
        except Refused as refusal:
            await refuse(refusal)
        except TimeoutError:
            await refuse(Busy())
        except Gone:
            return
        except Exception:  # the last wall: what went wrong is for the log alone
            log.exception("a request of %s failed", scope["path"].split("/")[1][:20])
            await refuse(Broken())
