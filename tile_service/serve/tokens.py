"""Tile tokens: which faces of which layers the bearer may read, until when. Signed, not secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

OPEN = "pub"
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


def mint(secret: bytes, faces: Mapping[str, str], *, expires_at: int) -> str:
    """Token for `faces` (slug -> face), good until `expires_at` (Unix seconds)."""
    by_face: dict[str, list[str]] = {}
    for slug, face in sorted(faces.items()):
        by_face.setdefault(face, []).append(slug)
    lists = ";".join(f"{face}:{','.join(slugs)}" for face, slugs in sorted(by_face.items()))
    body = f"{expires_at};{lists}".encode()
    return f"{_text(body)}.{_text(_signature(secret, body))}"


def read(secret: bytes, token: str, *, now: float) -> dict[str, str]:
    """Faces (slug -> face) that `token` opens at `now`; raises BadToken."""
    try:
        if len(token) > LONGEST:
            raise BadToken
        body_text, _, signature_text = token.partition(".")
        body, signature = _bytes(body_text), _bytes(signature_text)
        if not hmac.compare_digest(signature, _signature(secret, body)):
            raise BadToken
        expires_at, *lists = body.decode().split(";")
        if now >= int(expires_at):
            raise BadToken
        pairs = (part.split(":") for part in lists if part)
        return {slug: face for face, slugs in pairs for slug in slugs.split(",")}
    except ValueError:
        raise BadToken from None


def ends_at(token: str) -> int:
    """End (Unix seconds) of a token that `read` has accepted."""
    return int(_bytes(token.partition(".")[0]).decode().split(";")[0])
