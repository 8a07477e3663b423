"""WFS 1.1.0 capabilities, for clients that know nothing newer."""

from __future__ import annotations

from django.utils.translation import gettext

from layers.geography import city
from tile_service.publish.extents import boxes_of
from tile_service.publish.ows.frames import Box, served
from tile_service.publish.ows.seen import Seen
from tile_service.publish.ows.xml import HEAD, Xml, element
from tile_service.publish.tilejson import description_of, title_of
from tile_service.publish.wfs.capabilities import operation, provider, urn
from tile_service.publish.wfs.dialects import OLDER
from tile_service.publish.wfs.gml import NAMESPACE, PREFIX
from tile_service.publish.wfs.query import DEFAULT_FRAME

FORMATS = (OLDER.gml_type, "application/json")
NAMESPACES = {
    "xmlns": OLDER.wfs,
    "xmlns:wfs": OLDER.wfs,
    "xmlns:ows": OLDER.ows,
    "xmlns:ogc": "http://www.opengis.net/ogc",
    "xmlns:gml": OLDER.gml,
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
    f"xmlns:{PREFIX}": NAMESPACE,
}


def identification() -> Xml:
    """Who offers what."""
    return element(
        "ows:ServiceIdentification",
        element("ows:Title", gettext("Data terbuka %(city)s") % {"city": city().name}),
        element("ows:ServiceType", "WFS"),
        element("ows:ServiceTypeVersion", OLDER.version),
        element("ows:Fees", "NONE"),
        element("ows:AccessConstraints", city().extra.get("licence", "")),
    )


def listed(name: str, allowed: tuple[str, ...]) -> Xml:
    """A parameter and what it may be, as OWS 1.0 writes it."""
    return element("ows:Parameter", *(element("ows:Value", one) for one in allowed), name=name)


def operations(site: str) -> Xml:
    """Everything that can be asked."""
    at = f"{site}/wfs"
    forms = listed("outputFormat", FORMATS)
    kinds = listed("resultType", ("results", "hits"))
    return element(
        "ows:OperationsMetadata",
        operation("GetCapabilities", at, listed("AcceptVersions", ("2.0.0", OLDER.version))),
        operation("DescribeFeatureType", at, listed("outputFormat", FORMATS[:1])),
        operation("GetFeature", at, kinds, forms),
    )


def feature_type(seen: Seen, site: str, sides: Box) -> Xml:
    """One layer; `sides` of its rows, in degrees."""
    layer, (west, south, east, north) = seen.layer, sides
    names = [urn(srid) for srid in served() if urn(srid) != DEFAULT_FRAME]
    return element(
        "FeatureType",
        element("Name", f"{PREFIX}:{layer.slug}"),
        element("Title", title_of(layer)),
        element("Abstract", description_of(layer)),
        element("ows:Keywords", element("ows:Keyword", layer.theme.value)),
        element("DefaultSRS", DEFAULT_FRAME),
        *(element("OtherSRS", name) for name in names),
        element("OutputFormats", *(element("Format", form) for form in FORMATS)),
        element(
            "ows:WGS84BoundingBox",
            element("ows:LowerCorner", f"{west} {south}"),
            element("ows:UpperCorner", f"{east} {north}"),
        ),
    )


def filters() -> Xml:
    """What of the filter language is there: boxes and ids."""
    return element(
        "ogc:Filter_Capabilities",
        element(
            "ogc:Spatial_Capabilities",
            element("ogc:GeometryOperands", element("ogc:GeometryOperand", "gml:Envelope")),
            element("ogc:SpatialOperators", element("ogc:SpatialOperator", name="BBOX")),
        ),
        element("ogc:Scalar_Capabilities"),
        element("ogc:Id_Capabilities", element("ogc:EID"), element("ogc:FID")),
    )


def document(layers: list[Seen], site: str) -> str:
    """The whole answer of GetCapabilities."""
    boxes = boxes_of((seen.layer, seen.face) for seen in layers)
    types = [feature_type(seen, site, boxes[seen.layer.slug, seen.face]) for seen in layers]
    return HEAD + element(
        "WFS_Capabilities",
        identification(),
        provider(site),
        operations(site),
        element("FeatureTypeList", element("Operations", element("Operation", "Query")), *types),
        filters(),
        version=OLDER.version,
        **NAMESPACES,
    )
