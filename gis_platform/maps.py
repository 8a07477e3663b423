"""What a page's map needs to know: layers with their words and legends, islands, first view."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.contrib.gis.db.models import Extent
from django.db.models import Max, Sum
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext

from layers import registry
from layers.access import Face, Role, face_for, roles_of
from layers.catalog.places import Island
from layers.column_words import column_name, column_unit, column_values
from layers.geography import city
from layers.spec import HexTiles, Layer, LegendEntry, RasterTiles
from tile_service.models import Change
from tile_service.styles import HEX_BREAKS, HEX_COLOURS

KEEP_S = 60
Box = tuple[float, float, float, float]


def localized(indonesian: str, english: str) -> str:
    """The text in the reader's language: `english` if they read it and there is one."""
    if (get_language() or "").startswith("en"):
        return english or gettext(indonesian)
    return indonesian


@lru_cache(maxsize=256)
def _origins(slug: str, face: Face, _moment: int) -> tuple[str, ...]:
    layer = registry.get(slug)
    if "origin" not in {field.name for field in layer.model._meta.concrete_fields}:
        return ()
    return tuple(layer.rows_of(face).order_by().values_list("origin", flat=True).distinct())


def origins_of(layer: Layer, face: Face) -> list[str]:
    """Where the layer's rows come from, without doubles; `schematic` layers say so first."""
    if isinstance(layer.tiles, RasterTiles):
        found: set[str] = set()
    else:
        found = set(_origins(layer.slug, face, int(time.time() // KEEP_S)))
    return sorted(found | ({"schematic"} if layer.schematic else set()))


def _entry(entry: LegendEntry) -> dict[str, Any]:
    label = localized(entry.label, entry.label_en)
    return {"label": label, "colour": entry.colour, "match": entry.match}


def _fields(layer: Layer, face: Face) -> list[dict[str, Any]]:
    if isinstance(layer.tiles, RasterTiles):
        return []
    return [
        {
            "name": name,
            "label": column_name(name),
            "unit": gettext(unit) if (unit := column_unit(name)) else "",
            "values": column_values(layer, name),
        }
        for name in layer.fields_of(face)
    ]


def described(layer: Layer, face: Face) -> dict[str, Any]:
    """A layer in the words of map.mjs."""
    symbol = layer.symbol
    return {
        "slug": layer.slug,
        "title": localized(layer.title, layer.title_en),
        "summary": gettext(layer.summary),
        "theme": layer.theme.value,
        "attribution": gettext(layer.attribution),
        "origins": origins_of(layer, face),
        "fields": _fields(layer, face),
        "style": f"/styles/{layer.slug}.json",
        "symbol": {
            "kind": symbol.kind,
            "by": symbol.by,
            "note": localized(symbol.note, symbol.note_en),
            "entries": [_entry(entry) for entry in symbol.entries],
        },
        "hexes": _hexes() if isinstance(layer.tiles, HexTiles) else [],
    }


def _hexes() -> list[dict[str, str]]:
    """The steps of the hexagons that stand for rows seen from afar."""
    least = (1, *HEX_BREAKS)
    most = [f"–{number_format(at - 1)}" for at in HEX_BREAKS]
    return [
        {"colour": colour, "label": f"{number_format(at)}{end}"}
        for colour, at, end in zip(HEX_COLOURS, least, [*most, "+"], strict=True)
    ]


@lru_cache(maxsize=4)
def _islands(_city: str, _moment: int) -> tuple[tuple[str, str, Box], ...]:
    rows = Island.objects.annotate(box=Extent("geom"), living=Sum("kelurahan__people"))
    ordered = sorted(rows, key=lambda island: (-(island.living or 0), island.name))
    return tuple((island.code, island.name, island.box) for island in ordered if island.living)


def islands() -> list[dict[str, Any]]:
    """Views of the islands: the city's own, else inhabited islands by people.

    Each holds code, name, bounds (west, south, east, north in degrees).
    """
    if city().island_views:
        return [
            {"code": view["code"], "name": view["name"], "bounds": list(view["bbox"])}
            for view in city().island_views
        ]
    found = _islands(city().id, int(time.time() // KEEP_S))
    return [{"code": code, "name": name, "bounds": list(box)} for code, name, box in found]


def forget() -> None:
    """Ask the database anew for what is kept for a minute."""
    _origins.cache_clear()
    _islands.cache_clear()


def last_change() -> int:
    """Number of the newest change: the page's live stream goes on from it."""
    return Change.objects.aggregate(newest=Max("seq"))["newest"] or 0


def map_config(
    request: HttpRequest,
    slugs: Iterable[str] | None = None,
    shown: Iterable[str] = (),
    bounds: Iterable[float] | None = None,
) -> dict[str, Any]:
    """What parts/map.html leaves in the page for map.mjs.

    `slugs`: layers on offer (all that the person may see when left out); `shown`: those drawn
    first; `bounds`: first view (west, south, east, north in degrees; else the main island).
    """
    roles: frozenset[Role] = roles_of(request.user)
    wanted = None if slugs is None else set(slugs)
    offered = [
        (layer, face)
        for layer in registry.all_layers()
        if (wanted is None or layer.slug in wanted) and (face := face_for(layer, roles))
    ]
    known = islands()
    first = list(bounds) if bounds else (known[0]["bounds"] if known else list(city().outer_box))
    return {
        "layers": [described(layer, face) for layer, face in offered],
        "shown": [slug for slug in shown if any(layer.slug == slug for layer, _ in offered)],
        "islands": known,
        "bounds": first,
        "seq": last_change(),
    }
