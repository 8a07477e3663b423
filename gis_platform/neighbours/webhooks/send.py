"""Send what waits: one POST to one checked address, no redirects, a receipt for each."""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
from datetime import datetime
from urllib.parse import urlsplit

from gis_platform.neighbours.webhooks.sign import headers
from layers.catalog.webhooks import Webhook, WebhookDelivery, due, record

TIMEOUT_S = 10.0


class Refused(OSError):
    """The address may not be called."""


def send_due(at: datetime) -> tuple[int, int]:
    """Send all that is due; how many were taken, how many were not."""
    taken = failed = 0
    for delivery in due(at):
        ok, answer = send(delivery, at=at)
        record(delivery, ok=ok, answer=answer, at=at)
        taken, failed = taken + ok, failed + (not ok)
    return taken, failed


def send(delivery: WebhookDelivery, *, at: datetime) -> tuple[bool, str]:
    """POST one message; whether it was taken (2xx), and the answer in words."""
    webhook = delivery.webhook
    body = json.dumps(delivery.body, ensure_ascii=False, separators=(",", ":")).encode()
    live = [secret for secret in (webhook.secret, webhook.secret_before) if secret]
    try:
        told = headers(delivery.message_id, int(at.timestamp()), body, live)
        status = _post(webhook, body, told | {"Content-Type": "application/json"})
    except (OSError, ValueError, http.client.HTTPException) as fault:
        return False, f"{type(fault).__name__}: {fault}"
    if 300 <= status < 400:
        return False, f"{status} not followed; enter the new address."
    return 200 <= status < 300, str(status)


def _post(webhook: Webhook, body: bytes, told: dict[str, str]) -> int:
    parts = urlsplit(webhook.address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f"{webhook.address} is no address of the web.")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    there = _checked(parts.hostname, port, local_allowed=webhook.local_allowed)
    line = http.client.HTTPConnection(parts.hostname, port, timeout=TIMEOUT_S)
    line.sock = socket.create_connection((there, port), TIMEOUT_S)  # the address that was checked
    try:
        if parts.scheme == "https":
            context = ssl.create_default_context()
            line.sock = context.wrap_socket(line.sock, server_hostname=parts.hostname)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request("POST", path, body, told)
        return line.getresponse().status
    finally:
        line.close()


def _checked(host: str, port: int, *, local_allowed: bool) -> str:
    """One IP address of `host` that may be called. Raises Refused, OSError (unknown host)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    address = ipaddress.ip_address(str(found[0][4][0]))
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        raise Refused(f"Address {address} is never called.")
    if not address.is_global and not local_allowed:
        raise Refused(f"Address {address} is on the local network; allow it in its row first.")
    return str(address)
