"""WMS 1.3.0 and 1.1.1, read-only, by GET alone: no style, graphic or address of a caller's."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from tile_service.publish.ows import kvp, seen
from tile_service.publish.ows.answers import guarded, site_of
from tile_service.publish.ows.kvp import Refused, needed, shown
from tile_service.publish.ows.xml import HEAD, element
from tile_service.publish.wms import capabilities, info, picture
from tile_service.publish.wms import request as checked
from tile_service.publish.wms.legend import legend

XML = "text/xml; charset=utf-8"
PARAMETERS = (
    "LAYERS", "STYLES", "CRS", "SRS", "BBOX", "WIDTH", "HEIGHT", "FORMAT", "TRANSPARENT",
    "BGCOLOR", "EXCEPTIONS", "QUERY_LAYERS", "INFO_FORMAT", "FEATURE_COUNT", "I", "J", "X", "Y",
    "LAYER", "STYLE", "TIME",
)  # fmt: skip
# What clients add to GetLegendGraphic and GetFeatureInfo; nothing here depends on it.
TOLERATED = (
    "SLD_VERSION", "SCALE", "RULE", "FEATURETYPE", "LEGEND_OPTIONS", "FI_POINT_TOLERANCE",
    "FI_LINE_TOLERANCE", "FI_POLYGON_TOLERANCE", "WITH_GEOMETRY", "CONTENT_TYPE",
)  # fmt: skip


def report(refusal: Refused) -> HttpResponse:
    """A service exception report."""
    told = element(
        "ServiceException",
        refusal.said(),
        code=refusal.code,
        locator=refusal.locator or None,
    )
    body = element(
        "ServiceExceptionReport", told, version="1.3.0", xmlns="http://www.opengis.net/ogc"
    )
    return HttpResponse(HEAD + body, content_type=XML, status=refusal.status)


def get_capabilities(request: HttpRequest, ask: dict[str, str]) -> HttpResponse:
    """GetCapabilities."""
    version = checked.version(ask)
    body = capabilities.document(seen.everything(request), site_of(request), version)
    return HttpResponse(body, content_type=XML)


def get_map(request: HttpRequest, ask: dict[str, str]) -> HttpResponse:
    """GetMap."""
    of = checked.picture(request, ask)
    return HttpResponse(picture.draw(of), content_type=of.form.split(";")[0])


def get_feature_info(request: HttpRequest, ask: dict[str, str]) -> HttpResponse:
    """GetFeatureInfo: of QUERY_LAYERS, which may be other than those drawn."""
    asked = ask | {"LAYERS": needed(ask, "QUERY_LAYERS"), "STYLES": "", "FORMAT": "image/png"}
    return info.answer(checked.picture(request, asked), ask)


def get_legend(request: HttpRequest, ask: dict[str, str]) -> HttpResponse:
    """GetLegendGraphic."""
    name = needed(ask, "LAYER", "LAYERS")
    form = ask.get("FORMAT", "image/png").lower()
    if form not in checked.FORMS:
        raise Refused("InvalidFormat", f"FORMAT: {shown(form)} is not offered.", "FORMAT")
    found = seen.one(request, name, code="LayerNotDefined", locator="LAYER")
    body = BytesIO(picture.encoded(legend(found.layer, get_language() or ""), form))
    return HttpResponse(body.getvalue(), content_type=form.split(";")[0])


OPERATIONS: dict[str, Callable[[HttpRequest, dict[str, str]], HttpResponse]] = {
    "GETCAPABILITIES": get_capabilities,
    "CAPABILITIES": get_capabilities,
    "GETMAP": get_map,
    "MAP": get_map,
    "GETFEATUREINFO": get_feature_info,
    "FEATURE_INFO": get_feature_info,
    "GETLEGENDGRAPHIC": get_legend,
    "GETLEGENDGRAPHICS": get_legend,
}


def answer(request: HttpRequest) -> HttpResponse:
    """One request; raises Refused."""
    ask = kvp.read(request.GET, (*PARAMETERS, *TOLERATED))
    if ask.get("SERVICE", "WMS").upper() != "WMS":
        raise Refused("InvalidParameterValue", "SERVICE must be WMS.", "SERVICE")
    name = needed(ask, "REQUEST")
    operation = OPERATIONS.get(name.upper())
    if operation is None:
        raise Refused("OperationNotSupported", f"{shown(name)} is not supported.", "REQUEST")
    return operation(request, ask)


wms = guarded(answer, report)
