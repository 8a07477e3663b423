"""Whole numbers as requests write them. Pure."""

from __future__ import annotations

MOST_DIGITS = 18  # what fits a bigint, whatever the digits


def whole(text: str | None) -> int | None:
    """The number that plain digits say, at most 18 of them; None for anything else.

    `str.isdigit` holds for "²" too, which `int` refuses, and for digits by the thousand.
    """
    plain = (text or "").strip()
    fits = plain.isascii() and plain.isdigit() and len(plain) <= MOST_DIGITS
    return int(plain) if fits else None
