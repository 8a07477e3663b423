"""The raw ASGI application: tiles, rasters, events, health. No cookie is ever read."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tile_service.serve import answers, encodings, mvt, request, sse, tokens
from tile_service.serve.answers import Send
from tile_service.serve.cache import Cache, Kept, Key, etag_of
from tile_service.serve.catalogue import PUBLIC, Catalogue, PublishedFace, PublishedRaster
from tile_service.serve.config import Config
from tile_service.serve.errors import Busy, Missing, Refused, WrongMethod
from tile_service.serve.feed import Change, Feed
from tile_service.serve.pool import Pool
from tile_service.serve.raster import Rasters

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
MVT = "application/vnd.mapbox-vector-tile"
TICK_S = 30  # how long a tile may lag whose rows move with the clock
EVENT_DELAY_S = 0.2  # lets every process learn of a change before a browser asks for it
OURS = ("/t/", "/r/", "/events", "/healthz")


class Application:
    """One process's tile server."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.catalogue = Catalogue()
        self.cache = Cache(config.cache_bytes)
        self.making: dict[Key, asyncio.Task[Kept]] = {}
        self.pools: dict[str, Pool] = {}
        self.rasters = Rasters(config.raster_dir, config.longest_queue)
        self.hub = sse.Hub()
        self.feed: Feed | None = None
        self.ready = asyncio.Event()
        self.queries = 0

    def owns(self, path: str) -> bool:
        """True for addresses that this application answers."""
        return path.startswith(OURS[:2]) or path in OURS

    # --- life -------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to follow the change feed (once, from the event loop)."""
        if self.feed is not None:
            return
        loop = asyncio.get_running_loop()

        def told(found: Catalogue, changes: list[Change]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._learn, found, changes)

        self.feed = Feed(self.config, told)
        self.feed.start()

    def _learn(self, found: Catalogue, changes: list[Change]) -> None:
        self.catalogue = found
        self.ready.set()
        if changes:
            asyncio.get_running_loop().call_later(EVENT_DELAY_S, self.hub.tell, changes)

    def stop(self) -> None:
        """End threads and child."""
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

    # --- one request ------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever is refused is refused in the same few words."""
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
            return
        head = scope["method"] == "HEAD"
        try:
            if scope["method"] not in {"GET", "HEAD"}:
                raise WrongMethod
            self.start()
            await asyncio.wait_for(self.ready.wait(), 5)
            await self._route(scope, receive, send)
        except Refused as refusal:
            await answers.send_refusal(send, refusal, head=head)
        except TimeoutError:
            await answers.send_refusal(send, Busy(), head=head)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith("/t/"):
            await self._vector(scope, send)
        elif path.endswith("/value"):
            await self._value(scope, send)
        elif path.startswith("/r/"):
            await self._raster(scope, send)
        elif path == "/events":
            await self._events(scope, receive, send)
        elif path == "/healthz":
            await self._health(scope, send)
        else:
            raise Missing

    def _granted(self, token: str) -> dict[str, str] | None:
        """Faces that `token` opens, None for the open token; raises Missing."""
        if token == tokens.OPEN:
            return None
        try:
            return tokens.read(self.config.token_key, token, now=time.time())
        except tokens.BadToken:
            raise Missing from None

    def _face(self, slug: str, token: str) -> PublishedFace:
        found = self.catalogue.opened_by(slug, self._granted(token))
        if found is None:
            raise Missing
        return found

    async def _vector(self, scope: Scope, send: Send) -> None:
        tile = request.vector_tile(scope)
        face = self._face(tile.name, tile.token)
        if face.kind == "raster":
            raise Missing
        if not face.spec["min_zoom"] <= tile.z <= max(face.spec["max_zoom"], 16):
            raise Missing
        window = request.window_of(tile.query, face.spec)
        epoch = self.catalogue.epochs.get((face.slug, face.face), 0)
        tick = int(time.time() // TICK_S) if face.spec.get("moves_with_time") else 0
        key: Key = (face.slug, face.face, tile.z, tile.x, tile.y, window, epoch, tick, face.version)

        accepted = encodings.acceptable(request.headers_of(scope).get("accept-encoding"))

        def make() -> Kept:
            kept = mvt.fetch(pool, face, tile, window, self.config.most_bytes)
            encoding = encodings.chosen(accepted, len(kept.plain))
            if encoding != encodings.IDENTITY:  # here, in the same thread: a hop less
                kept.encoded[encoding] = encodings.encode(kept.plain, encoding)
            return kept

        pool = self._pool(face.login)

        async def made() -> Kept:
            self.queries += 1
            return await pool.run(make)

        async def current() -> bool:
            return self.catalogue.epochs.get((face.slug, face.face), 0) == epoch

        await self._send_kept(
            scope, send, key, made, current, kind=MVT,
            open_to_all=face.open_to_all, right_version=tile.version == face.version,
        )  # fmt: skip

    def _pool(self, login: str) -> Pool:
        if login not in self.pools:
            self.pools[login] = Pool(self.config, login)
        return self.pools[login]

    def _registered(self, code: str, token: str) -> tuple[PublishedRaster, PublishedFace]:
        raster = self.catalogue.rasters.get(code)
        if raster is None:
            raise Missing
        return raster, self._face(raster.layer, token)

    async def _raster(self, scope: Scope, send: Send) -> None:
        tile = request.raster_tile(scope)
        raster, face = self._registered(tile.name, tile.token)
        key: Key = (
            "raster", raster.code, face.face, tile.z, tile.x, tile.y, tile.format, tile.size_px,
            raster.digest, raster.stops,
        )  # fmt: skip

        async def made() -> Kept:
            parts = {"z": tile.z, "x": tile.x, "y": tile.y}
            data = await self.rasters.ask(raster, format=tile.format, size_px=tile.size_px, **parts)
            return Kept(plain=data)

        async def current() -> bool:
            return self.catalogue.rasters.get(raster.code) == raster

        await self._send_kept(
            scope, send, key, made, current, kind=f"image/{tile.format}",
            open_to_all=face.open_to_all, right_version=tile.version == raster.digest,
            immutable=True,
        )  # fmt: skip

    async def _value(self, scope: Scope, send: Send) -> None:
        ask, lon, lat = request.point_value(scope)
        raster, face = self._registered(ask.name, ask.token)
        data = await self.rasters.ask(raster, lon=lon, lat=lat)
        headers = {"content-type": "application/json", "cache-control": answers.NEVER}
        headers |= answers.sharing(face.open_to_all)
        await answers.send_whole(send, 200, headers, data, head=scope["method"] == "HEAD")

    # --- from the cache, or made once -------------------------------------------------------

    async def _made_once(self, key: Key, make: Callable[[], Awaitable[Kept]]) -> Kept:
        """Kept answer, or the one that is being made, or a new one: equal misses share it."""
        kept = self.cache.get(key)
        if kept is not None:
            return kept
        task = self.making.get(key)
        if task is None:
            task = asyncio.ensure_future(make())
            self.making[key] = task
            task.add_done_callback(lambda _: self.making.pop(key, None))
        return await asyncio.shield(task)

    async def _send_kept(
        self,
        scope: Scope,
        send: Send,
        key: Key,
        make: Callable[[], Awaitable[Kept]],
        current: Callable[[], Awaitable[bool]],
        *,
        kind: str,
        open_to_all: bool,
        right_version: bool,
        immutable: bool = False,
    ) -> None:
        given = request.headers_of(scope)
        is_image = kind.startswith("image/")
        accepted = (
            [encodings.IDENTITY] if is_image else encodings.acceptable(given.get("accept-encoding"))
        )
        stem, head = etag_of(key), scope["method"] == "HEAD"
        headers = {"vary": "Accept-Encoding"} | answers.sharing(open_to_all)

        def keep(steady: bool) -> str:
            return answers.caching(
                open_to_all=open_to_all,
                right_version=right_version,
                steady=steady,
                immutable=immutable,
            )

        if right_version:
            matched = _matching(given.get("if-none-match", ""), stem, accepted)
            if matched:
                headers |= {"etag": matched, "cache-control": keep(True)}
                await answers.send_whole(send, 304, headers)
                return
        kept = await self._made_once(key, make)
        steady = await current()
        headers["cache-control"] = keep(steady)
        if steady and right_version and self.cache.get(key) is None:
            self.cache.put(key, kept)
        if kept.cut:
            headers["x-tile-truncated"] = str(kept.rows)
        if not kept.plain:
            if steady and right_version:
                headers["etag"] = f'"{stem}-i"'
            await answers.send_whole(send, 204, headers)
            return
        encoding = encodings.chosen(accepted, len(kept.plain))
        body = await self._encoded(key, kept, encoding)
        headers["content-type"] = kind
        if encoding != encodings.IDENTITY:
            headers["content-encoding"] = encoding
        if steady and right_version:
            headers["etag"] = f'"{stem}-{encodings.LETTER[encoding]}"'
        await answers.send_whole(send, 200, headers, body, head=head)

    async def _encoded(self, key: Key, kept: Kept, encoding: str) -> bytes:
        if encoding == encodings.IDENTITY:
            return kept.plain
        if encoding not in kept.encoded:
            loop = asyncio.get_running_loop()
            data = await loop.run_in_executor(None, encodings.encode, kept.plain, encoding)
            self.cache.add_encoding(key, kept, encoding, data)
        return kept.encoded[encoding]

    # --- events and health ------------------------------------------------------------------

    async def _events(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = request.query_of(scope, "token")
        token = query.get("token", "")
        granted = self._granted(token)
        if len(self.hub.listeners) >= self.config.most_listeners:
            raise Busy
        ends = tokens.ends_at(token) if granted is not None else time.time() + 3600

        def opens(slug: str, face: str) -> bool:
            if granted is not None:
                return granted.get(slug) == face
            found = self.catalogue.faces.get((slug, PUBLIC))
            return face == PUBLIC and found is not None and found.open_to_all

        seen = request.headers_of(scope).get("last-event-id", "")
        listener = self.hub.join(opens, seen)
        headers = {
            "content-type": "text/event-stream",
            "cache-control": answers.NEVER,
            "x-accel-buffering": "no",
        }
        raw = [(k.encode(), v.encode()) for k, v in (answers.ALWAYS | headers).items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await send({"type": "http.response.body", "body": sse.HELLO, "more_body": True})
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            while not gone.done() and time.time() < ends:
                body = await self._next_event(listener, gone)
                await send({"type": "http.response.body", "body": body, "more_body": True})
        finally:
            gone.cancel()
            self.hub.leave(listener)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _next_event(self, listener: sse.Listener, gone: asyncio.Future[None]) -> bytes:
        waiting = asyncio.ensure_future(listener.events.get())
        both: list[asyncio.Future[Any]] = [waiting, gone]
        await asyncio.wait(
            both, timeout=self.config.heartbeat_s, return_when=asyncio.FIRST_COMPLETED
        )
        if waiting.done():
            return waiting.result()
        waiting.cancel()
        return sse.HEARTBEAT

    async def _health(self, scope: Scope, send: Send) -> None:
        request.query_of(scope)
        fine = self.feed is not None and self.feed.healthy
        body = json.dumps({"ok": fine}).encode()
        headers = {"content-type": "application/json", "cache-control": answers.NEVER}
        head = scope["method"] == "HEAD"
        await answers.send_whole(send, 200 if fine else 503, headers, body, head=head)


async def _until_gone(receive: Receive) -> None:
    """Wait until the caller leaves."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _matching(header: str, stem: str, accepted: list[str]) -> str | None:
    """The ETag in If-None-Match that is this tile's, in an encoding the caller still takes."""
    letters = {encodings.LETTER[name] for name in accepted} | {"i"}
    for part in header.split(","):
        tag = part.strip().removeprefix("W/")
        if tag[1:-3] == stem and tag.endswith('"') and tag[-2:-1] in letters:
            return tag
    return None
