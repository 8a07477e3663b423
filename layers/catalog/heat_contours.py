"""Heat as areas: the smallest ground that holds a quarter, half, three quarters of the reports."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import DESK
from layers.catalog.incident_cells import AnswerRow
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme


class HeatContour(AnswerRow):
    """An area of the heat raster: where the densest share of the reports lies."""

    held_pct = models.PositiveSmallIntegerField(help_text="of the heat, on the least area")
    weekly_km2 = models.FloatField(help_text="reports per km² a week at the line")
    area_km2 = models.FloatField()
    n = models.PositiveIntegerField(help_text="reports inside")
    geom = models.MultiPolygonField(srid=STORED_SRID)
    tile_geom = tile_twin(models.MultiPolygonField)
    origin = origin_field()

    class Meta:
        ordering = ("run_number", "-held_pct")
        indexes = [tile_index("heatcontour")]
        constraints = [
            geo_check("heatcontour"),
            models.UniqueConstraint(
                fields=("question", "held_pct"), name="heatcontour_one_a_question"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.held_pct} %"


LAYER = register(
    Layer(
        slug="heat-contours",
        title="Batas panas laporan",
        title_en="Heat contours of reports",
        summary="Daerah terkecil yang memuat seperempat, separuh, tiga perempat laporan.",
        rows=HeatContour.objects.standing,
        public_fields=("held_pct", "weekly_km2", "area_km2", "n", "run_number", "origin"),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=9),
        symbol=Symbol(
            "outline",
            (
                LegendEntry("Seperempat laporan", "#7f2704", 25, "A quarter of the reports"),
                LegendEntry("Separuh laporan", "#d94801", 50, "Half of the reports"),
                LegendEntry("Tiga perempat laporan", "#fd8d3c", 75, "Three quarters"),
            ),
            by="held_pct",
            width=1.5,
            note="Kepadatan, bukan bukti; inti Gauss, koreksi pantai.",
            note_en="Density is not proof; Gaussian kernel, corrected at the coast.",
        ),
        attribution="Analisis kota dari laporan warga",
        theme=Theme.REPORTS,
        natural_key="",
    )
)  # fmt: skip
