"""Registered rasters: relief, elevation, heat; GeoTIFFs inside RASTER_DIR, drawn by a ramp."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.gis.geos import Polygon

from layers.access import EVERYBODY
from layers.columns import STORED_SRID, geo_check, origin_field
from layers.errors import BadInput
from layers.registry import register
from layers.spec import Layer, LegendEntry, Origin, RasterTiles, Symbol, Theme

# Share of the way from `low` to `high`, and the colour there (with alpha); linear in between.
RAMPS: dict[str, tuple[tuple[float, str], ...]] = {
    "shade": (
        (0.0, "#16202ae6"), (0.5, "#16202a50"), (0.7, "#16202a00"), (0.71, "#ffffff00"),
        (1.0, "#ffffffcc"),
    ),
    "height": (
        (0.0, "#f4f1ea00"), (0.08, "#e9ecd9cc"), (0.35, "#cfdebd"), (0.7, "#c3bd9b"),
        (1.0, "#f3efe6"),
    ),
    "people": (
        (0.0, "#edf2f500"), (0.03, "#dfe8eebf"), (0.12, "#b5cbd8d9"), (0.4, "#6f9bb3e6"),
        (1.0, "#2f6584f2"),
    ),
    "risk": (
        (0.0, "#2166ace6"), (0.25, "#92c5ded9"), (0.5, "#f7f7f700"), (0.75, "#f4a582d9"),
        (1.0, "#b2182be6"),
    ),
    "heat": (
        (0.0, "#fff5eb00"), (0.08, "#fee6cebf"), (0.3, "#fdae6bd9"), (0.6, "#f16913e6"),
        (1.0, "#7f2704e6"),
    ),
}  # fmt: skip


class RasterRefused(BadInput):
    """This raster cannot be registered: it must be a GeoTIFF inside the raster folder."""

    code = "RASTER_REFUSED"


class RasterQuerySet(models.QuerySet["Raster"]):
    """Reads of rasters."""

    def of(self, layer: str) -> RasterQuerySet:
        """Rasters of the layer with this slug, newest first."""
        return self.filter(layer=layer).order_by("-made_at", "-pk")


class Raster(models.Model):
    """A GeoTIFF that may be drawn, and how; addresses name its code, never its path."""

    code = models.SlugField(max_length=60, unique=True)
    layer = models.SlugField(max_length=42, help_text="slug of the layer it belongs to")
    title = models.CharField(max_length=120)
    path = models.CharField(max_length=200, help_text="inside RASTER_DIR")
    unit = models.CharField(max_length=60, blank=True, help_text="unit of the values")
    stops = models.JSONField(help_text="[[value, '#rrggbbaa'], ...] from low to high")
    attribution = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    digest = models.CharField(max_length=16, help_text="first half of the file's SHA-256")
    geom = models.PolygonField(srid=STORED_SRID, help_text="its bounds")
    origin = origin_field()
    objects = RasterQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at",)
        indexes = [models.Index(fields=("layer", "-made_at"), name="raster_newest")]
        constraints = [geo_check("raster")]

    def __str__(self) -> str:
        return self.title


def rows_of_layer(slug: str) -> Callable[[], RasterQuerySet]:
    """`rows` of a raster layer's declaration."""
    return lambda: Raster.objects.of(slug)


def stops_between(ramp: str, low: float, high: float) -> list[list[float | str]]:
    """Ramp `ramp` stretched over the values `low`..`high`; raises RasterRefused."""
    if ramp not in RAMPS or not low < high:
        raise RasterRefused(f"ramp {ramp!r} from {low} to {high}: no such ramp, or low >= high.")
    return [[low + share * (high - low), colour] for share, colour in RAMPS[ramp]]


def bounds_of(path: Path) -> Polygon:
    """Bounds (EPSG:4326) of the GeoTIFF at `path` inside RASTER_DIR; raises RasterRefused."""
    import rasterio
    from rasterio.warp import transform_bounds

    if not path.resolve().is_relative_to(Path(settings.RASTER_DIR).resolve()):
        raise RasterRefused(f"{path.name} lies outside the raster folder.")
    try:
        with rasterio.open(path, driver="GTiff") as file:
            if file.crs is None:
                raise RasterRefused(f"{path.name} has no coordinate reference system.")
            return Polygon.from_bbox(transform_bounds(file.crs, "EPSG:4326", *file.bounds))
    except rasterio.errors.RasterioIOError as fault:
        raise RasterRefused(f"{path.name} is not a GeoTIFF that can be read.") from fault


def register_raster(
    path: Path,
    *,
    code: str,
    layer: str,
    title: str,
    ramp: str,
    low: float,
    high: float,
    attribution: str,
    at: datetime,
    unit: str = "",
    origin: str = Origin.ESTIMATED,
) -> Raster:
    """Record (or record anew) the GeoTIFF `path`, which lies inside RASTER_DIR.

    `ramp` is one of RAMPS, stretched over the values `low`..`high`; `code` goes into public
    addresses (a-z, 0-9, hyphen). Raises RasterRefused.
    """
    bounds = bounds_of(path)
    inside = path.resolve().relative_to(Path(settings.RASTER_DIR).resolve())
    return Raster.objects.update_or_create(
        code=code,
        defaults={
            "layer": layer,
            "title": title,
            "path": str(inside),
            "unit": unit,
            "stops": stops_between(ramp, low, high),
            "attribution": attribution,
            "made_at": at,
            "digest": hashlib.sha256(path.read_bytes()).hexdigest()[:16],
            "geom": bounds,
            "origin": origin,
        },
    )[0]


RELIEF = register(
    Layer(
        slug="relief",
        title="Relief",
        title_en="Relief",
        summary="Bayangan bukit dari model elevasi 30 m.",
        rows=rows_of_layer("relief"),
        public_fields=("code", "title", "made_at", "origin"),
        viewers=EVERYBODY,
        tiles=RasterTiles(max_zoom=14),
        symbol=Symbol(
            "raster", (LegendEntry("Lereng", "#8b9097", label_en="Slope"),), opacity=0.25
        ),
        attribution="Model elevasi 30 m",
        theme=Theme.BASE,
    )
)
ELEVATION = register(
    Layer(
        slug="elevation",
        title="Ketinggian",
        title_en="Elevation",
        summary="Ketinggian di atas laut (meter).",
        rows=rows_of_layer("elevation"),
        public_fields=("code", "title", "unit", "made_at", "origin"),
        viewers=EVERYBODY,
        tiles=RasterTiles(max_zoom=14),
        symbol=Symbol(
            "raster",
            (
                LegendEntry("pantai", "#e9ecd9", 0, "coast"),
                LegendEntry("lereng", "#cfdebd", 500, "slope"),
                LegendEntry("puncak", "#f3efe6", 1500, "summit"),
            ),
            opacity=0.6,
        ),
        attribution="Model elevasi 30 m",
        theme=Theme.BASE,
    )
)
