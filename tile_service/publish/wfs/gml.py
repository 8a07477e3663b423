"""Features as GML in a collection of WFS 2.0 or 1.1, and the schema that describes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from tile_service.publish.downloads.table import Kind, kind_of
from tile_service.publish.ows.seen import Seen
from tile_service.publish.ows.xml import HEAD, Xml, element
from tile_service.publish.wfs.dialects import NEWER, Dialect
from tile_service.publish.wfs.query import GEOMETRY, Wanted

NAMESPACE, PREFIX = "urn:gis-platform:layers", "kota"
XSD = "http://www.w3.org/2001/XMLSchema"
XSD_TYPES = {
    Kind.BOOLEAN: "boolean", Kind.INTEGER: "long", Kind.REAL: "double",
    Kind.MOMENT: "dateTime", Kind.DAY: "date", Kind.TEXT: "string",
}  # fmt: skip
GEOMETRY_TYPES = {
    "POINT": "PointPropertyType",
    "LINESTRING": "CurvePropertyType",
    "POLYGON": "SurfacePropertyType",
    "MULTIPOINT": "MultiPointPropertyType",
    "MULTILINESTRING": "MultiCurvePropertyType",
    "MULTIPOLYGON": "MultiSurfacePropertyType",
}


def with_ids(geometry: str, stem: str) -> Xml:
    """PostGIS names the parts of a multi-geometry like the whole; ids must differ: g7, g7.1 ..."""
    whole, *parts = geometry.split(f'gml:id="{stem}"')
    numbered = (f'gml:id="{stem}.{number}"{part}' for number, part in enumerate(parts))
    return Xml((whole + "".join(numbered)).replace(f'"{stem}.0"', f'"{stem}"', 1))


def value(kind: Kind, held: Any) -> str:
    """A value as XML Schema writes it."""
    return str(held).lower() if kind is Kind.BOOLEAN else str(held)


def feature(of: Wanted, kinds: Sequence[Kind], row: Sequence[Any], **more: str) -> Xml:
    """One feature, its columns of `kinds`; a column without a value is left out.

    more: attributes of its element
    """
    identity, geometry, *values = row
    slug = of.seen.layer.slug
    parts = []
    if geometry:
        parts.append(element(f"{PREFIX}:{GEOMETRY}", with_ids(geometry, f"g{identity}")))
    parts += [
        element(f"{PREFIX}:{name}", value(kind, held))
        for name, kind, held in zip(of.columns, kinds, values, strict=True)
        if held is not None
    ]
    return element(f"{PREFIX}:{slug}", *parts, gml__id=f"{slug}.{identity}", **more)


def kinds_of(of: Wanted) -> list[Kind]:
    """Kinds of the columns that are asked for."""
    return [kind_of(of.seen.layer, name) for name in of.columns]


def namespaces(of: Wanted, site: str, dialect: Dialect) -> dict[str, str]:
    """Attributes of a root element: what its prefixes mean, and where its schemas are."""
    return {
        "xmlns:wfs": dialect.wfs,
        "xmlns:gml": dialect.gml,
        f"xmlns:{PREFIX}": NAMESPACE,
        "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
        "xsi:schemaLocation": f"{dialect.wfs} {dialect.wfs_schema} "
        f"{NAMESPACE} {described_at(of.seen.layer.slug, site, dialect)}",
    }


def alone(of: Wanted, row: Sequence[Any], site: str, dialect: Dialect) -> str:
    """One feature as a document of its own: what a query by id answers with."""
    return HEAD + feature(of, kinds_of(of), row, **namespaces(of, site, dialect))


def page_links(of: Wanted, site: str, matched: int) -> dict[str, str]:
    """Addresses of the next and the previous page, as attributes.

    After a count that named a size of page, the next one is the first with features.
    """
    links: dict[str, dict[str, Any]] = {}
    dropped = {"STARTINDEX", "COUNT", "RESULTTYPE"} if of.hits else {"STARTINDEX", "COUNT"}
    plain = {name: held for name, held in of.params.items() if name not in dropped}
    if of.hits:
        if "COUNT" in of.params and of.count and of.start < matched:
            links["next"] = plain | {"STARTINDEX": of.start, "COUNT": of.count}
        return {name: f"{site}/wfs?{urlencode(query)}" for name, query in links.items()}
    if of.count and of.start + of.count < matched:
        links["next"] = plain | {"STARTINDEX": of.start + of.count, "COUNT": of.count}
    if of.count and of.start > 0:
        links["previous"] = plain | {"STARTINDEX": max(of.start - of.count, 0), "COUNT": of.count}
    return {name: f"{site}/wfs?{urlencode(query)}" for name, query in links.items()}


def numbers(
    of: Wanted, shown: int, matched: int, site: str, dialect: Dialect
) -> dict[str, str | int]:
    """How many features match and are here, in the words of the version."""
    if dialect.older:
        return {"numberOfFeatures": matched if of.hits else shown}
    told: dict[str, str | int] = {"numberMatched": matched, "numberReturned": shown}
    return told | page_links(of, site, matched)


def collection(
    of: Wanted, rows: list[tuple[Any, ...]], matched: int, site: str, dialect: Dialect = NEWER
) -> Iterator[str]:
    """The answer of GetFeature, piece by piece."""
    told: dict[str, Any] = namespaces(of, site, dialect) | {
        "timeStamp": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    told |= numbers(of, 0 if of.hits else len(rows), matched, site, dialect)
    opening = element("wfs:FeatureCollection", Xml("\n"), **told)
    yield HEAD + opening.removesuffix("</wfs:FeatureCollection>")
    kinds = kinds_of(of)
    for row in rows:
        yield element(dialect.member, feature(of, kinds, row)) + "\n"
    yield "</wfs:FeatureCollection>\n"


def described_at(slug: str, site: str, dialect: Dialect) -> str:
    """Address of a layer's schema."""
    query = {"SERVICE": "WFS", "VERSION": dialect.version, "REQUEST": "DescribeFeatureType"}
    name = "TYPENAME" if dialect.older else "TYPENAMES"
    return f"{site}/wfs?{urlencode(query | {name: f'{PREFIX}:{slug}'})}"


