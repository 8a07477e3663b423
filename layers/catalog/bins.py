"""Waste bins: where they stand and how full their sensors last said they were."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.gis.db import models
from django.db.models import Q

from layers.access import EVERYBODY, Role
from layers.catalog.places import Island
from layers.columns import STORED_SRID, geo_check, needs_field, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import ClusterTiles, Layer, LegendEntry, Symbol

FULL_ENOUGH_PCT = 80
STALE_AFTER = timedelta(hours=6)


class WasteBinQuerySet(models.QuerySet["WasteBin"]):
    """Reads of waste bins."""

    def due_for_collection(self, at: datetime) -> WasteBinQuerySet:
        """Bins to empty on a round that starts at `at`.

        A bin whose sensor has been silent for hours counts as due: a missed
        overflow costs more than a needless stop.
        """
        return self.filter(Q(fill_pct__gte=FULL_ENOUGH_PCT) | self.silent(at))

    @staticmethod
    def silent(at: datetime) -> Q:
        """Condition: the sensor has said nothing for `STALE_AFTER` before `at`."""
        return Q(sensed_at__isnull=True) | Q(sensed_at__lt=at - STALE_AFTER)


class WasteBin(models.Model):
    """A street bin with a fill sensor."""

    label = models.CharField(max_length=40, unique=True)
    capacity_l = models.PositiveIntegerField()
    fill_pct = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="percent of capacity, 0-100"
    )
    battery_pct = models.PositiveSmallIntegerField(null=True, blank=True)
    sensed_at = models.DateTimeField(null=True, blank=True, help_text="when fill_pct was measured")
    needs = needs_field()
    keyholder_note = models.CharField(max_length=200, blank=True)  # never leaves the house
    island = models.ForeignKey(Island, null=True, blank=True, on_delete=models.PROTECT)
    geom = models.PointField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PointField)
    origin = origin_field()
    objects = WasteBinQuerySet.as_manager()

    class Meta:
        ordering = ("label",)
        indexes = [tile_index("wastebin")]
        constraints = [
            geo_check("wastebin"),
            models.CheckConstraint(
                condition=Q(fill_pct__isnull=True) | Q(fill_pct__lte=100), name="bin_fill_pct"
            ),
        ]

    def __str__(self) -> str:
        return self.label


LAYER = register(
    Layer(
        slug="waste-bins",
        title="Bak sampah",
        title_en="Waste bins",
        summary="Bak sampah jalan dengan sensor isi.",
        rows=WasteBin.objects.select_related("island").all,
        public_fields=("label", "fill_pct", "origin"),
        viewers=EVERYBODY,
        staff=frozenset({Role.OPERATOR, Role.CREW, Role.PLANNER, Role.ADMIN}),
        staff_fields=("label", "capacity_l", "fill_pct", "battery_pct", "sensed_at", "origin"),
        tiles=ClusterTiles(min_zoom=8, rows_from_zoom=12),
        symbol=Symbol(
            "column",
            (
                LegendEntry("< 60 %", "#1d7a4c", 0),
                LegendEntry("60-80 %", "#c9a227", 60),
                LegendEntry("80-95 %", "#c2660a", 80),
                LegendEntry("> 95 %", "#b3261e", 95),
            ),
            by="fill_pct",
        ),
        attribution="Sintetis (benih 8271)",
        natural_key="label",
        importable=True,
    )
)
