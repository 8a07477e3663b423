"""Gather every sentence for people into the catalogues: templates, code, layers, errors."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from layers.errors import every_error
from layers.registry import all_layers
from layers.spec import Layer, RasterTiles

LANGUAGES = ("en", "id")
HOLDER = Path(settings.BASE_DIR) / "gis_platform" / "words_of_the_registry.py"
LEFT_OUT = (".venv", "node_modules", "var", "tests", "fixtures", "notebooks", "benchmarks")


def words_of(layer: Layer) -> Iterator[str]:
    """Sentences of a layer's declaration that have no English beside them."""
    symbol = layer.symbol
    yield layer.summary
    yield layer.attribution
    if not layer.title_en:
        yield layer.title
    if symbol.note and not symbol.note_en:
        yield symbol.note
    yield from (entry.label for entry in symbol.entries if not entry.label_en)
    if not isinstance(layer.tiles, RasterTiles):
        shown = {*layer.public_fields, *layer.staff_fields}
        for field in layer.model._meta.concrete_fields:
            if field.name in shown:
                yield from (str(word) for _, word in field.choices or [])


def registry_words() -> list[str]:
    """Words of all layers, and the sentences of all errors."""
    from_layers = {word for layer in all_layers() for word in words_of(layer)}
    from_errors = {inspect.getdoc(kind) or "" for kind in every_error()}
    return sorted(word for word in from_layers | from_errors if any(map(str.isalpha, word)))


class Command(BaseCommand):
    """`manage.py words`: needs xgettext; write the missing translations by hand afterwards."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the registry's words where xgettext sees them, gather, clean up."""
        calls = "\n".join(f"_({word!r})" for word in registry_words())
        HOLDER.write_text(f"from django.utils.translation import gettext as _\n{calls}\n")
        try:
            call_command(
                "makemessages", locale=["en"], no_location=True, no_obsolete=True,
                ignore_patterns=list(LEFT_OUT), verbosity=0,
            )  # fmt: skip
        finally:
            HOLDER.unlink()
