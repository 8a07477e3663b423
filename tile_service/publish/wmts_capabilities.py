"""WMTS 1.0.0 capabilities: the grid, the layers, and the addresses of their tiles."""

from __future__ import annotations

from django.utils.translation import gettext

from layers.geography import city
from tile_service.publish.extents import boxes_of, outer_box
from tile_service.publish.ows.frames import Box
from tile_service.publish.ows.seen import Seen
from tile_service.publish.ows.xml import HEAD, Xml, element, joined
from tile_service.publish.tilejson import description_of, title_of
from tile_service.publish.wms.request import BASE

GRID, FORM = "WebMercatorQuad", "image/png"
DEEPEST = 19
TILE_PX = 256
HALF_M = 20037508.342789244
SCALE_OF_ZOOM_0 = 2 * HALF_M / TILE_PX / 0.00028  # a pixel of 0.28 mm, as OGC has it
NAMESPACES = {
    "xmlns": "http://www.opengis.net/wmts/1.0",
    "xmlns:ows": "http://www.opengis.net/ows/1.1",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
}


def operation(name: str, site: str) -> Xml:
    """An operation, asked by GET with parameters."""
    kvp = element(
        "ows:Constraint",
        element("ows:AllowedValues", element("ows:Value", "KVP")),
        name="GetEncoding",
    )
    get = element("ows:Get", kvp, xlink__href=f"{site}/wmts?")
    return element("ows:Operation", element("ows:DCP", element("ows:HTTP", get)), name=name)


def tile_address(slug: str, site: str) -> str:
    """Address template of a layer's tiles, in WMTS' words."""
    return f"{site}/wmts/1.0.0/{slug}/default/{GRID}/{{TileMatrix}}/{{TileRow}}/{{TileCol}}.png"


def layer(slug: str, title: str, abstract: str, site: str, around: Box, *, legend: bool) -> Xml:
    """One layer; `around` what it shows, in degrees."""
    west, south, east, north = around
    query = f"SERVICE=WMS&VERSION=1.3.0&REQUEST=GetLegendGraphic&FORMAT=image/png&LAYER={slug}"
    drawn = element("LegendURL", format=FORM, xlink__href=f"{site}/wms?{query}") if legend else ""
    return element(
        "Layer",
        element("ows:Title", title),
        element("ows:Abstract", abstract),
        element(
            "ows:WGS84BoundingBox",
            element("ows:LowerCorner", f"{west} {south}"),
            element("ows:UpperCorner", f"{east} {north}"),
        ),
        element("ows:Identifier", slug),
        element("Style", element("ows:Identifier", "default"), drawn, isDefault="true"),
        element("Format", FORM),
        element("TileMatrixSetLink", element("TileMatrixSet", GRID)),
        element("ResourceURL", format=FORM, resourceType="tile", template=tile_address(slug, site)),
    )


def matrix(zoom: int) -> Xml:
    """One zoom of the grid."""
    return element(
        "TileMatrix",
        element("ows:Identifier", zoom),
        element("ScaleDenominator", repr(SCALE_OF_ZOOM_0 / 2**zoom)),
        element("TopLeftCorner", f"{-HALF_M} {HALF_M}"),
        element("TileWidth", TILE_PX),
        element("TileHeight", TILE_PX),
        element("MatrixWidth", 2**zoom),
        element("MatrixHeight", 2**zoom),
    )


def grid() -> Xml:
    """The grid of all tiles."""
    return element(
        "TileMatrixSet",
        element("ows:Identifier", GRID),
        element("ows:SupportedCRS", "urn:ogc:def:crs:EPSG::3857"),
        element(
            "WellKnownScaleSet", "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible"
        ),
        joined(matrix(zoom) for zoom in range(DEEPEST + 1)),
    )


def document(shown: list[Seen], site: str) -> str:
    """The whole answer of GetCapabilities."""
    title = gettext("Peta %(city)s") % {"city": city().name}
    identified = element(
        "ows:ServiceIdentification",
        element("ows:Title", title),
        element("ows:ServiceType", "OGC WMTS"),
        element("ows:ServiceTypeVersion", "1.0.0"),
        element("ows:Fees", "none"),
        element("ows:AccessConstraints", city().extra.get("licence", "none")),
    )
    provider = element(
        "ows:ServiceProvider",
        element("ows:ProviderName", city().name),
        element("ows:ProviderSite", xlink__href=f"{site}/"),
        element("ows:ServiceContact"),
    )
    base = layer(BASE, gettext("Peta dasar"), "", site, outer_box(), legend=False)
    boxes = boxes_of((seen.layer, seen.face) for seen in shown)
    layers = (
        layer(
            seen.layer.slug, title_of(seen.layer), description_of(seen.layer), site,
            boxes[seen.layer.slug, seen.face], legend=True,
        )
        for seen in shown
    )  # fmt: skip
    return HEAD + element(
        "Capabilities",
        identified,
        provider,
        element(
            "ows:OperationsMetadata", operation("GetCapabilities", site), operation("GetTile", site)
        ),
        element("Contents", base, *layers, grid()),
        element("ServiceMetadataURL", xlink__href=f"{site}/wmts/1.0.0/WMTSCapabilities.xml"),
        version="1.0.0",
        **NAMESPACES,
    )
