"""What the routes of one process share: settings, catalogue, cache, connections, streams."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from tile_service.serve import sse
from tile_service.serve.cache import Cache
from tile_service.serve.catalogue import Catalogue, PublishedFace
from tile_service.serve.config import Config
from tile_service.serve.epochs import Epochs
from tile_service.serve.extents import Extents
from tile_service.serve.making import Makings
from tile_service.serve.ogc_counts import Counts
from tile_service.serve.pool import Pool
from tile_service.serve.raster import Rasters
from tile_service.serve.squeeze import Squeezer
from tile_service.serve.store import Store
from tile_service.serve.turns import Turns
from tile_service.serve.unchanged import Unchanged
from tile_service.serve.writer import Writer

if TYPE_CHECKING:
    from tile_service.serve.feed import Feed

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Service:
    """One process's parts; the routes get it as their first argument."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.catalogue = Catalogue()
        self.epochs = Epochs()
        self.cache = Cache(config.cache_bytes)
        self.store: Store | None = None
        if config.store_dir is not None:
            self.store = Store(config.store_dir, config.store_bytes)
        self.writer = Writer(self.store) if self.store is not None else None
        self.squeezer = Squeezer(self.cache, self.store)
        self.makings = Makings()
        self.turns = Turns()
        self.pools: dict[str, Pool] = {}
        self.rasters = Rasters(config.raster_dir, config.longest_queue)
        self.hub = sse.Hub()
        self.feed: Feed | None = None
        self.queries = 0
        self.counts = Counts()
        self.extents = Extents()
        self.unchanged = Unchanged(self.cache)

    def pool(self, login: str) -> Pool:
        """Database connections of a login; a new pool begins with every statement of its faces."""
        if login not in self.pools:
            self.pools[login] = Pool(self.config, login, self.faces_of(login))
        return self.pools[login]

    def faces_of(self, login: str) -> list[PublishedFace]:
        """The faces that a login reads."""
        return [face for face in self.catalogue.faces.values() if face.login == login]
