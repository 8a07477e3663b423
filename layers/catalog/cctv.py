"""Street cameras: where they stand and which way they look. Stream addresses are never public."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import Role
from layers.catalog.places import Island
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol


class CctvHealth(models.TextChoices):
    """Whether pictures come in."""

    ALIVE = "alive", "hidup"
    DEAD = "dead", "mati"
    UNKNOWN = "unknown", "tidak diketahui"


class CctvOwner(models.TextChoices):
    """Whose camera it is."""

    CITY = "city", "kota"
    AGENCY = "agency", "instansi"
    PRIVATE = "private", "swasta"


class CctvCamera(models.Model):
    """A camera with its bearing and field of view; several may hang on one pole."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    bearing_deg = models.PositiveSmallIntegerField(help_text="0 = north, clockwise")
    view_deg = models.PositiveSmallIntegerField(default=70, help_text="width of the view")
    range_m = models.PositiveSmallIntegerField(default=80)
    owner = models.CharField(max_length=8, choices=CctvOwner.choices, default=CctvOwner.CITY)
    health = models.CharField(max_length=8, choices=CctvHealth.choices, default=CctvHealth.UNKNOWN)
    seen_at = models.DateTimeField(null=True, blank=True)
    island = models.ForeignKey(Island, null=True, blank=True, on_delete=models.PROTECT)
    source = models.CharField(max_length=200, blank=True)
    stream_address = models.CharField(max_length=300, blank=True)  # never leaves the house
    geom = models.PointField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PointField)
    origin = origin_field()

    class Meta:
        ordering = ("code",)
        indexes = [tile_index("cctvcamera")]
        constraints = [
            geo_check("cctvcamera"),
            models.CheckConstraint(
                condition=models.Q(bearing_deg__lt=360) & models.Q(view_deg__lte=360),
                name="cctv_angles",
            ),
        ]

    def __str__(self) -> str:
        return self.name


LAYER = register(
    Layer(
        slug="cctv",
        title="CCTV",
        title_en="CCTV",
        summary="Kamera jalan dengan arah pandang dan keadaannya.",
        rows=CctvCamera.objects.select_related("island").all,
        public_fields=(
            "code", "name", "bearing_deg", "view_deg", "range_m", "owner", "health", "origin",
        ),
        viewers=frozenset({Role.OPERATOR, Role.PLANNER, Role.AGENCY, Role.ADMIN}),
        tiles=FeatureTiles(min_zoom=11),
        symbol=Symbol(
            "wedge",
            (
                LegendEntry("Hidup", "#1d7a4c", "alive", "Alive"),
                LegendEntry("Mati", "#8d99a5", "dead", "Dead"),
                LegendEntry("Tidak diketahui", "#c9a227", "unknown", "Unknown"),
            ),
            by="health",
            label="name",
            label_from_zoom=15,
        ),
        attribution="poskomalut.com 2020; posisi taksiran",
        natural_key="code",
        importable=True,
    )
)  # fmt: skip
