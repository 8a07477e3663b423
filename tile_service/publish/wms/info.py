"""GetFeatureInfo: rows under a pixel, and the value of a raster there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib.gis.geos import Point
from django.http import HttpResponse
from django.utils.html import format_html, format_html_join
from psycopg2 import sql

from layers.column_words import column_name
from layers.geography import STORED_SRID
from tile_service.publish.compiling import SCHEMA
from tile_service.publish.ows import reading
from tile_service.publish.ows.kvp import Refused, needed, number, shown
from tile_service.publish.ows.seen import Seen
from tile_service.publish.tilejson import title_of
from tile_service.publish.wfs.query import column
from tile_service.publish.wms import children
from tile_service.publish.wms.gathered import within
from tile_service.publish.wms.picture import reach
from tile_service.publish.wms.request import Picture

NEAR_PX = 5
MOST = 50
FORMS = {
    "application/json": "json", "application/geo+json": "json", "text/plain": "plain",
    "text/html": "html",
}  # fmt: skip

Found = list[tuple[Seen, list[dict[str, Any]]]]


def pixel(ask: Mapping[str, str], of: Picture) -> tuple[float, float]:
    """The place (in the picture's frame) of pixel I, J (X, Y in 1.1.1); raises Refused."""
    names = ("I", "J") if "I" in ask or "J" in ask else ("X", "Y")
    at = []
    for name, side in zip(names, (of.width, of.height), strict=True):
        needed(ask, name)
        value = number(ask, name, default=0, least=0, most=side)
        if value >= side:
            raise Refused("InvalidPoint", f"{name}: lies outside the picture.", name)
        at.append((value + 0.5) / side)
    west, south, east, north = of.box
    return west + at[0] * (east - west), north - at[1] * (north - south)


def around(of: Picture, at: tuple[float, float]) -> Picture:
    """A picture of one pixel there."""
    x, y = at
    half = (of.box[2] - of.box[0]) / of.width / 2
    sides = (x - half, y - half, x + half, y + half)
    return Picture(of.layers, of.of, sides, 1, 1, window=of.window)


def rows(seen: Seen, spot: Picture, most: int) -> list[dict[str, Any]]:
    """Features near the spot, with their columns and their place in degrees."""
    row, (near, values) = seen.published(), reach(spot, NEAR_PX)
    names = seen.layer.fields_of(seen.face)
    text = sql.SQL(
        "SELECT feature_id, ST_AsGeoJSON(geom, 7, 0){columns} FROM {view}"
        " WHERE tile_geom && {near} AND ST_Intersects(tile_geom, {near}){within}"
        " ORDER BY ST_Distance(tile_geom, ST_Centroid({near})), feature_id LIMIT %(most)s"
    ).format(
        columns=sql.SQL("").join(sql.SQL(", ") + column(seen, name) for name in names),
        view=sql.Identifier(SCHEMA, row.view),
        near=near,
        within=within(seen, spot),
    )
    found = reading.rows(row, text, values | spot.moments | {"most": most})
    return [
        {
            "type": "Feature",
            "id": f"{seen.layer.slug}.{identity}",
            "geometry": json.loads(geometry),
            "properties": dict(zip(names, held, strict=True)),
        }
        for identity, geometry, *held in found
    ]


def value(seen: Seen, spot: Picture) -> list[dict[str, Any]]:
    """The value of the layer's newest raster there."""
    newest = seen.layer.rows_of(seen.face).first()
    if newest is None:
        return []
    (lon, lat), frame = degrees(spot), {"path": newest.path, "stops": newest.stops}
    found = json.loads(children.rasters.ask(frame | {"lon": lon, "lat": lat}) or b"{}")
    if found.get("value") is None:
        return []
    properties = {"value": found["value"], "unit": newest.unit, "raster": newest.code}
    place = {"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]}
    return [{"type": "Feature", "geometry": place, "properties": properties}]


def degrees(spot: Picture) -> tuple[float, float]:
    """Longitude and latitude of the middle of a picture."""
    west, south, east, north = spot.box
    place = Point((west + east) / 2, (south + north) / 2, srid=spot.of.srid)
    if not spot.of.in_degrees:
        place.transform(STORED_SRID)
    return place.x, place.y


def find(of: Picture, ask: Mapping[str, str]) -> Found:
    """What lies under the pixel, layer by layer, the topmost first."""
    most = number(ask, "FEATURE_COUNT", default=1, least=1, most=MOST)
    spot = around(of, pixel(ask, of))
    found: Found = []
    for seen in reversed(of.layers):
        if seen is not None:
            found.append((seen, value(seen, spot) if seen.is_raster else rows(seen, spot, most)))
    return found


def answer(of: Picture, ask: Mapping[str, str]) -> HttpResponse:
    """The answer in the form asked for; raises Refused."""
    form = ask.get("INFO_FORMAT") or "text/plain"
    kind = FORMS.get(form.lower())
    if kind is None:
        sentence = f"INFO_FORMAT: {shown(form)} is not offered."
        raise Refused("InvalidFormat", sentence, "INFO_FORMAT")
    found = find(of, ask)
    if kind == "json":
        features = [feature for _, held in found for feature in held]
        body = json.dumps({"type": "FeatureCollection", "features": features}, default=str)
        return HttpResponse(body, content_type="application/json")
    write = as_html if kind == "html" else as_text
    return HttpResponse(write(found), content_type=f"text/{kind}; charset=utf-8")


def lines(properties: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(word, value) of what is known."""
    return [(str(column_name(k)), str(v)) for k, v in properties.items() if v is not None]


def as_text(found: Found) -> str:
    """Plain text."""
    told = []
    for seen, held in found:
        for feature in held:
            told.append(title_of(seen.layer))
            told += [f"  {word}: {value}" for word, value in lines(feature["properties"])]
    return "\n".join(told) + "\n"


def as_html(found: Found) -> str:
    """Tables, every word escaped."""
    tables = [
        format_html(
            "<table><caption>{}</caption>{}</table>",
            title_of(seen.layer),
            format_html_join("", "<tr><th>{}</th><td>{}</td></tr>", lines(feature["properties"])),
        )
        for seen, held in found
        for feature in held
    ]
    return "<!DOCTYPE html><meta charset='utf-8'><title>.</title>" + "".join(tables)
