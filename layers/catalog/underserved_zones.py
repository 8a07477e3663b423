"""Where people wait for free WiFi: zones without a working one in reach, and why."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import DESK
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme


class GapReason(models.TextChoices):
    """Why people of a zone have no WiFi."""

    NO_SITE = "no_site", "tidak ada titik"
    SITE_OFF = "site_off", "titik ada tetapi mati"
    NO_POWER = "no_power", "listrik tidak 24 jam"


class UnderservedZone(models.Model):
    """Neighbouring 100 m cells of one kelurahan whose people reach no working wifi hotspot."""

    run_number = models.PositiveBigIntegerField(help_text="run that found it")
    rank = models.PositiveIntegerField(help_text="1 has the most people")
    kelurahan = models.CharField(max_length=60)
    kecamatan = models.CharField(max_length=60)
    island = models.CharField(max_length=60)
    people = models.PositiveIntegerField(help_text="people without service")
    reason = models.CharField(max_length=8, choices=GapReason.choices)
    nearest_m = models.PositiveIntegerField(
        null=True, help_text="walk to the nearest working one; empty: none on the island"
    )
    power_hours = models.PositiveSmallIntegerField(help_text="hours of power a day")
    mbps_per_1000 = models.FloatField(
        default=0, help_text="bandwidth that still falls to 1,000 of its people (E2SFCA)"
    )
    walk_m = models.PositiveIntegerField()
    sentence = models.CharField(max_length=240)
    geom = models.MultiPolygonField(srid=STORED_SRID)
    tile_geom = tile_twin(models.MultiPolygonField)
    origin = origin_field()

    class Meta:
        ordering = ("rank",)
        indexes = [tile_index("underservedzone")]
        constraints = [
            geo_check("underservedzone"),
            models.UniqueConstraint(fields=("rank",), name="one_zone_a_rank"),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.kelurahan}"


LAYER = register(
    Layer(
        slug="underserved-zones",
        title="Zona belum terlayani WiFi",
        title_en="Zones without WiFi",
        summary="Permukiman tanpa titik WiFi hidup dalam jarak jalan kaki, dan sebabnya.",
        rows=UnderservedZone.objects.all,
        public_fields=(
            "rank", "kelurahan", "kecamatan", "island", "people", "reason", "nearest_m",
            "power_hours", "mbps_per_1000", "walk_m", "sentence", "origin",
        ),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=8),
        symbol=Symbol(
            "fill",
            (
                LegendEntry("< 250 orang", "#efedf5", 0, "< 250 people"),
                LegendEntry("250-1.000", "#bcbddc", 250, "250-1,000"),
                LegendEntry("1.000-3.000", "#807dba", 1000, "1,000-3,000"),
                LegendEntry("> 3.000", "#54278f", 3000, "> 3,000"),
            ),
            by="people",
            label="rank",
            label_from_zoom=13,
            opacity=0.7,
            note="Jumlah warga adalah taksiran per sel 100 m.",
            note_en="People are estimates by 100 m cell.",
        ),
        attribution="Analisis kota",
        theme=Theme.PLANNING,
    )
)  # fmt: skip
