"""CQL2 filters, text or JSON: read within bounds, and only when their meaning is plain.

The parser (cql2, in Rust) descends once for each parenthesis or sign, so a long enough run of
them would overflow its stack: they are counted before it sees the text.
"""

from __future__ import annotations

from typing import Any

import cql2

from tile_service.serve.errors import Refused

LONGEST = 4000  # characters
MOST_PARENTHESES = 100
MOST_MINUS_SIGNS = 1000
TEXT, JSON = "cql2-text", "cql2-json"
LANGUAGES = (TEXT, JSON)


def _within_bounds(text: str) -> None:
    if len(text) > LONGEST:
        raise Refused(f"filter: more than {LONGEST} characters.")
    if "\x00" in text:
        raise Refused("filter: it holds a NUL character.")
    if text.count("(") > MOST_PARENTHESES:
        raise Refused(f"filter: more than {MOST_PARENTHESES} parentheses.")
    if text.count("-") > MOST_MINUS_SIGNS:
        raise Refused(f"filter: more than {MOST_MINUS_SIGNS} minus signs.")


def read(text: str, language: str) -> Any:
    """The filter as CQL2 JSON; raises Refused.

    It is written out as text and read again: a filter that then means something else is
    refused, since reader and writer do not agree about it.
    """
    _within_bounds(text)
    try:
        expression = cql2.parse_json(text) if language == JSON else cql2.parse_text(text)
        tree = expression.to_json()
        again = cql2.parse_text(expression.to_text()).to_json()
    except Exception:  # the package raises bare Exception for some texts
        raise Refused(f"filter: this is no {language}.") from None
    if again != tree:
        raise Refused("filter: it can be read in two ways; write it with parentheses.")
    return tree
