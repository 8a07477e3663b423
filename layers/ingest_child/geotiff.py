"""GeoTIFF rasters: size and bands are judged from the header, then every block is read once."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from layers.gate import Refusal
from layers.gate.frames import Frame
from layers.ingest_child.ledger import Ledger

MAX_PIXELS = 100_000_000
MAX_BANDS = 16
MAX_BLOCK_BYTES = 64 * 1024 * 1024
MAX_RATIO = 1000
_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def read(path: Path, ledger: Ledger) -> None:
    """Account for the raster as one row; its facts stand in the report.

    Raises Refusal: EMPTY, UNSUPPORTED, BAD_TIFF, IMAGE_TOO_LARGE, TOO_MANY_BANDS, TRUNCATED_FILE.
    """
    with path.open("rb") as handle:
        magic = handle.read(4)
    if not magic:
        raise Refusal("EMPTY")
    if magic not in _MAGIC:
        raise Refusal("UNSUPPORTED", wanted="GeoTIFF")
    os.environ.update(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED="NO")
    import rasterio
    from rasterio.errors import RasterioError

    try:
        with rasterio.open(path, driver="GTiff") as raster:
            _header(raster, path.stat().st_size)
            facts = _facts(raster, ledger)
            facts["stats"] = _blocks(raster)
    except RasterioError as error:
        code = "TRUNCATED_FILE" if "ead" in str(error) else "BAD_TIFF"
        raise Refusal(code) from None
    ledger.facts |= facts
    ledger.row(1, lambda: (None, {}))


def _header(raster: Any, file_size: int) -> None:
    pixels = raster.width * raster.height
    if pixels > MAX_PIXELS:
        raise Refusal("IMAGE_TOO_LARGE", width=raster.width, height=raster.height)
    if raster.count > MAX_BANDS:
        raise Refusal("TOO_MANY_BANDS", count=raster.count, limit=MAX_BANDS)
    item = max(np.dtype(kind).itemsize for kind in raster.dtypes)
    total = pixels * raster.count * item
    blocks = max(rows * columns for rows, columns in raster.block_shapes) * item
    if blocks > MAX_BLOCK_BYTES or total > max(1 << 24, MAX_RATIO * file_size):
        raise Refusal("IMAGE_TOO_LARGE", width=raster.width, height=raster.height)


def _facts(raster: Any, ledger: Ledger) -> dict[str, Any]:
    if raster.crs is None:
        ledger.warn("RASTER_WITHOUT_CRS")
    else:
        epsg = raster.crs.to_epsg()
        ledger.frame = Frame(f"EPSG:{epsg}" if epsg else str(raster.crs)[:60])
    nodata = raster.nodata
    return {
        "width": raster.width,
        "height": raster.height,
        "bands": raster.count,
        "dtypes": list(raster.dtypes),
        "nodata": None if nodata is None or not math.isfinite(nodata) else nodata,
        "transform": [float(value) for value in raster.transform][:6],
        "native_bounds": [float(value) for value in raster.bounds],
    }


def _blocks(raster: Any) -> list[dict[str, Any]]:
    """Read every block of every band; smallest and largest finite value of each band."""
    stats = []
    for band in range(1, raster.count + 1):
        low, high, count = math.inf, -math.inf, 0
        for _, window in raster.block_windows(band):
            values = raster.read(band, window=window, masked=True).compressed()
            values = values[np.isfinite(values)]
            if values.size:
                low, high = min(low, float(values.min())), max(high, float(values.max()))
                count += int(values.size)
        stats.append({"min": low, "max": high, "count": count} if count else {"count": 0})
    return stats
