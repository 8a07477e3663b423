"""Suspected water leaks: three reports or more, close in place and within days."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import DESK
from layers.catalog.incident_cells import AnswerRow
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme, TimeField


class SuspectedLeak(AnswerRow):
    """Reports about water that three people sent from one place within a week."""

    key = models.CharField(max_length=40, help_text="number of its first report")
    rank = models.PositiveIntegerField(help_text="1 has the most people behind it")
    island = models.CharField(max_length=60)
    area = models.CharField(max_length=60, blank=True, help_text="kelurahan of most reports")
    n = models.PositiveIntegerField()
    n_reporters = models.PositiveIntegerField()
    n_open = models.PositiveIntegerField(help_text="reports not closed when it was worked out")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    within_m = models.FloatField(help_text="largest distance between two of its reports")
    reports = models.ManyToManyField("layers.Report", related_name="suspected_leaks")
    geom = models.PointField(srid=STORED_SRID, help_text="the report nearest to the middle")
    tile_geom = tile_twin(models.PointField)
    origin = origin_field()

    class Meta:
        ordering = ("run_number", "rank")
        indexes = [tile_index("suspectedleak")]
        constraints = [
            geo_check("suspectedleak"),
            models.UniqueConstraint(
                fields=("question", "key"), name="suspectedleak_one_a_question"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.area or self.island} ({self.n})"


LAYER = register(
    Layer(
        slug="suspected-leaks",
        title="Dugaan pipa bocor",
        title_en="Suspected water leaks",
        summary="Tiga laporan air atau lebih dalam 150 m dan 7 hari, dari tiga pelapor.",
        rows=SuspectedLeak.objects.standing,
        public_fields=(
            "key", "rank", "island", "area", "n", "n_reporters", "n_open", "first_at", "last_at",
            "within_m", "run_number", "origin",
        ),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=9),
        symbol=Symbol(
            "circle",
            (LegendEntry("Dugaan pipa bocor", "#08519c", label_en="Suspected water leak"),),
            label="n",
            label_from_zoom=11,
            width=9,
            note="Dugaan dari pola laporan; periksa di lapangan.",
            note_en="A suspicion from the pattern of reports; look on the spot.",
        ),
        attribution="Analisis kota dari laporan warga",
        theme=Theme.REPORTS,
        time=TimeField("last_at"),
        natural_key="",
    )
)  # fmt: skip
