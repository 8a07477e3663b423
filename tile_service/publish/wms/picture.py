"""A map as a picture: rows from the published views, drawn by our styles in child processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from PIL import Image
from psycopg2 import sql

from layers.access import Face
from layers.geography import TILE_SRID
from layers.registry import get
from layers.spec import HexTiles, Layer
from tile_service import base_map, styles
from tile_service.publish.compiling import SCHEMA
from tile_service.publish.ows import reading
from tile_service.publish.ows.frames import within_mercator
from tile_service.publish.ows.seen import Seen
from tile_service.publish.statements import MOST_ROWS
from tile_service.publish.wms import children, gathered
from tile_service.publish.wms.request import FORMS, Picture

AROUND_PX = 40  # rows so far beside the picture still reach into it with their marks
FINEST_PX = 0.4  # lines are simplified so far
DIGITS = {True: 7, False: 2}
GATHERED = ("-hex", "-cluster")

Part = dict[str, Any]


def reach(of: Picture, by_px: float = AROUND_PX) -> tuple[sql.Composable, dict[str, Any]]:
    """The picture's box and a little more, in Web Mercator, as SQL."""
    west, south, east, north = of.box
    by = (east - west) / of.width * by_px
    wide = (west - by, south - by, east + by, north + by)
    sides = within_mercator(wide) if of.of.in_degrees else wide
    names = ("west", "south", "east", "north")
    values: dict[str, Any] = dict(zip(names, sides, strict=True)) | {"srid": of.of.srid}
    values["edge"] = max(sides[2] - sides[0], sides[3] - sides[1]) / 16 or 1
    text = (
        "ST_Envelope(ST_Transform(ST_Segmentize(ST_MakeEnvelope("
        "%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s), %(edge)s), {tile}))"
    )
    return sql.SQL(text).format(tile=sql.Literal(TILE_SRID)), values


def rows(seen: Seen, of: Picture) -> list[list[Any]]:
    """[GeoJSON text in the picture's frame, values that the style draws by] of a layer's rows.

    At most MOST_ROWS, spread over the picture by a hash of their ids, drawn in the order of ids.
    """
    row = seen.published()
    columns = [
        name
        for name in seen.layer.fields_of(seen.face)
        if name in styles.drawn_columns(seen.layer) | extra_columns(seen.layer)
    ]
    around, values = reach(of)
    shape: sql.Composable = sql.SQL(
        "ST_ClipByBox2D(ST_Simplify(tile_geom, %(finest)s, true), around.box)"
    )
    if of.of.srid != TILE_SRID:
        turned = "ST_Transform(ST_SetSRID({}, {}), {})"
        shape = sql.SQL(turned).format(shape, sql.Literal(TILE_SRID), sql.Literal(of.of.srid))
    text = sql.SQL(
        "SELECT ST_AsGeoJSON({shape}, {digits}, 0), row_to_json(found)::text FROM ("
        " SELECT feature_id, tile_geom{columns} FROM {view}"
        " WHERE tile_geom && {around}{within}"
        " ORDER BY hashint8extended(feature_id, 0) LIMIT %(most)s"
        ") AS drawn, LATERAL (SELECT {named}) AS found, (SELECT {around} AS box) AS around"
        " ORDER BY feature_id"
    ).format(
        shape=shape,
        digits=sql.Literal(DIGITS[of.of.in_degrees]),
        columns=sql.SQL("").join(sql.SQL(", {}").format(sql.Identifier(name)) for name in columns),
        named=sql.SQL(", ").join(
            [sql.SQL("NULL AS _none"), *(sql.Identifier("drawn", name) for name in columns)]
        ),
        view=sql.Identifier(SCHEMA, row.view),
        around=around,
        within=gathered.within(seen, of),
    )
    finest = FINEST_PX * of.metres_px
    values |= of.moments | {"most": MOST_ROWS, "finest": finest}
    found = reading.rows(row, text, values)
    return [
        [geometry, {k: v for k, v in json.loads(held).items() if v is not None}]
        for geometry, held in found
        if geometry is not None and '"coordinates":[]' not in geometry
    ]


