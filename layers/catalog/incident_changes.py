"""Two periods side by side: cells with more or fewer reports than before, beyond chance."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import DESK
from layers.catalog.incident_cells import AnswerRow
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme


class ChangeKind(models.TextChoices):
    """What may be said of a cell's two periods."""

    RISEN = "risen", "naik"
    FALLEN = "fallen", "turun"
    SAME = "same", "tidak nyata"
    TOO_FEW = "few", "terlalu sedikit"


class IncidentChange(AnswerRow):
    """A hexagon in two periods: reports in each, and whether chance explains the difference."""

    cell = models.CharField(max_length=60, help_text="island/spacing in metres/q/r")
    island = models.CharField(max_length=60)
    area = models.CharField(max_length=60, blank=True, help_text="kelurahan of most reports")
    category = models.CharField(max_length=40, blank=True, help_text="empty: all open ones")
    n = models.PositiveIntegerField(help_text="reports in the cell, this period")
    n_before = models.PositiveIntegerField(help_text="in the period it is compared with")
    window_n = models.PositiveIntegerField(help_text="cell and neighbours, a reporter once a cell")
    window_before = models.PositiveIntegerField()
    expected = models.FloatField(help_text="of both together, by the lengths of the periods")
    p_adjusted = models.FloatField(null=True)
    change = models.CharField(max_length=6, choices=ChangeKind.choices)
    geom = models.PolygonField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PolygonField)
    origin = origin_field()
    shape_is_named = True

    class Meta:
        ordering = ("run_number", "cell")
        indexes = [tile_index("incidentchange")]
        constraints = [
            geo_check("incidentchange"),
            models.UniqueConstraint(
                fields=("question", "cell"), name="incidentchange_one_a_question"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cell} {self.change}"


LAYER = register(
    Layer(
        slug="incident-changes",
        title="Minggu ini dibanding minggu lalu",
        title_en="This week against last week",
        summary="Sel yang laporannya naik atau turun lebih dari kebetulan, antara dua periode.",
        rows=IncidentChange.objects.standing,
        public_fields=(
            "cell", "island", "area", "category", "n", "n_before", "window_n", "window_before",
            "expected", "p_adjusted", "change", "run_number", "origin",
        ),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=9),
        symbol=Symbol(
            "fill",
            (
                LegendEntry("Naik (p < 0,05)", "#b2182b", "risen", "Risen (p < .05)"),
                LegendEntry("Turun (p < 0,05)", "#2166ac", "fallen", "Fallen (p < .05)"),
                LegendEntry("Beda tidak nyata", "#d9e0e6", "same", "No significant change"),
                LegendEntry("Terlalu sedikit", "#f1f3f5", "few", "Too few to say"),
            ),
            by="change",
            opacity=0.55,
            note="Uji binomial tepat dua periode, dua sisi, Benjamini-Hochberg 5 %.",
            note_en="Exact binomial test of two periods, two-sided, Benjamini-Hochberg 5 %.",
        ),
        attribution="Analisis kota dari laporan warga",
        theme=Theme.REPORTS,
        natural_key="",
        filters=("category", "change"),
    )
)  # fmt: skip
