"""The same answer once more: what a caller was told holds until the change feed brings news.

What a visitor's tile is, and whether it is unchanged, hangs on its address, on what the caller
holds and takes, and on the catalogue and the numbers of changes, which news alone move. So the same
question is answered again without reading an address or working out a key. Left out are answers
that end by the clock (tokens, rows that move with time) or that another origin may read.

Bytes are never held here: a tile is taken from the cache, which alone decides how long it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tile_service.serve import encodings
from tile_service.serve.cache import Cache, Key

MOST = 8192
LONGEST = 512  # bytes of a question; longer ones are answered anew each time
ASIDE = frozenset((b"authorization", b"origin"))

Question = tuple[str, bytes, bytes]  # path, If-None-Match, Accept-Encoding
Event = dict[str, Any]
EMPTY: Event = {"type": "http.response.body", "body": b""}


@dataclass(frozen=True, slots=True)
class Told:
    """How a question was answered: the first event, and where `size` bytes of a tile are kept."""

    start: Event
    key: Key | None = None
    encoding: str = encodings.IDENTITY
    size: int = 0


def question_of(scope: Mapping[str, Any]) -> Question | None:
    """What is asked, when news alone can change the answer."""
    tag = accepted = b""
    if scope["query_string"] or scope["method"] != "GET":
        return None
    for name, value in scope["headers"]:
        if name == b"if-none-match" and not tag:
            tag = value
        elif name == b"accept-encoding" and not accepted:
            accepted = value
        elif name in ASIDE or name == b"if-none-match" or name == b"accept-encoding":
            return None
    return scope["path"], tag, accepted


class Unchanged:
    """Answers by question; touched by the event loop alone."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache
        self.told: dict[Question, Told] = {}
        self.news = 0  # how often there were news

    def get(self, scope: Mapping[str, Any]) -> tuple[Event, Event] | None:
        """The answer's two events, if this was asked since the last news and is kept still."""
        if not self.told:
            return None
        question = question_of(scope)
        told = self.told.get(question) if question is not None else None
        if told is None:
            return None
        if told.key is None:
            return told.start, EMPTY
        body = self._bytes(told, told.key)
        if body is None:
            return None
        return told.start, {"type": "http.response.body", "body": body}

    def _bytes(self, told: Told, key: Key) -> bytes | None:
        kept = self.cache.get(key)
        if kept is None:
            return None
        plain = told.encoding == encodings.IDENTITY
        body = kept.plain if plain else kept.encoded.get(told.encoding)
        return body if body is not None and len(body) == told.size else None

    def keep(self, scope: Mapping[str, Any], told: Told, news: int) -> None:
        """Remember how this question is answered, if what it was read from was after all `news`."""
        question = question_of(scope)
        if news != self.news or question is None or sum(map(len, question)) > LONGEST:
            return
        if len(self.told) >= MOST:
            self.told.clear()
        self.told[question] = told

    def forget(self) -> None:
        """News: ask everything anew."""
        self.news += 1
        self.told.clear()
