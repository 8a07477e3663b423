"""Maps in one HTML file: layers drawn by folium from local parts, nothing fetched, text inert.

For notebooks and exports. folium's own page points to six foreign hosts and puts values into
popups as HTML; here Leaflet is written into the page and popups are built from text nodes.
folium also runs its output through its template engine a second time, so that braces in a value
would be executed: braces travel as another character and come back in the reader's browser.
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import folium
from branca.element import Element, Figure
from django.conf import settings
from folium.utilities import JsCode
from PIL import Image

from layers import api, registry
from layers.access import EVERYBODY, Face, Role, require
from layers.catalog.rasters import Raster
from layers.geography import city
from layers.spec import Layer, LegendEntry, Origin, RasterTiles

MOST_ROWS = 5000
RASTER_WIDTH_PX = 900
GREY = "#8d99a5"
BRACE = "\ue07b"  # stands for "{" on the way through folium's templates
POINT_RADIUS_PX = 5
LEAFLET_HOME = "https://leafletjs.com"
IMAGES = {"images/layers.png": "layers.png", "images/layers-2x.png": "layers-2x.png"}

POPUP = JsCode(
    """
    function (feature, layer) {
        const list = document.createElement("dl");
        for (const [name, value] of feature.properties.words) {
            const term = document.createElement("dt"), text = document.createElement("dd");
            term.textContent = name;
            text.textContent = value.replaceAll("\ue07b", String.fromCharCode(123));
            list.append(term, text);
        }
        layer.bindPopup(list);
    }
    """
)
LOOK = """
dl { margin: 0; font: 13px system-ui, sans-serif } dt { color: #5b6b7a } dd { margin: 0 0 4px }
.folium-map { background: #dfeaf0 }
.legend { position: absolute; z-index: 900; left: 10px; bottom: 24px; max-height: 60%;
  overflow: auto; background: #fff; border: 1px solid #d9e0e6; border-radius: 4px;
  padding: 8px 12px; font: 13px system-ui, sans-serif; color: #16202a }
.legend h2 { font-size: 13px; margin: 4px 0 } .legend p { margin: 2px 0; color: #5b6b7a }
.legend svg { vertical-align: -2px; margin-right: 6px }
"""


def leaflet_parts() -> tuple[str, str]:
    """Leaflet's style sheet (pictures inside) and script, without links to its home."""
    folder = Path(settings.NODE_MODULES) / "leaflet" / "dist"
    css = (folder / "leaflet.css").read_text(encoding="utf-8")
    for address, name in IMAGES.items():
        data = base64.b64encode((folder / "images" / name).read_bytes()).decode()
        css = css.replace(f"url({address})", f"url(data:image/png;base64,{data})")
    css = re.sub(r"/\*.*?\*/", "", re.sub(r"url\(images/[^)]*\)", "none", css), flags=re.DOTALL)
    script = (folder / "leaflet.js").read_text(encoding="utf-8")
    script = re.sub(r"//# sourceMappingURL=\S+", "", script).replace(LEAFLET_HOME, "#")
    return css, script


def inline(tag: str, text: str) -> Element:
    """An element whose text is no template."""
    return Element("{% raw %}<" + tag + ">" + text + "</" + tag + ">{% endraw %}")


def figure_of(made: folium.Map) -> Figure:
    """The page around a map."""
    root = made.get_root()
    if not isinstance(root, Figure):
        raise TypeError("this map stands on no page")
    return root


def empty_map(*, zoom: int = 12, height: str = "100%") -> folium.Map:
    """A map without background tiles, of local parts, at the city's centre."""
    lon, lat = city().centre
    made = folium.Map(
        location=(lat, lon), zoom_start=zoom, tiles=None, height=height, control_scale=True
    )
    made.default_js, made.default_css = [], []
    css, script = leaflet_parts()
    root = figure_of(made)
    root.header.add_child(inline("style", css + LOOK), name="leaflet_css", index=0)
    root.header.add_child(inline("script", script), name="leaflet_js", index=1)
    root.title = city().name
    return made


def entry_of(layer: Layer, properties: dict[str, Any]) -> LegendEntry | None:
    """Legend line that a row falls under; None when its value is not known."""
    symbol = layer.symbol
    if not symbol.by or len(symbol.entries) < 2:
        return symbol.entries[0]
    value = properties.get(symbol.by)
    if any(isinstance(entry.match, str) for entry in symbol.entries):
        return next((entry for entry in symbol.entries if entry.match == str(value)), None)
    if value is None:
        return None
    reached = [entry for entry in symbol.entries if float(entry.match or 0) <= float(value)]
    return reached[-1] if reached else symbol.entries[0]


def words_of(value: Any) -> str:
    """A value as text for people, without braces."""
    return "-" if value is None else str(value).replace("{", BRACE)


def features_of(layer: Layer, face: Face, most_rows: int) -> Iterator[dict[str, Any]]:
    """Rows of a face as GeoJSON features with their popup's words and colour."""
    for row in api.values_of(layer, face)[:most_rows]:
        geometry = row.pop("_geojson")
        identity = row.pop("pk")
        entry = entry_of(layer, row)
        if geometry is None:
            continue
        yield {
            "type": "Feature",
            "id": str(identity),
            "geometry": json.loads(geometry),
            "properties": {
                "words": [[name, words_of(value)] for name, value in row.items()],
                "colour": entry.colour if entry else GREY,
            },
        }


def style_of(layer: Layer, feature: dict[str, Any]) -> dict[str, Any]:
    """Leaflet's style of one feature."""
    symbol, colour = layer.symbol, feature["properties"]["colour"]
    kind = feature["geometry"]["type"]
    if "Point" in kind:
        return {
            "color": "#ffffff", "weight": 1, "fillColor": colour, "fillOpacity": 0.95,
            "radius": POINT_RADIUS_PX,
        }  # fmt: skip
    filled = symbol.kind == "fill"
    line = colour if not (colour == "#ffffff" and "Line" in kind) else "#cfc8bb"
    return {
        "color": line if symbol.kind != "fill" or symbol.opacity < 1 else "#9fb6c3",
        "weight": symbol.width,
        "dashArray": "4 4" if symbol.dashed else None,
        "fill": filled,
        "fillColor": colour,
        "fillOpacity": symbol.opacity if filled else 0,
    }


def add_rows(made: folium.Map, layer: Layer, face: Face, most_rows: int) -> int:
    """Draw a vector layer; returns the number of rows drawn."""
    features = list(features_of(layer, face, most_rows))
    if features:
        folium.GeoJson(
            {"type": "FeatureCollection", "features": features},
            name=layer.title,
            marker=folium.CircleMarker(radius=POINT_RADIUS_PX),
            style_function=lambda feature: style_of(layer, feature),
            on_each_feature=POPUP,
        ).add_to(made)
    return len(features)


def picture_of(raster: Raster) -> tuple[str, list[list[float]]]:
    """A raster as a PNG data address in Web Mercator, and its corners (lat, lon)."""
    import numpy as np
    import rasterio
    from rasterio.vrt import WarpedVRT
    from rasterio.warp import transform_bounds

    from tile_service.serve.raster_child import encoded, inside, painted

    path = inside(Path(settings.RASTER_DIR), raster.path)
    with rasterio.open(path, driver="GTiff") as file, WarpedVRT(file, crs="EPSG:3857") as warped:
        width = min(warped.width, RASTER_WIDTH_PX)
        height = max(1, round(warped.height * width / warped.width))
        band = warped.read(1, out_shape=(height, width), masked=True)
        west, south, east, north = transform_bounds("EPSG:3857", "EPSG:4326", *warped.bounds)
    valid = ~np.ma.getmaskarray(band)
    stops = [(float(value), colour) for value, colour in raster.stops]
    data = encoded(painted(np.ma.filled(band.astype(float), 0.0), valid, stops), "png")
    Image.open(io.BytesIO(data)).verify()
    address = "data:image/png;base64," + base64.b64encode(data).decode()
    return address, [[south, west], [north, east]]


def add_raster(made: folium.Map, layer: Layer, face: Face) -> int:
    """Draw the newest raster of a layer; returns 1, or 0 when there is none."""
    newest = layer.rows_of(face).first()
    if newest is None:
        return 0
    address, corners = picture_of(newest)
    folium.raster_layers.ImageOverlay(
        image=address, bounds=corners, name=layer.title, opacity=layer.symbol.opacity
    ).add_to(made)
    return 1


def escaped(text: str) -> str:
    """Text for HTML inside a page template."""
    from django.utils.html import escape

    return str(escape(text)).replace("{", "&#123;").replace("}", "&#125;")


def legend_html(layer: Layer, count: int) -> str:
    """Legend of one layer: title, number of rows, colours, origin, source."""
    lines = [f"<h2>{escaped(layer.title)} ({count})</h2>"]
    for entry in layer.symbol.entries:
        box = f'<svg width="12" height="12"><rect width="12" height="12" fill="{entry.colour}" '
        lines.append(f'<p>{box}stroke="#5b6b7a"/></svg>{escaped(entry.label)}</p>')
    if layer.schematic:
        lines.append(f"<p>[{escaped(str(Origin.SCHEMATIC.label))}]</p>")
    lines.append(f"<p>{escaped(layer.attribution)}</p>")
    return "".join(lines)


def draw(
    slugs: Iterable[str],
    *,
    roles: Iterable[Role] = (Role.PUBLIC,),
    most_rows: int = MOST_ROWS,
    zoom: int = 12,
    height: str = "100%",
) -> folium.Map:
    """Draw these layers, the first at the bottom, as somebody with `roles` sees them.

    Raises NotFound for a layer that is hidden from `roles`; at most `most_rows` of each.
    """
    held = frozenset(roles) & EVERYBODY
    made = empty_map(zoom=zoom, height=height)
    legend = []
    for slug in slugs:
        layer = registry.get(slug)
        face = require(layer, held)
        if isinstance(layer.tiles, RasterTiles):
            count = add_raster(made, layer, face)
        else:
            count = add_rows(made, layer, face, most_rows)
        legend.append(legend_html(layer, count))
    folium.LayerControl(collapsed=False).add_to(made)
    box = '<aside class="legend">' + "".join(legend) + "</aside>"
    figure_of(made).html.add_child(Element(box), name="legend")
    return made


def page(made: folium.Map) -> str:
    """The whole HTML page."""
    return str(made.get_root().render())
