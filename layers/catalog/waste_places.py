"""Places where waste is dumped against the rules, as newspapers and crews name them."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import EVERYBODY
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol


class WastePlace(models.Model):
    """A known dumping place."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=200, blank=True)
    geom = models.PointField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PointField)
    origin = origin_field()

    class Meta:
        indexes = [tile_index("wasteplace")]
        constraints = [geo_check("wasteplace")]

    def __str__(self) -> str:
        return self.name


LAYER = register(
    Layer(
        slug="waste-places",
        title="Timbunan sampah liar",
        title_en="Known dumping places",
        summary="Tempat timbunan liar menurut berita; posisi taksiran.",
        rows=WastePlace.objects.all,
        public_fields=("code", "name", "source", "origin"),
        viewers=EVERYBODY,
        tiles=FeatureTiles(min_zoom=11),
        symbol=Symbol(
            "circle", (LegendEntry("Timbunan liar", "#6a4c2f"),), label="name", label_from_zoom=14
        ),
        attribution="Berita 2023-2026",
        natural_key="code",
        importable=True,
    )
)
