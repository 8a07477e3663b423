"""What answers of the older protocols share: GET alone, exception reports, who may keep them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from layers.errors import NotFound
from tile_service.publish.bearer import admit
from tile_service.publish.ows.kvp import Refused
from tile_service.publish.ows.reading import place

RETRY_S = "3"
MOST_AT_ONCE = 5  # of the threads that Django has in a process; the others are for pages
gate = threading.BoundedSemaphore(MOST_AT_ONCE)
UNKNOWN_BEARER = "This token is not known, or it has ended."


def site_of(request: HttpRequest) -> str:
    """Scheme and host that the request came to."""
    return request.build_absolute_uri("/").rstrip("/")


def guarded(
    answer: Callable[..., HttpResponseBase], report: Callable[[Refused], HttpResponse]
) -> Callable[..., HttpResponseBase]:
    """A view: only GET and HEAD; what is refused is answered with `report`."""

    def view(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD"}:
            refusal = Refused("OperationNotSupported", "Only GET is supported.", status=405)
            made: HttpResponseBase = report(refusal)
            made["Allow"] = "GET, HEAD"
            return made
        try:
            admit(request)
            with place(gate, wait_s=0):
                made = answer(request, **parts)
        except NotFound:
            made = report(Refused("NoApplicableCode", UNKNOWN_BEARER, "Authorization", status=401))
            made["WWW-Authenticate"] = "Bearer"
            return made
        except Refused as refusal:
            made = report(refusal)
            if refusal.status == 503:
                made["Retry-After"] = RETRY_S
        patch_vary_headers(made, ("Authorization", "Cookie"))
        if not request.user.is_authenticated:
            made["Access-Control-Allow-Origin"] = "*"
            if made.status_code in {200, 302, 304}:
                made.setdefault("Cache-Control", "public, no-cache")
        return made

    return view
