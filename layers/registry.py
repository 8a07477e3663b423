"""The list of all layers, in the order in which the catalog declares them."""

from __future__ import annotations

from layers.errors import NotFound
from layers.spec import Layer

_LAYERS: dict[str, Layer] = {}


def register(layer: Layer) -> Layer:
    """Add `layer`; a slug is declared once."""
    if layer.slug in _LAYERS:
        raise ValueError(f"layer {layer.slug} is declared twice")
    _LAYERS[layer.slug] = layer
    return layer


def all_layers() -> tuple[Layer, ...]:
    """Every layer."""
    return tuple(_LAYERS.values())


def get(slug: str) -> Layer:
    """The layer called `slug`; raises NotFound."""
    try:
        return _LAYERS[slug]
    except KeyError:
        raise NotFound from None
