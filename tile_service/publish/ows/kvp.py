"""Parameters of the older protocols (KVP): names in any case, each once, from a closed list."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from django.http import QueryDict
from django.utils.translation import get_language

from tile_service.serve.sentences import INDONESIAN, said

LONGEST_VALUE = 4000
LONGEST_SHOWN = 60
# Parameters by which these protocols would fetch or read a document of the caller's.
NEVER = {"SLD", "SLD_BODY", "REMOTE_OWS_URL", "REMOTE_OWS_TYPE", "FILTER_LANGUAGE"}
# What common clients add to every request and what changes nothing here.
IGNORED = {
    "DPI", "MAP_RESOLUTION", "FORMAT_OPTIONS", "TILED", "ACCEPTVERSIONS", "ACCEPTFORMATS",
    "SECTIONS", "UPDATESEQUENCE", "NAMESPACE", "NAMESPACES", "LANGUAGE", "ACCEPTLANGUAGES",
}  # fmt: skip


class Refused(Exception):
    """A request that is answered with an exception report."""

    def __init__(self, code: str, sentence: str, locator: str = "", *, status: int = 400) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.locator, self.status = code, sentence, locator, status

    def said(self) -> str:
        """The sentence in the reader's language."""
        return said(self.sentence, get_language() or INDONESIAN)


def shown(value: str) -> str:
    """A caller's word, short enough to stand in a sentence."""
    return value if len(value) <= LONGEST_SHOWN else value[:LONGEST_SHOWN] + "…"


def read(query: QueryDict, known: Iterable[str]) -> dict[str, str]:
    """Parameters by upper-case name; raises Refused naming one that is unknown or given twice."""
    allowed = set(known) | {"SERVICE", "VERSION", "REQUEST"}
    found: dict[str, str] = {}
    for given, values in query.lists():
        name = given.upper()
        if name in NEVER and any(values):
            raise Refused("OptionNotSupported", f"{name} is not supported here.", name)
        if name in found or len(values) > 1:
            raise Refused("InvalidParameterValue", f"{shown(name)} is given twice.", shown(name))
        if name not in allowed | IGNORED | NEVER:
            raise Refused(
                "InvalidParameterValue", f"Unknown parameter: {shown(name)}.", shown(name)
            )
        if len(values[0]) > LONGEST_VALUE:
            raise Refused("InvalidParameterValue", f"{name} is too long.", name)
        if name in allowed:
            found[name] = values[0]
    return found


def needed(ask: Mapping[str, str], *names: str) -> str:
    """The first of `names` that is given; raises Refused."""
    for name in names:
        if ask.get(name):
            return ask[name]
    raise Refused("MissingParameterValue", f"{names[0]} is missing.", names[0])


def number(ask: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    """A whole number; more than `most` counts as `most`; raises Refused."""
    text = ask.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 12 or int(text) < least:
        raise Refused("InvalidParameterValue", f"{name}: a whole number from {least}.", name)
    return min(int(text), most)


def numbers(text: str, count: int, name: str) -> list[float]:
    """`count` finite numbers between commas; raises Refused."""
    parts = text.split(",")
    try:
        found = [float(part) for part in parts]
    except ValueError:
        found = []
    if len(found) != count or not all(math.isfinite(value) for value in found):
        raise Refused("InvalidParameterValue", f"{name}: {count} numbers between commas.", name)
    return found
