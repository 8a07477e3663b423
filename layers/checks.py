"""System checks of the house: every registered layer can be served fast and safely."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.postgres.indexes import GistIndex
from django.core.checks import CheckMessage, Error, register
from django.db.models import Model

from layers.registry import all_layers
from layers.spec import Layer, RasterTiles


def columns_of(model: type[Model]) -> set[str]:
    """Names of the model's own columns."""
    return {field.name for field in model._meta.concrete_fields}


def tile_column(geometry: str) -> str:
    """Name of the Web Mercator twin of a geometry column (geom -> tile_geom)."""
    return f"tile_{geometry}"


def _faults(layer: Layer) -> list[str]:
    model = layer.model
    known = columns_of(model) | set(layer.rows().query.annotations)
    faults = [
        f"field {name!r} is not a column of {model.__name__}"
        for name in (*layer.public_fields, *layer.staff_fields)
        if name not in known
    ]
    if isinstance(layer.tiles, RasterTiles):
        return faults
    indexed = {
        name
        for index in model._meta.indexes
        if isinstance(index, GistIndex)
        for name in index.fields
    }
    for face in layer.faces:
        twin = tile_column(layer.geometry_of(face))
        if twin not in indexed:
            faults.append(f"{twin} needs a GistIndex: Django makes none for a generated column")
    return faults


def _unchecked(model: type[Model]) -> list[str]:
    texts = [str(getattr(rule, "condition", "")) for rule in model._meta.constraints]
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, GeometryField)
        and not any(f"F({field.name})" in text for text in texts)
    ]


@register()
def every_layer_can_be_served(**_: Any) -> list[CheckMessage]:
    """Fields exist, tile geometry is indexed, every geometry passes geo_ok."""
    found: list[CheckMessage] = []
    for layer in all_layers():
        found += [
            Error(f"layer {layer.slug}: {fault}", id="layers.E001") for fault in _faults(layer)
        ]
        found += [
            Error(f"{layer.model.__name__}.{name} lacks its geo_check", id="layers.E002")
            for name in _unchecked(layer.model)
        ]
    return found
