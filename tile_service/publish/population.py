"""People by 100 m cell as a cloud-optimised GeoTIFF in the city's metric frame."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.gis.db.models.functions import Transform
from numpy.typing import NDArray
from rasterio.transform import from_origin

from layers.catalog.population import LAYER as CELLS
from layers.catalog.population import PopulationCell
from layers.catalog.population_raster import CODE, LAYER, UNIT
from layers.catalog.rasters import Raster, register_raster
from layers.errors import PlatformError
from layers.geography import city
from layers.spec import Origin
from tile_service.publish.relief import write_cog

CELL_M = 100.0
NODATA = -1.0
MOST_OFF_M = 1.0  # a stored centre was rounded in degrees
HIGH_SHARE = 0.99  # the ramp ends where one populated cell in a hundred lies above


class NoPopulation(PlatformError):
    """No population cells are loaded; the map goes without their raster."""

    code = "NO_POPULATION"


class OffTheGrid(PlatformError):
    """The population cells do not lie on a grid of 100 m in the city's metric frame."""

    code = "POPULATION_OFF_THE_GRID"


def gridded(
    east_m: NDArray[np.float64], north_m: NDArray[np.float64], people: NDArray[np.float64]
) -> tuple[NDArray[np.float32], float, float]:
    """(rows, columns) of people, NODATA where no cell is; west and north edge (m).

    east_m, north_m : (n,) centres of cells of CELL_M; raises OffTheGrid.
    """
    column = np.rint((east_m - east_m.min()) / CELL_M).astype(int)
    row = np.rint((north_m.max() - north_m) / CELL_M).astype(int)
    off_m = np.maximum(
        np.abs(east_m - east_m.min() - column * CELL_M),
        np.abs(north_m.max() - north_m - row * CELL_M),
    )
    if off_m.max() > MOST_OFF_M or len({*zip(row, column, strict=True)}) < len(people):
        raise OffTheGrid
    grid = np.full((row.max() + 1, column.max() + 1), NODATA, dtype=np.float32)
    grid[row, column] = people
    return grid, float(east_m.min()) - CELL_M / 2, float(north_m.max()) + CELL_M / 2


def load_population(*, at: datetime | None = None) -> Raster:
    """Make and register the raster of people; raises NoPopulation, OffTheGrid."""
    centres = Transform("geom", city().metric_srid)
    cells = PopulationCell.objects.annotate(place=centres).values_list("place", "people", "origin")
    found: list[Any] = list(cells)
    if not found:
        raise NoPopulation
    people = np.array([row[1] for row in found], dtype=float)
    east_m, north_m = (np.array([row[0].coords[axis] for row in found]) for axis in (0, 1))
    grid, west_m, top_m = gridded(east_m, north_m, people)
    path = Path(settings.RASTER_DIR) / "population.tif"
    write_cog(
        path,
        grid,
        crs=f"EPSG:{city().metric_srid}",
        transform=from_origin(west_m, top_m, CELL_M, CELL_M),
        nodata=NODATA,
        tags={"unit": UNIT, "source": CELLS.attribution, "people": f"{people.sum():.0f}"},
    )
    lived_in = people[people > 0]
    high = float(np.quantile(lived_in, HIGH_SHARE)) if len(lived_in) else 1.0
    origins = {row[2] for row in found}
    return register_raster(
        path,
        code=CODE,
        layer=LAYER.slug,
        title=LAYER.title,
        ramp="people",
        low=0,
        high=max(high, 1.0),
        unit=UNIT,
        attribution=CELLS.attribution,
        at=at or datetime.now(UTC),
        origin=origins.pop() if len(origins) == 1 else Origin.ESTIMATED,
    )
