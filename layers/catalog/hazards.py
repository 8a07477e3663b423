"""Hazard zones: summit rings, coast strip, river beds."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import EVERYBODY
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme


class HazardKind(models.TextChoices):
    """What threatens a zone."""

    ERUPTION = "eruption", "letusan"
    TSUNAMI = "tsunami", "tsunami"
    FLOOD = "flood", "banjir"


class HazardZone(models.Model):
    """An area with one hazard and its level (3 = worst)."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=HazardKind.choices)
    level = models.PositiveSmallIntegerField(default=1)
    geom = models.MultiPolygonField(srid=STORED_SRID)
    tile_geom = tile_twin(models.MultiPolygonField)
    origin = origin_field()

    class Meta:
        indexes = [tile_index("hazardzone")]
        constraints = [geo_check("hazardzone")]

    def __str__(self) -> str:
        return self.name


LAYER = register(
    Layer(
        slug="hazard-zones",
        title="Kawasan rawan bencana",
        title_en="Hazard zones",
        summary="Kawasan rawan contoh: letusan, tsunami, banjir. Bukan peta resmi.",
        rows=HazardZone.objects.all,
        public_fields=("code", "name", "kind", "level", "origin"),
        viewers=EVERYBODY,
        tiles=FeatureTiles(min_zoom=8),
        symbol=Symbol(
            "fill",
            (
                LegendEntry("Letusan", "#c2660a", "eruption", "Eruption"),
                LegendEntry("Tsunami", "#2f6584", "tsunami", "Tsunami"),
                LegendEntry("Banjir", "#5b8fb0", "flood", "Flood"),
            ),
            by="kind",
            opacity=0.25,
        ),
        attribution="Sintetis (benih 8271)",
        theme=Theme.BASE,
        schematic=True,
        natural_key="code",
        importable=True,
    )
)
