"""The administrators' tables in people's words: columns, values and hints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.admin import ChoicesFieldListFilter
from django.db import models
from django.utils.functional import lazystr
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext

from layers.column_words import column_name, column_unit, column_values
from layers.spec import Layer


class _Name:
    """A column's name, looked up each time it is read."""

    def __init__(self, column: str) -> None:
        self.column = column

    def __str__(self) -> str:
        return column_name(self.column)


def name_of(column: str) -> Any:
    """The column's name in the language of whoever reads it later."""
    return lazystr(_Name(column))


def hint_of(field: models.Field[Any, Any]) -> str:
    """What the column holds, and its unit; English hints are for those who read English."""
    unit = column_unit(field.name)
    said = gettext(str(field.help_text)) if field.help_text else ""
    if said == str(field.help_text) and not (get_language() or "").startswith("en"):
        said = ""
    said = str(capfirst(said))
    if unit and gettext(unit) not in said.split():
        said = f"{said} ({gettext(unit)})" if said else gettext(unit)
    return said


def shown(layer: Layer, column: str) -> str | Callable[[Any], Any]:
    """What a list or a page to read shows of a column: itself, or the words for its value."""
    if not layer.model._meta.get_field(column).choices:  # type: ignore[union-attr]
        return column

    def words(row: Any) -> str:
        value = getattr(row, column)
        return column_values(layer, column).get(str(value), "–" if value in ("", None) else value)

    words.__name__ = column
    words.short_description = name_of(column)  # type: ignore[attr-defined]
    words.admin_order_field = column  # type: ignore[attr-defined]
    return words


class _Title:
    """A layer's title, looked up each time it is read."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer

    def __str__(self) -> str:
        return self.layer.title_in(get_language())


def named(layer: Layer) -> Callable[[Any], str]:
    """The column that leads to a row: what the row is called, under the layer's title."""

    def row_name(row: Any) -> str:
        return str(row)

    row_name.short_description = lazystr(_Title(layer))  # type: ignore[attr-defined]
    return row_name


def listed(layer: Layer, column: str) -> Callable[[Any], Any]:
    """A list's column: under the name that people know, its values in words."""
    words = shown(layer, column)
    if callable(words):
        return words
    field = layer.model._meta.get_field(column)

    def value(row: Any) -> Any:
        return getattr(row, column)

    value.__name__ = column
    value.short_description = name_of(column)  # type: ignore[attr-defined]
    value.admin_order_field = column  # type: ignore[attr-defined]
    value.boolean = isinstance(field, models.BooleanField)  # type: ignore[attr-defined]
    value.empty_value_display = "–"  # type: ignore[attr-defined]
    return value


class InWords(ChoicesFieldListFilter):
    """A filter whose name and values are in the reader's language."""

    def __init__(self, field: Any, *given: Any, **named: Any) -> None:
        super().__init__(field, *given, **named)
        self.title = column_name(field.name)

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Django's choices, their words translated."""
        for choice in super().choices(changelist):
            yield choice | {"display": gettext(str(choice["display"]))}
