"""Closures of streets: what was drawn, which streets that closes, why, from when to when."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q

from layers.access import EVERYBODY
from layers.columns import STORED_SRID, geo_check, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme, TimeField

USER = settings.AUTH_USER_MODEL


class Cause(models.TextChoices):
    """Why nobody drives there."""

    FLOOD = "flood", "banjir"
    ERUPTION = "eruption", "letusan"
    ACCIDENT = "accident", "kecelakaan"
    WORKS = "works", "pekerjaan jalan"
    EVENT = "event", "acara"


class RoadClosureQuerySet(models.QuerySet["RoadClosure"]):
    """Reads of closures."""

    def in_force(self, at: datetime) -> RoadClosureQuerySet:
        """Closures that hold at `at`: begun, not over, not lifted."""
        return self.not_over(at).filter(starts_at__lte=at)

    def not_over(self, at: datetime) -> RoadClosureQuerySet:
        """Closures that hold at `at` or will."""
        ahead = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
        return self.filter(ahead, Q(lifted_at__isnull=True) | Q(lifted_at__gt=at))


class RoadClosure(models.Model):
    """Streets that are closed for one cause; lifted or over, never deleted."""

    cause = models.CharField(max_length=8, choices=Cause.choices)
    note = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="empty: until it is lifted")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    length_m = models.PositiveIntegerField(help_text="metres of street closed")
    area = models.GeometryField(srid=STORED_SRID, help_text="as drawn, lines and points widened")
    geom = models.MultiLineStringField(srid=STORED_SRID, help_text="the closed streets")
    tile_geom = tile_twin(models.MultiLineStringField)
    objects = RoadClosureQuerySet.as_manager()

    class Meta:
        ordering = ("-starts_at", "-id")
        indexes = [tile_index("roadclosure")]
        constraints = [
            geo_check("roadclosure"),
            geo_check("roadclosure", "area"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="closure_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display()} {self.note}".strip()


class ClosedStreet(models.Model):
    """One street that a closure shuts; by its own id, so that it outlives a new street file."""

    closure = models.ForeignKey(RoadClosure, on_delete=models.CASCADE, related_name="streets")
    source_id = models.CharField(max_length=60)

    class Meta:
        ordering = ("closure", "source_id")
        constraints = [
            models.UniqueConstraint(fields=("closure", "source_id"), name="one_street_a_closure")
        ]

    def __str__(self) -> str:
        return self.source_id


LAYER = register(
    Layer(
        slug="road-closures",
        title="Penutupan jalan",
        title_en="Road closures",
        summary="Jalan yang ditutup karena banjir, letusan, kecelakaan, pekerjaan, atau acara.",
        rows=RoadClosure.objects.filter(lifted_at__isnull=True).all,
        public_fields=("cause", "starts_at", "ends_at", "length_m"),
        viewers=EVERYBODY,
        tiles=FeatureTiles(min_zoom=9),
        symbol=Symbol(
            "line",
            (
                LegendEntry("Banjir", "#1f5f99", "flood", "Flood"),
                LegendEntry("Letusan", "#b3261e", "eruption", "Eruption"),
                LegendEntry("Kecelakaan", "#c2660a", "accident", "Accident"),
                LegendEntry("Pekerjaan jalan", "#7a6a00", "works", "Works"),
                LegendEntry("Acara", "#5c4b8a", "event", "Event"),
            ),
            by="cause",
            width=5,
        ),
        attribution="Meja rute",
        theme=Theme.WORK,
        time=TimeField("starts_at"),
    )
)
