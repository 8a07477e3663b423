"""WMTS 1.0.0 by parameters and by address: raster tiles as they are, layers of rows drawn."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from layers.geography import TILE_SRID
from tile_service.publish import addresses, wmts_capabilities
from tile_service.publish.downloads.files import digest_of
from tile_service.publish.ows import kvp, seen
from tile_service.publish.ows.answers import guarded, site_of
from tile_service.publish.ows.frames import Box, Frame
from tile_service.publish.ows.kvp import Refused, needed, number, shown
from tile_service.publish.ows.seen import Seen
from tile_service.publish.ows.xml import HEAD, element
from tile_service.publish.wms import picture
from tile_service.publish.wms.kept import Kept
from tile_service.publish.wms.request import BASE, Picture
from tile_service.publish.wmts_capabilities import DEEPEST, FORM, GRID, HALF_M, TILE_PX

XML = "text/xml; charset=utf-8"
PARAMETERS = ("LAYER", "STYLE", "FORMAT", "TILEMATRIXSET", "TILEMATRIX", "TILEROW", "TILECOL")
CELL_KEPT_BYTES = 32 * 1024 * 1024
tiles = Kept(CELL_KEPT_BYTES)


def report(refusal: Refused) -> HttpResponse:
    """An exception report."""
    told = element(
        "ows:Exception",
        element("ows:ExceptionText", refusal.said()),
        exceptionCode=refusal.code,
        locator=refusal.locator or None,
    )
    names = {"xmlns:ows": "http://www.opengis.net/ows/1.1"}
    body = HEAD + element("ows:ExceptionReport", told, version="1.1.0", **names)
    return HttpResponse(body, content_type=XML, status=refusal.status)


def box_of(zoom: int, column: int, row: int) -> Box:
    """West, south, east, north (Web Mercator metres) of a tile."""
    side = 2 * HALF_M / 2**zoom
    west, north = column * side - HALF_M, HALF_M - row * side
    return west, north - side, west + side, north


def cell(ask: dict[str, str]) -> tuple[int, int, int]:
    """Zoom, column and row asked for; raises Refused for one outside the grid."""
    name = needed(ask, "TILEMATRIX").rpartition(":")[2]
    zoom = number({"TILEMATRIX": name}, "TILEMATRIX", default=0, least=0, most=99)
    if zoom > DEEPEST:
        sentence = f"TILEMATRIX: 0 to {DEEPEST}."
        raise Refused("InvalidParameterValue", sentence, "TILEMATRIX")
    found = []
    for place in ("TILECOL", "TILEROW"):
        needed(ask, place)
        found.append(number(ask, place, default=0, least=0, most=2**zoom))
        if found[-1] >= 2**zoom:
            raise Refused("TileOutOfRange", f"{place}: lies outside the grid.", place)
    return zoom, found[0], found[1]


def state_of(layers: list[Seen]) -> str:
    """Names the state of all rows that a picture shows."""
    return " ".join(f"{one.layer.slug}/{digest_of(one.layer, one.face)}" for one in layers)


def drawn(request: HttpRequest, chosen: Seen | None, at: tuple[int, int, int]) -> HttpResponse:
    """A tile of rows (None: the base map) as a picture, drawn once for each state of its rows."""
    shows = [chosen] if chosen else seen.base_layers()
    key = f"{chosen.layer.slug if chosen else BASE} {at} {state_of(shows)}"
    etag = f'"{hashlib.sha256(key.encode()).hexdigest()[:16]}"'
    if etag in request.headers.get("If-None-Match", ""):
        answer = HttpResponse(status=304)
    else:
        frame = Frame(f"EPSG:{TILE_SRID}", TILE_SRID, swapped=False)
        of = Picture((chosen,), frame, box_of(*at), TILE_PX, TILE_PX, transparent=True)
        data = tiles.get(key)
        if data is None:
            data = tiles.put(key, picture.draw(of))
        answer = HttpResponse(data, content_type=FORM)
    answer["ETag"] = etag
    return answer


def raster_tile(of: Seen, at: tuple[int, int, int]) -> HttpResponse:
    """Where the tile of a raster is, with a fresh token."""
    token = addresses.ticket(of.layer, of.face).token
    template = addresses.tile_address(of.layer, of.face, token)
    if template is None:
        raise Refused("TileOutOfRange", "This layer holds no raster yet.", "LAYER", status=404)
    zoom, column, row = at
    return HttpResponseRedirect(template.format(z=zoom, x=column, y=row))


def get_tile(request: HttpRequest, ask: dict[str, str]) -> HttpResponse:
    """One tile; raises Refused."""
    wanted = {"STYLE": ("", "default"), "FORMAT": ("", FORM), "TILEMATRIXSET": (GRID,)}
    for name, known in wanted.items():
        if ask.get(name, "") not in known:
            sentence = f"{name}: {shown(ask.get(name, ''))} is not offered."
            raise Refused("InvalidParameterValue", sentence, name)
    name, at = needed(ask, "LAYER"), cell(ask)
    if name == BASE:
        return drawn(request, None, at)
    found = seen.one(request, name, code="InvalidParameterValue", locator="LAYER")
    return raster_tile(found, at) if found.is_raster else drawn(request, found, at)


def capabilities(request: HttpRequest) -> HttpResponse:
    """GetCapabilities."""
    body = wmts_capabilities.document(seen.everything(request), site_of(request))
    return HttpResponse(body, content_type=XML)


def by_parameters(request: HttpRequest) -> HttpResponse:
    """One request with parameters; raises Refused."""
    ask = kvp.read(request.GET, PARAMETERS)
    if ask.get("SERVICE", "WMTS").upper() != "WMTS":
        raise Refused("InvalidParameterValue", "SERVICE must be WMTS.", "SERVICE")
    name = needed(ask, "REQUEST")
    match name.upper():
        case "GETCAPABILITIES":
            return capabilities(request)
        case "GETTILE":
            return get_tile(request, ask)
    raise Refused("OperationNotSupported", f"{shown(name)} is not supported.", "REQUEST")


def by_address(request: HttpRequest, **parts: Any) -> HttpResponse:
    """A tile by its address."""
    return get_tile(request, {name.upper(): str(value) for name, value in parts.items()})


wmts = guarded(by_parameters, report)
wmts_tile = guarded(by_address, report)
wmts_document = guarded(capabilities, report)
