"""Whose address counts when guesses at a password are counted."""

from __future__ import annotations

from django.http import HttpRequest

LOOPBACK = frozenset({"127.0.0.1", "::1"})


def address_of(request: HttpRequest) -> str:
    """Address of whoever asks: as the proxy on this machine says, else the connection's own.

    Only a proxy on this machine is believed, and of its line only the last address: that is the
    one it wrote itself. Without this every guess behind nginx would come from one address, and
    ten wrong passwords by a stranger would lock the account for its owner too.
    """
    peer: str = request.META.get("REMOTE_ADDR", "")
    told: str = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    return told if told and peer in LOOPBACK else peer
