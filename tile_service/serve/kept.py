"""An answer from the cache, or made once for all who ask at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tile_service.serve import answers, encodings, request
from tile_service.serve.answers import Send
from tile_service.serve.cache import Kept, Key, etag_of
from tile_service.serve.service import Scope, Service


@dataclass(frozen=True, slots=True)
class Wanted:
    """One answer that may be kept.

    key: all that shapes its bytes, from rows and the verified token, never from raw text
    make: makes it; current: whether `key` still holds once it is made
    """

    key: Key
    kind: str
    make: Callable[[], Awaitable[Kept]]
    current: Callable[[], bool]
    open_to_all: bool
    right_version: bool
    immutable: bool = False

    def caching(self, *, steady: bool) -> str:
        """Its Cache-Control."""
        return answers.caching(
            open_to_all=self.open_to_all,
            right_version=self.right_version,
            steady=steady,
            immutable=self.immutable,
        )


async def made_once(service: Service, key: Key, make: Callable[[], Awaitable[Kept]]) -> Kept:
    """Kept answer, or the one that is being made, or a new one: equal misses share it."""
    kept = service.cache.get(key)
    if kept is not None:
        return kept
    task = service.making.get(key)
    if task is None:
        task = asyncio.ensure_future(make())
        service.making[key] = task
        task.add_done_callback(lambda _: service.making.pop(key, None))
    return await asyncio.shield(task)


async def send_kept(service: Service, scope: Scope, send: Send, wanted: Wanted) -> None:
    """Answer with what is wanted: 304, 204 or 200 in an encoding that the caller takes."""
    given = request.headers_of(scope)
    accepted = (
        [encodings.IDENTITY]
        if wanted.kind.startswith("image/")
        else encodings.acceptable(given.get("accept-encoding"))
    )
    stem = etag_of(wanted.key)
    headers = {"vary": "Accept-Encoding"} | answers.sharing(wanted.open_to_all)
    if wanted.right_version:
        matched = matching(given.get("if-none-match", ""), stem, accepted)
        if matched:
            headers |= {"etag": matched, "cache-control": wanted.caching(steady=True)}
            await answers.send_whole(send, 304, headers)
            return
    kept = await made_once(service, wanted.key, wanted.make)
    steady = wanted.current()
    keep = steady and wanted.right_version
    headers["cache-control"] = wanted.caching(steady=steady)
    if keep and service.cache.get(wanted.key) is None:
        service.cache.put(wanted.key, kept)
    if kept.cut:
        headers["x-tile-truncated"] = str(kept.rows)
    encoding = encodings.chosen(accepted, len(kept.plain)) if kept.plain else encodings.IDENTITY
    if keep:
        headers["etag"] = f'"{stem}-{encodings.LETTER[encoding]}"'
    if not kept.plain:
        await answers.send_whole(send, 204, headers)
        return
    body = await encoded(service, wanted.key, kept, encoding)
    headers["content-type"] = wanted.kind
    if encoding != encodings.IDENTITY:
        headers["content-encoding"] = encoding
    await answers.send_whole(send, 200, headers, body, head=scope["method"] == "HEAD")


async def encoded(service: Service, key: Key, kept: Kept, encoding: str) -> bytes:
    """Bytes of `kept` in `encoding`, made once and kept beside the plain ones."""
    if encoding == encodings.IDENTITY:
        return kept.plain
    if encoding not in kept.encoded:
        loop = asyncio.get_running_loop()
        data = await loop.run_in_executor(None, encodings.encode, kept.plain, encoding)
        service.cache.add_encoding(key, kept, encoding, data)
    return kept.encoded[encoding]


def matching(header: str, stem: str, accepted: list[str]) -> str | None:
    """The ETag in If-None-Match that is this tile's, in an encoding the caller still takes."""
    letters = {encodings.LETTER[name] for name in accepted} | {"i"}
    for part in header.split(","):
        tag = part.strip().removeprefix("W/")
        if tag[1:-3] == stem and tag.endswith('"') and tag[-2:-1] in letters:
            return tag
    return None
