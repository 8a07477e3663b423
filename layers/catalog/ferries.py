"""Piers, ferry lines and their timetable: the only way between islands."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.core.validators import MaxValueValidator

from layers.access import EVERYBODY
from layers.catalog.places import Island
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme


class Pier(models.Model):
    """A place where boats land."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    island = models.ForeignKey(Island, on_delete=models.PROTECT)
    geom = models.PointField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PointField)
    origin = origin_field()

    class Meta:
        indexes = [tile_index("pier")]
        constraints = [geo_check("pier")]

    def __str__(self) -> str:
        return self.name


class FerryLine(models.Model):
    """A boat service between two piers."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    from_pier = models.ForeignKey(Pier, on_delete=models.PROTECT, related_name="lines_from")
    to_pier = models.ForeignKey(Pier, on_delete=models.PROTECT, related_name="lines_to")
    carries_vehicles = models.BooleanField(default=False)
    geom = models.LineStringField(srid=STORED_SRID)
    tile_geom = tile_twin(models.LineStringField)
    origin = origin_field()

    class Meta:
        indexes = [tile_index("ferryline")]
        constraints = [geo_check("ferryline")]

    def __str__(self) -> str:
        return self.name


class FerryDeparture(models.Model):
    """One departure of the timetable, in the city's own time."""

    line = models.ForeignKey(FerryLine, on_delete=models.CASCADE, related_name="departures")
    outward = models.BooleanField(help_text="from `from_pier` to `to_pier`")
    departs_at = models.TimeField()
    weekdays = models.PositiveSmallIntegerField(
        default=127,
        validators=[MaxValueValidator(127)],
        help_text="bit 0 = Monday ... bit 6 = Sunday",
    )
    crossing_min = models.PositiveSmallIntegerField()
    boarding_min = models.PositiveSmallIntegerField(default=15)
    origin = origin_field()

    class Meta:
        ordering = ("line", "-outward", "departs_at")
        constraints = [
            models.UniqueConstraint(
                fields=("line", "outward", "departs_at", "weekdays"), name="one_departure"
            )
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.departs_at:%H:%M}"


PIERS = register(
    Layer(
        slug="piers",
        title="Dermaga",
        title_en="Piers",
        summary="Dermaga kapal dan feri.",
        rows=Pier.objects.select_related("island").all,
        public_fields=("code", "name", "origin"),
        viewers=EVERYBODY,
        tiles=FeatureTiles(min_zoom=9),
        symbol=Symbol(
            "square", (LegendEntry("Dermaga", "#3d6f93"),), label="name", label_from_zoom=12
        ),
        attribution="BIG 1:50.000, sebagian taksiran",
        theme=Theme.BASE,
        natural_key="code",
    )
)
LINES = register(
    Layer(
        slug="ferry-lines",
        title="Jalur feri",
        title_en="Ferry lines",
        summary="Jalur kapal antarpulau; jadwal contoh.",
        rows=FerryLine.objects.all,
        public_fields=("code", "name", "carries_vehicles", "origin"),
        viewers=EVERYBODY,
        tiles=FeatureTiles(min_zoom=6),
        symbol=Symbol("line", (LegendEntry("Jalur feri", "#5b8fb0"),), label="name", dashed=True),
        attribution="Sintetis (benih 8271)",
        theme=Theme.BASE,
        natural_key="code",
    )
)
