"""Alarms: what rose in the last days, by circles and days that chance hardly makes."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import DESK
from layers.catalog.incident_cells import AnswerRow
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme, TimeField


class IncidentAlarm(AnswerRow):
    """A circle in which one kind of report rose and still does on the last day looked at."""

    key = models.CharField(max_length=60, help_text="category and number of its first report")
    rank = models.PositiveIntegerField(help_text="1 is the least explained by chance")
    island = models.CharField(max_length=60)
    area = models.CharField(max_length=60, blank=True, help_text="kelurahan of most reports")
    category = models.CharField(max_length=40, blank=True, help_text="empty: all open ones")
    n = models.PositiveIntegerField(help_text="voices: a reporter once a cell and day")
    n_reporters = models.PositiveIntegerField()
    expected = models.FloatField(help_text="from the same place and the same days, each alone")
    relative_risk = models.FloatField(help_text="reports over expected ones")
    statistic = models.FloatField(help_text="log likelihood ratio")
    p = models.FloatField(help_text="over all circles, days and categories looked at")
    recurrence_days = models.FloatField(help_text="by chance one as strong in so many days")
    radius_m = models.FloatField()
    first_at = models.DateTimeField(help_text="begin of its first day")
    last_at = models.DateTimeField(help_text="newest report in it")
    reports = models.ManyToManyField("layers.Report", related_name="incident_alarms")
    centre = models.PointField(srid=STORED_SRID, help_text="the report nearest to the middle")
    geom = models.MultiPolygonField(srid=STORED_SRID)
    tile_geom = tile_twin(models.MultiPolygonField)
    origin = origin_field()

    class Meta:
        ordering = ("run_number", "rank")
        indexes = [tile_index("incidentalarm")]
        constraints = [
            geo_check("incidentalarm"),
            geo_check("incidentalarm", "centre"),
            models.UniqueConstraint(
                fields=("question", "key"), name="incidentalarm_one_a_question"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.area or self.island} ({self.n})"


LAYER = register(
    Layer(
        slug="incident-alarms",
        title="Laporan yang naik minggu ini",
        title_en="What rose this week",
        summary="Lingkaran dan hari dengan laporan lebih banyak daripada kebiasaannya.",
        rows=IncidentAlarm.objects.standing,
        public_fields=(
            "key", "rank", "island", "area", "category", "n", "n_reporters", "expected",
            "relative_risk", "p", "recurrence_days", "radius_m", "first_at", "last_at",
            "run_number", "origin",
        ),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=9),
        symbol=Symbol(
            "outline",
            (LegendEntry("Naik minggu ini", "#b5179e", label_en="Rose this week"),),
            label="n",
            label_from_zoom=11,
            width=2.5,
            note="Pemindaian permutasi ruang-waktu: tanpa data penduduk, musim bukan kenaikan.",
            note_en="Space-time permutation scan: needs no population, a season is no rise.",
        ),
        attribution="Analisis kota dari laporan warga",
        theme=Theme.REPORTS,
        natural_key="",
        time=TimeField("last_at"),
        filters=("category",),
    )
)  # fmt: skip
