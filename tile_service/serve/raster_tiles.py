"""Route /r/: tiles and values of registered rasters."""

from __future__ import annotations

from collections.abc import Callable

from tile_service.serve import answers, grants, kept, request
from tile_service.serve.answers import Send
from tile_service.serve.cache import Kept, Key
from tile_service.serve.catalogue import PublishedFace, PublishedRaster
from tile_service.serve.errors import Missing
from tile_service.serve.service import Receive, Scope, Service


def registered(
    service: Service, scope: Scope, ask: request.Ask
) -> tuple[PublishedRaster, PublishedFace]:
    """Raster asked for and the face of its layer that the caller may read; raises Missing."""
    raster = service.catalogue.rasters.get(ask.name)
    if raster is None:
        raise Missing
    grant = grants.granted(service, scope, ask.token)
    return raster, grants.face_of(service, grant, raster.layer)


async def answer(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a raster's tile or value; raises Refused."""
    if scope["path"].endswith("/value"):
        await value(service, scope, send)
    else:
        await picture(service, scope, receive, send)


async def picture(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Send one raster tile."""
    tile = request.raster_tile(scope)
    raster, face = registered(service, scope, tile)
    key: Key = (
        service.catalogue.origin, "raster", raster.code, raster.digest, raster.stops, face.face,
        tile.z, tile.x, tile.y, tile.format, tile.size_px,
    )  # fmt: skip

    async def made(begun: Callable[[], None]) -> Kept:
        begun()
        parts = {"z": tile.z, "x": tile.x, "y": tile.y}
        data = await service.rasters.ask(raster, format=tile.format, size_px=tile.size_px, **parts)
        return Kept(plain=data)

    wanted = kept.Wanted(
        key=key,
        kind=f"image/{tile.format}",
        make=made,
        current=lambda: service.catalogue.rasters.get(raster.code) == raster,
        open_to_all=face.open_to_all,
        right_version=tile.version == raster.digest,
        immutable=True,
    )
    await kept.send_kept(service, scope, send, wanted, receive)


async def value(service: Service, scope: Scope, send: Send) -> None:
    """Send a raster's value at a place."""
    ask, lon, lat = request.point_value(scope)
    raster, face = registered(service, scope, ask)
    data = await service.rasters.ask(raster, lon=lon, lat=lat)
    headers = {"content-type": "application/json", "cache-control": answers.NEVER}
    headers |= answers.sharing(face.open_to_all)
    await answers.send_whole(send, 200, headers, data, head=scope["method"] == "HEAD")
