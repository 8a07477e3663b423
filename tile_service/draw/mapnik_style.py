"""Our MapLibre style layers as Mapnik rules: rows that look alike share one rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from tile_service.draw import marks
from tile_service.draw.expressions import value_of

PLANE = "epsg:3857"  # coordinates come in the frame of the picture; nothing is turned here
FONT = "DejaVu Sans Book"
SPACE_TAKEN = {"allow-overlap": "true", "ignore-placement": "true"}

Attributes = dict[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Feature:
    """A row: its geometry (GeoJSON text in the picture's frame) and what it is drawn by."""

    geometry: str
    values: Row


@dataclass(frozen=True, slots=True)
class Drawing:
    """What all symbolizers need: the zoom, and the folder that marks are written to."""

    zoom: float
    folder: Path

    def mark(self, name: str, size_px: float) -> Path:
        """File of a mark, drawn when it is first needed."""
        size = max(4, min(round(size_px * 2) / 2, 200))
        path = self.folder / f"{name.encode().hex()}-{size}.png"
        if not path.exists():
            marks.drawn(name, size).save(path)
        return path


def symbolizer(name: str, attributes: Attributes, text: str = "") -> str:
    """One symbolizer as XML."""
    said = "".join(
        f" {key}={quoteattr(str(value))}" for key, value in attributes.items() if value is not None
    )
    return f"<{name}{said}>{text}</{name}>" if text else f"<{name}{said}/>"


class Values:
    """Paint and layout of a style layer, worked out for one row."""

    def __init__(self, layer: Mapping[str, Any], row: Row, zoom: float) -> None:
        self.given = {**layer.get("layout", {}), **layer.get("paint", {})}
        self.row, self.zoom = row, zoom

    def __call__(self, name: str, default: Any = None) -> Any:
        """Value of a property."""
        return value_of(self.given.get(name, default), self.row, self.zoom)

    def number(self, name: str, default: float) -> float:
        """Value of a property that is a number, rounded so that equal looks are found equal."""
        return round(float(self(name, default)), 2)


def circle(of: Values, drawing: Drawing) -> Iterator[str]:
    """A round mark; MapLibre draws its ring outside the radius, Mapnik on it."""
    ring = of.number("circle-stroke-width", 0)
    side = 2 * of.number("circle-radius", 5) + ring
    yield symbolizer(
        "MarkersSymbolizer",
        {
            "fill": of("circle-color", "#000000"), "fill-opacity": of.number("circle-opacity", 1),
            "stroke": of("circle-stroke-color", "#000000"), "stroke-width": ring,
            "stroke-opacity": of.number("circle-stroke-opacity", 1) if ring else 0,
            "width": side, "height": side, **SPACE_TAKEN,
        },
    )  # fmt: skip


def fill(of: Values, drawing: Drawing) -> Iterator[str]:
    """An area, with a fine line where the style names its colour."""
    opacity = of.number("fill-opacity", 1)
    if opacity:
        yield symbolizer(
            "PolygonSymbolizer", {"fill": of("fill-color", "#000000"), "fill-opacity": opacity}
        )
    if of("fill-outline-color"):
        yield symbolizer(
            "LineSymbolizer", {"stroke": of("fill-outline-color"), "stroke-width": 0.6}
        )


def line(of: Values, drawing: Drawing) -> Iterator[str]:
    """A line; dashes are counted in widths."""
    width = of.number("line-width", 1)
    dashes = of("line-dasharray")
    yield symbolizer(
        "LineSymbolizer",
        {
            "stroke": of("line-color", "#000000"), "stroke-width": width,
            "stroke-opacity": of.number("line-opacity", 1),
            "stroke-linecap": of("line-cap", "butt"), "stroke-linejoin": of("line-join", "miter"),
            "stroke-dasharray": ",".join(str(round(part * width, 2)) for part in dashes)
            if dashes else None,
        },
    )  # fmt: skip


def icon(of: Values, drawing: Drawing) -> Iterator[str]:
    """A mark that is an image, turned by its row."""
    turn = of.number("icon-rotate", 0)
    path = drawing.mark(of("icon-image"), marks.SIZE * of.number("icon-size", 1))
    yield symbolizer(
        "MarkersSymbolizer",
        {
            "file": path, "opacity": of.number("icon-opacity", 1),
            "transform": f"rotate({turn})" if turn else None, **SPACE_TAKEN,
        },
    )  # fmt: skip


def text(of: Values, drawing: Drawing) -> Iterator[str]:
    """A name; names give way to each other. The words come from the feature (`_text`)."""
    size = of.number("text-size", 12)
    across, down = of("text-offset", [0, 0])
    below = of("text-anchor", "center") == "top"
    along = of("symbol-placement", "point") == "line"
    yield symbolizer(
        "TextSymbolizer",
        {
            "face-name": FONT, "size": size, "fill": of("text-color", "#000000"),
            "halo-fill": of("text-halo-color", "#ffffff"),
            "halo-radius": of.number("text-halo-width", 0),
            "dx": round(across * size, 1), "dy": round(down * size, 1),
            "vertical-alignment": "bottom" if below else "middle",
            "placement": "line" if along else "interior",
            "wrap-width": None if along else round(of.number("text-max-width", 10) * size),
            "character-spacing": round(of.number("text-letter-spacing", 0) * size, 1),
            "minimum-padding": of.number("text-padding", 2), "allow-overlap": "false",
        },
        "[_text]",
    )  # fmt: skip


def symbol(of: Values, drawing: Drawing) -> Iterator[str]:
    """A mark, a name, or both."""
    if of("icon-image"):
        yield from icon(of, drawing)
    if of("text-field"):
        yield from text(of, drawing)


KINDS: dict[str, Callable[[Values, Drawing], Iterator[str]]] = {
    "circle": circle, "fill": fill, "line": line, "symbol": symbol,
}  # fmt: skip


def rules(
    layer: Mapping[str, Any], features: Sequence[Feature], drawing: Drawing
) -> dict[str, list[str]]:
    """Symbolizers (XML) -> the features (GeoJSON) that are drawn so."""
    found: dict[str, list[str]] = {}
    chosen = layer.get("filter")
    for feature in features:
        if chosen is not None and not value_of(chosen, feature.values, drawing.zoom):
            continue
        of = Values(layer, feature.values, drawing.zoom)
        look = "".join(KINDS[layer["type"]](of, drawing))
        if not look:
            continue
        words = str(of("text-field") or "") if layer["type"] == "symbol" else ""
        properties = json.dumps({"_text": words}) if words else "{}"
        found.setdefault(look, []).append(
            f'{{"type":"Feature","properties":{properties},"geometry":{feature.geometry}}}'
        )
    return found


def layer_xml(number: int, look: str, features: Sequence[str]) -> str:
    """A style of one rule and the layer of its features."""
    collection = '{"type":"FeatureCollection","features":[' + ",".join(features) + "]}"
    name = f"s{number}"
    return (
        f'<Style name="{name}"><Rule>{look}</Rule></Style>'
        f'<Layer name="{name}" srs="{PLANE}"><StyleName>{name}</StyleName><Datasource>'
        '<Parameter name="type">geojson</Parameter>'
        f'<Parameter name="inline">{escape(collection)}</Parameter></Datasource></Layer>'
    )


def map_xml(looks: Sequence[tuple[str, list[str]]]) -> str:
    """The whole map for Mapnik."""
    parts = (layer_xml(number, *look) for number, look in enumerate(looks))
    return f'<Map srs="{PLANE}">{"".join(parts)}</Map>'
