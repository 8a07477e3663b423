"""What the OGC API says of itself: landing page, conformance, collections, queryables."""

from __future__ import annotations

from typing import Any

from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.extents import Extent
from tile_service.serve.ogc_asking import GEOJSON, JSON, OPENAPI, SCHEMA, Ask, link, own_links
from tile_service.serve.ogc_frames import CRS84, frames
from tile_service.serve.ogc_parameters import kinds_of

SPEC = "http://www.opengis.net/spec"
REL = "http://www.opengis.net/def/rel/ogc/1.0"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
# Only what tests/tile_service/test_ogc_conformance.py holds true.
CONFORMS_TO = (
    *(f"{SPEC}/ogcapi-common-1/1.0/conf/{name}"
      for name in ("core", "landing-page", "json", "html", "oas30")),
    f"{SPEC}/ogcapi-common-2/1.0/conf/collections",
    *(f"{SPEC}/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "oas30", "html", "geojson")),
    f"{SPEC}/ogcapi-features-2/1.0/conf/crs",
    *(f"{SPEC}/ogcapi-features-3/1.0/conf/{name}"
      for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")),
    *(f"{SPEC}/cql2/1.0/conf/{name}"
      for name in ("cql2-text", "cql2-json", "basic-cql2", "basic-spatial-functions")),
    *(f"{SPEC}/ogcapi-tiles-1/1.0/conf/{name}"
      for name in ("core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets",
                   "collections-selection", "mvt", "oas30")),
    f"{SPEC}/tms/2.0/conf/tilematrixset",
    f"{SPEC}/tms/2.0/conf/json-tilematrixset",
)  # fmt: skip
SCHEMA_TYPES = {
    "number": {"type": "number"}, "text": {"type": "string"}, "boolean": {"type": "boolean"},
    "instant": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
}  # fmt: skip
WHOLE_TYPES = {"smallint", "integer", "bigint"}
WORDS = {
    "title": {"id": "Peta {city}: layanan OGC API", "en": "Map of {city}: OGC API"},
    "about": {
        "id": "Lapisan kota sebagai fitur dan ubin, langsung dari server kota. Tanpa kunci.",
        "en": "The city's layers as features and tiles, from the city's own server. No key needed.",
    },
    "api": {"id": "Definisi API (OpenAPI 3.0)", "en": "API definition (OpenAPI 3.0)"},
    "conformance": {"id": "Kelas kesesuaian", "en": "Conformance classes"},
    "collections": {"id": "Koleksi", "en": "Collections"},
    "items": {"id": "Fitur", "en": "Features"},
    "queryables": {"id": "Kolom yang dapat disaring", "en": "Queryable properties"},
    "tiles": {"id": "Ubin vektor", "en": "Vector tiles"},
    "schemes": {"id": "Skema ubin", "en": "Tiling schemes"},
    "data": {"id": "Kamus data dan unduhan", "en": "Data dictionary and downloads"},
    "services": {"id": "Semua layanan peta", "en": "All map services"},
    "schematic": {"id": "skematis, bukan batas resmi", "en": "schematic, no official border"},
    "geometry": {"id": "tempat", "en": "place"},
}


def landing(ask: Ask) -> dict[str, Any]:
    """Landing page."""
    to = ask.address
    links = [
        *own_links(ask),
        link(to("/api"), "service-desc", OPENAPI, ask.said(WORDS["api"])),
        link(to("/api", f="html"), "service-doc", "text/html", ask.said(WORDS["api"])),
        link(to("/conformance"), "conformance", JSON, ask.said(WORDS["conformance"])),
        link(to("/conformance"), f"{REL}/conformance", JSON, ask.said(WORDS["conformance"])),
        link(to("/collections"), "data", JSON, ask.said(WORDS["collections"])),
        link(to("/collections"), f"{REL}/data", JSON, ask.said(WORDS["collections"])),
        link(to("/tiles"), f"{REL}/tilesets-vector", JSON, ask.said(WORDS["tiles"])),
        link(to("/tileMatrixSets"), f"{REL}/tiling-schemes", JSON, ask.said(WORDS["schemes"])),
        link(f"{ask.site}/layanan/", "related", "text/html", ask.said(WORDS["services"])),
    ]
    title = ask.said(WORDS["title"]).format(city=ask.service.config.city)
    return {"title": title, "description": ask.said(WORDS["about"]), "links": links}


def conformance(ask: Ask) -> dict[str, Any]:
    """Conformance declaration."""
    return {"conformsTo": list(CONFORMS_TO), "links": own_links(ask)}


def title_of(ask: Ask, face: PublishedFace) -> str:
    """Title of a collection in the caller's language."""
    return ask.said(face.spec["collection"]["title"])


def description_of(ask: Ask, face: PublishedFace) -> str:
    """Summary, with a warning when the layer only sketches its borders."""
    held = face.spec["collection"]
    words = ask.said(held["summary"])
    return f"{words} [{ask.said(WORDS['schematic'])}]" if held["schematic"] else words


def extent(face: PublishedFace, of: Extent) -> dict[str, Any]:
    """Box of the rows (degrees; the city's where there is none), and their time."""
    box = of.box or face.spec["collection"]["bounds"]
    found: dict[str, Any] = {"spatial": {"bbox": [list(box)], "crs": CRS84}}
    if "bucket_s" in face.spec:
        interval = [at and at.isoformat().replace("+00:00", "Z") for at in (of.first, of.last)]
        found["temporal"] = {"interval": [interval], "trs": GREGORIAN}
    return found


def collection(ask: Ask, face: PublishedFace, of: Extent, *, alone: bool = True) -> dict[str, Any]:
    """One collection; `alone`: as a document of its own, with links to itself."""
    tail = f"/collections/{face.slug}"
    to, held = ask.address, face.spec["collection"]
    own = own_links(ask) if alone else [link(to(tail), "self", JSON, title_of(ask, face))]
    links = [
        *own,
        link(to(f"{tail}/items"), "items", GEOJSON, ask.said(WORDS["items"])),
        link(to(f"{tail}/items", f="html"), "items", "text/html", ask.said(WORDS["items"])),
        link(to(f"{tail}/queryables"), f"{REL}/queryables", SCHEMA, ask.said(WORDS["queryables"])),
        link(to(f"{tail}/tiles"), f"{REL}/tilesets-vector", JSON, ask.said(WORDS["tiles"])),
        link(f"{ask.site}/data/lapisan/{face.slug}/", "describedby", "text/html",
             ask.said(WORDS["data"])),
    ]  # fmt: skip
    return {
        "id": face.slug,
        "title": title_of(ask, face),
        "description": description_of(ask, face),
        "attribution": held["attribution"],
        "itemType": "feature",
        "extent": extent(face, of),
        "crs": list(frames(held["metric_srid"])),
        "storageCrs": CRS84,
        "links": links,
    }


def collections(ask: Ask, found: list[tuple[PublishedFace, Extent]]) -> dict[str, Any]:
    """All collections that the caller may see."""
    return {
        "links": own_links(ask),
        "collections": [collection(ask, face, of, alone=False) for face, of in found],
    }


def property_schema(column: dict[str, Any], kind: str) -> dict[str, Any]:
    """JSON Schema of one column."""
    whole = {"type": "integer"} if column["type"] in WHOLE_TYPES else SCHEMA_TYPES[kind]
    return dict(whole)


def queryables(ask: Ask, face: PublishedFace) -> dict[str, Any]:
    """JSON Schema of what can be filtered on."""
    held = face.spec["collection"]
    shape = held["geometry"].lower().replace("geometry", "any")
    properties: dict[str, Any] = {
        "geometry": {
            "title": ask.said(WORDS["geometry"]),
            "x-ogc-role": "primary-geometry",
            "format": f"geometry-{shape or 'any'}",
        }
    }
    for name, kind in kinds_of(held).items():
        column = held["columns"][name]
        words = {"title": ask.said(column["words"])}
        properties[name] = words | property_schema(column, kind)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ask.address(f"/collections/{face.slug}/queryables"),
        "type": "object",
        "title": title_of(ask, face),
        "properties": properties,
        "additionalProperties": False,
    }
