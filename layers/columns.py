"""Columns that every layer's table shares: checked geometry, its tile twin, its origin."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Transform
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import BooleanField, CheckConstraint, Func

from layers.geography import STORED_SRID, TILE_SRID
from layers.spec import Origin


class GeoOk(Func):
    """The database's last wall: finite, in range, valid, not empty, not too long."""

    function = "geo_ok"
    output_field = BooleanField()


def tile_twin(field_type: type[models.GeometryField], source: str = "geom") -> Any:
    """Return `source` in Web Mercator, stored and kept by the database (for tiles only)."""
    return models.GeneratedField(
        expression=Transform(source, TILE_SRID),
        output_field=field_type(srid=TILE_SRID),
        db_persist=True,
        editable=False,
    )


def geo_check(model_name: str, column: str = "geom") -> CheckConstraint:
    """Constraint that `column` passes geo_ok."""
    return CheckConstraint(condition=GeoOk(column), name=f"{model_name}_{column}_ok")


def tile_index(model_name: str, column: str = "tile_geom") -> GistIndex:
    """GiST index on a tile twin; Django makes none for a generated column."""
    return GistIndex(fields=[column], name=f"{model_name}_{column}_gist"[:30])


def origin_field() -> models.CharField[Any, Any]:
    """`origin` of a row: published, estimated, schematic or synthetic."""
    return models.CharField(max_length=10, choices=Origin.choices, default=Origin.PUBLISHED)


def needs_field() -> ArrayField[Any, Any]:
    """`needs` of a stop: codes of the skills without which nobody can serve it."""
    return ArrayField(
        models.SlugField(max_length=40), default=list, blank=True,
        help_text="codes of skills that its vehicle must have",
    )  # fmt: skip


__all__ = [
    "STORED_SRID",
    "GeoOk",
    "geo_check",
    "needs_field",
    "origin_field",
    "tile_index",
    "tile_twin",
]
