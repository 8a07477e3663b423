"""Agencies (SKPD) that reports are forwarded to."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.utils.translation import get_language

from layers.access import STAFF
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol


class Agency(models.Model):
    """An agency with its office."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    channel = models.CharField(max_length=20, default="inbox")
    geom = models.PointField(srid=STORED_SRID, null=True, blank=True)
    tile_geom = tile_twin(models.PointField)
    origin = origin_field()

    class Meta:
        ordering = ("code",)
        verbose_name_plural = "agencies"
        indexes = [tile_index("agency")]
        constraints = [geo_check("agency")]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Name in the reader's language; Indonesian when there is none."""
        return self.name_en if get_language() == "en" and self.name_en else self.name


LAYER = register(
    Layer(
        slug="agencies",
        title="Instansi",
        title_en="Agencies",
        summary="Kantor instansi penerima laporan.",
        rows=Agency.objects.exclude(geom=None).all,
        public_fields=("code", "name", "origin"),
        viewers=STAFF,
        tiles=FeatureTiles(min_zoom=12),
        symbol=Symbol(
            "square", (LegendEntry("Instansi", "#7d7461"),), label="name", label_from_zoom=14
        ),
        attribution="Daftar instansi kota",
        natural_key="code",
    )
)
