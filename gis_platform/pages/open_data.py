"""Open data: what can be taken, under which licence, in which forms."""

from __future__ import annotations

from typing import Any

from django.db.models import Field
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _noop
from django.views.decorators.http import require_safe

from gis_platform.maps import localized, origins_of
from layers import registry
from layers.access import Face, face_for, require, roles_of
from layers.column_words import column_name, column_unit, column_values
from layers.provenance import source_of
from layers.spec import Layer, RasterTiles
from tile_service.publish import pmtiles
from tile_service.publish.downloads.forms import FORMS

KINDS = {  # of a column, as people call them
    "BooleanField": _noop("ya atau tidak"), "DateField": _noop("tanggal"),
    "DateTimeField": _noop("saat (UTC)"), "TimeField": _noop("waktu setempat"),
    "FloatField": _noop("bilangan"), "DecimalField": _noop("bilangan"),
    "JSONField": "JSON",
}  # fmt: skip


def _kind(field: Field[Any, Any]) -> str:
    """What a column holds, in words: whole number, text, moment ..."""
    name = field.get_internal_type()
    if "Integer" in name or "Auto" in name:
        return gettext("bilangan bulat")
    return gettext(KINDS.get(name, _noop("teks")))


def _shown(layer: Layer, face: Face) -> dict[str, Any]:
    raster = isinstance(layer.tiles, RasterTiles)
    return {
        "slug": layer.slug,
        "title": localized(layer.title, layer.title_en),
        "summary": gettext(layer.summary),
        "attribution": gettext(layer.attribution),
        "origins": origins_of(layer, face),
        "source": source_of(layer, get_language() or ""),
        "count": layer.rows_of(face).count(),
        "raster": raster,
        "open": layer.is_public and face is Face.PUBLIC,
    }


def _columns(layer: Layer, face: Face) -> list[dict[str, Any]]:
    if isinstance(layer.tiles, RasterTiles):
        return []
    model = {field.name: field for field in layer.model._meta.concrete_fields}
    return [
        {
            "name": name,
            "words": column_name(name),
            "unit": gettext(unit) if (unit := column_unit(name)) else "",
            "kind": _kind(model[name]) if name in model else "",
            "values": column_values(layer, name),
        }
        for name in layer.fields_of(face)
    ]


@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Every layer the person may take, with count, origin, licence, formats."""
    roles = roles_of(request.user)
    shown = [
        _shown(layer, face)
        for layer in registry.all_layers()
        if (face := face_for(layer, roles)) and layer.symbol.kind != "hidden"
    ]
    return render(request, "open_data/data.html", {"layers": shown})


@require_safe
def layer_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One layer: its columns, its downloads, its addresses."""
    layer = registry.get(slug)
    face = require(layer, roles_of(request.user))
    archive = pmtiles.newest(slug) if layer.is_public else None
    context = {
        "layer": _shown(layer, face),
        "columns": _columns(layer, face),
        "site": request.build_absolute_uri("/").rstrip("/"),
        "geometry": "" if isinstance(layer.tiles, RasterTiles) else _geometry_kind(layer, face),
        "schematic": layer.schematic,
        "forms": [
            {"title": form.title, "href": reverse(f"layer-{form.ending}", args=[slug])}
            for form in FORMS.values()
            if form.write
        ]
        + ([{"title": "PMTiles", "href": f"/data/{slug}.pmtiles"}] if archive else []),
    }
    return render(request, "open_data/layer.html", context)


def _geometry_kind(layer: Layer, face: Face) -> str:
    field: Any = layer.model._meta.get_field(layer.geometry_of(face))
    return str(field.geom_type)
