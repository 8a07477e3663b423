"""An answer from memory, from the shared store, or made once for all who ask at the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from tile_service.serve import answers, encodings, request
from tile_service.serve.answers import Send
from tile_service.serve.cache import Kept, Key, etag_of
from tile_service.serve.making import Making
from tile_service.serve.service import Receive, Scope, Service
from tile_service.serve.store import Claim
from tile_service.serve.unchanged import Told

CLAIM_POLL_S = 0.004
CLAIM_WAIT_S = 6.0  # longer than any query: then whoever holds the claim is taken for stuck
HOT = 4  # sent so often, an answer is worth the smallest encoding


@dataclass(frozen=True, slots=True)
class Wanted:
    """One answer that may be kept.

    key: all that shapes its bytes, from rows and the verified token, never from raw text
    make: makes it, and says when its query begins (from any thread)
    current: whether `key` still holds once it is made
    """

    key: Key
    kind: str
    make: Callable[[Callable[[], None]], Awaitable[Kept]]
    current: Callable[[], bool]
    open_to_all: bool
    right_version: bool
    immutable: bool = False
    until_news: bool = False  # neither clock nor person changes it: see unchanged.py

    def may_be_kept(self) -> bool:
        """True when what was made now may be kept and told to be this."""
        return self.right_version and self.current()

    def caching(self, *, steady: bool) -> str:
        """Its Cache-Control."""
        return answers.caching(
            open_to_all=self.open_to_all,
            right_version=self.right_version,
            steady=steady,
            immutable=self.immutable,
        )


async def send_kept(
    service: Service, scope: Scope, send: Send, wanted: Wanted, receive: Receive | None = None
) -> None:
    """Answer with what is wanted: 304, 204 or 200 in an encoding that the caller takes.

    Given `receive`, a caller who leaves is noticed: what nobody waits for is called off.
    """
    news = service.unchanged.news
    given = request.headers_of(scope)
    is_image = wanted.kind.startswith("image/")
    accepted = (
        [encodings.IDENTITY] if is_image else encodings.acceptable(given.get("accept-encoding"))
    )
    if wanted.open_to_all and "authorization" in given:  # others get another answer here
        wanted = replace(wanted, open_to_all=False)
    stem = etag_of(wanted.key)
    headers = {"vary": vary_of(scope["path"], given)} | answers.sharing(wanted.open_to_all)
    if wanted.right_version:
        matched = matching(given.get("if-none-match", ""), stem, accepted)
        if matched:
            headers |= {"etag": matched, "cache-control": wanted.caching(steady=True)}
            event = answers.started(304, headers)
            if wanted.until_news:
                service.unchanged.keep(scope, Told(event), news)
            await send(event)
            await send(answers.NOTHING_MORE)
            return
    kept = service.cache.get(wanted.key) or await made_once(service, wanted, receive)
    keep = wanted.may_be_kept()
    headers["cache-control"] = wanted.caching(steady=wanted.current())
    if kept.cut:
        headers["x-tile-truncated"] = str(kept.rows)
    size = len(kept.plain)
    encoding = encodings.chosen(accepted, size, kept.encoded) if size else encodings.IDENTITY
    if keep:
        headers["etag"] = f'"{stem}-{encodings.LETTER[encoding]}"'
    if not size:
        event = answers.started(204, headers)
        if keep and wanted.until_news:
            service.unchanged.keep(scope, Told(event), news)
        await send(event)
        await send(answers.NOTHING_MORE)
        return
    body = await encoded(service, wanted.key, kept, encoding)
    headers["content-type"] = wanted.kind
    if encoding != encodings.IDENTITY:
        headers["content-encoding"] = encodings.SENT_AS.get(encoding, encoding)
    kept.asked += 1
    if kept.asked == HOT and keep and not is_image and size >= encodings.SHORTEST:
        service.squeezer.add(wanted.key, kept)
    headers["content-length"] = str(len(body))
    event = answers.started(200, headers)
    settled = encoding == encodings.SMALLEST or encodings.SMALLEST not in accepted
    if kept.asked >= HOT and keep and wanted.until_news and settled:
        service.unchanged.keep(scope, Told(event, wanted.key, encoding, len(body)), news)
    await send(event)
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def vary_of(path: str, given: Mapping[str, str]) -> str:
    """Request headers that the answer hangs on; the tokens of /t/ and /r/ stand in the address."""
    in_address = path.startswith(("/t/", "/r/")) and "authorization" not in given
    return "Accept-Encoding" if in_address else "Accept-Encoding, Authorization"


async def encoded(service: Service, key: Key, kept: Kept, encoding: str) -> bytes:
    """Bytes of `kept` in `encoding`, made once and kept beside the plain ones."""
    if encoding == encodings.IDENTITY:
        return kept.plain
    data = kept.encoded.get(encoding)
    if data is None:
        loop = asyncio.get_running_loop()
        data = await loop.run_in_executor(None, encodings.encode, kept.plain, encoding)
        service.cache.add_encoding(key, kept, encoding, data)
    return data


def matching(header: str, stem: str, accepted: list[str]) -> str | None:
    """The ETag in If-None-Match that is this tile's, in an encoding the caller still takes."""
    if not header:
        return None
    letters = {encodings.LETTER[name] for name in accepted} | {"i"}
    for part in header.split(","):
        tag = part.strip().removeprefix("W/")
        if tag[1:-3] == stem and tag.endswith('"') and tag[-2:-1] in letters:
            return tag
    return None


# --- made once ------------------------------------------------------------------------------


async def made_once(service: Service, wanted: Wanted, receive: Receive | None = None) -> Kept:
    """The answer that is being made, or a new one: equal misses share it; raises Gone.

    A wrong version is made apart, so that it can never be what others keep.
    """
    place = (wanted.key, wanted.right_version)
    return await service.makings.once(place, partial(_make, service, wanted), receive)


async def _make(service: Service, wanted: Wanted, making: Making) -> None:
    claim: Claim | None = None
    try:
        claim, kept = await _claimed_or_found(service, wanted, making)
        found = kept is not None
        if kept is None:
            kept = await wanted.make(making.begun)
        keep = wanted.may_be_kept()
        if keep:
            service.cache.put(wanted.key, kept)
        making.tell(kept)
        service.makings.forget((wanted.key, wanted.right_version), making)
        if keep and service.writer is not None and kept.plain and not found:
            service.writer.add(wanted.key, kept, claim)
            claim = None
    finally:
        if claim is not None:
            claim.release()


async def _claimed_or_found(
    service: Service, wanted: Wanted, making: Making
) -> tuple[Claim | None, Kept | None]:
    """The claim to make it, or what the store holds; neither for what may not be kept."""
    store = service.store
    if store is None or not wanted.right_version:
        return None, None
    ends = time.monotonic() + CLAIM_WAIT_S
    while (claim := store.claim(wanted.key)) is None and time.monotonic() < ends:
        if making.begun_at is None:
            making.begun()  # by another process
        await asyncio.sleep(CLAIM_POLL_S)
    if not store.has(wanted.key):  # whoever had the claim wrote before giving it back
        return claim, None
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(None, store.get, wanted.key)
    except asyncio.CancelledError:
        if claim is not None:
            claim.release()
        raise
    if found is not None and claim is not None:
        claim.release()
        claim = None
    return claim, found
