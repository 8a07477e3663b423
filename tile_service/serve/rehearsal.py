"""Requests that a process asks of itself before it is ready.

The first one that comes from outside then costs what the later ones do.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import logging
from typing import Any

from tile_service.serve import request, tokens, vector
from tile_service.serve.errors import Refused
from tile_service.serve.service import Service

TIMES = 24  # the interpreter settles on a function after some calls
WRONG = "0"  # such an answer is right but never kept
HEADERS = [(b"accept-encoding", b"gzip, br, zstd"), (b"host", b"localhost")]

log = logging.getLogger("gis_platform.tiles")


def addresses(service: Service) -> list[str]:
    """One tile with rows of each face that is open to all, but for its version."""
    found = []
    for (slug, name), face in sorted(service.catalogue.faces.items()):
        pool = service.pools.get(face.login)
        at = pool.filled.get((slug, name)) if pool is not None and face.open_to_all else None
        if at is not None and vector.holds(face, at[0]):
            found.append(f"/t/{slug}/{tokens.OPEN}/{{version}}/{at[0]}/{at[1]}/{at[2]}.mvt")
    return found


async def rehearse(service: Service) -> None:
    """Ask for these tiles by turns, past the cache and through it.

    Afterwards the collector of garbage leaves alone what is loaded: it would look through all of
    Django's objects while somebody waits for a tile.
    """
    stages = itertools.cycle(addresses(service))
    for address, version in zip(stages, [WRONG, request.NEWEST] * (TIMES // 2), strict=False):
        try:
            await _ask(service, address.format(version=version))
        except Refused as refusal:
            log.warning("a rehearsal was refused (%s)", type(refusal).__name__)
            break
    gc.collect()
    gc.freeze()


async def _ask(service: Service, path: str) -> None:
    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()  # nobody leaves
        return {"type": "http.disconnect"}

    async def send(_: dict[str, Any]) -> None:
        await asyncio.sleep(0)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": HEADERS}
    await vector.answer(service, scope, receive, send)
