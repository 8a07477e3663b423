"""Places where a new wifi hotspot may stand: drawn by a planner, or imported from a file."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import DESK
from layers.catalog.places import Island, Kelurahan
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme


class WifiCandidate(models.Model):
    """One place that a plan may choose; facilities and hotspots that are off count besides."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    power_hours = models.PositiveSmallIntegerField(default=24, help_text="hours a day")
    island = models.ForeignKey(Island, null=True, blank=True, on_delete=models.PROTECT)
    kelurahan = models.ForeignKey(Kelurahan, null=True, blank=True, on_delete=models.PROTECT)
    source = models.CharField(max_length=200, blank=True)
    geom = models.PointField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PointField)
    origin = origin_field()

    class Meta:
        ordering = ("code",)
        indexes = [tile_index("wificandidate")]
        constraints = [
            geo_check("wificandidate"),
            models.CheckConstraint(
                condition=models.Q(power_hours__lte=24), name="wifi_candidate_power_hours"
            ),
        ]

    def __str__(self) -> str:
        return self.name


LAYER = register(
    Layer(
        slug="wifi-candidates",
        title="Calon titik WiFi",
        title_en="Candidate WiFi sites",
        summary="Tempat yang boleh dipilih rencana WiFi, digambar perencana atau dari berkas.",
        rows=WifiCandidate.objects.select_related("island", "kelurahan").all,
        public_fields=("code", "name", "power_hours", "source", "origin"),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=10),
        symbol=Symbol(
            "circle",
            (LegendEntry("Calon titik", "#c9a227", label_en="Candidate site"),),
            label="name",
            label_from_zoom=15,
        ),
        attribution="Perencana kota",
        theme=Theme.PLANNING,
        natural_key="code",
        importable=True,
    )
)