def schema_of(seen: Seen, dialect: Dialect) -> Xml:
    """Elements and type of one layer."""
    layer = seen.layer
    kind = str(getattr(layer.model._meta.get_field(layer.geometry), "geom_type", ""))
    place = {"name": GEOMETRY, "type": f"gml:{GEOMETRY_TYPES.get(kind, 'GeometryPropertyType')}"}
    columns = [
        {"name": name, "type": f"xsd:{XSD_TYPES[kind_of(layer, name)]}"}
        for name in layer.fields_of(seen.face)
    ]
    fields = [
        element("xsd:element", minOccurs=0, maxOccurs=1, **column) for column in (place, *columns)
    ]
    extension = element(
        "xsd:extension", element("xsd:sequence", *fields), base="gml:AbstractFeatureType"
    )
    content = element("xsd:complexContent", extension)
    return Xml(
        element("xsd:complexType", content, name=f"{layer.slug}Type")
        + element(
            "xsd:element",
            name=layer.slug,
            type=f"{PREFIX}:{layer.slug}Type",
            substitutionGroup=dialect.stands_for,
        )
    )


def schema(layers: list[Seen], dialect: Dialect = NEWER) -> str:
    """XML Schema of these layers (the answer of DescribeFeatureType)."""
    imported = element(
        "xsd:import",
        namespace=dialect.gml,
        schemaLocation=dialect.gml_schema,
    )
    told = {
        "xmlns:xsd": XSD, "xmlns:gml": dialect.gml, f"xmlns:{PREFIX}": NAMESPACE,
        "targetNamespace": NAMESPACE, "elementFormDefault": "qualified",
    }  # fmt: skip
    types = [schema_of(seen, dialect) for seen in layers]
    return HEAD + element("xsd:schema", imported, *types, **told)
