"""Where the signal of each working wifi hotspot is received: a disc, or what its mast sees."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import DESK
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme


class WifiSignal(models.Model):
    """Ground of its own island on which one hotspot is received, and who lives there."""

    run_number = models.PositiveBigIntegerField(help_text="run that drew it")
    code = models.SlugField(max_length=60, unique=True, help_text="of the hotspot")
    name = models.CharField(max_length=120)
    island = models.CharField(max_length=60)
    radius_m = models.PositiveIntegerField(help_text="signal radius")
    mast_m = models.FloatField(null=True, help_text="antenna over its ground; empty: no terrain")
    seen_pct = models.FloatField(help_text="land within the radius that the mast sees, 0-100")
    people = models.PositiveIntegerField(help_text="people who live there")
    hours_a_day = models.FloatField(help_text="hours of service on a mean day")
    geom = models.MultiPolygonField(srid=STORED_SRID)
    tile_geom = tile_twin(models.MultiPolygonField)
    origin = origin_field()

    class Meta:
        ordering = ("code",)
        indexes = [tile_index("wifisignal")]
        constraints = [geo_check("wifisignal")]

    def __str__(self) -> str:
        return self.name


LAYER = register(
    Layer(
        slug="wifi-signal",
        title="Jangkauan sinyal WiFi",
        title_en="WiFi signal on the ground",
        summary="Tanah tempat sinyal tiap titik hidup diterima; bila diminta, terhalang medan.",
        rows=WifiSignal.objects.all,
        public_fields=(
            "code", "name", "island", "radius_m", "mast_m", "seen_pct", "people", "hours_a_day",
            "origin",
        ),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=11),
        symbol=Symbol(
            "fill",
            (LegendEntry("Sinyal diterima", "#0b6e8f", label_en="Signal received"),),
            opacity=0.35,
            note="Bangunan dan pohon tidak ada dalam model elevasi.",
            note_en="The elevation model knows no buildings and no trees.",
        ),
        attribution="Analisis kota",
        theme=Theme.PLANNING,
    )
)  # fmt: skip
