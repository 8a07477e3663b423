"""Extents of collections, read once for each state of their rows."""

from __future__ import annotations

from collections.abc import Sequence

from tile_service.serve import extents
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.errors import Unpublished
from tile_service.serve.extents import Box, Extent
from tile_service.serve.ogc_asking import Ask
from tile_service.serve.ogc_items import moment

WORLD: Box = (-180, -85, 180, 85)


async def of_face(ask: Ask, face: PublishedFace) -> Extent:
    """Where and when a collection's rows are, nothing while no view stands; raises Busy."""
    kept, key = ask.service.extents, moment(ask, face)
    if key in kept.held:
        return kept.held[key]
    pool = ask.service.pool(face.login)
    view = face.spec["collection"]["view"]
    text = extents.statement(view, timed="bucket_s" in face.spec)
    try:
        (row,) = await pool.run(pool.rows, text, {})
    except Unpublished:
        return Extent()
    return kept.keep(key, extents.read(row))


async def of_all(ask: Ask, faces: Sequence[PublishedFace]) -> Box:
    """The box around all of these collections (degrees); raises Busy."""
    found = [(await of_face(ask, face)).box or tuple(face.spec["collection"]["bounds"])
             for face in faces]  # fmt: skip
    if not found:
        return WORLD
    west, south, east, north = zip(*found, strict=True)
    return min(west), min(south), max(east), max(north)
