"""Route /healthz: whether this process follows the database."""

from __future__ import annotations

import json

from tile_service.serve import answers, request
from tile_service.serve.answers import Send
from tile_service.serve.service import Receive, Scope, Service


async def answer(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Send {"ok": true}, or 503 and false; with a replica, whether it serves and its delay (s)."""
    request.query_of(scope)
    fine = service.feed is not None and service.feed.healthy
    headers = {"content-type": "application/json", "cache-control": answers.NEVER}
    told: dict[str, object] = {"ok": fine}
    if (replica := service.config.replica) is not None:
        told["replica"] = {"serves": replica.usable, "behind_s": round(replica.behind_s, 2)}
    body = json.dumps(told).encode()
    head = scope["method"] == "HEAD"
    await answers.send_whole(send, 200 if fine else 503, headers, body, head=head)
