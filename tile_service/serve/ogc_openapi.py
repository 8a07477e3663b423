"""The OpenAPI 3.0 definition of the OGC API, listing only what the caller may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tile_service.serve import cql2_filter, ogc_tiles
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.ogc_asking import GEOJSON, OPENAPI, SCHEMA, Ask
from tile_service.serve.ogc_documents import WORDS, property_schema, title_of
from tile_service.serve.ogc_frames import CRS84, frames
from tile_service.serve.ogc_parameters import DEFAULT, FARTHEST_OFFSET, FEWEST, MOST, kinds_of
from tile_service.serve.request import DEEPEST_ZOOM
from tile_service.serve.vector import MVT

VERSION = "1.0.0"
PROBLEM = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "status": {"type": "integer"}},
}
ANY = {"type": "object"}


def parameter(
    name: str, schema: dict[str, Any], words: str, *, where: str = "query", **more: Any
) -> dict[str, Any]:
    """A parameter object."""
    found = {"name": name, "in": where, "required": where == "path", "description": words}
    return found | {"schema": schema} | more


def numbers(fewest: int, most: int) -> dict[str, Any]:
    """Schema of a list of numbers."""
    return {"type": "array", "minItems": fewest, "maxItems": most, "items": {"type": "number"}}


def shared_parameters(metric_srid: int) -> dict[str, Any]:
    """Parameters that several addresses take, by name."""
    uris = {"type": "string", "enum": list(frames(metric_srid)), "default": CRS84}
    listed: dict[str, Any] = {"style": "form", "explode": False}
    columns = {"type": "array", "items": {"type": "string"}}
    zoom = {"type": "string", "pattern": "^([0-9]|1[0-9]|2[0-2])$"}
    place = {"type": "integer", "minimum": 0, "maximum": (1 << DEEPEST_ZOOM) - 1}
    key = {"type": "integer", "minimum": 0, "maximum": 2**53}
    offset = {"type": "integer", "minimum": 0, "maximum": FARTHEST_OFFSET, "default": 0}
    limit = {"type": "integer", "minimum": FEWEST, "maximum": MOST, "default": DEFAULT}
    language = {"type": "string", "enum": list(cql2_filter.LANGUAGES), "default": cql2_filter.TEXT}
    found = [
        parameter("f", {"type": "string", "enum": ["json", "html"]}, "Form of the answer."),
        parameter("bbox", numbers(4, 6), "Box that the features meet.", **listed),
        parameter("bbox-crs", uris, "Reference system of bbox."),
        parameter("crs", uris, "Reference system of the answer."),
        parameter("datetime", {"type": "string"}, "Moment or interval (RFC 3339), widened to the "
                  "layer's time bucket; Content-Location holds the one that was used."),
        parameter("limit", limit, "Most features on a page."),
        parameter("offset", offset, "Features to skip; following `next` is quicker."),
        parameter("after", key, "Key after which the page begins; stands in `next`."),
        parameter("properties", columns, "Properties to show.", **listed),
        parameter("filter", {"type": "string", "maxLength": cql2_filter.LONGEST}, "CQL2 filter."),
        parameter("filter-lang", language, "Language of the filter."),
        parameter("filter-crs", uris, "Reference system of shapes in the filter."),
        parameter("featureId", key, "Key of a feature.", where="path"),
        parameter("tileMatrix", zoom, "Zoom.", where="path"),
        parameter("tileRow", place, "Row, from the north.", where="path"),
        parameter("tileCol", place, "Column, from the west.", where="path"),
        parameter("collections", columns, "Collections in the tile.", **listed),
    ]  # fmt: skip
    return {one["name"]: one for one in found}


def refer(*names: str) -> list[dict[str, str]]:
    """References to shared parameters."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def answers(*kinds: str, words: str, html: bool = True) -> dict[str, Any]:
    """Answers of an address: 200 in these media types, and what is refused."""
    content: dict[str, Any] = {kind: {"schema": ANY} for kind in kinds}
    if html:
        content["text/html"] = {"schema": {"type": "string"}}
    refused = {"$ref": "#/components/responses/Refused"}
    good = {"200": {"description": words, "content": content}}
    return good | dict.fromkeys(("400", "404", "406", "503"), refused)


def tile_answers() -> dict[str, Any]:
    """Answers of a tile's address."""
    found = answers(words="A vector tile", html=False)
    binary = {"schema": {"type": "string", "format": "binary"}}
    found["200"]["content"] = {MVT: binary}
    return found | {"204": {"description": "An empty tile"}}


