"""Rasters under the toy city, written where its pages and studies read them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

from layers.catalog.rasters import register_raster
from layers.geography import city
from tests.spatial_analysis.toy_city import EAST, NORTH


def raster(path: Path, band: np.ndarray, cell_m: float, west: float, north: float) -> Path:
    """A GeoTIFF in the city's frame; west and north in metres from the toy's corner."""
    with rasterio.open(
        path, "w", driver="GTiff", count=1, dtype="float32", nodata=-99999.0,
        height=band.shape[0], width=band.shape[1], crs=f"EPSG:{city().metric_srid}",
        transform=from_origin(EAST + west, NORTH + north, cell_m, cell_m),
    ) as file:  # fmt: skip
        file.write(band.astype("float32"), 1)
    return path


def build_wall(folder: Path, x: float) -> None:
    """Heights of nought with a wall of 30 m, from `x` to x + 10 m east, registered as elevation."""
    folder.mkdir(exist_ok=True)
    wall = np.zeros((40, 140))
    wall[:, int(x + 100) // 10] = 30.0
    path = raster(folder / "e.tif", wall, 10.0, west=-100, north=200)
    register_raster(
        path, code="e", layer="elevation", title="E", ramp="height", low=0, high=100,
        attribution="-", at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
