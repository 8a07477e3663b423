"""The administrators' tables, derived from the registry; not edited for a new layer."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.gis.db import models as gis_models
from django.db import models
from django.forms import Field
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from layers import admin_import as _imports  # noqa: F401  (registers the page of imports)
from layers import admin_people as _people  # noqa: F401  (registers the page of a login)
from layers import admin_skills as _skills  # noqa: F401  (registers the page of skills)
from layers import admin_webhooks as _webhooks  # noqa: F401  (registers the neighbours told)
from layers import models as _tables  # noqa: F401  (fills the registry)
from layers.access import Face
from layers.admin_words import InWords, hint_of, listed, named, shown
from layers.catalog.agencies import Agency
from layers.catalog.categories import Category
from layers.catalog.ferries import Pier
from layers.catalog.places import Island, Kecamatan, Kelurahan
from layers.column_words import column_name, column_values
from layers.map_widget import MapWidget
from layers.registry import all_layers
from layers.spec import Layer, RasterTiles, Theme

SHORT_LISTS = (Agency, Category, Island, Kecamatan, Kelurahan, Pier)
COLUMNS_SHOWN = 7
# Ours, not the administrators': twins of the tiles, when a poster was made, and marks that could be
# matched with a person.
HOUSE_COLUMNS = (
    "tile_geom", "tile_centre", "tile_public_geom", "row_version", "history_seq",
    "follow_key_hash", "content_hash", "phone_mark", "client_id", "poster_made_at",
)  # fmt: skip


class LayerAdmin(admin.ModelAdmin[Any]):
    """A layer's table. What actions and studies write is looked at here, never edited."""

    layer: Layer

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Head the list with the layer's title."""
        return super().changelist_view(request, self.heading() | (extra_context or {}))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Head the form with the layer's title."""
        context = self.heading() | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, context)

    def title(self) -> str:
        """The layer's title in the reader's language."""
        return self.layer.title_in(get_language())

    def heading(self) -> dict[str, Any]:
        """The title, for the page and for the way to it."""
        return {"title": self.title(), "table_title": self.title()}

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Field | None:
        """Name each column, its hint and its values in people's words."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.label, field.help_text = column_name(db_field.name), hint_of(db_field)
            if db_field.choices and (words := column_values(self.layer, db_field.name)):
                given: list[tuple[Any, Any]] = list(getattr(field, "choices", []))
                field.choices = [  # type: ignore[attr-defined]
                    (value, words.get(str(value), word)) for value, word in given
                ]
        return field

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All columns of people; those to be read alone show words for their values."""
        names = [name for name in super().get_fields(request, obj) if name not in HOUSE_COLUMNS]
        if self.has_change_permission(request, obj):
            return names
        return [shown(self.layer, str(name)) for name in names]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Django's form, its read-only columns named and explained as the others are."""
        fields = self.layer.model._meta.concrete_fields
        words = {
            "labels": {field.name: column_name(field.name) for field in fields},
            "help_texts": {field.name: hint_of(field) for field in fields},
        }
        return super().get_form(request, obj, change=change, **(words | kwargs))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only in tables that people keep by hand."""
        return kept_by_hand(self.layer) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only in tables that people keep by hand."""
        return kept_by_hand(self.layer) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only in tables that people keep by hand."""
        return kept_by_hand(self.layer) and super().has_delete_permission(request, obj)


def kept_by_hand(layer: Layer) -> bool:
    """True for facts that people enter; reports, answers and rounds come from actions."""
    by_hand = layer.importable or layer.theme in (Theme.BASE, Theme.ASSETS)
    return by_hand and not isinstance(layer.tiles, RasterTiles)


def _text_columns(model: type[models.Model]) -> list[str]:
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and not field.choices
    ]


def _shown_columns(layer: Layer) -> list[str]:
    """Columns of the widest face that the table holds itself."""
    face = Face.STAFF if layer.staff else Face.PUBLIC
    own = {field.name for field in layer.model._meta.concrete_fields}
    return [name for name in layer.fields_of(face) if name in own][:COLUMNS_SHOWN]


def admin_for(layer: Layer) -> type[LayerAdmin]:
    """Make an admin class: closed list of filters, no spatial filter, no list_editable."""
    model = layer.model
    fields = model._meta.concrete_fields
    long_lists = [
        field.name
        for field in fields
        if isinstance(field, models.ForeignKey) and field.related_model not in SHORT_LISTS
    ]
    return type(
        f"{model.__name__}Admin",
        (LayerAdmin,),
        {
            "layer": layer,
            "list_display": [
                named(layer),
                *(listed(layer, name) for name in _shown_columns(layer)),
            ],
            "list_filter": [(field.name, InWords) for field in fields if field.choices],
            "list_select_related": [
                name
                for name in _shown_columns(layer)
                if isinstance(model._meta.get_field(name), models.ForeignKey)
            ],
            "search_fields": _text_columns(model)[:3],
            "raw_id_fields": long_lists,
            "ordering": ("pk",),
            "formfield_overrides": {gis_models.GeometryField: {"widget": MapWidget}},
        },
    )


for _layer in all_layers():
    if _layer.model not in admin.site._registry:
        admin.site.register(_layer.model, admin_for(_layer))
