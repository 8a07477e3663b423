"""Where a street bin is missing, and which one is too small for the people around it."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import Role
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme


class NeedKind(models.TextChoices):
    """What is wanted at a place."""

    MISSING = "missing", "bak baru"
    TOO_SMALL = "too_small", "bak terlalu kecil"


class BinNeed(models.Model):
    """One place where a bin is wanted, or a larger one; the newest count replaces the older."""

    run_number = models.PositiveBigIntegerField(help_text="run that found it")
    rank = models.PositiveIntegerField(help_text="1 has the most people")
    kind = models.CharField(max_length=9, choices=NeedKind.choices)
    label = models.CharField(max_length=40, blank=True, help_text="of the bin that stands there")
    kelurahan = models.CharField(max_length=60)
    island = models.CharField(max_length=60)
    people = models.PositiveIntegerField(help_text="people who would use it")
    capacity_l = models.PositiveIntegerField(help_text="litres that stand there now")
    load_l = models.PositiveIntegerField(help_text="litres between two rounds")
    wanted_l = models.PositiveIntegerField(help_text="litres more that are wanted")
    mean_walk_m = models.PositiveIntegerField(help_text="walk of its people, on average")
    sentence = models.CharField(max_length=240)
    geom = models.PointField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PointField)
    origin = origin_field()

    class Meta:
        ordering = ("rank",)
        indexes = [tile_index("binneed")]
        constraints = [
            geo_check("binneed"),
            models.UniqueConstraint(fields=("rank",), name="one_bin_need_a_rank"),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.kelurahan}"


LAYER = register(
    Layer(
        slug="bin-needs",
        title="Kebutuhan bak sampah",
        title_en="Bins that are wanted",
        summary="Tempat yang perlu bak baru, dan bak yang terlalu kecil bagi warga di sekitarnya.",
        rows=BinNeed.objects.all,
        public_fields=(
            "rank", "kind", "label", "kelurahan", "island", "people", "capacity_l", "load_l",
            "wanted_l", "mean_walk_m", "sentence", "origin",
        ),
        viewers=frozenset({Role.OPERATOR, Role.PLANNER, Role.ADMIN}),
        tiles=FeatureTiles(min_zoom=12),
        symbol=Symbol(
            "column",
            (
                LegendEntry("Bak baru", "#54278f", "missing", "New bin"),
                LegendEntry("Terlalu kecil", "#c2660a", "too_small", "Too small"),
            ),
            by="kind",
            note="Sampah per orang adalah andaian kota; lihat hitungan.",
            note_en="Waste per person is an assumption of the city; see the run.",
        ),
        attribution="Analisis kota",
        theme=Theme.PLANNING,
    )
)  # fmt: skip
