"""Signatures of Standard Webhooks: text, moment and id, by each secret that is live. Pure."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence

PREFIX = "whsec_"


class BadSecret(ValueError):
    """A secret is whsec_ and then base64."""


def headers(message_id: str, timestamp: int, body: bytes, live: Sequence[str]) -> dict[str, str]:
    """Headers of a message: id, seconds since 1970, one signature for each secret.

    Raises BadSecret. Source: standardwebhooks.com, version 1 (HMAC-SHA256 over id.timestamp.body).
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in live),
    }


def _signature(secret: str, signed: bytes) -> str:
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError as fault:
        raise BadSecret from fault
    return b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
