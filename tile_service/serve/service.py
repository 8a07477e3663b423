"""What the routes of one process share: settings, catalogue, cache, database threads, streams."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from tile_service.serve import sse
from tile_service.serve.cache import Cache, Kept, Key
from tile_service.serve.catalogue import Catalogue
from tile_service.serve.config import Config
from tile_service.serve.ogc_counts import Counts
from tile_service.serve.pool import Pool
from tile_service.serve.raster import Rasters

if TYPE_CHECKING:
    from tile_service.serve.feed import Feed

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Service:
    """One process's parts; the routes get it as their first argument."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.catalogue = Catalogue()
        self.cache = Cache(config.cache_bytes)
        self.making: dict[Key, asyncio.Task[Kept]] = {}
        self.pools: dict[str, Pool] = {}
        self.rasters = Rasters(config.raster_dir, config.longest_queue)
        self.hub = sse.Hub()
        self.feed: Feed | None = None
        self.queries = 0
        self.counts = Counts()

    def pool(self, login: str) -> Pool:
        """Database threads of a login."""
        if login not in self.pools:
            self.pools[login] = Pool(self.config, login)
        return self.pools[login]
