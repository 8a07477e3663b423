"""Relief from elevation: hills lit from the north-west, both registered as rasters."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from django.conf import settings
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.merge import merge
from rasterio.shutil import copy

from layers.catalog.rasters import Raster, RasterRefused, register_raster
from layers.errors import PlatformError
from layers.geography import city
from layers.spec import Origin

PATTERN = "elevation_*.tif"
NO_SHADE = 0
BRIGHTEST = 255
FLAT = 180  # what level ground gets: 255 * sin 45 degrees, rounded
STEEPER = 1.4  # heights times this, so that gentle slopes show
LEAST_TOP_M = 100.0


class NoElevation(PlatformError):
    """This city's folder holds no elevation raster; the map goes without relief."""

    code = "NO_ELEVATION"


def hillshade(
    heights: NDArray[np.floating[Any]],
    *,
    cell_m: float,
    azimuth_deg: float = 315.0,
    altitude_deg: float = 45.0,
) -> NDArray[np.uint8]:
    """Light on a surface lit from `azimuth_deg` (from north, clockwise) at `altitude_deg`.

    heights : (h, w) metres, row 0 in the north, no NaN; returns (h, w) 1..255, level ground 180.
    Source: Horn (1981), Hill shading and the reflectance map; central differences here.
    """
    south, east = np.gradient(np.asarray(heights, dtype=float), cell_m)
    azimuth, altitude = np.radians(azimuth_deg), np.radians(altitude_deg)
    light = np.sin(altitude) - np.cos(altitude) * (east * np.sin(azimuth) - south * np.cos(azimuth))
    shade = light / np.sqrt(1.0 + east**2 + south**2)
    return np.clip(np.rint(shade * BRIGHTEST), 1, BRIGHTEST).astype(np.uint8)


def write_cog(
    path: Path,
    values: NDArray[Any],
    *,
    crs: Any,
    transform: Any,
    nodata: float,
    tags: Mapping[str, str],
) -> None:
    """Write (h, w) `values` as a cloud-optimised GeoTIFF that says in `tags` what it holds.

    The file appears whole or not at all.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.tif")
    height, width = values.shape
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=height, width=width, count=1, dtype=values.dtype,
            crs=crs, transform=transform, nodata=nodata,
        ) as file:  # fmt: skip
            file.write(values, 1)
            file.update_tags(**tags)
            file.set_band_description(1, tags.get("unit", ""))
        with memory.open() as file:
            copy(file, part, driver="COG", compress="DEFLATE", overview_resampling="average")
    part.replace(path)


def mosaic(files: Sequence[Path]) -> tuple[NDArray[np.float32], NDArray[np.bool_], Any, Any]:
    """Heights (m, 0 where unknown), where they are known, transform and CRS of all `files`.

    Raises RasterRefused when their frames differ.
    """
    opened = [rasterio.open(path, driver="GTiff") for path in files]
    try:
        if len({(str(file.crs), file.res) for file in opened}) != 1:
            raise RasterRefused("The elevation files differ in reference system or cell size.")
        bands, transform = merge(opened, masked=True, dtype="float32", nodata=-32768)
        crs = opened[0].crs
    finally:
        for file in opened:
            file.close()
    known = ~np.ma.getmaskarray(bands[0])
    return np.ma.filled(bands[0], 0.0), known, transform, crs


def words_of(path: Path) -> tuple[str, str]:
    """Attribution and origin of a file of the city's folder (its files.toml)."""
    listing = path.parent / "files.toml"
    entries = tomllib.loads(listing.read_text(encoding="utf-8")) if listing.exists() else {}
    entry = entries.get(path.name, {})
    words = ", ".join(filter(None, (entry.get("source", ""), entry.get("licence", ""))))
    return words or "-", entry.get("origin", Origin.ESTIMATED)


def load_relief(folder: Path | None = None, *, at: datetime | None = None) -> list[Raster]:
    """Make and register elevation and relief of the city in `folder`; raises NoElevation."""
    files = sorted((folder or city().folder).glob(PATTERN))
    if not files:
        raise NoElevation
    heights, known, transform, crs = mosaic(files)
    shade = hillshade(heights * STEEPER, cell_m=transform.a)
    attribution, origin = words_of(files[0])
    rasters = Path(settings.RASTER_DIR)
    land = known & (heights > 0)
    top = max(float(heights[land].max()) if land.any() else 0.0, LEAST_TOP_M)
    shared: dict[str, Any] = {
        "attribution": attribution[:200],
        "origin": origin,
        "at": at or datetime.now(UTC),
    }
    frame = {"crs": crs, "transform": transform}
    source = {"source": attribution[:200], "origin": origin}
    write_cog(rasters / "elevation.tif", np.where(land, heights, -32768.0).astype(np.float32),
              nodata=-32768.0, tags=source | {"unit": "m"}, **frame)  # fmt: skip
    write_cog(rasters / "relief.tif", np.where(land, shade, NO_SHADE).astype(np.uint8),
              nodata=NO_SHADE, tags=source, **frame)  # fmt: skip
    return [
        register_raster(
            rasters / "elevation.tif", code="elevation", layer="elevation", title="Ketinggian",
            ramp="height", low=0, high=top, unit="m", **shared,
        ),
        register_raster(
            rasters / "relief.tif", code="relief", layer="relief", title="Relief",
            ramp="shade", low=1, high=BRIGHTEST, **shared,
        ),
    ]  # fmt: skip
