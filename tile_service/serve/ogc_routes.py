"""Route /ogc: OGC API Features and Tiles over the published views."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from tile_service.serve import (
    grants,
    ogc_documents,
    ogc_extents,
    ogc_items,
    ogc_openapi,
    ogc_pages,
    ogc_parameters,
    ogc_tiles,
)
from tile_service.serve.answers import Send
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.errors import Missing
from tile_service.serve.ogc_asking import (
    FORMS,
    HTML,
    JSON,
    OPENAPI,
    SCHEMA,
    TILE_FORMS,
    Ask,
    as_json,
    ask_of,
    send_document,
)
from tile_service.serve.service import Receive, Scope, Service

SLUG = r"(?P<slug>[a-z][a-z0-9-]{1,41})"
TILES = rf"tiles/{ogc_tiles.SCHEME}"
Answering = Callable[[Ask, Send, dict[str, str]], Awaitable[None]]


def visible(ask: Ask) -> list[PublishedFace]:
    """Collections that the caller may see: a raster has no rows, so it is none."""
    found = grants.faces_of(ask.service, ask.grant)
    return [face for face in found if "collection" in face.spec]


def face_called(ask: Ask, slug: str) -> PublishedFace:
    """The collection called `slug`; a hidden one is as missing as one that never was."""
    found = grants.face_of(ask.service, ask.grant, slug)
    if "collection" not in found.spec:
        raise Missing
    return found


async def _document(ask: Ask, send: Send, document: dict[str, Any], kind: str = JSON) -> None:
    if ask.html:
        await send_document(ask, send, ogc_pages.document(ask, document), HTML)
    else:
        await send_document(ask, send, as_json(document), kind)


async def landing(ask: Ask, send: Send, parts: dict[str, str]) -> None:
    """Landing page."""
    await _document(ask, send, ogc_documents.landing(ask))


async def conformance(ask: Ask, send: Send, parts: dict[str, str]) -> None:
    """Conformance declaration."""
    await _document(ask, send, ogc_documents.conformance(ask))


async def api(ask: Ask, send: Send, parts: dict[str, str]) -> None:
    """OpenAPI definition of what the caller may see."""
    await _document(ask, send, ogc_openapi.definition(ask, visible(ask)), OPENAPI)


async def collections(ask: Ask, send: Send, parts: dict[str, str]) -> None:
    """List of collections."""
    found = [(face, await ogc_extents.of_face(ask, face)) for face in visible(ask)]
    await _document(ask, send, ogc_documents.collections(ask, found))


async def collection(ask: Ask, send: Send, parts: dict[str, str]) -> None:
    """One collection."""
    face = face_called(ask, parts["slug"])
    found = ogc_documents.collection(ask, face, await ogc_extents.of_face(ask, face))
    await _document(ask, send, found)


async def queryables(ask: Ask, send: Send, parts: dict[str, str]) -> None:
    """What a collection can be filtered on."""
    found = ogc_documents.queryables(ask, face_called(ask, parts["slug"]))
    await _document(ask, send, found, SCHEMA)


async def items(ask: Ask, send: Send, parts: dict[str, str]) -> None:
    """A page of features."""
    await ogc_items.send_items(ask, send, face_called(ask, parts["slug"]))


async def item(ask: Ask, send: Send, parts: dict[str, str]) -> None:
    """One feature."""
    await ogc_items.send_item(ask, send, face_called(ask, parts["slug"]), parts["key"])


async def schemes(ask: Ask, send: Send, parts: dict[str, str]) -> None:
    """List of tiling schemes."""
    await _document(ask, send, ogc_tiles.schemes(ask))


async def scheme(ask: Ask, send: Send, parts: dict[str, str]) -> None:
    """The tiling scheme."""
    await _document(ask, send, ogc_tiles.scheme(ask))


async def tilesets(ask: Ask, send: Send, parts: dict[str, str]) -> None:
    """Tilesets of the dataset or of a collection."""
    tail, title, _ = _tiled(ask, parts)
    await _document(ask, send, ogc_tiles.tilesets(ask, tail, title))


async def tileset(ask: Ask, send: Send, parts: dict[str, str]) -> None:
    """One tileset."""
    tail, title, faces = _tiled(ask, parts)
    box = await ogc_extents.of_all(ask, faces)
    await _document(ask, send, ogc_tiles.tileset(ask, tail, title, faces, box))


async def tile(ask: Ask, send: Send, parts: dict[str, str]) -> None:
    """One tile of a collection."""
    await ogc_tiles.send_tile(ask, send, face_called(ask, parts["slug"]), parts["address"])


async def composite(ask: Ask, send: Send, parts: dict[str, str]) -> None:
    """One tile of several collections."""
    faces = ogc_tiles.chosen(ask, visible(ask))
    await ogc_tiles.send_composite(ask, send, faces, parts["address"])


def _tiled(ask: Ask, parts: dict[str, str]) -> tuple[str, str, list[PublishedFace]]:
    """Path, title and faces of a tileset."""
    if "slug" in parts:
        face = face_called(ask, parts["slug"])
        return f"/collections/{face.slug}/tiles", ogc_documents.title_of(ask, face), [face]
    title = ask.said(ogc_documents.WORDS["title"]).format(city=ask.service.config.city)
    return "/tiles", title, ogc_tiles.chosen(ask, visible(ask))


# Path below /ogc, what answers it, the query parameters it takes.
ROUTES: tuple[tuple[str, Answering, tuple[str, ...]], ...] = (
    ("", landing, ()),
    ("/conformance", conformance, ()),
    ("/api", api, ()),
    ("/collections", collections, ()),
    (f"/collections/{SLUG}", collection, ()),
    (f"/collections/{SLUG}/queryables", queryables, ()),
    (f"/collections/{SLUG}/items", items, ogc_parameters.ITEMS),
    (f"/collections/{SLUG}/items/(?P<key>[^/]+)", item, ("crs",)),
    (f"/collections/{SLUG}/tiles", tilesets, ()),
    (f"/collections/{SLUG}/{TILES}", tileset, ()),
    (f"/collections/{SLUG}/{TILES}/(?P<address>[0-9/]+)", tile, ()),
    ("/tiles", tilesets, ("collections",)),
    (f"/{TILES}", tileset, ("collections",)),
    (f"/{TILES}/(?P<address>[0-9/]+)", composite, ("collections",)),
    ("/tileMatrixSets", schemes, ()),
    (f"/tileMatrixSets/{ogc_tiles.SCHEME}", scheme, ()),
)
SHAPES = [(re.compile(f"/ogc{tail}/?", re.ASCII), way, known) for tail, way, known in ROUTES]


async def answer(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request below /ogc; raises Refused."""
    for shape, answering, known in SHAPES:
        match = shape.fullmatch(scope["path"])
        if match is None:
            continue
        parts = match.groupdict()
        if answering is items:  # each collection takes its own columns as parameters
            face = face_called(ask_of_anything(service, scope), parts["slug"])
            known = (*known, *ogc_parameters.kinds_of(face.spec["collection"]))
        forms = TILE_FORMS if "address" in parts else FORMS
        ask = replace(ask_of(service, scope, *known, forms=forms), receive=receive)
        await answering(ask, send, parts)
        return
    raise Missing


def ask_of_anything(service: Service, scope: Scope) -> Ask:
    """The request before its parameters are known: only who asks."""
    return ask_of(service, {**scope, "query_string": b""})
