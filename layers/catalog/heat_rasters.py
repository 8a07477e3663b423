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
RISK_UNIT = "log2 nisbah terhadap laporan lain"
RISK = register(
    Layer(
        slug="incident-risk",
        title="Risiko nisbi laporan",
        title_en="Relative risk of reports",
        summary="Satu kategori dibanding semua laporan lain; hanya tempat yang bukan kebetulan.",
        rows=rows_of_layer("incident-risk"),
        public_fields=("code", "title", "unit", "made_at", "origin"),
        viewers=DESK,
        tiles=RasterTiles(min_zoom=7, max_zoom=16),
        symbol=Symbol(
            "raster",
            (
                LegendEntry("seperempat dari biasa", "#2166ac", label_en="a quarter of the usual"),
                LegendEntry("separuh", "#92c5de", label_en="half"),
                LegendEntry("dua kali", "#f4a582", label_en="twice"),
                LegendEntry("empat kali", "#b2182b", label_en="four times the usual"),
            ),
            opacity=0.75,
            note="Kebiasaan melapor dan garis pantai saling hapus; yang kosong: tidak nyata.",
            note_en="Habits of reporting and the coast cancel; where nothing is drawn: chance.",
        ),
        attribution="Analisis kota dari laporan warga",
        theme=Theme.REPORTS,
    )
)
