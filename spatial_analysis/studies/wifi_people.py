"""People from an imported population raster (WorldPop and its like) in place of the own cells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from numpy.typing import NDArray
from pyproj import Transformer

from layers.catalog.places import Kelurahan
from layers.catalog.population_raster import LAYER
from layers.catalog.rasters import Raster
from layers.errors import BadInput, PlatformError
from layers.geography import city
from spatial_analysis.frames import Floats, Ints, in_metres, keys
from spatial_analysis.studies.wifi_frames import People

ASHORE = 1.0  # cells whose centre lies this many cell sides off a kelurahan still belong to it


class NoSuchPeople(BadInput):
    """Tidak ada raster penduduk dengan kode ini; muat dengan load_people_raster."""

    code = "NO_SUCH_PEOPLE"


class NobodyInTheCity(PlatformError):
    """Raster penduduk ini tidak memuat seorang pun di dalam kelurahan kota."""

    code = "NOBODY_IN_THE_CITY"


def people_of(params: Mapping[str, Any]) -> People | None:
    """People as `people` names them (code of a raster); None: the city's own cells."""
    code = params.get("people")
    return None if code in (None, "") else people_from_raster(str(code))


def people_from_raster(code: str) -> People:
    """Cells with people of the registered raster `code`, each with its island and kelurahan.

    A cell off shore joins the nearest kelurahan no further than its own side; cells further out
    (another city, the sea) are left out. Raises NoSuchPeople, NobodyInTheCity.
    """
    import rasterio

    known = Raster.objects.of(LAYER.slug).filter(code=code).first()
    path = Path(settings.RASTER_DIR) / known.path if known is not None else None
    if path is None or not path.exists():
        raise NoSuchPeople
    with rasterio.open(path, driver="GTiff") as file:
        band = np.ma.filled(file.read(1, masked=True).astype(float), 0.0)
        row, column = np.nonzero(np.isfinite(band) & (band > 0))
        x, y = rasterio.transform.xy(file.transform, row, column)
        to_metres = Transformer.from_crs(file.crs, city().metric_srid, always_xy=True)
        xy = np.column_stack(to_metres.transform(np.asarray(x), np.asarray(y)))
        cell_m = _side(file, to_metres)
    home, island = _homes(xy, cell_m * ASHORE)
    inside = home > 0
    if not inside.any():
        raise NobodyInTheCity
    return People(
        xy=xy[inside],
        people=band[row, column][inside],
        island=island[inside],
        kelurahan=home[inside],
        cell_m=cell_m,
        source=code,
    )


def _side(file: Any, to_metres: Transformer) -> float:
    """Side of a square as large as the middle pixel, in metres."""
    import rasterio

    row, column = file.height // 2, file.width // 2
    here, there = (0, 0, 1, 1), (0, 1, 1, 0)
    x, y = rasterio.transform.xy(
        file.transform, row + np.array(here), column + np.array(there), offset="ul"
    )
    ring = np.column_stack(to_metres.transform(np.asarray(x), np.asarray(y)))
    return float(np.sqrt(shapely.area(shapely.Polygon(ring))))


def _homes(xy: Floats, most_m: float) -> tuple[Ints, Ints]:
    """(n,) keys of kelurahan and island of each place, 0 where none is near enough."""
    shapes, rows = in_metres(Kelurahan.objects.all(), "pk", "island_id")
    if not rows:
        return np.zeros(len(xy), dtype=np.int64), np.zeros(len(xy), dtype=np.int64)
    near: NDArray[np.int64] = shapely.STRtree(shapes).query_nearest(
        shapely.points(xy), max_distance=max(most_m, 1e-6), all_matches=False
    )
    home, island = (np.zeros(len(xy), dtype=np.int64) for _ in range(2))
    home[near[0]] = keys([row[0] for row in rows])[near[1]]
    island[near[0]] = keys([row[1] for row in rows])[near[1]]
    return home, island
