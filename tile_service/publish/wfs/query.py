"""GetFeature as one statement on a published view: box, frame, columns, order, page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg2 import sql

from layers.geography import TILE_SRID
from tile_service.models import PublishedLayer
from tile_service.publish.compiling import SCHEMA
from tile_service.publish.downloads.table import Kind, kind_of
from tile_service.publish.ows import reading
from tile_service.publish.ows.frames import Box, Frame, box, frame, within_mercator
from tile_service.publish.ows.kvp import Refused, needed, number, shown
from tile_service.publish.ows.seen import Seen
from tile_service.publish.statements import ISO_UTC

GEOMETRY = "geom"
DEFAULT_FRAME = "urn:ogc:def:crs:EPSG::4326"
MOST_FEATURES = 10_000
DIGITS = {True: 7, False: 2}  # decimals of degrees, of metres
EDGE_PARTS = 16  # a box's sides are cut so finely before they are turned to Web Mercator
NUMBER = r"-?\d{1,20}(?:\.\d{1,20})?(?:[eE][-+]?\d{1,2})?"
PREFIXED = r"(?:fes:|ogc:)?"
FRAME = r'(?: srsName="(?P<frame>[^"<>&]{1,60})")?'
ENVELOPE = (  # as 2.0 and most of 1.1 write a box, and as GDAL writes it for 1.1
    rf"<gml:Envelope{FRAME}>"
    rf"<gml:lowerCorner>(?P<a>{NUMBER}) (?P<b>{NUMBER})</gml:lowerCorner>"
    rf"<gml:upperCorner>(?P<c>{NUMBER}) (?P<d>{NUMBER})</gml:upperCorner></gml:Envelope>"
)
OLD_BOX = (
    rf"<gml:Box{FRAME}><gml:coordinates>(?P<a>{NUMBER}),(?P<b>{NUMBER}) "
    rf"(?P<c>{NUMBER}),(?P<d>{NUMBER})</gml:coordinates></gml:Box>"
)
BOX_FILTERS = [
    re.compile(
        rf'^<{PREFIXED}Filter(?: xmlns(?::\w{{1,9}})?="[^"<>&]{{1,60}}"){{0,5}}><{PREFIXED}BBOX>'
        rf"<{PREFIXED}(?P<tag>ValueReference|PropertyName)>(?:kota:)?geom</{PREFIXED}(?P=tag)>"
        rf"{form}</{PREFIXED}BBOX></{PREFIXED}Filter>$",
        re.ASCII,
    )
    for form in (ENVELOPE, OLD_BOX)
]
GML_LONG_NAMES, GML_LINES, GML_LATITUDE_FIRST = 1, 4, 16


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checked GetFeature request."""

    seen: Seen
    output: Frame
    columns: tuple[str, ...]
    with_geometry: bool = True
    sides: Box | None = None
    sides_frame: Frame | None = None
    ids: tuple[int, ...] | None = None
    order: tuple[tuple[str, bool], ...] = ()
    count: int = MOST_FEATURES
    start: int = 0
    hits: bool = False
    params: Mapping[str, str] = field(default_factory=dict)


def properties(ask: Mapping[str, str], seen: Seen) -> tuple[tuple[str, ...], bool]:
    """Columns asked for, and whether the geometry is; all of them when nothing is said."""
    known = seen.layer.fields_of(seen.face)
    text = ask.get("PROPERTYNAME", "").strip("()")
    if not text or text == "*":
        return known, True
    names = [name.rpartition(":")[2].strip() for name in text.split(",")]
    if unknown := [name for name in names if name not in {*known, GEOMETRY}]:
        sentence = f"There is no column called {shown(unknown[0])}."
        raise Refused("InvalidParameterValue", sentence, "PROPERTYNAME")
    return tuple(name for name in known if name in names), GEOMETRY in names


def order(ask: Mapping[str, str], seen: Seen) -> tuple[tuple[str, bool], ...]:
    """(column, descending) of SORTBY: "name,code DESC"."""
    found = []
    for part in filter(None, ask.get("SORTBY", "").split(",")):
        name, _, way = part.strip().rpartition(":")[2].partition(" ")
        if name not in seen.layer.fields_of(seen.face) or way.upper() not in {
            "", "A", "D", "ASC", "DESC"
        }:  # fmt: skip
            raise Refused("InvalidParameterValue", f"SORTBY: {shown(part)} is no column.", "SORTBY")
        found.append((name, way.upper().startswith("D")))
    return tuple(found)


def box_of_filter(text: str) -> str:
    """The box of the one filter that GDAL and its users send, as BBOX writes it; raises Refused.

    The text is compared with two fixed forms, not read as XML: nothing else gets through.
    """
    match = next(filter(None, (form.match(text) for form in BOX_FILTERS)), None)
    if match is None:
        sentence = "FILTER: only a single BBOX on the geometry is served; use BBOX, RESOURCEID."
        raise Refused("OptionNotSupported", sentence, "FILTER")
    sides = ",".join(match.group("a", "b", "c", "d"))
    return f"{sides},{match['frame']}" if match["frame"] else sides


def sides(ask: Mapping[str, str]) -> tuple[Box | None, Frame | None]:
    """BBOX and its frame: the fifth part names it, else the default (latitude first)."""
    text = ask.get("BBOX", "")
    if ask.get("FILTER"):
        text = box_of_filter(ask["FILTER"])
    if not text:
        return None, None
    parts = text.split(",")
    name = parts[4] if len(parts) == 5 else ask.get("SRSNAME") or DEFAULT_FRAME
    of = frame(name, short_is_swapped=False, locator="BBOX")
    found = box(",".join(parts[:4]), of)
    return (within_mercator(found) if of.in_degrees else found), of


