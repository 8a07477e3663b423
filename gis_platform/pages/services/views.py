"""/layanan/: the catalogue as a page and as JSON."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gis_platform.pages.services import catalogue
from layers.access import roles_of
from layers.errors import NotFound
from layers.geography import city
from tile_service.publish import standing


def _site(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The catalogue, with the lines of one layer; `?lapisan=` chooses it. Raises NotFound."""
    listed = catalogue.entries(roles_of(request.user), _site(request))
    wanted = request.GET.get("lapisan", "")
    one = catalogue.chosen(listed, wanted)
    if wanted and (one is None or one.layer.slug != wanted):
        raise NotFound
    context = {
        "services": catalogue.services(),
        "layers": [entry.told() for entry in listed],
        "site": _site(request),
        "published": standing.stand(),
        "shown": one,
        "lines": one.lines() if one else [],
    }
    return render(request, "services/page.html", context)


def _whole(entry: catalogue.Entry) -> dict[str, Any]:
    lines = {line.key: line.text for line in entry.lines()}
    return entry.told() | {"lines": lines}


@require_safe
def listing(request: HttpRequest) -> JsonResponse:
    """The catalogue as JSON: services and layers with their addresses and lines."""
    site = _site(request)
    listed = catalogue.entries(roles_of(request.user), site)
    found = [
        {"name": one.name, "href": site + one.path, "words": str(one.words)}
        for one in catalogue.services()
    ]
    body = {
        "city": city().name,
        "published": standing.stand(),
        "services": found,
        "layers": [_whole(entry) for entry in listed],
    }
    answer = JsonResponse(body)
    if not request.user.is_authenticated:
        answer["Access-Control-Allow-Origin"] = "*"
        answer["Cache-Control"] = "public, no-cache"
    return answer
