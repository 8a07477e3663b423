"""304 once more: what a caller was told holds until the change feed brings news.

Whether a visitor's tile is unchanged hangs on its address, on what the caller holds and takes, and
on the catalogue and the numbers of changes, which news alone move. So the same question is
answered again without reading an address or working out a key. Left out are answers that end by
the clock (tokens, rows that move with time) or that another origin may read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST = 8192
LONGEST = 512  # bytes of a question; longer ones are answered anew each time
ASIDE = frozenset((b"authorization", b"origin"))

Question = tuple[str, bytes, bytes]  # path, If-None-Match, Accept-Encoding
Event = dict[str, Any]


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
    return (scope["path"], tag, accepted) if tag else None


class Unchanged:
    """Answers 304 by question; touched by the event loop alone."""

    def __init__(self) -> None:
        self.told: dict[Question, Event] = {}

    def get(self, scope: Mapping[str, Any]) -> Event | None:
        """The answer's first event, if this was asked since the last news."""
        if not self.told:
            return None
        question = question_of(scope)
        return self.told.get(question) if question is not None else None

    def keep(self, scope: Mapping[str, Any], event: Event) -> None:
        """Remember that this question is answered with `event`."""
        question = question_of(scope)
        if question is None or sum(map(len, question)) > LONGEST:
            return
        if len(self.told) >= MOST:
            self.told.clear()
        self.told[question] = event

    def forget(self) -> None:
        """News: ask everything anew."""
        self.told.clear()
