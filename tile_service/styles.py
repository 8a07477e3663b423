"""MapLibre styles, made from each layer's Symbol; the base map.

Styles name no `glyphs`: MapLibre GL (since 5.11) then draws labels from the reader's own fonts,
so nothing is fetched and the font stack below is a CSS one. Marks of the kinds square, column and
wedge are images called `<kind>/<slug>/<match>/<colour>` ("square/wifi-hotspots/works/#0b6e8f");
our pages draw them when the map asks (`styleimagemissing`), other programs take the layer's own
`sprite`. A wedge points north in its image
and is turned by the row's `bearing_deg`.

Tiles of areas hold a second layer `<slug>-label`: one point inside each area, with its name.
Layers of a style are called `<slug>` or `<slug>-<part>`; each has one source called `<slug>`.
"""

from __future__ import annotations

from typing import Any

from layers.registry import get
from layers.spec import ClusterTiles, HexTiles, Layer, LegendEntry, RasterTiles, Symbol

FONT = ["system-ui", "sans-serif"]
INK, HALO, UNKNOWN, CASING = "#16202a", "#ffffff", "#8d99a5", "#cfc8bb"
SEA, DEPTH, LAND, BORDER, FERRY = "#dfeaf0", "#bcd3df", "#f4f1ea", "#b9b3a6", "#5b8fb0"
HALO_PX = 1.2
IMAGE_KINDS = ("square", "column", "wedge")
BASE_RASTERS = ("elevation", "relief")
HEX_COLOURS = ("#fff5eb", "#fdd0a2", "#fd8d3c", "#d94801", "#7f2704")
HEX_BREAKS = (3, 8, 20, 50)

StyleLayer = dict[str, Any]
Expression = Any


def source_of(layer: Layer, site: str) -> dict[str, Any]:
    """Source of a layer: its TileJSON."""
    kind = "raster" if isinstance(layer.tiles, RasterTiles) else "vector"
    source: dict[str, Any] = {"type": kind, "url": f"{site}/tiles/{layer.slug}.json"}
    return source | {"tileSize": 256} if kind == "raster" else source


def choose(symbol: Symbol, values: list[Expression]) -> Expression:
    """Expression that picks one of `values`, as the entries say: by word, or by class break."""
    entries = symbol.entries
    if not symbol.by or len(entries) < 2 or entries[0].match is None:
        return values[0]
    if any(isinstance(entry.match, str) for entry in entries):
        pairs = [
            part
            for entry, value in zip(entries, values, strict=True)
            for part in (entry.match, value)
        ]
        return ["match", ["to-string", ["get", symbol.by]], *pairs, values[-1]]
    steps: list[Expression] = ["step", ["to-number", ["get", symbol.by], 0], values[0]]
    for entry, value in zip(entries[1:], values[1:], strict=True):
        steps += [entry.match, value]
    return steps


def colour_of(symbol: Symbol) -> Expression:
    """Colour of a mark; a row without a value is grey."""
    colours: list[Expression] = [entry.colour for entry in symbol.entries]
    chosen = choose(symbol, colours)
    if isinstance(chosen, str):
        return chosen
    if chosen[0] == "match":
        return [*chosen[:-1], UNKNOWN]
    return ["case", ["has", symbol.by], chosen, UNKNOWN]


def image_name(layer: Layer, entry: LegendEntry) -> str:
    """Name of the image of a square, column or wedge."""
    match = "" if entry.match is None else entry.match
    return f"{layer.symbol.kind}/{layer.slug}/{match}/{entry.colour}"


def unknown_image(layer: Layer) -> str:
    """Name of the image of a row whose value is not known."""
    return f"{layer.symbol.kind}/{layer.slug}//{UNKNOWN}"


def image_of(layer: Layer) -> Expression:
    """Expression that names a row's image."""
    chosen = choose(layer.symbol, [image_name(layer, entry) for entry in layer.symbol.entries])
    if isinstance(chosen, str):
        return chosen
    if chosen[0] == "match":
        return [*chosen[:-1], unknown_image(layer)]
    return ["case", ["has", layer.symbol.by], chosen, unknown_image(layer)]


def images_of(layer: Layer) -> list[str]:
    """Names of all images that the layer's style may ask for, none for other kinds of marks."""
    if layer.symbol.kind not in IMAGE_KINDS:
        return []
    names = [image_name(layer, entry) for entry in layer.symbol.entries]
    return list(dict.fromkeys([*names, unknown_image(layer)]))


def zoomed(*stops: tuple[float, float]) -> Expression:
    """Number that grows with the zoom, linear between (zoom, value) stops."""
    flat = [part for stop in stops for part in stop]
    return ["interpolate", ["linear"], ["zoom"], *flat]


def has_areas(layer: Layer) -> bool:
    """True when its rows are polygons: their names then come from points inside them."""
    column = layer.model._meta.get_field(layer.geometry)
    return "POLYGON" in str(getattr(column, "geom_type", ""))


