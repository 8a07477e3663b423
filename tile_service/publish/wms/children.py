"""The drawing processes of this side: one for maps, one for rasters, each used by one at a time."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from tile_service.publish.ows.kvp import Refused
from tile_service.publish.ows.reading import busy
from tile_service.serve import errors
from tile_service.serve.raster import Child

WAIT_S = 8.0
MAPS, RASTERS = "tile_service.draw.map_child", "tile_service.serve.raster_child"


class Keeper:
    """Keeps a child, starts it when it is first asked and again when it died."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.child: Child | None = None
        self.free = threading.Lock()

    @contextmanager
    def _own(self) -> Iterator[Child]:
        if not self.free.acquire(timeout=WAIT_S):
            raise busy()
        try:
            folder = Path(settings.RASTER_DIR)
            if self.child is None or self.child.folder != folder:
                self.close()
                self.child = Child(folder, self.module)
            yield self.child
        finally:
            self.free.release()

    def ask(self, request: dict[str, Any]) -> bytes:
        """Bytes for `request`; raises Refused when the child is busy, dies or cannot."""
        with self._own() as child:
            try:
                return child.ask(request)
            except errors.Busy:
                raise busy() from None
            except errors.Missing:
                sentence = "This map cannot be drawn; ask for fewer layers or a smaller picture."
                raise Refused("NoApplicableCode", sentence, status=500) from None

    def close(self) -> None:
        """End the child."""
        if self.child is not None:
            self.child.close()
            self.child = None


maps, rasters = Keeper(MAPS), Keeper(RASTERS)
atexit.register(maps.close)
atexit.register(rasters.close)
