"""The list of all layers, in the order in which the catalog declares them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from layers.errors import NotFound
from layers.spec import Layer

_LAYERS: dict[str, Layer] = {}


def register(layer: Layer) -> Layer:
    """Add `layer`; a slug is declared once."""
    if layer.slug in _LAYERS:
        raise ValueError(f"layer {layer.slug} is declared twice")
    _LAYERS[layer.slug] = layer
    return layer


@contextmanager
def standing_in(*layers: Layer) -> Iterator[None]:
    """Have `layers` for a while, in the place of those of the same slug or beside the others."""
    before = dict(_LAYERS)
    _LAYERS.update({layer.slug: layer for layer in layers})
    try:
        yield
    finally:
        _LAYERS.clear()
        _LAYERS.update(before)


def all_layers() -> tuple[Layer, ...]:
    """Every layer."""
    return tuple(_LAYERS.values())


def get(slug: str) -> Layer:
    """The layer called `slug`; raises NotFound."""
    try:
        return _LAYERS[slug]
    except KeyError:
        raise NotFound from None
