"""Histories of cells: where reports have been gathering over the last twelve steps, and how."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import DESK
from layers.catalog.incident_cells import AnswerRow
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme


class HistoryPattern(models.TextChoices):
    """What the tested steps of a cell say together."""

    NEW = "new", "baru"
    CONSECUTIVE = "consecutive", "berturut-turut"
    INTENSIFYING = "intensifying", "menguat"
    PERSISTENT = "persistent", "menetap"
    DIMINISHING = "diminishing", "melemah"
    SPORADIC = "sporadic", "hilang timbul"
    OSCILLATING = "oscillating", "berbalik-balik"
    HISTORICAL = "historical", "dahulu"


class HistorySide(models.TextChoices):
    """More or fewer reports than expected."""

    HOT = "hot", "padat"
    COLD = "cold", "jarang"


class IncidentHistory(AnswerRow):
    """A hexagon with a history: more (or fewer) reports than expected, and since when."""

    cell = models.CharField(max_length=60, help_text="island/spacing in metres/q/r")
    island = models.CharField(max_length=60)
    area = models.CharField(max_length=60, blank=True, help_text="kelurahan of most reports")
    category = models.CharField(max_length=40, blank=True, help_text="empty: all open ones")
    pattern = models.CharField(max_length=12, choices=HistoryPattern.choices)
    side = models.CharField(max_length=4, choices=HistorySide.choices)
    n = models.PositiveIntegerField(help_text="voices in all steps, a reporter once a step")
    n_last = models.PositiveIntegerField(help_text="voices in the last window")
    expected_last = models.FloatField(help_text="expected in the last window")
    n_hot = models.PositiveSmallIntegerField(help_text="steps with more than chance explains")
    n_cold = models.PositiveSmallIntegerField()
    steps = models.PositiveSmallIntegerField()
    step_days = models.PositiveSmallIntegerField()
    mk_z = models.FloatField(help_text="Mann-Kendall of the steps: above 0 is rising")
    mk_p = models.FloatField()
    last_z = models.FloatField()
    geom = models.PolygonField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PolygonField)
    origin = origin_field()
    shape_is_named = True

    class Meta:
        ordering = ("run_number", "category", "pattern", "cell")
        indexes = [tile_index("incidenthistory")]
        constraints = [
            geo_check("incidenthistory"),
            models.UniqueConstraint(
                fields=("question", "category", "cell"), name="incidenthistory_one_a_question"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cell} {self.pattern}"


LAYER = register(
    Layer(
        slug="incident-histories",
        title="Riwayat sel laporan",
        title_en="Histories of report cells",
        summary="Dua belas langkah waktu tiap sel: baru, menguat, menetap, melemah, hilang timbul.",
        rows=IncidentHistory.objects.standing,
        public_fields=(
            "cell", "island", "area", "category", "pattern", "side", "n", "n_last",
            "expected_last", "n_hot", "n_cold", "steps", "step_days", "mk_z", "mk_p", "last_z",
            "run_number", "origin",
        ),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=9),
        symbol=Symbol(
            "outline",
            (
                LegendEntry("Baru", "#e6007e", "new", "New"),
                LegendEntry("Berturut-turut", "#c51b7d", "consecutive", "Consecutive"),
                LegendEntry("Menguat", "#67001f", "intensifying", "Intensifying"),
                LegendEntry("Menetap", "#b2182b", "persistent", "Persistent"),
                LegendEntry("Melemah", "#8c6d31", "diminishing", "Diminishing"),
                LegendEntry("Hilang timbul", "#e08214", "sporadic", "Sporadic"),
                LegendEntry("Berbalik-balik", "#6a51a3", "oscillating", "Oscillating"),
                LegendEntry("Dahulu", "#525252", "historical", "Historical"),
            ),
            by="pattern",
            width=2,
            note="Uji tepat tiap sel dan langkah; semua kategori dihitung satu keluarga uji.",
            note_en="Exact test of each cell and step; all categories are one family of tests.",
        ),
        attribution="Analisis kota dari laporan warga",
        theme=Theme.REPORTS,
        natural_key="",
        filters=("category", "pattern"),
    )
)  # fmt: skip
