"""OGC API - Tiles: the tiling scheme, lists of tilesets, tiles of one collection or of several."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tile_service.serve import kept, vector
from tile_service.serve.answers import Send
from tile_service.serve.cache import Kept
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.errors import Missing, Refused
from tile_service.serve.extents import Box
from tile_service.serve.kept import Wanted
from tile_service.serve.ogc_asking import JSON, Ask, link, own_links
from tile_service.serve.ogc_documents import REL, WORDS, description_of, title_of
from tile_service.serve.ogc_frames import CRS84, EPSG, MERCATOR_M
from tile_service.serve.request import DEEPEST_ZOOM, Tile

SCHEME = "WebMercatorQuad"
SCHEME_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{SCHEME}"
TILE_PX = 256
PIXEL_M = 0.00028  # OGC's standard pixel
MERCATOR = EPSG.format(3857)
ADDRESS = re.compile(r"(\d{1,2})/(\d{1,7})/(\d{1,7})", re.ASCII)  # matrix, row, column
NOTICE = b"_notice"
MOST_COLLECTIONS = 40
TILE_SCHEME_REL = f"{REL}/tiling-scheme"


def matrix(zoom: int) -> dict[str, Any]:
    """One zoom of the tiling scheme."""
    cell_m = 2 * MERCATOR_M / TILE_PX / (1 << zoom)
    return {
        "id": str(zoom),
        "scaleDenominator": cell_m / PIXEL_M,
        "cellSize": cell_m,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-MERCATOR_M, MERCATOR_M],
        "tileWidth": TILE_PX,
        "tileHeight": TILE_PX,
        "matrixWidth": 1 << zoom,
        "matrixHeight": 1 << zoom,
    }


def scheme(ask: Ask) -> dict[str, Any]:
    """The tiling scheme's definition."""
    return {
        "id": SCHEME,
        "title": "Google Maps Compatible for the World",
        "uri": SCHEME_URI,
        "crs": MERCATOR,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [matrix(zoom) for zoom in range(DEEPEST_ZOOM + 1)],
        "links": own_links(ask),
    }


def schemes(ask: Ask) -> dict[str, Any]:
    """The list of tiling schemes: there is one."""
    own = link(ask.address(f"/tileMatrixSets/{SCHEME}"), "self", JSON, SCHEME)
    listed = {"id": SCHEME, "title": SCHEME, "uri": SCHEME_URI, "crs": MERCATOR, "links": [own]}
    return {"tileMatrixSets": [listed], "links": own_links(ask)}


def zooms(faces: Sequence[PublishedFace]) -> tuple[int, int]:
    """First and last zoom at which one of `faces` has tiles."""
    first = min((int(face.spec["min_zoom"]) for face in faces), default=0)
    return first, max((max(int(face.spec["max_zoom"]), 16) for face in faces), default=16)


def _listed(ask: Ask, tail: str, title: str) -> dict[str, Any]:
    return {
        "title": title,
        "dataType": "vector",
        "crs": MERCATOR,
        "tileMatrixSetURI": SCHEME_URI,
        "links": [
            link(ask.address(f"{tail}/{SCHEME}"), "self", JSON, title),
            link(ask.address(f"/tileMatrixSets/{SCHEME}"), TILE_SCHEME_REL, JSON, SCHEME),
        ],
    }


def tilesets(ask: Ask, tail: str, title: str) -> dict[str, Any]:
    """The list of tilesets of the dataset or of a collection: one, in the one scheme."""
    return {"tilesets": [_listed(ask, tail, title)], "links": own_links(ask)}


def _vector_layer(ask: Ask, face: PublishedFace) -> dict[str, Any]:
    held = face.spec["collection"]
    properties = {
        name: {"title": ask.said(column["words"])} for name, column in held["columns"].items()
    }
    return {
        "id": face.slug,
        "title": title_of(ask, face),
        "description": description_of(ask, face),
        "dataType": "vector",
        "minTileMatrix": str(face.spec["min_zoom"]),
        "maxTileMatrix": str(max(face.spec["max_zoom"], 16)),
        "propertiesSchema": {"type": "object", "properties": properties},
    }


