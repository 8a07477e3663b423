"""Keeper of the child process that draws rasters: starts it, limits it, starts it again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tile_service.serve.catalogue import PublishedRaster
from tile_service.serve.errors import Busy, Missing
from tile_service.serve.raster_child import REFUSED

LONGEST_S = 10.0
# No curl, no sidecars, no directory listing. (The VRT driver stays: warping to a tile needs it;
# raster_child lets only files through that begin like a TIFF.)
SAFE_GDAL = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "CPL_CURL_ENABLED": "NO",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_SKIP": "WMS WMTS HTTP PostGISRaster",
    "GDAL_CACHEMAX": "64",
}
KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "PYTHONPATH", "VIRTUAL_ENV")


class Child:
    """One drawing process (a Python module), asked by one thread at a time."""

    def __init__(self, folder: Path, module: str = "tile_service.serve.raster_child") -> None:
        self.folder, self.module = folder, module
        self.process: subprocess.Popen[bytes] | None = None

    def _start(self) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        root = Path(__file__).resolve().parents[2]
        command = [sys.executable, "-m", self.module, str(self.folder)]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=root,
            env=kept | SAFE_GDAL,
        )

    def ask(self, request: dict[str, Any]) -> bytes:
        """Bytes for `request` (b"": nothing there); raises Missing, Busy."""
        if self.process is None or self.process.poll() is not None:
            self.process = self._start()
        process = self.process
        assert process.stdin and process.stdout
        clock = threading.Timer(LONGEST_S, process.kill)
        clock.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            head = process.stdout.read(4)
            size = struct.unpack(">I", head)[0] if len(head) == 4 else -1
            data = process.stdout.read(size) if 0 < size < REFUSED else b""
        except OSError:
            size, data = -1, b""
        finally:
            clock.cancel()
        if size == REFUSED:
            raise Missing
        if size < 0 or len(data) != size:
            self.close()
            raise Busy
        return data

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self.process.wait(5)
        self.process = None


class Rasters:
    """Draws registered rasters, one at a time; the queue is bounded."""

    def __init__(self, folder: Path, longest_queue: int) -> None:
        self.child = Child(folder)
        self.longest_queue = longest_queue
        self.waiting = 0
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="raster")

    async def ask(self, raster: PublishedRaster, **more: Any) -> bytes:
        """Bytes of a tile or a value; raises Missing, Busy."""
        if self.waiting >= self.longest_queue:
            raise Busy
        self.waiting += 1
        try:
            request = {"path": raster.path, "stops": raster.stops, **more}
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self.thread, self.child.ask, request)
        finally:
            self.waiting -= 1

    def close(self) -> None:
        """End the child."""
        self.thread.shutdown(wait=False, cancel_futures=True)
        self.child.close()
