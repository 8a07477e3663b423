"""What holds for every page: answers are private, and the letter NUL is no text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from gis_platform.http_errors import answer
from layers.errors import BadInput

Answer = Callable[[HttpRequest], HttpResponse]
NUL = "\x00"


def private_by_default(get_response: Answer) -> Answer:
    """Send `no-store, private` wherever a view set no Cache-Control of its own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


class NulInText(BadInput):
    """Ada huruf yang tidak dapat dibaca (NUL) dalam kiriman; hapus lalu kirim lagi."""

    code = "NUL_IN_TEXT"


class PlainText:
    """Middleware: refuse the letter NUL in queries and forms.

    No text column of the database holds it, so that each page would fail in its own way. Bodies
    of views that other programs call (no CSRF token) are left for those views to read.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """Look at what was sent, once it is known who reads it."""
        sent = [request.GET]
        if request.method == "POST" and not getattr(view, "csrf_exempt", False):
            sent.append(request.POST)
        return answer(request, NulInText()) if any(map(_holds_nul, sent)) else None


def _holds_nul(sent: QueryDict) -> bool:
    return any(NUL in text for name, texts in sent.lists() for text in (name, *texts))
