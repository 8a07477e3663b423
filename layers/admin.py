"""The administrators' tables, derived from the registry; not edited for a new layer."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.gis.db import models as gis_models
from django.db import models

from layers import admin_import as _imports  # noqa: F401  (registers the page of imports)
from layers import models as _tables  # noqa: F401  (fills the registry)
from layers.catalog.agencies import Agency
from layers.catalog.categories import Category
from layers.catalog.ferries import Pier
from layers.catalog.places import Island, Kecamatan, Kelurahan
from layers.map_widget import MapWidget
from layers.registry import all_layers

SHORT_LISTS = (Agency, Category, Island, Kecamatan, Kelurahan, Pier)


def _text_columns(model: type[models.Model]) -> list[str]:
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and not field.choices
    ]


def admin_for(model: type[models.Model]) -> type[admin.ModelAdmin[Any]]:
    """Make an admin class: closed list of filters, no spatial filter, no list_editable."""
    plain = [
        field.name
        for field in model._meta.concrete_fields
        if not isinstance(field, gis_models.GeometryField | models.GeneratedField)
    ]
    long_lists = [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model not in SHORT_LISTS
    ]
    choices = [field.name for field in model._meta.concrete_fields if field.choices]
    return type(
        f"{model.__name__}Admin",
        (admin.ModelAdmin,),
        {
            "list_display": plain[:7],
            "list_filter": choices,
            "search_fields": _text_columns(model)[:3],
            "raw_id_fields": long_lists,
            "ordering": ("pk",),
            "formfield_overrides": {gis_models.GeometryField: {"widget": MapWidget}},
        },
    )


for _layer in all_layers():
    if _layer.model not in admin.site._registry:
        admin.site.register(_layer.model, admin_for(_layer.model))
