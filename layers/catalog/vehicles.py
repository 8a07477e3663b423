"""Vehicles of the cleansing crews: what they hold, where they stand, whose shift it is."""

from __future__ import annotations

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q

from layers.access import DESK
from layers.catalog.facilities import Facility
from layers.catalog.places import Island
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme


class VehicleKind(models.TextChoices):
    """What drives; the values are the profiles that street speeds are known for."""

    TRUCK = "truck", "Truk"
    PICKUP = "pickup", "Pikap"
    THREE_WHEELER = "roda_tiga", "Roda tiga"
    MOTORCYCLE = "motor", "Motor"


class VehicleQuerySet(models.QuerySet["Vehicle"]):
    """Reads of vehicles."""

    def in_service(self) -> VehicleQuerySet:
        """Vehicles that may be sent out, with their places."""
        return self.filter(in_use=True).select_related("depot", "island")


class Vehicle(models.Model):
    """A vehicle with its crew, its home and its shift (in the city's own time)."""

    code = models.SlugField(max_length=40, unique=True)
    label = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=VehicleKind.choices)
    capacity_l = models.PositiveIntegerField(help_text="litres it holds")
    capacity_kg = models.PositiveIntegerField(help_text="kilograms it carries")
    shift_start = models.TimeField()
    shift_end = models.TimeField()
    depot = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="vehicles")
    island = models.ForeignKey(Island, on_delete=models.PROTECT)
    agency = models.SlugField(max_length=40, blank=True)
    crew = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="vehicles")
    in_use = models.BooleanField(default=True)
    geom = models.PointField(srid=STORED_SRID, help_text="where it stands at night")
    tile_geom = tile_twin(models.PointField)
    origin = origin_field()
    objects = VehicleQuerySet.as_manager()

    class Meta:
        ordering = ("code",)
        indexes = [tile_index("vehicle")]
        constraints = [
            geo_check("vehicle"),
            models.CheckConstraint(
                condition=Q(shift_start__lt=F("shift_end")), name="vehicle_shift_within_a_day"
            ),
        ]

    def __str__(self) -> str:
        return self.label


LAYER = register(
    Layer(
        slug="vehicles",
        title="Kendaraan",
        title_en="Vehicles",
        summary="Kendaraan kebersihan dan pangkalannya.",
        rows=Vehicle.objects.select_related("depot", "island").all,
        public_fields=(
            "code", "label", "kind", "capacity_l", "capacity_kg", "shift_start", "shift_end",
            "in_use", "origin",
        ),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=10),
        symbol=Symbol(
            "square",
            (
                LegendEntry("Truk", "#5b4a8a", "truck", "Truck"),
                LegendEntry("Pikap", "#7a6bb0", "pickup", "Pickup"),
                LegendEntry("Roda tiga", "#a397cc", "roda_tiga", "Three-wheeler"),
                LegendEntry("Motor", "#c9c2e3", "motor", "Motorcycle"),
            ),
            by="kind",
            label="label",
            label_from_zoom=14,
        ),
        attribution="Sintetis",
        theme=Theme.WORK,
        natural_key="code",
        importable=True,
    )
)  # fmt: skip