def ids(text: str, seen: Seen) -> tuple[int, ...]:
    """Numbers of "waste-bins.3,waste-bins.4"; what is no id of this layer finds nothing."""
    found = []
    for part in text.split(","):
        slug, _, digits = part.strip().rpartition(".")
        if slug == seen.layer.slug and digits.isascii() and digits.isdigit() and len(digits) < 18:
            found.append(int(digits))
    return tuple(found)


def wanted(ask: Mapping[str, str], seen: Seen) -> Wanted:
    """The request, checked; raises Refused."""
    columns, with_geometry = properties(ask, seen)
    around, of = sides(ask)
    named = ask.get("RESOURCEID") or ask.get("FEATUREID")
    if named and around:
        sentence = "BBOX and RESOURCEID exclude each other."
        raise Refused("InvalidParameterValue", sentence, "BBOX")
    return Wanted(
        seen=seen,
        output=frame(
            ask.get("SRSNAME") or DEFAULT_FRAME, short_is_swapped=False, locator="SRSNAME"
        ),
        columns=columns,
        with_geometry=with_geometry,
        sides=around,
        sides_frame=of,
        ids=ids(named, seen) if named else None,
        order=order(ask, seen),
        count=number(
            ask,
            "COUNT" if "COUNT" in ask else "MAXFEATURES",
            default=MOST_FEATURES,
            least=0,
            most=MOST_FEATURES,
        ),
        start=number(ask, "STARTINDEX", default=0, least=0, most=10**9),
        hits=ask.get("RESULTTYPE", "results").lower() == "hits",
        params=ask,
    )


def where(of: Wanted) -> tuple[sql.Composable, dict[str, Any]]:
    """Condition and its values; tile_geom stands bare, so that its index serves it."""
    if of.ids is not None:
        return sql.SQL("feature_id = ANY(%(ids)s)"), {"ids": list(of.ids)}
    if of.sides is None or of.sides_frame is None:
        return sql.SQL("true"), {}
    west, south, east, north = of.sides
    if west >= east or south >= north:
        # nothing of a map lies there (or the box is a line): let PostGIS say so
        east, north = max(east, west), max(north, south)
    values = {
        "west": west, "south": south, "east": east, "north": north,
        "srid": of.sides_frame.srid, "edge": max(east - west, north - south) / EDGE_PARTS or 1,
    }  # fmt: skip
    envelope = (
        "ST_Transform(ST_Segmentize(ST_MakeEnvelope("
        "%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s), %(edge)s), {tile})"
    )
    placed = sql.SQL(envelope).format(tile=sql.Literal(TILE_SRID))
    return sql.SQL("tile_geom && {0} AND ST_Intersects(tile_geom, {0})").format(placed), values


def shape(of: Wanted, *, as_json: bool) -> sql.Composable:
    """Expression of the geometry in the frame asked for, as GML 3.2 or GeoJSON."""
    digits = sql.Literal(DIGITS[of.output.in_degrees])
    placed: sql.Composable = sql.Identifier(GEOMETRY)
    if not of.output.in_degrees:
        placed = sql.SQL("ST_Transform({}, {})").format(placed, sql.Literal(of.output.srid))
    if as_json:
        return sql.SQL("ST_AsGeoJSON({}, {}, 0)").format(placed, digits)
    how = GML_LONG_NAMES + GML_LINES + (GML_LATITUDE_FIRST if of.output.swapped else 0)
    return sql.SQL("ST_AsGML(3, {}, {}, {}, 'gml', 'g' || feature_id)").format(
        placed, digits, sql.Literal(how)
    )


def column(seen: Seen, name: str) -> sql.Composable:
    """Expression of a column; moments in UTC as XML and JSON write them."""
    plain = sql.Identifier(name)
    if kind_of(seen.layer, name) is Kind.MOMENT:
        return sql.SQL(f"to_char({{}} AT TIME ZONE 'UTC', {ISO_UTC})").format(plain)
    return plain


def view(row: PublishedLayer) -> sql.Composable:
    """The view of a face."""
    return sql.SQL("{}.{}").format(sql.Identifier(SCHEMA), sql.Identifier(row.view))


def count(of: Wanted, row: PublishedLayer) -> int:
    """Features that match, on all pages together."""
    condition, values = where(of)
    text = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(view(row), condition)
    return int(reading.rows(row, text, values)[0][0])


def features(of: Wanted, row: PublishedLayer, *, as_json: bool) -> list[tuple[Any, ...]]:
    """(id, geometry text, column, ...) of one page, in a steady order."""
    condition, values = where(of)
    ordered = [
        sql.SQL("{} DESC NULLS LAST" if down else "{} ASC NULLS LAST").format(sql.Identifier(name))
        for name, down in of.order
    ]
    text = sql.SQL(
        "SELECT feature_id, {shape}{columns} FROM {view} WHERE {where} "
        "ORDER BY {order} LIMIT %(count)s OFFSET %(start)s"
    ).format(
        shape=shape(of, as_json=as_json) if of.with_geometry else sql.SQL("NULL"),
        columns=sql.SQL("").join(sql.SQL(", ") + column(of.seen, name) for name in of.columns),
        view=view(row),
        where=condition,
        order=sql.SQL(", ").join([*ordered, sql.SQL("feature_id")]),
    )
    return reading.rows(row, text, values | {"count": of.count, "start": of.start})


def type_name(ask: Mapping[str, str]) -> str:
    """The one layer that is asked for; raises Refused."""
    names = needed(ask, "TYPENAMES", "TYPENAME").strip("()")
    if "," in names or " " in names:
        sentence = "One layer a request: joins are not supported."
        raise Refused("OperationNotSupported", sentence, "TYPENAMES")
    return names