def has_points(layer: Layer) -> bool:
    """True when its rows are points."""
    column = layer.model._meta.get_field(layer.geometry)
    return "POINT" in str(getattr(column, "geom_type", ""))


def rows_from_zoom(layer: Layer) -> int:
    """Zoom from which its rows are drawn, where counts stand for them below; else 0."""
    tiles = layer.tiles
    return tiles.rows_from_zoom if isinstance(tiles, HexTiles | ClusterTiles) else 0


def drawn_columns(layer: Layer) -> frozenset[str]:
    """Columns that its style draws by; a tile that would be too large carries only these."""
    turned = {"bearing_deg"} if layer.symbol.kind == "wedge" else set()
    return frozenset({layer.symbol.by, layer.symbol.label} - {""} | turned)


def part(layer: Layer, kind: str, name: str = "", **more: Any) -> StyleLayer:
    """A style layer of `layer`'s rows."""
    rows_from = rows_from_zoom(layer)
    made: StyleLayer = {
        "id": f"{layer.slug}-{name}" if name else layer.slug,
        "type": kind,
        "source": layer.slug,
        "source-layer": layer.slug,
    }
    if rows_from:
        made["minzoom"] = rows_from
    return made | more


def label(layer: Layer, *, minzoom: float, size: Expression = 12, **layout: Any) -> StyleLayer:
    """Names of rows, with a halo; they give way to each other."""
    shape = {"text-field": ["to-string", ["get", layer.symbol.label]], "text-font": FONT}
    paint = {"text-color": INK, "text-halo-color": HALO, "text-halo-width": HALO_PX}
    made = part(layer, "symbol", "label", paint=paint)
    if has_areas(layer):
        made["source-layer"] = f"{layer.slug}-label"
    return made | {
        "minzoom": max(minzoom, made.get("minzoom", 0)),
        "layout": shape | {"text-size": size, "text-optional": True} | layout,
    }


def circle(layer: Layer) -> list[StyleLayer]:
    """Round marks of constant size with a white ring."""
    paint = {
        "circle-color": colour_of(layer.symbol),
        "circle-radius": zoomed((9, 3), (13, 5), (17, 8)),
        "circle-stroke-color": HALO,
        "circle-stroke-width": 1.2,
        "circle-opacity": layer.symbol.opacity,
    }
    return [part(layer, "circle", paint=paint)]


def image(layer: Layer) -> list[StyleLayer]:
    """Marks that are images: square, column, wedge."""
    layout: dict[str, Any] = {
        "icon-image": image_of(layer),
        "icon-allow-overlap": True,
        "icon-ignore-placement": True,
        "icon-size": zoomed((9, 0.5), (13, 0.8), (17, 1.1)),
    }
    if layer.symbol.kind == "wedge":
        turned = ["to-number", ["get", "bearing_deg"], 0]
        layout |= {"icon-rotate": turned, "icon-rotation-alignment": "map"}
    paint = {"icon-opacity": layer.symbol.opacity}
    return [part(layer, "symbol", layout=layout, paint=paint)]


def line(layer: Layer) -> list[StyleLayer]:
    """Lines; white ones get a casing, or nobody would see them."""
    symbol = layer.symbol
    width = zoomed((9, symbol.width * 0.5), (13, symbol.width), (17, symbol.width * 3))
    wide = zoomed((9, symbol.width * 0.5 + 1), (13, symbol.width + 1.5), (17, symbol.width * 3 + 2))
    shape = {"line-cap": "round", "line-join": "round"}
    paint: dict[str, Any] = {
        "line-color": colour_of(symbol),
        "line-width": width,
        "line-opacity": symbol.opacity,
    }
    if symbol.dashed:
        paint["line-dasharray"] = [2, 2]
        shape["line-cap"] = "butt"
    drawn = part(layer, "line", layout=shape, paint=paint)
    if any(entry.colour.lower() == "#ffffff" for entry in symbol.entries):
        casing = {"line-color": CASING, "line-width": wide}
        return [part(layer, "line", "casing", layout=shape, paint=casing), drawn]
    return [drawn]


def fill(layer: Layer) -> list[StyleLayer]:
    """Areas with a thin border of their own colour."""
    colour = colour_of(layer.symbol)
    border = {"line-color": colour, "line-width": layer.symbol.width, "line-opacity": 0.8}
    return [
        part(layer, "fill", paint={"fill-color": colour, "fill-opacity": layer.symbol.opacity}),
        part(layer, "line", "border", paint=border),
    ]


def outline(layer: Layer) -> list[StyleLayer]:
    """Borders only; a transparent fill lets people point at the area."""
    paint: dict[str, Any] = {
        "line-color": colour_of(layer.symbol),
        "line-width": layer.symbol.width,
        "line-opacity": layer.symbol.opacity,
    }
    if layer.symbol.dashed:
        paint["line-dasharray"] = [1.5, 2]
    inside = {"fill-color": LAND, "fill-opacity": 0}
    return [
        part(layer, "fill", "inside", paint=inside),
        part(layer, "line", paint=paint, layout={"line-join": "round"}),
    ]


