"""Django's side of the map: TileJSON, styles, the address of the change feed."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.http import require_safe

from layers import registry
from layers.access import Face, require, roles_of
from layers.errors import BadInput
from layers.spec import Layer
from tile_service import styles
from tile_service.publish import addresses, tilejson, timeline, withdrawing


class UnknownParameter(BadInput):
    """This address knows no parameter called %(names)s."""

    code = "UNKNOWN_PARAMETER"


def _seen(request: HttpRequest, slug: str, *known: str) -> tuple[Layer, Face]:
    """Layer and the caller's face of it; raises NotFound, UnknownParameter."""
    layer = registry.get(slug)
    face = require(layer, roles_of(request.user))
    if unknown := sorted(set(request.GET) - set(known)):
        raise UnknownParameter(names=", ".join(unknown)[:80])
    return layer, face


def _answer(request: HttpRequest, body: dict[str, Any], *, open_to_all: bool) -> HttpResponse:
    """JSON; what every visitor gets may be kept for revalidation and read from any origin."""
    answer = JsonResponse(body)
    if open_to_all and not request.user.is_authenticated:
        answer["Cache-Control"] = "public, no-cache"
        answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _holders(request: HttpRequest) -> dict[str, int]:
    """Person and session that the caller's tokens hang on."""
    return withdrawing.holders_of(request.user, request.session.session_key)


def _whole(request: HttpRequest, address: str) -> str:
    """Absolute address; braces of a template stay as they are."""
    return request.build_absolute_uri("/").rstrip("/") + address


@require_safe
def tile_json(request: HttpRequest, slug: str) -> HttpResponse:
    """TileJSON of a layer as the caller may see it; `?raster=` picks an older raster."""
    layer, face = _seen(request, slug, "raster")
    ticket = addresses.ticket(layer, face, _holders(request))
    body = tilejson.document(layer, face, ticket, raster=request.GET.get("raster", ""))
    body["tiles"] = [_whole(request, address) for address in body["tiles"]]
    if "time" in body:
        body["time"]["counts"] = _whole(request, body["time"]["counts"])
    return _answer(request, body, open_to_all=layer.is_public and face is Face.PUBLIC)


@require_safe
def time_counts(request: HttpRequest, slug: str) -> HttpResponse:
    """How many rows of a layer lie in each step of time: ?from=&to=&step=, all of them without."""
    layer, face = _seen(request, slug, "from", "to", "step")
    return answer_counts(request, timeline.document(layer, face, request.GET.dict()),
                         open_to_all=layer.is_public and face is Face.PUBLIC)  # fmt: skip


def answer_counts(request: HttpRequest, body: bytes, *, open_to_all: bool) -> HttpResponse:
    """Counts as JSON, or 304 for whoever holds these very ones."""
    etag = quote_etag(hashlib.sha256(body).hexdigest()[:16])
    same = etag in parse_etags(request.headers.get("If-None-Match", ""))
    answer = HttpResponse(b"" if same else body, status=304 if same else 200)
    shared = open_to_all and not request.user.is_authenticated
    answer["Content-Type"], answer["ETag"] = "application/json", etag
    answer["Cache-Control"] = "public, no-cache" if shared else "private, no-cache"
    if shared:
        answer["Access-Control-Allow-Origin"] = "*"
    return answer


@require_safe
def layer_style(request: HttpRequest, slug: str) -> HttpResponse:
    """MapLibre style of one layer."""
    layer, face = _seen(request, slug)
    body = styles.style_of(layer, site=_whole(request, ""))
    return _answer(request, body, open_to_all=layer.is_public and face is Face.PUBLIC)


@require_safe
def base_style(request: HttpRequest) -> HttpResponse:
    """MapLibre style of the base map: open to everybody."""
    rasters = {
        layer.slug
        for layer in registry.all_layers()
        if layer.slug in styles.BASE_RASTERS and layer.rows().exists()
    }
    body = styles.base_style(site=_whole(request, ""), rasters=rasters)
    return _answer(request, body, open_to_all=True)


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Address of the caller's change feed, and when its token ends."""
    ticket = addresses.events_ticket(roles_of(request.user), _holders(request))
    return JsonResponse(
        {"events": f"/events?token={ticket.token}", "expires_at": ticket.expires_at}
    )
