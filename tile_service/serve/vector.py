"""Route /t/: vector tiles of published faces."""

from __future__ import annotations

import time
from collections.abc import Callable

from tile_service.serve import encodings, grants, kept, mvt, request, tokens
from tile_service.serve.answers import Send
from tile_service.serve.cache import Kept, Key
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.errors import Missing
from tile_service.serve.request import Tile
from tile_service.serve.service import Receive, Scope, Service

MVT = "application/vnd.mapbox-vector-tile"
PACKED_HERE_BYTES = 16_384  # a third of a millisecond at most
TICK_S = 30  # how long a tile may lag whose rows move with the clock


def epoch_of(service: Service, face: PublishedFace, tile: Tile) -> int:
    """Number of the last change that touched `tile` of `face`."""
    return service.epochs.of(face.slug, face.face, tile.z, tile.x, tile.y)


def holds(face: PublishedFace, zoom: int) -> bool:
    """True when the face has vector tiles of this zoom."""
    spec = face.spec
    return face.kind != "raster" and spec["min_zoom"] <= zoom <= max(spec["max_zoom"], 16)


async def answer(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Send one vector tile; raises Refused."""
    async with service.turns:
        tile = request.vector_tile(scope)
        face = grants.face_of(service, grants.granted(service, scope, tile.token), tile.name)
        if not holds(face, tile.z):
            raise Missing
        await kept.send_kept(service, scope, send, wanted_of(service, scope, face, tile), receive)


def wanted_of(service: Service, scope: Scope, face: PublishedFace, tile: Tile) -> kept.Wanted:
    """A tile of a face that the caller may see, as it is kept; raises Refused."""
    window = request.window_of(tile.query, face.spec)
    epoch = epoch_of(service, face, tile)
    tick = int(time.time() // TICK_S) if face.spec.get("moves_with_time") else 0
    key: Key = (
        service.catalogue.origin, face.slug, face.face, face.version, face.publication, epoch,
        tile.z, tile.x, tile.y, window, tick,
    )  # fmt: skip
    pool = service.pool(face.login)

    async def made(begun: Callable[[], None]) -> Kept:
        service.queries += 1
        steps = mvt.Making(face, tile, window, service.config.most_bytes).steps()
        found = await pool.tile(face, steps, begun)
        if len(found.plain) <= PACKED_HERE_BYTES:  # sooner done than handed to a thread
            accepted = encodings.acceptable(request.headers_of(scope).get("accept-encoding"))
            encoding = encodings.chosen(accepted, len(found.plain))
            if encoding != encodings.IDENTITY:
                found.encoded[encoding] = encodings.encode(found.plain, encoding)
        return found

    def current() -> bool:
        known = service.catalogue.faces.get((face.slug, face.face))
        same = known is not None and known.publication == face.publication
        return same and epoch_of(service, face, tile) == epoch

    return kept.Wanted(
        key=key,
        kind=MVT,
        make=made,
        current=current,
        open_to_all=face.open_to_all,
        right_version=tile.version in {face.version, request.NEWEST},
        until_news=tile.token == tokens.OPEN and not face.spec.get("moves_with_time"),
    )