def raster(layer: Layer) -> list[StyleLayer]:
    """A raster, already coloured by the server."""
    return [
        {
            "id": layer.slug,
            "type": "raster",
            "source": layer.slug,
            "paint": {"raster-opacity": layer.symbol.opacity, "raster-fade-duration": 0},
        }
    ]


def hexagons(layer: Layer, tiles: HexTiles) -> list[StyleLayer]:
    """Hexagons coloured by `n`, below the zoom from which rows are drawn."""
    steps: list[Expression] = ["step", ["get", "n"], HEX_COLOURS[0]]
    for at, colour in zip(HEX_BREAKS, HEX_COLOURS[1:], strict=True):
        steps += [at, colour]
    return [
        {
            "id": f"{layer.slug}-hex",
            "type": "fill",
            "source": layer.slug,
            "source-layer": f"{layer.slug}-hex",
            "maxzoom": tiles.rows_from_zoom,
            "paint": {"fill-color": steps, "fill-opacity": 0.65, "fill-outline-color": HALO},
        }
    ]


def clusters(layer: Layer) -> list[StyleLayer]:
    """Circles with a number: cells of a tile that holds counts, or too many points to draw."""
    common = {"source": layer.slug, "source-layer": f"{layer.slug}-cluster"}
    radius: Expression = ["interpolate", ["linear"], ["log10", ["get", "n"]], 0, 5, 1, 11, 5, 26]
    colour = layer.symbol.entries[0].colour
    several: Expression = [">", ["get", "n"], 1]
    paint = {  # the number stands on white: no colour of a layer leaves it too pale to read
        "circle-color": ["case", several, HALO, colour],
        "circle-radius": radius,
        "circle-stroke-color": ["case", several, colour, HALO],
        "circle-stroke-width": ["case", several, 2.5, 1.5],
    }
    layout = {
        "text-field": ["number-format", ["get", "n"], {"max-fraction-digits": 0}],
        "text-font": FONT,
        "text-size": 11,
        "text-allow-overlap": True,
    }
    inked = {"text-color": INK}
    circles = {"id": f"{layer.slug}-cluster", "type": "circle", "paint": paint}
    numbers = {
        "id": f"{layer.slug}-cluster-n", "type": "symbol", "layout": layout, "paint": inked,
        "filter": several,
    }  # fmt: skip
    return [circles | common, numbers | common]


DRAWN = {
    "circle": circle, "square": image, "column": image, "wedge": image, "line": line,
    "fill": fill, "outline": outline, "raster": raster, "hidden": lambda layer: [],
}  # fmt: skip


def layers_of(layer: Layer) -> list[StyleLayer]:
    """Style layers of a layer, from the bottom up."""
    found = DRAWN[layer.symbol.kind](layer)
    if isinstance(layer.tiles, HexTiles):
        found = [*hexagons(layer, layer.tiles), *found]
    if has_points(layer) and found:
        found += clusters(layer)
    if layer.symbol.label and layer.symbol.label_from_zoom < 24:
        offset = [0, 1.1] if layer.symbol.kind != "line" else [0, 0]
        found.append(
            label(
                layer,
                minzoom=layer.symbol.label_from_zoom,
                **{"text-offset": offset, "text-anchor": "top"}
                if layer.symbol.kind != "line"
                else {"symbol-placement": "line"},
            )
        )
    return found


def legend_of(layer: Layer) -> list[dict[str, Any]]:
    """Legend lines, with the image that stands for each."""
    return [
        {
            "label": entry.label,
            "label_en": entry.label_en or entry.label,
            "colour": entry.colour,
            "match": entry.match,
            "image": image_name(layer, entry),
        }
        for entry in layer.symbol.entries
    ]


def style_of(layer: Layer, *, site: str) -> dict[str, Any]:
    """Whole style of one layer; `site` is the scheme and host it is served from."""
    style: dict[str, Any] = {
        "version": 8,
        "name": layer.title,
        "metadata": {
            "kind": layer.symbol.kind,
            "by": layer.symbol.by,
            "legend": legend_of(layer),
            "note": layer.symbol.note,
            "note_en": layer.symbol.note_en,
            "schematic": layer.schematic,
            "attribution": layer.attribution,
        },
        "sources": {layer.slug: source_of(layer, site)},
        "layers": layers_of(layer),
    }
    if images_of(layer):
        style["sprite"] = f"{site}/styles/{layer.slug}/sprite"
    return style


def base_style(*, site: str, rasters: set[str]) -> dict[str, Any]:
    """The base map; `rasters` are those of BASE_RASTERS that exist."""
    from tile_service import base_map

    slugs = [*base_map.VECTORS, *(slug for slug in BASE_RASTERS if slug in rasters)]
    return {
        "version": 8,
        "name": "Peta dasar",
        "sources": {slug: source_of(get(slug), site) for slug in slugs},
        "layers": base_map.layers(rasters),
    }
