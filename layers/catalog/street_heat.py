"""Heat along streets: reports per kilometre of street and week, spread by the ways people walk."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import DESK
from layers.catalog.incident_cells import AnswerRow
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme


class StreetHeat(AnswerRow):
    """A piece of street and how thick reports lie along it."""

    name = models.CharField(max_length=120, blank=True)
    island = models.CharField(max_length=60, blank=True)
    piece = models.PositiveIntegerField(help_text="number of the piece in its answer")
    weekly_km = models.FloatField(help_text="reports per km of street and week")
    grade = models.PositiveSmallIntegerField(help_text="1-4: quarters of the way to the hottest")
    length_m = models.FloatField()
    geom = models.LineStringField(srid=STORED_SRID)
    tile_geom = tile_twin(models.LineStringField)
    origin = origin_field()

    class Meta:
        ordering = ("run_number", "piece")
        indexes = [tile_index("streetheat")]
        constraints = [
            geo_check("streetheat"),
            models.UniqueConstraint(fields=("question", "piece"), name="streetheat_one_a_question"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.weekly_km:.1f}"


LAYER = register(
    Layer(
        slug="street-heat",
        title="Panas menurut jalan",
        title_en="Heat along streets",
        summary="Laporan per km jalan per minggu; inti menurut jalan, tidak memotong blok.",
        rows=StreetHeat.objects.standing,
        public_fields=(
            "name", "island", "weekly_km", "grade", "length_m", "run_number", "origin",
        ),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=10),
        symbol=Symbol(
            "line",
            (
                LegendEntry("sedikit", "#fee6ce", 1, "few"),
                LegendEntry("sedang", "#fdae6b", 2, "some"),
                LegendEntry("padat", "#f16913", 3, "dense"),
                LegendEntry("paling padat", "#7f2704", 4, "densest"),
            ),
            by="grade",
            width=4,
            note="Laporan per km jalan per minggu - kepadatan, bukan bukti.",
            note_en="Reports per km of street and week - density, not proof.",
        ),
        attribution="Analisis kota dari laporan warga",
        theme=Theme.REPORTS,
        natural_key="",
    )
)  # fmt: skip
