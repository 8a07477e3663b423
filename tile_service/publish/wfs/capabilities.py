"""WFS 2.0.0 capabilities: what can be asked, and the layers that the caller may see."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from layers.geography import city
from layers.provenance import about
from tile_service.publish.extents import boxes_of
from tile_service.publish.ows.frames import Box, served
from tile_service.publish.ows.seen import Seen
from tile_service.publish.ows.xml import HEAD, Xml, element, joined
from tile_service.publish.tilejson import description_of, title_of
from tile_service.publish.wfs.gml import NAMESPACE, PREFIX
from tile_service.publish.wfs.query import DEFAULT_FRAME, MOST_FEATURES

FORMATS = ("application/gml+xml; version=3.2", "application/json")
BY_ID = "urn:ogc:def:query:OGC-WFS::GetFeatureById"
# What WFS and FES ask every server to say of itself; what stands in DONE is done.
DONE = {"KVPEncoding", "ImplementsResultPaging"}
CONSTRAINTS = (
    "ImplementsBasicWFS", "ImplementsTransactionalWFS", "ImplementsLockingWFS", "KVPEncoding",
    "XMLEncoding", "SOAPEncoding", "ImplementsInheritance", "ImplementsRemoteResolve",
    "ImplementsResultPaging", "ImplementsStandardJoins", "ImplementsSpatialJoins",
    "ImplementsTemporalJoins", "ImplementsFeatureVersioning", "ManageStoredQueries",
)  # fmt: skip
FILTERS_DONE = {"ImplementsQuery", "ImplementsResourceId", "ImplementsSorting"}
FILTER_CONSTRAINTS = (
    "ImplementsQuery", "ImplementsAdHocQuery", "ImplementsFunctions", "ImplementsResourceId",
    "ImplementsMinStandardFilter", "ImplementsStandardFilter", "ImplementsMinSpatialFilter",
    "ImplementsSpatialFilter", "ImplementsMinTemporalFilter", "ImplementsTemporalFilter",
    "ImplementsVersionNav", "ImplementsSorting", "ImplementsExtendedOperators",
    "ImplementsMinimumXPath", "ImplementsSchemaElementFunc",
)  # fmt: skip
NAMESPACES = {
    "xmlns": "http://www.opengis.net/wfs/2.0",
    "xmlns:wfs": "http://www.opengis.net/wfs/2.0",
    "xmlns:ows": "http://www.opengis.net/ows/1.1",
    "xmlns:fes": "http://www.opengis.net/fes/2.0",
    "xmlns:gml": "http://www.opengis.net/gml/3.2",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
    f"xmlns:{PREFIX}": NAMESPACE,
}


def urn(srid: int) -> str:
    """Long name of a reference system."""
    return f"urn:ogc:def:crs:EPSG::{srid}"


def identification() -> Xml:
    """Who offers what, under which words."""
    title = gettext("Data terbuka %(city)s") % {"city": city().name}
    return element(
        "ows:ServiceIdentification",
        element("ows:Title", title),
        element("ows:ServiceType", "WFS"),
        element("ows:ServiceTypeVersion", "2.0.0"),
        element("ows:Fees", "NONE"),
        element("ows:AccessConstraints", city().extra.get("licence", "")),
    )


def provider(site: str) -> Xml:
    """The city, and whom to ask."""
    contact = element("ows:IndividualName", city().extra.get("contact_office", city().name))
    return element(
        "ows:ServiceProvider",
        element("ows:ProviderName", city().name),
        element("ows:ProviderSite", xlink__href=f"{site}/"),
        element("ows:ServiceContact", contact),
    )


def values(name: str, allowed: tuple[str, ...]) -> Xml:
    """A parameter and what it may be."""
    told = (element("ows:Value", value) for value in allowed)
    return element("ows:Parameter", element("ows:AllowedValues", *told), name=name)


def constraint(name: str, value: Any, prefix: str = "ows") -> Xml:
    """A constraint with its value."""
    said = str(value).upper() if isinstance(value, bool) else value
    told = (element("ows:NoValues"), element("ows:DefaultValue", said))
    return element(f"{prefix}:Constraint", *told, name=name)


def operation(name: str, address: str, *parameters: Xml) -> Xml:
    """An operation, asked by GET alone."""
    http = element("ows:HTTP", element("ows:Get", xlink__href=f"{address}?"))
    return element("ows:Operation", element("ows:DCP", http), *parameters, name=name)


def operations(site: str) -> Xml:
    """Everything that can be asked."""
    at = f"{site}/wfs"
    return element(
        "ows:OperationsMetadata",
        operation("GetCapabilities", at, values("AcceptVersions", ("2.0.0", "1.1.0"))),
        operation("DescribeFeatureType", at, values("outputFormat", FORMATS[:1])),
        operation(
            "GetFeature",
            at,
            values("resultType", ("results", "hits")),
            values("outputFormat", FORMATS),
            values("resolve", ("local",)),
            constraint("CountDefault", MOST_FEATURES),
        ),
        operation("ListStoredQueries", at),
        operation("DescribeStoredQueries", at),
        values("version", ("2.0.0", "1.1.0")),
        *(constraint(name, name in DONE) for name in CONSTRAINTS),
    )


def feature_type(seen: Seen, site: str, made_at: Any, sides: Box) -> Xml:
    """One layer; `sides` of its rows, in degrees."""
    layer = seen.layer
    west, south, east, north = sides
    words = about(layer, at=made_at)
    told = [description_of(layer), layer.attribution, words["licence"]]
    return element(
        "FeatureType",
        element("Name", f"{PREFIX}:{layer.slug}"),
        element("Title", title_of(layer)),
        element("Abstract", ". ".join(part.rstrip(". ") for part in told if part)),
        element("ows:Keywords", element("ows:Keyword", layer.theme.value)),
        element("DefaultCRS", DEFAULT_FRAME),
        *(element("OtherCRS", urn(srid)) for srid in served() if urn(srid) != DEFAULT_FRAME),
        element("OtherCRS", "urn:ogc:def:crs:OGC:1.3:CRS84"),
        element("OutputFormats", *(element("Format", form) for form in FORMATS)),
        element(
            "ows:WGS84BoundingBox",
            element("ows:LowerCorner", f"{west} {south}"),
            element("ows:UpperCorner", f"{east} {north}"),
        ),
        element("MetadataURL", xlink__href=f"{site}/data/lapisan/{layer.slug}/"),
    )


def filters() -> Xml:
    """What of the filter language is there: ids and sorting; boxes go in BBOX."""
    told = (constraint(name, name in FILTERS_DONE, "fes") for name in FILTER_CONSTRAINTS)
    return element(
        "fes:Filter_Capabilities",
        element("fes:Conformance", *told),
        element("fes:Id_Capabilities", element("fes:ResourceIdentifier", name="fes:ResourceId")),
    )


def document(layers: list[Seen], site: str, made_at: Any) -> str:
    """The whole answer of GetCapabilities."""
    boxes = boxes_of((seen.layer, seen.face) for seen in layers)
    types = [
        feature_type(seen, site, made_at, boxes[seen.layer.slug, seen.face]) for seen in layers
    ]
    return HEAD + element(
        "WFS_Capabilities",
        identification(),
        provider(site),
        operations(site),
        element("FeatureTypeList", *types),
        filters(),
        version="2.0.0",
        **NAMESPACES,
    )


def stored_queries(layers: list[Seen], *, described: bool) -> str:
    """The one stored query: a feature by its id."""
    names = [f"{PREFIX}:{seen.layer.slug}" for seen in layers]
    head = {name: uri for name, uri in NAMESPACES.items() if name != "xmlns:fes"}
    title = element("Title", "GetFeatureById")
    if not described:
        returned = joined(element("ReturnFeatureType", name) for name in names)
        query = element("StoredQuery", title, returned, id=BY_ID)
        return HEAD + element("ListStoredQueriesResponse", query, **head)
    xsd = {"xmlns:xsd": "http://www.w3.org/2001/XMLSchema"}
    text = element(
        "QueryExpressionText",
        isPrivate="true",
        language="urn:ogc:def:queryLanguage:OGC-WFS::WFS_QueryExpression",
        returnFeatureTypes=" ".join(names),
    )
    query = element(
        "StoredQueryDescription",
        title,
        element("Parameter", name="ID", type="xsd:string"),
        text,
        id=BY_ID,
    )
    return HEAD + element("DescribeStoredQueriesResponse", query, **head, **xsd)
