"""The same rules about other origins for addresses of Django: protocols, TileJSON, downloads."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tile_service.serve import origins

OURS = ("/tiles/", "/styles/", "/data/", "/wfs", "/wms", "/wmts", "/layanan/katalog.json")
Answer = Callable[[HttpRequest], HttpResponse]


def shared_with_origins(get_response: Answer) -> Answer:
    """Answer a browser's question beforehand; let trusted origins read what a token opened.

    A session's cookie opens nothing to them: only answers to callers without one are shared.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        origin = request.headers.get("Origin", "")
        if not origin or not request.path.startswith(OURS):
            return get_response(request)
        if request.method == "OPTIONS":
            given = {name.lower(): text for name, text in request.headers.items()}
            told = origins.preflight(given, settings.MAP_ORIGINS)
            return HttpResponse(status=204, headers=told)
        answer = get_response(request)
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            told = {name.lower(): text for name, text in answer.items()}
            for name, text in origins.sharing(origin, settings.MAP_ORIGINS, told).items():
                answer[name] = text
        return answer

    return middleware
