"""People as a raster: the 100 m cells of `population` on their grid, for shading and for points."""

from __future__ import annotations

from layers.access import DESK
from layers.catalog.rasters import rows_of_layer
from layers.registry import register
from layers.spec import Layer, LegendEntry, RasterTiles, Symbol, Theme

CODE = "population-grid"
UNIT = "orang per sel 100 m"
LAYER = register(
    Layer(
        slug="population-grid",
        title="Kepadatan penduduk",
        title_en="Density of people",
        summary="Taksiran penduduk per sel 100 m sebagai raster; nilainya dapat ditanya per titik.",
        rows=rows_of_layer("population-grid"),
        public_fields=("code", "title", "unit", "made_at", "origin"),
        viewers=DESK,
        tiles=RasterTiles(min_zoom=7, max_zoom=15),
        symbol=Symbol(
            "raster",
            (
                LegendEntry("sedikit", "#dfe8ee", label_en="few"),
                LegendEntry("sedang", "#6f9bb3", label_en="some"),
                LegendEntry("banyak", "#2f6584", label_en="many"),
            ),
            opacity=0.8,
        ),
        attribution="Dukcapil 2019, taksiran",
        theme=Theme.PLANNING,
    )
)