def tileset(
    ask: Ask, tail: str, title: str, faces: Sequence[PublishedFace], bounds: Box
) -> dict[str, Any]:
    """Metadata of a tileset: scheme, layers inside, template of its addresses, TileJSON."""
    first, last = zooms(faces)
    stem = ask.address(f"{tail}/{SCHEME}")
    template = f"{stem}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    links = [
        *own_links(ask),
        link(template, "item", vector.MVT, ask.said(WORDS["tiles"]), templated=True),
        link(ask.address(f"/tileMatrixSets/{SCHEME}"), TILE_SCHEME_REL, JSON, SCHEME),
    ]
    if len(faces) == 1 and tail != "/tiles":
        tile_json = f"{ask.site}/tiles/{faces[0].slug}.json"
        links.append(link(tile_json, "alternate", JSON, "TileJSON 3.0"))
    box = {"lowerLeft": bounds[:2], "upperRight": bounds[2:], "crs": CRS84}
    return {
        "title": title,
        "dataType": "vector",
        "crs": MERCATOR,
        "tileMatrixSetURI": SCHEME_URI,
        "boundingBox": box,
        "minTileMatrix": str(first),
        "maxTileMatrix": str(last),
        "layers": [_vector_layer(ask, face) for face in faces],
        "links": links,
    }


# --- tiles ----------------------------------------------------------------------------------------


def tile_at(face: PublishedFace, address: str) -> Tile:
    """Tile `matrix/row/column` of a face, at its own version; raises Missing."""
    match = ADDRESS.fullmatch(address)
    if match is None:
        raise Missing
    z, y, x = (int(part) for part in match.groups())
    if z > DEEPEST_ZOOM or max(x, y) >= 1 << z:
        raise Missing
    return Tile(name=face.slug, token="", version=face.version, query={}, z=z, x=x, y=y)


def chosen(ask: Ask, faces: Sequence[PublishedFace]) -> list[PublishedFace]:
    """Faces that the parameter `collections` names, all without it; raises Refused."""
    if "collections" not in ask.given:
        return list(faces)
    known = {face.slug: face for face in faces}
    names = list(dict.fromkeys(ask.given["collections"].split(",")))
    if not names or len(names) > MOST_COLLECTIONS or not set(names) <= set(known):
        raise Refused("collections: names of collections, parted by commas.")
    return [known[name] for name in names]


async def send_tile(ask: Ask, send: Send, face: PublishedFace, address: str) -> None:
    """Send one tile of one collection, from the same cache as /t/; raises Missing."""
    tile = tile_at(face, address)
    if not vector.holds(face, tile.z):
        raise Missing
    wanted = vector.wanted_of(ask.service, ask.scope, face, tile)
    await kept.send_kept(ask.service, ask.scope, send, wanted, ask.receive)


async def send_composite(
    ask: Ask, send: Send, faces: Sequence[PublishedFace], address: str
) -> None:
    """Send the tiles of several collections as one; raises Missing, Refused."""
    if not faces:
        raise Missing
    z = tile_at(faces[0], address).z
    shown = [face for face in faces if vector.holds(face, z)]
    if not shown:
        raise Missing
    parts = [
        vector.wanted_of(ask.service, ask.scope, face, tile_at(face, address)) for face in shown
    ]

    async def make(begun: Callable[[], None]) -> Kept:
        begun()
        made = await asyncio.gather(*(_part(ask, part) for part in parts))
        return joined(made)

    whole = Wanted(
        key=("composite", *(part.key for part in parts)),
        kind=vector.MVT,
        make=make,
        current=lambda: all(part.current() for part in parts),
        open_to_all=all(part.open_to_all for part in parts),
        right_version=True,
    )
    await kept.send_kept(ask.service, ask.scope, send, whole, ask.receive)


async def _part(ask: Ask, part: Wanted) -> Kept:
    return ask.service.cache.get(part.key) or await kept.made_once(ask.service, part)


def joined(parts: Sequence[Kept]) -> Kept:
    """Parts as one tile: their bytes one after another, one `_notice` layer at most."""
    layers: list[bytes] = []
    notices = 0
    for part in parts:
        for layer in layers_of(part.plain):
            if name_of(layer) == NOTICE:
                notices += 1
                if notices > 1:
                    continue
            layers.append(layer)
    rows = sum(part.rows for part in parts)
    return Kept(plain=b"".join(layers), rows=rows, cut=any(part.cut for part in parts))


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Variable-length number at `at`, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def layers_of(tile: bytes) -> Iterator[bytes]:
    """Layers of a vector tile, each with its tag and length (the tile holds nothing else)."""
    at = 0
    while at < len(tile):
        size, begin = _number(tile, at + 1)
        yield tile[at : begin + size]
        at = begin + size


def name_of(layer: bytes) -> bytes:
    """Name of a layer as `layers_of` gives it; b"" when it does not come first of its fields."""
    _, at = _number(layer, 1)
    while at < len(layer):
        tag, at = _number(layer, at)
        if tag & 7 == 2:
            size, at = _number(layer, at)
            if tag >> 3 == 1:
                return layer[at : at + size]
            at += size
        else:
            _, at = _number(layer, at)
    return b""
