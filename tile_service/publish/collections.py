"""What the raw server must know of a face as an OGC collection: words, columns, frames."""

from __future__ import annotations

from typing import Any

from django.utils import translation

from layers.access import Face
from layers.column_words import column_name, column_unit
from layers.geography import city
from layers.spec import Layer

LANGUAGES = ("id", "en")


def in_both(words: str, english: str = "") -> dict[str, str]:
    """Indonesian `words` and their English: `english`, else what the translations say."""
    with translation.override("en"):
        return {"id": words, "en": english or translation.gettext(words) if words else ""}


def column_words(name: str) -> dict[str, str]:
    """What a column means, with its unit, in each language."""
    found = {}
    for language in LANGUAGES:
        with translation.override(language):
            unit = column_unit(name)
            found[language] = f"{column_name(name)} ({unit})" if unit else column_name(name)
    return found


def collection_of(
    layer: Layer, face: Face, types: dict[str, str], view: str, geometry: str
) -> dict[str, Any]:
    """The face as a collection; `types`: PostgreSQL types of the view's columns by name."""
    return {
        "view": view,
        "title": in_both(layer.title, layer.title_en),
        "summary": in_both(layer.summary),
        "attribution": layer.attribution,
        "schematic": layer.schematic,
        "geometry": geometry,
        "bounds": list(city().outer_box),
        "metric_srid": city().metric_srid,
        "columns": {
            name: {"type": types[name], "words": column_words(name)}
            for name in layer.fields_of(face)
        },
    }
