"""Islands, kecamatan and kelurahan: the frame that every figure is cut by."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import EVERYBODY
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme

SCHEMATIC = "Skematis, bukan batas resmi."


class Island(models.Model):
    """An inhabited island (or islet kept with it)."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    geom = models.MultiPolygonField(srid=STORED_SRID)
    tile_geom = tile_twin(models.MultiPolygonField)
    origin = origin_field()

    class Meta:
        ordering = ("code",)
        indexes = [tile_index("island")]
        constraints = [geo_check("island")]

    def __str__(self) -> str:
        return self.name


class Kecamatan(models.Model):
    """A district; `people` is its published total of registered residents."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    people = models.PositiveIntegerField(help_text="registered residents")
    people_origin = origin_field()
    geom = models.MultiPolygonField(srid=STORED_SRID)
    tile_geom = tile_twin(models.MultiPolygonField)
    origin = origin_field()

    class Meta:
        ordering = ("code",)
        verbose_name_plural = "kecamatan"
        indexes = [tile_index("kecamatan")]
        constraints = [geo_check("kecamatan")]

    def __str__(self) -> str:
        return self.name


class Kelurahan(models.Model):
    """An urban village; its people are estimated below the kecamatan's total."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    kecamatan = models.ForeignKey(Kecamatan, on_delete=models.PROTECT, related_name="kelurahan")
    island = models.ForeignKey(Island, on_delete=models.PROTECT, related_name="kelurahan")
    postcode = models.CharField(max_length=10, blank=True)
    people = models.PositiveIntegerField()
    people_origin = origin_field()
    marker = models.PointField(srid=STORED_SRID, help_text="representative point on land")
    geom = models.MultiPolygonField(srid=STORED_SRID)
    tile_geom = tile_twin(models.MultiPolygonField)
    origin = origin_field()

    class Meta:
        ordering = ("code",)
        verbose_name_plural = "kelurahan"
        indexes = [tile_index("kelurahan")]
        constraints = [geo_check("kelurahan"), geo_check("kelurahan", "marker")]

    def __str__(self) -> str:
        return self.name


ISLANDS = register(
    Layer(
        slug="islands",
        title="Pulau",
        title_en="Islands",
        summary="Pulau berpenghuni; garis pantai GSHHG yang digeser ke tempatnya.",
        rows=Island.objects.all,
        public_fields=("code", "name", "origin"),
        viewers=EVERYBODY,
        tiles=FeatureTiles(),
        symbol=Symbol("fill", (LegendEntry("Daratan", "#f4f1ea", label_en="Land"),), label="name"),
        attribution="GSHHG (LGPL)",
        theme=Theme.BASE,
        natural_key="code",
        importable=True,
    )
)
KECAMATAN = register(
    Layer(
        slug="kecamatan",
        title="Kecamatan",
        title_en="Districts (kecamatan)",
        summary=f"Kecamatan dan penduduk terdaftar. {SCHEMATIC}",
        rows=Kecamatan.objects.all,
        public_fields=("code", "name", "people", "origin"),
        viewers=EVERYBODY,
        tiles=FeatureTiles(min_zoom=8, neighbours=True),
        symbol=Symbol(
            "outline", (LegendEntry("Batas kecamatan", "#b9b3a6"),), label="name", width=1.2
        ),
        attribution="geografis (MIT), GSHHG (LGPL), Dukcapil 2019",
        theme=Theme.BASE,
        schematic=True,
        natural_key="code",
        importable=True,
    )
)
KELURAHAN = register(
    Layer(
        slug="kelurahan",
        title="Kelurahan",
        title_en="Urban villages (kelurahan)",
        summary=f"Kelurahan dan taksiran penduduk. {SCHEMATIC}",
        rows=lambda: Kelurahan.objects.select_related("kecamatan", "island"),
        public_fields=("code", "name", "people", "origin"),
        viewers=EVERYBODY,
        tiles=FeatureTiles(min_zoom=9, neighbours=True),
        symbol=Symbol(
            "outline",
            (LegendEntry("Batas kelurahan", "#b9b3a6"),),
            label="name",
            width=0.8,
            dashed=True,
        ),
        attribution="geografis (MIT), GSHHG (LGPL)",
        theme=Theme.BASE,
        schematic=True,
        natural_key="code",
        importable=True,
    )
)
