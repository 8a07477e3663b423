"""The heat raster as a file: a cloud-optimised GeoTIFF that says how it was made."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import numpy as np
import rasterio
import shapely
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import from_origin

from layers.catalog.rasters import Raster
from layers.geography import city
from spatial_analysis.methods.density import Density, Grid

FOLDER = "heat"
YOUNG_S = 600


def land_mask(lands: tuple[shapely.Geometry, ...], grid: Grid) -> NDArray[np.uint16]:
    """(rows, columns): 0 = sea, k = the k-th island (1..65,535), by the centre of each cell."""
    shapes = [(land, number + 1) for number, land in enumerate(lands)]
    return rasterize(
        shapes, out_shape=(grid.rows, grid.columns), transform=_place(grid), fill=0, dtype="uint16"
    )


def write_heat(
    code: str, values: NDArray[np.float32], density: Density, tags: dict[str, str]
) -> Path:
    """Write `values` (NaN = sea) on the grid of `density`; returns the path inside RASTER_DIR.

    A file of its own beside the one on the map: the row that names it (`register_raster`) changes
    with the run's transaction, so a run that is rolled back leaves the map as it was. What the
    answer before the last one left is thrown away once this one is committed.
    """
    folder = Path(settings.RASTER_DIR) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{code}.{uuid4().hex[:12]}.tif"
    with rasterio.open(
        path, "w", driver="COG", count=1, dtype="float32", nodata=float("nan"),
        width=density.grid.columns, height=density.grid.rows,
        crs=f"EPSG:{city().metric_srid}", transform=_place(density.grid), compress="DEFLATE",
    ) as file:  # fmt: skip
        file.write(values, 1)
        file.set_band_description(1, tags["unit"])
        file.update_tags(**tags)
    before = _on_the_map(code)
    transaction.on_commit(lambda: forget_others(code, {before, _on_the_map(code), path.name}))
    return path


def forget_others(code: str, kept: Collection[str]) -> None:
    """Throw away files of a raster but those named: young ones may belong to a run under way.

    The one that was on the map before stays until the next answer: somebody may be reading it.
    """
    folder = Path(settings.RASTER_DIR) / FOLDER
    for path in [*folder.glob(f"{code}.*.tif"), folder / f"{code}.tif"]:
        with suppress(FileNotFoundError):  # another run's commit threw it away
            if path.name not in kept and time.time() - path.stat().st_mtime > YOUNG_S:
                path.unlink()


def _on_the_map(code: str) -> str:
    """Name of the file that the map draws now; "" when there is none."""
    path = Raster.objects.filter(code=code).values_list("path", flat=True).first()
    return Path(path or "").name


def _place(grid: Grid) -> rasterio.Affine:
    return from_origin(grid.west_m, grid.north_m, grid.cell_m, grid.cell_m)
