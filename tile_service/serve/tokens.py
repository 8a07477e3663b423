"""Tile tokens: which faces the bearer may read, until when, and on whom that hangs; signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

OPEN = "pub"
MINE = "me"  # in an address: the personal token of the Authorization header
PERSONAL = "gis_"  # how personal tokens begin
NOBODY: Mapping[str, int] = {}
SIGNATURE_BYTES = 16
LONGEST = 4096


class BadToken(Exception):
    """Edited, expired, or not a token at all."""


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _signature(secret: bytes, body: bytes) -> bytes:
    return hmac.new(secret, body, hashlib.sha256).digest()[:SIGNATURE_BYTES]


def key_from(secret_key: str) -> bytes:
    """Signing key, derived from the platform's secret so that neither gives the other away."""
    return hmac.new(secret_key.encode(), b"tile tokens", hashlib.sha256).digest()


@dataclass(frozen=True, slots=True)
class Told:
    """What a token says: faces (slug -> face), its end (Unix seconds), whom it hangs on.

    holders: person and session -> the generation of their tokens when this one was made
    """

    faces: Mapping[str, str]
    ends_at: int
    holders: Mapping[str, int]


def mint(
    secret: bytes,
    faces: Mapping[str, str],
    *,
    expires_at: int,
    holders: Mapping[str, int] = NOBODY,
) -> str:
    """Token for `faces` (slug -> face), good until `expires_at` (Unix seconds)."""
    by_face: dict[str, list[str]] = {}
    for slug, face in sorted(faces.items()):
        by_face.setdefault(face, []).append(slug)
    lists = ";".join(f"{face}:{','.join(slugs)}" for face, slugs in sorted(by_face.items()))
    held = ",".join(f"{holder}.{number}" for holder, number in sorted(holders.items()))
    body = f"{expires_at};{held};{lists}".encode()
    return f"{_text(body)}.{_text(_signature(secret, body))}"


def read(secret: bytes, token: str, *, now: float) -> Told:
    """What `token` says at `now`, whoever may have withdrawn it since; raises BadToken."""
    try:
        if len(token) > LONGEST:
            raise BadToken
        body_text, _, signature_text = token.partition(".")
        body, signature = _bytes(body_text), _bytes(signature_text)
        if not hmac.compare_digest(signature, _signature(secret, body)):
            raise BadToken
        end_text, held, *lists = body.decode().split(";")
        if now >= int(end_text):
            raise BadToken
        pairs = (part.split(":") for part in lists if part)
        faces = {slug: face for face, slugs in pairs for slug in slugs.split(",")}
        named = (part.rpartition(".") for part in held.split(",") if part)
        holders = {holder: int(number) for holder, _, number in named}
        return Told(faces, int(end_text), holders)
    except ValueError:
        raise BadToken from None


def digest_of(personal: str) -> str:
    """What is stored of a personal token; its 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(personal.encode()).hexdigest()
