"""LAYERS.md: the registry in words. `manage.py describe_layers` writes it, a test compares it."""

from __future__ import annotations

from layers.access import Role
from layers.registry import all_layers
from layers.spec import ClusterTiles, FeatureTiles, HexTiles, Layer

HEAD = """# Layers

Made from the registry by `./run manage describe_layers`; not edited by hand.
Who sees a layer is decided by its declaration alone and holds for every format.
"""


def _people(roles: frozenset[Role]) -> str:
    if Role.PUBLIC in roles:
        return "everybody"
    return ", ".join(sorted(role.value for role in roles)) or "nobody"


def _tiles(layer: Layer) -> str:
    match layer.tiles:
        case FeatureTiles(low, high):
            return f"vector tiles z{low}-z{high}"
        case HexTiles(low, high, rows_from):
            return f"hexagon counts z{low}-z{rows_from - 1}, rows z{rows_from}-z{high}"
        case ClusterTiles(low, high, rows_from):
            return f"cluster counts z{low}-z{rows_from - 1}, rows z{rows_from}-z{high}"
        case _:
            return "raster tiles"


def _section(layer: Layer) -> str:
    lines = [
        f"## {layer.slug}",
        f"{layer.title_en or layer.title} ({layer.title}). {layer.summary}",
        "",
        f"- seen by: {_people(layer.viewers | layer.staff)}",
        f"- columns: {', '.join(layer.public_fields) or 'none'}",
    ]
    if layer.staff:
        lines.append(f"- staff face for {_people(layer.staff)}: {', '.join(layer.staff_fields)}")
    if layer.public_geometry:
        words = getattr(layer.model._meta.get_field(layer.public_geometry), "help_text", "")
        lines.append(f"- outside, `{layer.public_geometry}` stands for `{layer.geometry}`: {words}")
    if layer.time:
        lines.append(f"- time: `{layer.time.column}` in buckets of {layer.time.bucket}")
    lines.append(f"- {_tiles(layer)}; source: {layer.attribution}")
    return "\n".join(lines)


def markdown() -> str:
    """The whole document."""
    sections = sorted(all_layers(), key=lambda layer: (layer.theme.value, layer.slug))
    return HEAD + "\n" + "\n\n".join(_section(layer) for layer in sections) + "\n"
