"""TileJSON 3.0 of a layer's face: address, fields, zooms, words about origin, time bucket."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import get_language, gettext

from layers.access import Face
from layers.catalog.rasters import Raster
from layers.errors import NotFound
from layers.geography import city
from layers.spec import ClusterTiles, HexTiles, Layer, RasterTiles
from tile_service.publish.addresses import Ticket, tile_address
from tile_service.publish.durations import offset_seconds, seconds_of
from tile_service.publish.extents import NOTHING, extents_of, outer_box
from tile_service.serve.extents import Extent
from tile_service.styles import has_areas, has_points

NUMBERS = (models.IntegerField, models.FloatField, models.DecimalField)
COUNT_FIELDS = {"n": "Number"}


def title_of(layer: Layer) -> str:
    """Title in the reader's language."""
    return layer.title_in(get_language())


def description_of(layer: Layer) -> str:
    """Summary, and a warning when the layer only sketches its borders."""
    if not layer.schematic:
        return layer.summary
    return f"{layer.summary} [{gettext('skematis')}]"


def field_type(layer: Layer, name: str) -> str:
    """TileJSON word for a column's type."""
    annotation = layer.rows().query.annotations.get(name)
    column = annotation.output_field if annotation else layer.model._meta.get_field(name)
    if isinstance(column, models.BooleanField):
        return "Boolean"
    is_number = isinstance(column, NUMBERS) or (
        isinstance(column, models.ForeignKey) and isinstance(column.target_field, NUMBERS)
    )
    return "Number" if is_number else "String"


def vector_layers(layer: Layer, face: Face) -> list[dict[str, Any]]:
    """Layers inside a tile: rows, and for hexagons and clusters their counts."""
    rows_from = layer.tiles.min_zoom
    found = []
    if isinstance(layer.tiles, HexTiles | ClusterTiles):
        rows_from = layer.tiles.rows_from_zoom
        is_hex = isinstance(layer.tiles, HexTiles)
        found.append(
            {
                "id": f"{layer.slug}-{'hex' if is_hex else 'cluster'}",
                "description": gettext("Jumlah per segi enam")
                if is_hex
                else gettext("Jumlah per petak"),
                "minzoom": layer.tiles.min_zoom,
                "maxzoom": rows_from - 1,
                "fields": COUNT_FIELDS,
            }
        )
    found.append(
        {
            "id": layer.slug,
            "description": description_of(layer),
            "minzoom": rows_from,
            "maxzoom": layer.tiles.max_zoom,
            "fields": {name: field_type(layer, name) for name in layer.fields_of(face)},
        }
    )
    if has_points(layer) and not isinstance(layer.tiles, ClusterTiles):
        many = {  # stands in a tile that holds more points than can be drawn
            "id": f"{layer.slug}-cluster",
            "description": gettext("Jumlah per petak"),
            "fields": COUNT_FIELDS,
        }
        found.append(found[-1] | many)
    if has_areas(layer) and layer.symbol.label:
        points = {"id": f"{layer.slug}-label", "description": gettext("Titik nama")}
        found.append(found[-1] | points | {"fields": {layer.symbol.label: "String"}})
    return found


def time_part(layer: Layer, rows: Extent) -> dict[str, Any]:
    """What `from` and `to` of a tile's address mean: column, bucket, range, where counts are."""
    if layer.time is None:
        return {}
    return {
        "time": {
            "column": layer.time.column,
            "bucket": layer.time.bucket,
            "bucket_s": seconds_of(layer.time.bucket),
            "offset_s": offset_seconds(city().time_zone),
            "first": rows.first,
            "last": rows.last,
            "parameters": ["from", "to"],
            "counts": f"/tiles/{layer.slug}/waktu.json",
        }
    }


def raster_of(layer: Layer, face: Face, code: str) -> Raster:
    """The layer's raster called `code`, else its newest; raises NotFound."""
    rasters = layer.rows_of(face)
    found = (rasters.filter(code=code) if code else rasters).first()
    if found is None:
        raise NotFound
    return found


def raster_part(raster: Raster, token: str) -> dict[str, Any]:
    """What only a raster layer has: its address, stops, unit, and where to ask for a value."""
    stem = f"/r/{raster.code}/{token}/{raster.digest}"
    return {
        "tiles": [f"{stem}/{{z}}/{{x}}/{{y}}.png"],
        "value": f"{stem}/value",
        "bounds": list(raster.geom.extent),
        "tileSize": 256,
        "stops": raster.stops,
        "unit": raster.unit,
        "raster": raster.code,
        "made_at": raster.made_at,
        "attribution": raster.attribution,
    }


def document(layer: Layer, face: Face, ticket: Ticket, *, raster: str = "") -> dict[str, Any]:
    """TileJSON 3.0; `expires_at` (Unix seconds) says when a private address must be renewed."""
    rows = extents_of([(layer, face)]).get((layer.slug, face), NOTHING)
    common = {
        "tilejson": "3.0.0",
        "name": title_of(layer),
        "description": description_of(layer),
        "attribution": layer.attribution,
        "scheme": "xyz",
        "minzoom": layer.tiles.min_zoom,
        "maxzoom": layer.tiles.max_zoom,
        "bounds": list(rows.box or outer_box()),
        "outer_bounds": list(outer_box()),  # where a row may yet come
        "center": [*city().centre, max(layer.tiles.min_zoom, 12)],
        "schematic": layer.schematic,
        "face": face.value,
        "expires_at": ticket.expires_at,
    }
    if isinstance(layer.tiles, RasterTiles):
        return (
            common
            | {"vector_layers": []}
            | raster_part(raster_of(layer, face, raster), ticket.token)
        )
    address = tile_address(layer, face, ticket.token)
    return (
        common
        | {"tiles": [address], "vector_layers": vector_layers(layer, face)}
        | time_part(layer, rows)
    )
