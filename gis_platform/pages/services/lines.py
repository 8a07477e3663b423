"""Lines to copy for common programs; tests run them against the served application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from layers.geography import city
from layers.spec import Layer, RasterTiles

QUAD = "WebMercatorQuad"
GDAL_FEATURES = """\
ogrinfo -so "OAPIF:{site}/ogc" {slug}
ogr2ogr -f GPKG {slug}.gpkg "OAPIF:{site}/ogc" {slug}"""
GDAL_PRIVATE = """\
echo "Authorization: Bearer TOKEN" > kepala.txt
export GDAL_HTTP_HEADER_FILE=kepala.txt
ogrinfo -so "OAPIF:{site}/ogc" {slug}
ogr2ogr -f GPKG {slug}.gpkg "OAPIF:{site}/ogc" {slug}"""
MAPLIBRE = """\
const map = new maplibregl.Map({{
  container: "map", style: "{site}/styles/base.json", center: [{lon}, {lat}], zoom: 11 }});
map.on("load", async () => {{
  const style = await (await fetch("{site}/styles/{slug}.json")).json();
  if (style.sprite) map.setSprite(style.sprite);
  for (const [id, source] of Object.entries(style.sources))
    if (!map.getSource(id)) map.addSource(id, source);
  for (const layer of style.layers) if (!map.getLayer(layer.id)) map.addLayer(layer);
}});"""
LEAFLET_FEATURES = """\
const rows = await (await fetch("{items}?limit=1000")).json();
L.geoJSON(rows).bindPopup((one) => one.feature.properties.{label}).addTo(map);"""
LEAFLET_TILES = 'L.tileLayer("{tiles}").addTo(map);'
PYTHON_FEATURES = """\
import geopandas
rows = geopandas.read_file("{items}?limit=1000").to_crs({metric_srid})
print(len(rows), rows.total_bounds)"""
PYTHON_PRIVATE = """\
import geopandas, urllib.request
ask = urllib.request.Request("{items}?limit=1000", headers={{"Authorization": "Bearer TOKEN"}})
rows = geopandas.read_file(urllib.request.urlopen(ask)).to_crs({metric_srid})
print(len(rows), rows.total_bounds)"""
PYTHON_TILES = """\
import json, urllib.request
told = json.load(urllib.request.urlopen("{site}/tiles/{slug}.json"))
print(told["tiles"][0], told["stops"])"""
FILTER = """\
curl -G "{items}" \\
  --data-urlencode "filter=S_INTERSECTS(geometry, BBOX({west},{south},{east},{north}))" \\
  --data-urlencode "limit=10\""""

TIME = """\
curl "{site}/tiles/{slug}/waktu.json?step=P1D"
curl -o {slug}.png "{site}/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS={slug}\
&STYLES=&CRS=CRS:84&BBOX={west},{south},{east},{north}&WIDTH=800&HEIGHT=800\
&FORMAT=image/png&TIME={day}\""""
PMTILES = """\
ogrinfo -ro "/vsicurl/{site}/data/{slug}.pmtiles"
curl -O "{site}/data/{slug}.pmtiles\""""
FILTER_PRIVATE = FILTER.replace("curl -G", 'curl -G -H "Authorization: Bearer TOKEN"')


@dataclass(frozen=True, slots=True)
class Line:
    """What to copy into one program, and how it is used there; `key` names it in the JSON."""

    key: str
    program: Any
    text: str
    how: Any = ""


def places(layer: Layer, site: str, raster_tiles: str) -> dict[str, Any]:
    """What the lines hold for a layer; `raster_tiles`: address template of its pictures."""
    west, south, east, north = city().outer_box
    lon, lat = city().centre
    stem = f"{site}/ogc/collections/{layer.slug}"
    label = layer.symbol.label if layer.symbol.label in layer.public_fields else ""
    return {
        "site": site,
        "slug": layer.slug,
        "items": f"{stem}/items",
        "tiles": raster_tiles or f"{stem}/tiles/{QUAD}/{{z}}/{{y}}/{{x}}",
        "label": label or (layer.public_fields or ("id",))[0],
        "metric_srid": city().metric_srid,
        "lon": lon,
        "lat": lat,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
    }


def private_lines(layer: Layer, site: str) -> list[Line]:
    """Lines of a layer that asks for a personal token (pages of other sites must be trusted)."""
    held = places(layer, site, "")
    how = _("Layer > Add Layer > Add WFS / OGC API - Features Layer > New; isi URL ini.")
    token = _("Tambahkan kepala Authorization: Bearer TOKEN pada Authentication > Configurations.")
    return [
        Line("qgis", _("QGIS, fitur"), f"{site}/ogc", f"{how} {token}"),
        Line("gdal", "GDAL", GDAL_PRIVATE.format(**held)),
        Line("python", "Python", PYTHON_PRIVATE.format(**held)),
        Line("filter", _("Saringan CQL2"), FILTER_PRIVATE.format(**held)),
    ]


def time_line(layer: Layer, site: str, day: date) -> Line:
    """How many rows each day has, and a picture of one day."""
    return Line("time", _("Menurut waktu"), TIME.format(**places(layer, site, ""), day=day))


def archive_line(slug: str, site: str) -> Line:
    """A layer's PMTiles archive, read in place or taken along."""
    how = _("ogrinfo membaca PMTiles sejak GDAL 3.8; curl membawa berkasnya ke mana saja.")
    return Line("pmtiles", _("PMTiles, untuk luring"), PMTILES.format(site=site, slug=slug), how)


def lines_for(layer: Layer, site: str, raster_tiles: str = "") -> list[Line]:
    """Lines of a layer for QGIS, GDAL, MapLibre, Leaflet, Python and a filter by hand."""
    held = places(layer, site, raster_tiles)
    if isinstance(layer.tiles, RasterTiles):
        if not raster_tiles:
            return [Line("maplibre", "MapLibre GL", MAPLIBRE.format(**held))]
        return [
            Line(
                "qgis",
                "QGIS",
                raster_tiles,
                _("Layer > Add Layer > Add XYZ Layer > New; isi URL ini."),
            ),
            Line("maplibre", "MapLibre GL", MAPLIBRE.format(**held)),
            Line("leaflet", "Leaflet", LEAFLET_TILES.format(**held)),
            Line("python", "Python", PYTHON_TILES.format(**held)),
        ]
    return [
        Line(
            "qgis",
            _("QGIS, fitur"),
            f"{site}/ogc",
            _("Layer > Add Layer > Add WFS / OGC API - Features Layer > New; isi URL ini."),
        ),
        Line(
            "qgis-tiles",
            _("QGIS, ubin vektor"),
            str(held["tiles"]),
            _("Layer > Add Layer > Add Vector Tile Layer > New Generic Connection; isi URL ini."),
        ),
        Line("gdal", "GDAL", GDAL_FEATURES.format(**held)),
        Line("maplibre", "MapLibre GL", MAPLIBRE.format(**held)),
        Line("leaflet", "Leaflet", LEAFLET_FEATURES.format(**held)),
        Line("python", "Python", PYTHON_FEATURES.format(**held)),
        Line("filter", _("Saringan CQL2"), FILTER.format(**held)),
    ]