def extra_columns(layer: Layer) -> frozenset[str]:
    """Columns that the base map filters by."""
    return frozenset({"street_class"}) if layer.slug == "streets" else frozenset()


def shown_style(layer: Layer, zoom: float, *, counts: bool) -> list[dict[str, Any]]:
    """The layer's style layers at this zoom, for counts or for rows."""
    kind = ("-hex" if isinstance(layer.tiles, HexTiles) else "-cluster",) if counts else GATHERED
    return [
        one
        for one in styles.layers_of(layer)
        if str(one.get("source-layer", "")).endswith(kind) is counts
        and one.get("minzoom", 0) <= zoom < one.get("maxzoom", 99)
    ]


def parts_of(seen: Seen, of: Picture) -> list[Part]:
    """One layer of rows (or of counts, as its tiles have them there), as the child takes it."""
    counts = gathered.applies(seen, of)
    style = shown_style(seen.layer, of.zoom, counts=counts)
    if not style:
        return []
    if not counts:
        return [{"style": style, "features": rows(seen, of)}]
    around, values = reach(of, gathered.slack_px(seen.layer.tiles))  # type: ignore[arg-type]
    found = gathered.features(seen, of, around, values, DIGITS[of.of.in_degrees])
    return [{"style": style, "features": found}]


def base_parts(of: Picture) -> list[Part]:
    """The base map: its style layers from the bottom up, each with its rows."""
    held: dict[str, list[list[Any]]] = {}
    parts: list[Part] = []
    for one in base_map.layers(set()):
        slug = one.get("source")
        if slug is None or not one.get("minzoom", 0) <= of.zoom < one.get("maxzoom", 99):
            continue
        if slug not in held:
            held[slug] = rows(Seen(get(slug), Face.PUBLIC), of)
        parts.append({"style": [one], "features": held[slug]})
    return parts


def vectors(of: Picture, parts: list[Part], background: str | None) -> Image.Image:
    """Parts drawn by Mapnik, transparent where nothing is."""
    ask = {
        "width": of.width, "height": of.height, "box": of.box, "zoom": of.zoom,
        "parts": parts, "background": background,
    }  # fmt: skip
    return Image.open(BytesIO(children.maps.ask(ask))).convert("RGBA")


def raster(seen: Seen, of: Picture) -> Image.Image | None:
    """The layer's newest raster, as strong as its style says; None where there is nothing."""
    newest = seen.layer.rows_of(seen.face).first()
    if newest is None:
        return None
    ask = {"path": newest.path, "stops": newest.stops, "box": of.box, "srid": of.of.srid}
    data = children.rasters.ask(ask | {"width": of.width, "height": of.height})
    if not data:
        return None
    image = Image.open(BytesIO(data)).convert("RGBA")
    image.putalpha(image.getchannel("A").point(lambda a: round(a * seen.layer.symbol.opacity)))
    return image


def images(of: Picture) -> Iterator[Image.Image]:
    """Pictures from the bottom up; neighbouring layers of rows are drawn as one."""
    held: list[Part] = []
    sea: str | None = None
    for seen in of.layers:
        if seen is None:
            sea = sea or styles.SEA
            held += base_parts(of)
        elif not seen.is_raster:
            held += parts_of(seen, of)
        else:
            if held or sea:
                yield vectors(of, held, sea)
                held, sea = [], None
            image = raster(seen, of)
            if image is not None:
                yield image
    if held or sea:
        yield vectors(of, held, sea)


def draw(of: Picture) -> bytes:
    """The picture in the form asked for."""
    clear = of.transparent and FORMS[of.form] != "JPEG"
    whole = Image.new("RGBA", (of.width, of.height), of.background + ("00" if clear else "ff"))
    for image in images(of):
        whole.alpha_composite(image)
    return encoded(whole, of.form)


def encoded(image: Image.Image, form: str) -> bytes:
    """A picture as a file."""
    if FORMS[form] == "JPEG":
        image = image.convert("RGB")
    elif form.endswith("8bit"):
        image = image.quantize(256, Image.Quantize.FASTOCTREE)
    sink = BytesIO()
    image.save(sink, FORMS[form])
    return sink.getvalue()
