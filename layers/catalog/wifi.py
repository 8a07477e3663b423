"""Free public WiFi: where each wifi hotspot stands, and whether it works."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import EVERYBODY, Role
from layers.catalog.places import Island, Kelurahan
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol


class WifiStatus(models.TextChoices):
    """What people meet when they try it; unknown: its own voice fell silent."""

    WORKS = "works", "hidup"
    WEAK = "weak", "lemah"
    OFF = "off", "mati"
    UNKNOWN = "unknown", "tidak diketahui"
    PLANNED = "planned", "rencana"


class WifiHotspotQuerySet(models.QuerySet["WifiHotspot"]):
    """Reads of wifi hotspots."""

    def working(self) -> WifiHotspotQuerySet:
        """Those that serve people now (strong or weak)."""
        return self.filter(status__in=(WifiStatus.WORKS, WifiStatus.WEAK))


class WifiHotspot(models.Model):
    """A free public WiFi access point."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=8, choices=WifiStatus.choices)
    status_since = models.DateField(null=True, blank=True)
    provider = models.CharField(max_length=80, blank=True)
    bandwidth_mbps = models.PositiveSmallIntegerField(null=True, blank=True)
    radius_m = models.PositiveSmallIntegerField(default=60, help_text="signal radius")
    power_hours = models.PositiveSmallIntegerField(default=24, help_text="hours a day")
    island = models.ForeignKey(Island, null=True, blank=True, on_delete=models.PROTECT)
    kelurahan = models.ForeignKey(Kelurahan, null=True, blank=True, on_delete=models.PROTECT)
    source = models.CharField(max_length=200, blank=True)
    uptime_pct = models.FloatField(
        null=True, blank=True, help_text="of the hours known in the last 30 days; empty: unknown"
    )
    planned_run = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="placement whose approval planned it"
    )
    planned_from = models.CharField(
        max_length=80, blank=True, default="", db_default="", help_text="candidate it came from"
    )
    poster_made_at = models.DateTimeField(
        null=True, blank=True, help_text="when a poster of it was last made"
    )
    contact_note = models.CharField(max_length=200, blank=True)  # never leaves the house
    geom = models.PointField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PointField)
    origin = origin_field()
    objects = WifiHotspotQuerySet.as_manager()

    class Meta:
        ordering = ("code",)
        indexes = [tile_index("wifihotspot")]
        constraints = [
            geo_check("wifihotspot"),
            models.CheckConstraint(
                condition=models.Q(power_hours__lte=24), name="wifi_power_hours_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(uptime_pct__isnull=True)
                | models.Q(uptime_pct__gte=0, uptime_pct__lte=100),
                name="wifi_uptime_pct",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WifiStatusChange(models.Model):
    """One line of a wifi hotspot's history; lines are added, never edited."""

    hotspot = models.ForeignKey(WifiHotspot, on_delete=models.CASCADE, related_name="history")
    status = models.CharField(max_length=8, choices=WifiStatus.choices)
    on = models.DateField()
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("on",)
        constraints = [
            models.UniqueConstraint(
                fields=("hotspot", "on", "status"), name="one_status_change_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hotspot} {self.status} {self.on}"


LAYER = register(
    Layer(
        slug="wifi-hotspots",
        title="WiFi gratis",
        title_en="Free WiFi",
        summary="Titik WiFi gratis milik kota dan keadaannya.",
        rows=WifiHotspot.objects.select_related("island", "kelurahan").all,
        public_fields=(
            "code", "name", "status", "uptime_pct", "power_hours", "radius_m", "origin",
        ),
        viewers=EVERYBODY,
        staff=frozenset({Role.PLANNER, Role.OPERATOR, Role.ADMIN}),
        staff_fields=(
            "code", "name", "status", "status_since", "uptime_pct", "power_hours", "radius_m",
            "provider", "bandwidth_mbps", "source", "origin",
        ),
        tiles=FeatureTiles(min_zoom=9),
        symbol=Symbol(
            "square",
            (
                LegendEntry("Hidup", "#0b6e8f", "works", "Works"),
                LegendEntry("Lemah", "#7fb3c6", "weak", "Weak"),
                LegendEntry("Mati", "#8d99a5", "off", "Off"),
                LegendEntry("Tidak diketahui", "#e3d9b8", "unknown", "Unknown"),
                LegendEntry("Rencana", "#ffffff", "planned", "Planned"),
            ),
            by="status",
            label="name",
            label_from_zoom=14,
        ),
        attribution="Berita 2017-2025; posisi taksiran",
        natural_key="code",
        importable=True,
    )
)  # fmt: skip
