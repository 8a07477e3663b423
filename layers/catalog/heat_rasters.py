"""Heat of reports as rasters; that of categories with hidden places is for the desk alone."""

from __future__ import annotations

from layers.access import DESK, Role
from layers.catalog.rasters import rows_of_layer
from layers.registry import register
from layers.spec import Layer, LegendEntry, RasterTiles, Symbol, Theme

UNIT = "laporan per km² per minggu"
SYMBOL = Symbol(
    "raster",
    (
        LegendEntry("sedikit", "#fee6ce", label_en="few"),
        LegendEntry("sedang", "#f16913", label_en="some"),
        LegendEntry("banyak", "#7f2704", label_en="many"),
    ),
    opacity=0.75,
    note="Laporan per km² per minggu - kepadatan, bukan bukti.",
    note_en="Reports per km² per week - density, not proof.",
)
HEAT = register(
    Layer(
        slug="incident-heat",
        title="Panas laporan",
        title_en="Heat of reports",
        summary="Kepadatan laporan di darat, dikoreksi di garis pantai, tidak menyeberang laut.",
        rows=rows_of_layer("incident-heat"),
        public_fields=("code", "title", "unit", "made_at", "origin"),
        viewers=DESK,
        tiles=RasterTiles(min_zoom=7, max_zoom=16),
        symbol=SYMBOL,
        attribution="Analisis kota dari laporan warga",
        theme=Theme.REPORTS,
    )
)
CLOSED_HEAT = register(
    Layer(
        slug="incident-heat-closed",
        title="Panas laporan yang tempatnya dirahasiakan",
        title_en="Heat of reports whose places are hidden",
        summary="Kategori yang tempatnya tidak dibuka; hanya untuk operator.",
        rows=rows_of_layer("incident-heat-closed"),
        public_fields=("code", "title", "unit", "made_at", "origin"),
        viewers=frozenset({Role.OPERATOR, Role.ADMIN}),
        tiles=RasterTiles(min_zoom=7, max_zoom=16),
        symbol=SYMBOL,
        attribution="Analisis kota dari laporan warga",
        theme=Theme.REPORTS,
    )
)