def operation(
    name: str, words: str, tag: str, responses: dict[str, Any], *parameters: Any
) -> dict[str, Any]:
    """A path item with its one operation."""
    return {
        "get": {
            "operationId": name, "summary": words, "tags": [tag],
            "parameters": list(parameters), "responses": responses,
        }
    }  # fmt: skip


ITEM_NAMES = (
    "f", "bbox", "bbox-crs", "crs", "datetime", "limit", "offset", "after", "properties",
    "filter", "filter-lang", "filter-crs",
)  # fmt: skip
TILE_NAMES = ("tileMatrix", "tileRow", "tileCol")


def collection_paths(ask: Ask, face: PublishedFace) -> dict[str, Any]:
    """Addresses of one collection."""
    title, slug = title_of(ask, face), face.slug
    held = face.spec["collection"]
    columns = [
        parameter(name, property_schema(held["columns"][name], kind),
                  ask.said(held["columns"][name]["words"]))
        for name, kind in kinds_of(held).items()
    ]  # fmt: skip
    stem, name = f"/collections/{slug}", slug.replace("-", "_")
    tiles = f"{stem}/tiles/{ogc_tiles.SCHEME}"

    def plain(words: str, kind: str = "application/json") -> dict[str, Any]:
        return answers(kind, words=words)

    return {
        stem: operation(f"{name}.describe", title, slug, plain(title), *refer("f")),
        f"{stem}/queryables": operation(
            f"{name}.queryables", ask.said(WORDS["queryables"]), slug,
            plain(title, SCHEMA), *refer("f"),
        ),
        f"{stem}/items": operation(
            f"{name}.items", ask.said(WORDS["items"]), slug, plain(title, GEOJSON),
            *refer(*ITEM_NAMES), *columns,
        ),
        f"{stem}/items/{{featureId}}": operation(
            f"{name}.item", ask.said(WORDS["items"]), slug, plain(title, GEOJSON),
            *refer("featureId", "crs", "f"),
        ),
        f"{stem}/tiles": operation(
            f"{name}.tilesets", ask.said(WORDS["tiles"]), slug, plain(title), *refer("f")
        ),
        tiles: operation(
            f"{name}.tileset", ask.said(WORDS["tiles"]), slug, plain(title), *refer("f")
        ),
        f"{tiles}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": operation(
            f"{name}.tile", ask.said(WORDS["tiles"]), slug, tile_answers(), *refer(*TILE_NAMES)
        ),
    }  # fmt: skip


def common_paths(ask: Ask) -> dict[str, Any]:
    """Addresses that belong to no collection."""
    words = {name: ask.said(text) for name, text in WORDS.items()}
    tiles = f"/tiles/{ogc_tiles.SCHEME}"

    def plain(
        path: str, name: str, title: str, *more: str, kind: str = "application/json"
    ) -> tuple[str, Any]:
        good = answers(kind, words=title)
        return path, operation(name, title, "OGC API", good, *refer(*more, "f"))

    found = dict([
        plain("/", "landing", words["about"]),
        plain("/conformance", "conformance", words["conformance"]),
        plain("/api", "api", words["api"], kind=OPENAPI),
        plain("/collections", "collections", words["collections"]),
        plain("/tileMatrixSets", "schemes", words["schemes"]),
        plain(f"/tileMatrixSets/{ogc_tiles.SCHEME}", "scheme", words["schemes"]),
        plain("/tiles", "tilesets", words["tiles"], "collections"),
        plain(tiles, "tileset", words["tiles"], "collections"),
    ])  # fmt: skip
    found[f"{tiles}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"] = operation(
        "tile", words["tiles"], "OGC API", tile_answers(), *refer(*TILE_NAMES, "collections")
    )
    return found


def definition(ask: Ask, faces: Sequence[PublishedFace]) -> dict[str, Any]:
    """The whole definition."""
    metric = faces[0].spec["collection"]["metric_srid"] if faces else 3857
    paths = common_paths(ask)
    for face in faces:
        paths |= collection_paths(ask, face)
    title = ask.said(WORDS["title"]).format(city=ask.service.config.city)
    problem = {"application/problem+json": {"schema": PROBLEM}}
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "version": VERSION, "description": ask.said(WORDS["about"])},
        "servers": [{"url": ask.base}],
        "tags": [{"name": "OGC API"}, *({"name": face.slug} for face in faces)],
        "paths": paths,
        "components": {
            "parameters": shared_parameters(metric),
            "responses": {"Refused": {"description": "Refused", "content": problem}},
        },
    }
