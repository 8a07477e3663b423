"""Report numbers that people read aloud: T-26-4F7K-9Q2M-X, with a check sign. Pure."""

from __future__ import annotations

import re
import secrets

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U
HEARD_AS = str.maketrans("ILO", "110")
SHAPE = re.compile(r"^([A-Z])(\d\d)([0-9A-HJKMNP-TV-Z]{8})([0-9A-HJKMNP-TV-Z])$")


def check_sign(body: str) -> str:
    """Check sign of eight base-32 signs: finds any wrong sign and any swap of two neighbours.

    Weights are odd and neighbours' weights differ by 2; the sum is taken modulo 31 (prime),
    so only 0 and Z stand for the same value.
    """
    return SIGNS[sum((2 * at + 3) * SIGNS.index(sign) for at, sign in enumerate(body)) % 31]


def new_number(letter: str, year: int) -> str:
    """Draw a number at random: a running one would tell how many reports a day holds."""
    body = "".join(secrets.choice(SIGNS[:31]) for _ in range(8))
    return f"{letter}-{year % 100:02d}-{body[:4]}-{body[4:]}-{check_sign(body)}"


def tidy(text: str) -> str | None:
    """Normal form of what somebody typed, or None when its check sign is wrong."""
    bare = re.sub(r"[^0-9A-Z]", "", text.upper())
    if len(bare) < 4:
        return None
    bare = bare[:1] + bare[1:].translate(HEARD_AS)
    found = SHAPE.match(bare)
    if found is None or check_sign(found[3]) != found[4]:
        return None
    return f"{found[1]}-{found[2]}-{found[3][:4]}-{found[3][4:]}-{found[4]}"
