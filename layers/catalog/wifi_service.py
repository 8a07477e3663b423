"""Who free WiFi serves: share of people within a walk, by kelurahan, kecamatan and island."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import EVERYBODY
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme

ESTIMATE = "Penduduk per sel adalah taksiran; jarak dihitung menyusuri jalan, tidak lewat laut."


class ServiceLevel(models.TextChoices):
    """The kind of area that a row counts."""

    KELURAHAN = "kelurahan", "kelurahan"
    KECAMATAN = "kecamatan", "kecamatan"
    ISLAND = "island", "pulau"


class WifiServiceQuerySet(models.QuerySet["WifiService"]):
    """Reads of the newest count; a new one replaces it."""

    def of(self, level: ServiceLevel) -> WifiServiceQuerySet:
        """Rows of one kind of area."""
        return self.filter(level=level)


class WifiService(models.Model):
    """People of one area, and how many have a working wifi hotspot within a walk."""

    run_number = models.PositiveBigIntegerField(help_text="run that counted")
    level = models.CharField(max_length=9, choices=ServiceLevel.choices)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    island = models.CharField(max_length=60, help_text="names, where an area has several")
    people = models.PositiveIntegerField()
    served = models.PositiveIntegerField(help_text="people within the walk")
    unserved = models.PositiveIntegerField()
    share_pct = models.FloatField(help_text="served of people, 0-100")
    share_24h_pct = models.FloatField(help_text="served by a hotspot with power all day")
    working = models.PositiveSmallIntegerField(help_text="wifi hotspots that work")
    off = models.PositiveSmallIntegerField(help_text="wifi hotspots that are off")
    walk_m = models.PositiveIntegerField()
    hours_a_day = models.FloatField(
        default=0, help_text="hours of service on a mean day, on average of all people"
    )
    share_signal_pct = models.FloatField(
        default=0, help_text="people who live within the signal of a working hotspot, 0-100"
    )
    beyond_person_km = models.FloatField(
        default=0, help_text="people x kilometres beyond the walk; those without any way left out"
    )
    mbps_per_1000 = models.FloatField(
        default=0, help_text="bandwidth that falls to 1,000 people (E2SFCA)"
    )
    gini = models.FloatField(default=0, help_text="of bandwidth per person, 0 all alike")
    geom = models.MultiPolygonField(srid=STORED_SRID)
    tile_geom = tile_twin(models.MultiPolygonField)
    origin = origin_field()
    objects = WifiServiceQuerySet.as_manager()

    class Meta:
        ordering = ("level", "code")
        indexes = [tile_index("wifiservice")]
        constraints = [
            geo_check("wifiservice"),
            models.UniqueConstraint(fields=("level", "code"), name="one_wifi_service_an_area"),
            models.CheckConstraint(
                condition=models.Q(people=models.F("served") + models.F("unserved")),
                name="served_and_unserved_are_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.share_pct:.0f} %"


FIELDS = (
    "code", "name", "island", "people", "served", "unserved", "share_pct", "share_24h_pct",
    "working", "off", "walk_m", "hours_a_day", "share_signal_pct", "beyond_person_km",
    "mbps_per_1000", "gini", "origin",
)  # fmt: skip
SYMBOL = Symbol(
    "fill",
    (
        LegendEntry("0 %", "#54278f", 0),
        LegendEntry("1-25 %", "#756bb1", 0.5),
        LegendEntry("25-50 %", "#9e9ac8", 25),
        LegendEntry("50-75 %", "#cbc9e2", 50),
        LegendEntry("75-100 %", "#f2f0f7", 75),
    ),
    by="share_pct",
    label="name",
    label_from_zoom=12.5,
    opacity=0.6,
    note=ESTIMATE,
    note_en="People by cell are estimated; metres are walked along streets, never over water.",
)


def _kelurahan() -> WifiServiceQuerySet:
    return WifiService.objects.of(ServiceLevel.KELURAHAN)


def _islands() -> WifiServiceQuerySet:
    return WifiService.objects.of(ServiceLevel.ISLAND)


LAYER = register(
    Layer(
        slug="wifi-service",
        title="Warga terlayani WiFi per kelurahan",
        title_en="People served by WiFi, by kelurahan",
        summary="Bagian warga yang dapat berjalan ke titik WiFi yang hidup. " + ESTIMATE,
        rows=_kelurahan,
        public_fields=FIELDS,
        viewers=EVERYBODY,
        tiles=FeatureTiles(min_zoom=8),
        symbol=SYMBOL,
        attribution="Analisis kota; batas skematis, bukan batas resmi",
        theme=Theme.PLANNING,
        schematic=True,
    )
)
ISLANDS = register(
    Layer(
        slug="wifi-service-islands",
        title="Warga terlayani WiFi per pulau",
        title_en="People served by WiFi, by island",
        summary="Bagian warga tiap pulau yang dapat berjalan ke titik WiFi yang hidup. " + ESTIMATE,
        rows=_islands,
        public_fields=FIELDS,
        viewers=EVERYBODY,
        tiles=FeatureTiles(min_zoom=0),
        symbol=SYMBOL,
        attribution="Analisis kota",
        theme=Theme.PLANNING,
    )
)
