"""The heat raster as a file: a cloud-optimised GeoTIFF that says how it was made."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import rasterio
import shapely
from django.conf import settings
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import from_origin

from layers.geography import city
from spatial_analysis.methods.density import Density, Grid

FOLDER = "heat"


def land_mask(lands: tuple[shapely.Geometry, ...], grid: Grid) -> NDArray[np.uint16]:
    """(rows, columns): 0 = sea, k = the k-th island (1..65,535), by the centre of each cell."""
    shapes = [(land, number + 1) for number, land in enumerate(lands)]
    return rasterize(
        shapes, out_shape=(grid.rows, grid.columns), transform=_place(grid), fill=0, dtype="uint16"
    )


def write_heat(
    code: str, values: NDArray[np.float32], density: Density, tags: dict[str, str]
) -> Path:
    """Write `values` (NaN = sea) on the grid of `density`; returns the path inside RASTER_DIR."""
    path = Path(settings.RASTER_DIR) / FOLDER / f"{code}.tif"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.new.tif")  # two workers may answer one question
    with rasterio.open(
        fresh, "w", driver="COG", count=1, dtype="float32", nodata=float("nan"),
        width=density.grid.columns, height=density.grid.rows,
        crs=f"EPSG:{city().metric_srid}", transform=_place(density.grid), compress="DEFLATE",
    ) as file:  # fmt: skip
        file.write(values, 1)
        file.set_band_description(1, tags["unit"])
        file.update_tags(**tags)
    fresh.replace(path)
    return path


def _place(grid: Grid) -> rasterio.Affine:
    return from_origin(grid.west_m, grid.north_m, grid.cell_m, grid.cell_m)
