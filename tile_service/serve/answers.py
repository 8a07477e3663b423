"""What goes over the wire: headers that every answer carries, and the ways to send one."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tile_service.serve.errors import Refused
from tile_service.serve.sentences import INDONESIAN, said

Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = Mapping[str, str]

ALWAYS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "public, no-cache"
PRIVATE = "private, no-cache"
NEVER = "no-store"
NOTHING_MORE: dict[str, Any] = {"type": "http.response.body", "body": b""}


def caching(*, open_to_all: bool, right_version: bool, steady: bool, immutable: bool) -> str:
    """Cache-Control of an answer.

    Wrong or future versions and answers that a change overtook are never kept; what only some
    may see is kept by their own browser alone.
    """
    if not right_version or not steady:
        return NEVER
    if not open_to_all:
        return PRIVATE
    return IMMUTABLE if immutable else REVALIDATE


def sharing(open_to_all: bool) -> dict[str, str]:
    """Who else may read the answer: open ones from any page, others from our own alone."""
    if open_to_all:
        return {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
    return {"cross-origin-resource-policy": "same-origin"}


def started(status: int, headers: Headers) -> dict[str, Any]:
    """The event that begins an answer."""
    lines = ALWAYS | dict(headers)
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in lines.items()]
    return {"type": "http.response.start", "status": status, "headers": raw}


async def send_whole(
    send: Send, status: int, headers: Headers, body: bytes = b"", *, head: bool = False
) -> None:
    """Send one complete answer."""
    if status not in {204, 304}:
        headers = dict(headers) | {"content-length": str(len(body))}
    await send(started(status, headers))
    await send({"type": "http.response.body", "body": b"" if head else body})


async def send_refusal(
    send: Send, refusal: Refused, *, language: str = INDONESIAN, head: bool = False
) -> None:
    """Send what was refused, as problem+json that tells nothing else.

    `title` is in the reader's language, `title_en` in English.
    """
    sentence = str(refusal)
    told = {"title": said(sentence, language), "title_en": sentence, "status": refusal.status}
    body = json.dumps(told, ensure_ascii=False).encode()
    headers = {
        "content-type": "application/problem+json",
        "content-language": language,
        "cache-control": NEVER,
        "vary": "Accept-Encoding, Accept-Language",
    }
    if refusal.status == 503:
        headers["retry-after"] = "1"
    if refusal.status == 405:
        headers["allow"] = "GET, HEAD"
    await send_whole(send, refusal.status, headers, body, head=head)
