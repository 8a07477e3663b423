"""Streets that can be driven or walked; no street crosses the sea."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import EVERYBODY
from layers.catalog.places import Island
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme


class Direction(models.TextChoices):
    """Which way vehicles may drive along the line as drawn."""

    BOTH = "both", "dua arah"
    FORWARD = "forward", "searah garis"
    BACKWARD = "backward", "lawan garis"


class StreetEdge(models.Model):
    """A piece of street between two junctions."""

    source_id = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120, blank=True)
    street_class = models.CharField(max_length=20, help_text="highway value of OpenStreetMap")
    direction = models.CharField(max_length=8, choices=Direction.choices, default=Direction.BOTH)
    max_speed_kph = models.PositiveSmallIntegerField(null=True, blank=True)
    surface = models.CharField(max_length=20, blank=True)
    bridge = models.BooleanField(default=False)
    width_m = models.FloatField(null=True, blank=True)
    length_m = models.FloatField(help_text="geodesic length")
    from_node = models.CharField(max_length=60)
    to_node = models.CharField(max_length=60)
    island = models.ForeignKey(Island, null=True, blank=True, on_delete=models.CASCADE)
    geom = models.LineStringField(srid=STORED_SRID)
    tile_geom = tile_twin(models.LineStringField)
    origin = origin_field()

    class Meta:
        indexes = [tile_index("streetedge")]
        constraints = [geo_check("streetedge")]

    def __str__(self) -> str:
        return self.name or self.source_id


class TurnRestriction(models.Model):
    """From one street over a junction to another: forbidden, or the only way on.

    Streets and junctions are named by the ids of their file.
    """

    source_id = models.CharField(max_length=60, unique=True)
    from_street = models.CharField(max_length=60)
    via_node = models.CharField(max_length=60)
    to_street = models.CharField(max_length=60)
    only = models.BooleanField(default=False, help_text="the only way on, not a forbidden one")

    class Meta:
        ordering = ("source_id",)

    def __str__(self) -> str:
        return f"{self.from_street} {'>' if self.only else '|'} {self.to_street}"


LAYER = register(
    Layer(
        slug="streets",
        title="Jalan",
        title_en="Streets",
        summary="Jalan dengan kelas dan arahnya.",
        rows=StreetEdge.objects.all,
        public_fields=("name", "street_class", "direction", "origin"),
        viewers=EVERYBODY,
        tiles=FeatureTiles(min_zoom=10),
        symbol=Symbol(
            "line",
            (
                LegendEntry("Jalan utama", "#ffffff", "primary"),
                LegendEntry("Jalan kota", "#ffffff", "secondary"),
                LegendEntry("Jalan lingkungan", "#ffffff", "residential"),
            ),
            by="street_class",
            label="name",
            label_from_zoom=15,
        ),
        attribution="Sintetis (benih 8271)",
        theme=Theme.BASE,
        natural_key="source_id",
        importable=True,
    )
)
