"""The elevation raster round some places, in the city's metric frame, for lines of sight."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from django.conf import settings

from layers.catalog.rasters import ELEVATION, Raster
from layers.errors import PlatformError
from layers.geography import city
from spatial_analysis.frames import Floats
from spatial_analysis.methods.sight import Terrain

MOST_CELLS = 40_000_000
GENTLEST_M = 1.0  # a finer raster is read at this cell size


class NoElevationKnown(PlatformError):
    """Belum ada raster ketinggian; muat raster kota dahulu, atau hitung tanpa medan."""

    code = "NO_ELEVATION_KNOWN"


class TooWideForSight(PlatformError):
    """Titik pada satu pulau terlalu jauh satu sama lain untuk dihitung dengan medan sehalus ini."""

    code = "TOO_WIDE_FOR_SIGHT"


def terrain_round(xy: Floats, margin_m: float) -> Terrain:
    """Heights (m) in the box of (n, 2) places, `margin_m` wider; unknown and sea are NaN.

    The newest registered elevation raster, warped to the metric frame at its own cell size.
    Raises NoElevationKnown, TooWideForSight.
    """
    import rasterio  # workers and one planner's question; the web pages go without it
    from rasterio.transform import from_origin
    from rasterio.warp import Resampling, calculate_default_transform, reproject

    known = Raster.objects.of(ELEVATION.slug).first()
    path = Path(settings.RASTER_DIR) / known.path if known is not None else None
    if path is None or not path.exists():
        raise NoElevationKnown
    frame = f"EPSG:{city().metric_srid}"
    with rasterio.open(path, driver="GTiff") as file:
        own, _, _ = calculate_default_transform(
            file.crs, frame, file.width, file.height, *file.bounds
        )
        cell_m = max(abs(own.a), GENTLEST_M)
        west, south = xy.min(axis=0) - margin_m - 2 * cell_m
        east, north = xy.max(axis=0) + margin_m + 2 * cell_m
        shape = int(np.ceil((north - south) / cell_m)), int(np.ceil((east - west) / cell_m))
        if shape[0] * shape[1] > MOST_CELLS:
            raise TooWideForSight
        heights = np.full(shape, np.nan, dtype=np.float32)
        reproject(
            rasterio.band(file, 1), heights, dst_crs=frame, dst_nodata=np.nan,
            dst_transform=from_origin(west, north, cell_m, cell_m), resampling=Resampling.bilinear,
        )  # fmt: skip
    return Terrain(heights.astype(float), float(west), float(north), cell_m)
