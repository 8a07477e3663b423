"""The application that is served: tiles, rasters and events ours, all else Django's pages.

granian --interface asgi --workers 2 --loop uvloop tile_service.asgi:application
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gis_platform.settings")

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from tile_service.bridge import Pages

PAGES = Pages(get_wsgi_application(), workers=8)
get_resolver().url_patterns  # noqa: B018 (every page is loaded before the first visitor comes)

from tile_service.publish.serving import config  # noqa: E402  (after Django is set up)
from tile_service.serve.app import Application  # noqa: E402

tiles: Application | None = None


def as_coroutine(receive: Any) -> Any:
    """`receive` as a coroutine function: the bridge asks for one, the server gives a future."""

    async def received() -> Any:
        return await receive()

    return received


async def application(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    """Ours first; the rest goes to Django's WSGI application in a thread."""
    global tiles
    if tiles is None:
        tiles = Application(config())
    if scope["type"] == "lifespan" or tiles.owns(scope["path"]):
        await tiles(scope, receive, send)
    else:
        await PAGES(scope, as_coroutine(receive), send)
