"""Sprites of layers whose marks are images: one a layer, with the layer's own permission."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from layers import registry
from layers.access import Face, require, roles_of
from layers.errors import NotFound
from tile_service.draw.sprite import sprite
from tile_service.styles import images_of

TYPES = {"png": "image/png", "json": "application/json"}


@require_safe
def layer_sprite(request: HttpRequest, slug: str, ratio: str, form: str) -> HttpResponse:
    """`sprite.json`, `sprite.png` and the same with `@2x`; 404 for layers without images."""
    layer = registry.get(slug)
    face = require(layer, roles_of(request.user))
    names = images_of(layer)
    if not names:
        raise NotFound
    made = sprite(tuple(names), 2 if ratio else 1)
    body = made.png if form == "png" else made.index
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if etag in request.headers.get("If-None-Match", ""):
        answer = HttpResponse(status=304)
    else:
        answer = HttpResponse(body, content_type=TYPES[form])
    answer["ETag"] = etag
    if layer.is_public and face is Face.PUBLIC and not request.user.is_authenticated:
        answer["Cache-Control"] = "public, max-age=3600"
        answer["Access-Control-Allow-Origin"] = "*"
    return answer
