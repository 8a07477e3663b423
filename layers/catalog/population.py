"""People by 100 m cell: estimates that add up to the published totals."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import DESK
from layers.catalog.places import Island, Kelurahan
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme


class PopulationCell(models.Model):
    """A 100 m cell (its centre) and the people estimated to live in it."""

    geom = models.PointField(srid=STORED_SRID, help_text="centre of the cell")
    tile_geom = tile_twin(models.PointField)
    people = models.FloatField()
    island = models.ForeignKey(Island, on_delete=models.CASCADE)
    kelurahan = models.ForeignKey(Kelurahan, on_delete=models.CASCADE)
    origin = origin_field()

    class Meta:
        indexes = [tile_index("populationcell")]
        constraints = [
            geo_check("populationcell"),
            models.CheckConstraint(condition=models.Q(people__gte=0), name="people_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.people:.1f}"


LAYER = register(
    Layer(
        slug="population",
        title="Penduduk per 100 m",
        title_en="People per 100 m cell",
        summary="Taksiran penduduk per sel 100 m; jumlahnya sama dengan angka kecamatan.",
        rows=PopulationCell.objects.all,
        public_fields=("people", "origin"),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=11),
        symbol=Symbol(
            "square",
            (
                LegendEntry("< 5 orang", "#edf2f5", 0),
                LegendEntry("5-20", "#b5cbd8", 5),
                LegendEntry("20-60", "#6f9bb3", 20),
                LegendEntry("> 60", "#2f6584", 60),
            ),
            by="people",
        ),
        attribution="Dukcapil 2019, taksiran",
        theme=Theme.PLANNING,
    )
)
