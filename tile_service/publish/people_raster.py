"""Bring in a population raster from elsewhere (WorldPop and such), cut to the islands."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from django.conf import settings
from django.contrib.gis.db.models import Extent
from rasterio.warp import transform_bounds
from rasterio.windows import Window, from_bounds
from rasterio.windows import transform as window_transform

from layers.catalog.places import Island
from layers.catalog.population_raster import LAYER
from layers.catalog.rasters import Raster, RasterRefused, register_raster
from layers.columns import STORED_SRID
from tile_service.publish.relief import write_cog

FOLDER = "people"
UNIT = "orang per sel"
NODATA = -1.0
MARGIN_DEG = 0.005  # cells off shore still belong to a kelurahan
HIGH_SHARE = 0.99


class NotPeople(RasterRefused):
    """Raster ini tidak dapat dibaca sebagai penduduk: satu pita, orang per sel, tidak negatif."""

    code = "NOT_PEOPLE"


class NotOfThisCity(RasterRefused):
    """Raster ini tidak menyentuh pulau mana pun di kota, atau tidak ada orang di sana."""

    code = "NOT_OF_THIS_CITY"


def import_people(path: Path, *, code: str, source: str, at: datetime | None = None) -> Raster:
    """Cut the GeoTIFF `path` to the city, keep its own cells and frame, register it as `code`.

    Its values are people a cell. Raises RasterRefused, NotPeople, NotOfThisCity.
    """
    values, crs, transform = _cut(path)
    people = values[values > 0]
    target = Path(settings.RASTER_DIR) / FOLDER / f"{code}.tif"
    write_cog(
        target,
        values,
        crs=crs,
        transform=transform,
        nodata=NODATA,
        tags={"unit": UNIT, "source": source, "people": f"{people.sum():.0f}"},
    )
    return register_raster(
        target,
        code=code,
        layer=LAYER.slug,
        title=f"{LAYER.title} ({code})",
        ramp="people",
        low=0,
        high=max(float(np.quantile(people, HIGH_SHARE)), 1.0),
        unit=UNIT,
        attribution=source[:200],
        at=at or datetime.now(UTC),
    )


def _cut(path: Path) -> tuple[Any, Any, Any]:
    extent = Island.objects.aggregate(box=Extent("geom"))["box"]
    if extent is None:
        raise NotOfThisCity
    west, south, east, north = extent
    box = (west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
    try:
        with rasterio.open(path, driver="GTiff") as file:
            if file.crs is None or file.count != 1:
                raise NotPeople
            there = transform_bounds(f"EPSG:{STORED_SRID}", file.crs, *box)
            asked = from_bounds(*there, transform=file.transform)
            asked = asked.round_offsets(op="floor").round_lengths(op="ceil")
            whole = Window(0, 0, file.width, file.height)
            try:
                window = asked.intersection(whole)
            except rasterio.errors.WindowError as fault:
                raise NotOfThisCity from fault
            band = file.read(1, window=window, masked=True).astype(np.float32)
            crs, transform = file.crs, window_transform(window, file.transform)
    except rasterio.errors.RasterioIOError as fault:
        raise NotPeople from fault
    known = np.isfinite(np.ma.filled(band, np.nan))
    values = np.where(known, np.ma.filled(band, 0.0), NODATA).astype(np.float32)
    if (values[known] < 0).any():
        raise NotPeople
    if not (values > 0).any():
        raise NotOfThisCity
    return values, crs, transform
