"""Downloads of layers: the same rows, columns and permission as their tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from layers import api, registry
from layers.access import EVERYBODY, Face, face_for, require, roles_of
from layers.spec import Layer, RasterTiles


def _stream(
    request: HttpRequest, slug: str, lines: Callable[[Layer, Face], Iterator[str]], kind: str
) -> HttpResponseBase:
    layer = registry.get(slug)
    face = require(layer, roles_of(request.user))
    answer = StreamingHttpResponse(lines(layer, face), content_type=kind)
    suffix = "geojson" if "geo" in kind else "csv"
    answer["Content-Disposition"] = f'attachment; filename="{slug}.{suffix}"'
    if layer.is_public and face is Face.PUBLIC and not request.user.is_authenticated:
        answer["Cache-Control"] = "public, no-cache"
    return answer


@require_safe
def geojson(request: HttpRequest, slug: str) -> HttpResponseBase:
    """GeoJSON of a layer (EPSG:4326)."""
    return _stream(request, slug, api.geojson, "application/geo+json")


@require_safe
def csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """CSV of a layer with lon, lat."""
    return _stream(request, slug, api.csv_lines, "text/csv; charset=utf-8")


@require_safe
def listing(request: HttpRequest) -> JsonResponse:
    """The layers that the caller may see, as JSON."""
    roles = roles_of(request.user)
    shown = [
        {
            "slug": layer.slug,
            "title": layer.title,
            "title_en": layer.title_en or layer.title,
            "summary": layer.summary,
            "theme": layer.theme.value,
            "attribution": layer.attribution,
            "schematic": layer.schematic,
            "public": layer.viewers == EVERYBODY,
            "tilejson": f"/tiles/{layer.slug}.json",
            "geojson": None
            if isinstance(layer.tiles, RasterTiles)
            else f"/data/{layer.slug}.geojson",
        }
        for layer in registry.all_layers()
        if face_for(layer, roles)
    ]
    return JsonResponse({"layers": shown})
