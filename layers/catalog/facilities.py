"""Public places: schools, health posts, offices, markets, parks, depots, the final dump."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import EVERYBODY
from layers.catalog.places import Island, Kelurahan
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import ClusterTiles, Layer, LegendEntry, Symbol


class FacilityKind(models.TextChoices):
    """What a facility is."""

    SCHOOL = "school", "Sekolah"
    HEALTH = "health", "Kesehatan"
    OFFICE = "office", "Kantor"
    WORSHIP = "worship", "Tempat ibadah"
    MARKET = "market", "Pasar"
    PARK = "park", "Taman"
    PORT = "port", "Pelabuhan, bandara"
    LANDMARK = "landmark", "Tempat penting"
    DUMP = "tpa", "TPA"
    DEPOT = "depot", "Pangkalan"


class Facility(models.Model):
    """A place that people know by name."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=FacilityKind.choices)
    power_hours = models.PositiveSmallIntegerField(default=24, help_text="hours a day")
    island = models.ForeignKey(Island, null=True, blank=True, on_delete=models.PROTECT)
    kelurahan = models.ForeignKey(Kelurahan, null=True, blank=True, on_delete=models.PROTECT)
    source = models.CharField(max_length=200, blank=True)
    geom = models.PointField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PointField)
    origin = origin_field()

    class Meta:
        verbose_name_plural = "facilities"
        indexes = [tile_index("facility")]
        constraints = [geo_check("facility")]

    def __str__(self) -> str:
        return self.name


LAYER = register(
    Layer(
        slug="facilities",
        title="Fasilitas umum",
        title_en="Public facilities",
        summary="Sekolah, kesehatan, kantor, pasar, taman, TPA.",
        rows=Facility.objects.select_related("island", "kelurahan").all,
        public_fields=("code", "name", "kind", "origin"),
        viewers=EVERYBODY,
        tiles=ClusterTiles(min_zoom=8, rows_from_zoom=12),
        symbol=Symbol(
            "circle",
            (
                LegendEntry("Sekolah", "#4f7cac", "school", "School"),
                LegendEntry("Kesehatan", "#c0504d", "health", "Health"),
                LegendEntry("Kantor", "#7d7461", "office", "Office"),
                LegendEntry("Tempat ibadah", "#6b8e5a", "worship", "Worship"),
                LegendEntry("Pasar", "#b07c2c", "market", "Market"),
                LegendEntry("Taman", "#3f8f5f", "park", "Park"),
                LegendEntry("Pelabuhan, bandara", "#3d6f93", "port", "Port, airport"),
                LegendEntry("Tempat penting", "#5b6b7a", "landmark", "Landmark"),
                LegendEntry("TPA", "#6a4c2f", "tpa", "Final dump"),
                LegendEntry("Pangkalan", "#6a4c2f", "depot", "Depot"),
            ),
            by="kind",
            label="name",
            label_from_zoom=15,
        ),
        attribution="BIG 1:50.000; sebagian sintetis",
        natural_key="code",
        importable=True,
    )
)
