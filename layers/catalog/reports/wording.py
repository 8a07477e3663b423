"""Words made fit for the public, and words of the public about a report's life. Pure."""

from __future__ import annotations

import re

TAKEN_OUT = "[…]"
E_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
LONG_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[\s().-]?\d){7,}(?!\w)")  # phones, identity numbers


def for_public(words: str) -> str:
    """Words with e-mail addresses and long numbers taken out; a person looks at the rest."""
    return LONG_NUMBER.sub(TAKEN_OUT, E_MAIL.sub(TAKEN_OUT, words))
