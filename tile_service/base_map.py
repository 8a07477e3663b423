"""The base map: sea, land over relief, quiet borders, streets by class, ferry lines, names."""

from __future__ import annotations

from typing import Any

from layers.registry import get
from tile_service import styles
from tile_service.styles import BORDER, CASING, DEPTH, FERRY, LAND, SEA, label, part, zoomed

VECTORS = ("islands", "kecamatan", "kelurahan", "streets", "ferry-lines", "piers")
BIG = ("motorway", "trunk", "primary", "primary_link")
MIDDLE = ("secondary", "secondary_link", "tertiary", "tertiary_link")
FOOT = ("footway", "path", "steps", "pedestrian", "track")
BIG_FROM, MIDDLE_FROM, SMALL_FROM = 9, 11, 13
WATER_INK, QUIET_INK = "#3d6f93", "#5b6b7a"

StyleLayer = dict[str, Any]


def of_classes(*names: str, none_of: bool = False) -> list[Any]:
    """Filter on the class of a street."""
    inside = ["in", ["get", "street_class"], ["literal", list(names)]]
    return ["!", inside] if none_of else inside


def land(rasters: set[str]) -> list[StyleLayer]:
    """Sea with a soft line of shallow water, land, hills."""
    islands = get("islands")
    shallow = {
        "line-color": DEPTH,
        "line-width": zoomed((7, 3), (12, 14), (16, 40)),
        "line-blur": zoomed((7, 3), (12, 12), (16, 36)),
        "line-opacity": 0.7,
    }
    hills = [
        styles.raster(get(slug))[0] | {"paint": {"raster-opacity": opacity}}
        for slug, opacity in (("elevation", 0.45), ("relief", 0.25))
        if slug in rasters
    ]
    coast = {"line-color": "#9fb6c3", "line-width": zoomed((8, 0.6), (16, 1.2))}
    return [
        {"id": "sea", "type": "background", "paint": {"background-color": SEA}},
        part(islands, "line", "shallows", paint=shallow),
        part(islands, "fill", paint={"fill-color": LAND}),
        *hills,
        part(islands, "line", "coast", paint=coast),
    ]


def borders() -> list[StyleLayer]:
    """Lines of kecamatan and kelurahan (schematic, so dotted)."""
    fine = {"line-color": BORDER, "line-width": 0.9, "line-dasharray": [1, 2.5]}
    coarse = {"line-color": BORDER, "line-width": 1.3, "line-dasharray": [4, 2, 1, 2]}
    return [
        part(get("kelurahan"), "line", paint=fine, minzoom=12),
        part(get("kecamatan"), "line", paint=coarse, minzoom=10),
    ]


def street(name: str, chosen: list[Any], widths: tuple[float, ...], zoom: int) -> list[StyleLayer]:
    """Casing and face of one class of streets; `widths` (px) at zooms 10, 13, 16, 19."""
    shape = {"line-cap": "round", "line-join": "round"}
    zooms = (10, 13, 16, 19)
    face = zoomed(*zip(zooms, widths, strict=True))
    edge = zoomed(*((at, width + 1.6) for at, width in zip(zooms, widths, strict=True)))
    common = {"layout": shape, "filter": chosen, "minzoom": zoom}
    casing = {"line-color": CASING, "line-width": edge}
    white = {"line-color": "#ffffff", "line-width": face}
    return [
        part(get("streets"), "line", f"{name}-casing", paint=casing, **common),
        part(get("streets"), "line", name, paint=white, **common),
    ]


def streets() -> list[StyleLayer]:
    """All casings first, so that streets join at crossings; then faces; paths on top."""
    known = (*BIG, *MIDDLE, *FOOT)
    pairs = [
        street("small", of_classes(*known, none_of=True), (0.3, 1.2, 5, 18), SMALL_FROM),
        street("middle", of_classes(*MIDDLE), (0.8, 2.2, 7, 22), MIDDLE_FROM),
        street("big", of_classes(*BIG), (1.2, 3.2, 9, 26), BIG_FROM),
    ]
    foot = {"line-color": CASING, "line-width": 1.1, "line-dasharray": [2, 1.5]}
    paths = part(
        get("streets"), "line", "foot", paint=foot, filter=of_classes(*FOOT), minzoom=SMALL_FROM + 1
    )
    return [*(casing for casing, _ in pairs), *(face for _, face in pairs), paths]


def water() -> list[StyleLayer]:
    """Ferry lines and piers."""
    ferry = {"line-color": FERRY, "line-width": zoomed((7, 1), (13, 1.6)), "line-dasharray": [4, 3]}
    pier = {
        "circle-color": WATER_INK,
        "circle-radius": zoomed((9, 2), (14, 4)),
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 1,
    }
    return [
        part(get("ferry-lines"), "line", paint=ferry),
        part(get("piers"), "circle", paint=pier, minzoom=10),
    ]


def inked(made: StyleLayer, colour: str) -> StyleLayer:
    """A label in another ink."""
    return made | {"paint": made["paint"] | {"text-color": colour}}


def names() -> list[StyleLayer]:
    """Names, the most important last (drawn on top, placed first)."""
    spaced = {"text-letter-spacing": 0.06, "text-max-width": 8}
    along = {"symbol-placement": "line", "text-max-angle": 35, "text-padding": 4}
    under = {"text-anchor": "top", "text-offset": [0, 0.6]}
    found = [
        inked(label(get("streets"), minzoom=15, size=11, **along), QUIET_INK),
        inked(label(get("ferry-lines"), minzoom=11, size=11, **along), WATER_INK),
        inked(label(get("piers"), minzoom=12, size=11, **under), WATER_INK),
        inked(label(get("kelurahan"), minzoom=12.5, size=11.5, **spaced), QUIET_INK),
        label(get("kecamatan"), minzoom=10, size=13, **spaced) | {"maxzoom": 13},
        label(get("islands"), minzoom=8, size=13.5, **spaced) | {"maxzoom": 12},
    ]
    return [named | {"id": f"name-{named['source']}"} for named in found]


def layers(rasters: set[str]) -> list[StyleLayer]:
    """Style layers of the base map, from the bottom up."""
    return [*land(rasters), *borders(), *streets(), *water(), *names()]
