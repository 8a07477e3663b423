"""WFS 2.0.0 and 1.1.0, read-only, by GET alone: no XML of a caller's is ever read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from tile_service.publish.ows import kvp, seen
from tile_service.publish.ows.answers import guarded, site_of
from tile_service.publish.ows.kvp import Refused
from tile_service.publish.ows.seen import Seen
from tile_service.publish.ows.xml import HEAD, element
from tile_service.publish.wfs import capabilities, gml, older, query
from tile_service.publish.wfs.dialects import NEWER, OLDER, SPOKEN, Dialect, negotiated, spoken

XML, GML_TYPE = "text/xml; charset=utf-8", NEWER.gml_type
JSON_NAMES = {"application/json", "application/geo+json", "json", "geojson"}
GML_NAMES = {"", GML_TYPE, "application/gml+xml;version=3.2", "text/xml; subtype=gml/3.2",
             "text/xml; subtype=gml/3.2.1", "gml32", "gml3", "text/xml"}  # fmt: skip
OLDER_NAMES = {"", OLDER.gml_type, "gml3", "text/xml", "text/xml; subtype=gml/3.1.1/base/gml.xsd"}
PARAMETERS = (
    "TYPENAMES", "TYPENAME", "BBOX", "COUNT", "MAXFEATURES", "STARTINDEX", "SRSNAME",
    "RESULTTYPE", "OUTPUTFORMAT", "PROPERTYNAME", "SORTBY", "RESOURCEID", "FEATUREID",
    "STOREDQUERY_ID", "ID", "FILTER", "ACCEPTVERSIONS", "RESOLVE",
)  # fmt: skip


def report(refusal: Refused) -> HttpResponse:
    """An exception report."""
    told = element(
        "ows:Exception",
        element("ows:ExceptionText", refusal.said()),
        exceptionCode=refusal.code,
        locator=refusal.locator or None,
    )
    body = HEAD + element(
        "ows:ExceptionReport",
        told,
        version="2.0.0",
        **{"xmlns:ows": "http://www.opengis.net/ows/1.1"},
    )
    return HttpResponse(body, content_type=XML, status=refusal.status)


def dialect_of(ask: dict[str, str]) -> Dialect:
    """The version that a request is written in; raises Refused for one that is not spoken."""
    found = spoken(ask.get("VERSION", NEWER.version))
    if found is None:
        known = " or ".join(one.version for one in SPOKEN)
        raise Refused("InvalidParameterValue", f"VERSION must be {known}.", "VERSION")
    return found


def of_rows(request: HttpRequest) -> list[Seen]:
    """Layers with features that the caller sees."""
    return [one for one in seen.everything(request) if not one.is_raster]


def named(request: HttpRequest, name: str, locator: str) -> Seen:
    """A layer with features; raises Refused."""
    found = seen.one(request, name, code="InvalidParameterValue", locator=locator)
    if found.is_raster:
        sentence = f"There is no layer called {kvp.shown(name)}."
        raise Refused("InvalidParameterValue", sentence, locator)
    return found


def get_capabilities(request: HttpRequest, ask: dict[str, str]) -> HttpResponseBase:
    """GetCapabilities, which must name its service; other requests are forgiven."""
    kvp.needed(ask, "SERVICE")
    layers, site = of_rows(request), site_of(request)
    if negotiated(ask.get("VERSION", ""), ask.get("ACCEPTVERSIONS", "")).older:
        return HttpResponse(older.document(layers, site), content_type=XML)
    body = capabilities.document(layers, site, timezone.now())
    return HttpResponse(body, content_type=XML)


def describe(request: HttpRequest, ask: dict[str, str]) -> HttpResponseBase:
    """DescribeFeatureType."""
    names = [part for part in ask.get("TYPENAMES", ask.get("TYPENAME", "")).split(",") if part]
    found = [named(request, name, "TYPENAMES") for name in names] or of_rows(request)
    return HttpResponse(gml.schema(found, dialect_of(ask)), content_type=XML)


def stored_queries(described: bool) -> Callable[[HttpRequest, dict[str, str]], HttpResponseBase]:
    """ListStoredQueries, DescribeStoredQueries."""

    def answer(request: HttpRequest, ask: dict[str, str]) -> HttpResponseBase:
        body = capabilities.stored_queries(of_rows(request), described=described)
        return HttpResponse(body, content_type=XML)

    return answer


def absent(identity: str) -> Refused:
    """What is said of an id that nothing seen by the caller has."""
    return Refused(
        "NotFound", f"There is no feature called {kvp.shown(identity)}.", "ID", status=404
    )


def by_id(request: HttpRequest, ask: dict[str, str], identity: str) -> query.Wanted:
    """The stored query; a layer that is hidden or missing is one that lacks the feature."""
    try:
        layer = named(request, identity.rpartition(".")[0] or "-", "ID")
    except Refused:
        raise absent(identity) from None
    kept = {name: held for name, held in ask.items() if name in {"SRSNAME", "VERSION"}}
    return query.wanted(kept | {"RESOURCEID": identity.rpartition(":")[2]}, layer)


def wanted(request: HttpRequest, ask: dict[str, str]) -> query.Wanted:
    """The checked request; a stored query is one by id."""
    if ask.get("STOREDQUERY_ID"):
        if ask["STOREDQUERY_ID"] != capabilities.BY_ID:
            sentence = f"There is no stored query {kvp.shown(ask['STOREDQUERY_ID'])}."
            raise Refused("InvalidParameterValue", sentence, "STOREDQUERY_ID")
        return by_id(request, ask, kvp.needed(ask, "ID"))
    if ask.get("RESOURCEID") and not (ask.get("TYPENAMES") or ask.get("TYPENAME")):
        ask = ask | {"TYPENAMES": ask["RESOURCEID"].split(",")[0].rpartition(".")[0] or "-"}
    layer = named(request, query.type_name(ask), "TYPENAMES")
    refuse_other_ids(request, ask.get("RESOURCEID", ""), layer)
    return query.wanted(ask, layer)


def refuse_other_ids(request: HttpRequest, text: str, layer: Seen) -> None:
    """Raise Refused for an id of another layer that the caller sees; of a hidden one: unknown."""
    slugs = {part.strip().rpartition(".")[0]: part for part in text.split(",")} if text else {}
    others = slugs.keys() - {layer.layer.slug}
    if others and (known := others & {one.layer.slug for one in of_rows(request)}):
        sentence = f"RESOURCEID: {kvp.shown(slugs[min(known)])} is no id of this layer."
        raise Refused("InvalidParameterValue", sentence, "RESOURCEID")


def get_feature(request: HttpRequest, ask: dict[str, str]) -> HttpResponseBase:
    """GetFeature: GML or GeoJSON; `hits` counts only."""
    form, dialect = ask.get("OUTPUTFORMAT", "").lower(), dialect_of(ask)
    if form not in JSON_NAMES | (OLDER_NAMES if dialect.older else GML_NAMES):
        sentence = f"OUTPUTFORMAT: {kvp.shown(form)} is not offered."
        raise Refused("InvalidParameterValue", sentence, "OUTPUTFORMAT")
    if ask.get("RESOLVE", "local").lower() not in {"local", "none"}:
        sentence = f"RESOLVE: {kvp.shown(ask['RESOLVE'])} is not offered."
        raise Refused("InvalidParameterValue", sentence, "RESOLVE")
    of = wanted(request, ask)
    row = of.seen.published()
    as_json = form in JSON_NAMES
    if ask.get("STOREDQUERY_ID"):
        return one_feature(of, query.features(of, row, as_json=as_json), request, ask)
    matched = query.count(of, row)
    rows = [] if of.hits else query.features(of, row, as_json=as_json)
    if as_json:
        lines = geojson(of, rows, matched)
        return StreamingHttpResponse(lines, content_type="application/geo+json")
    site = site_of(request)
    told = gml.collection(of, rows, matched, site, dialect)
    return StreamingHttpResponse(told, content_type=dialect.gml_type)


def one_feature(
    of: query.Wanted, rows: list[tuple[Any, ...]], request: HttpRequest, ask: dict[str, str]
) -> HttpResponseBase:
    """The feature itself, in no collection; raises Refused when there is none."""
    if not rows:
        raise absent(ask["ID"])
    if ask.get("OUTPUTFORMAT", "").lower() in JSON_NAMES:
        return HttpResponse(feature_json(of, rows[0]), content_type="application/geo+json")
    dialect = dialect_of(ask)
    return HttpResponse(
        gml.alone(of, rows[0], site_of(request), dialect), content_type=dialect.gml_type
    )


def feature_json(of: query.Wanted, row: tuple[Any, ...]) -> str:
    """One feature as GeoJSON."""
    identity, geometry, *values = row
    properties = dict(zip(of.columns, values, strict=True))
    return (
        f'{{"type": "Feature", "id": "{of.seen.layer.slug}.{identity}", '
        f'"geometry": {geometry or "null"}, '
        f'"properties": {json.dumps(properties, default=str, ensure_ascii=False)}}}'
    )


def geojson(of: query.Wanted, rows: list[tuple[Any, ...]], matched: int) -> Iterator[str]:
    """A FeatureCollection; x before y, and the frame named where it is not WGS 84."""
    head: dict[str, Any] = {"type": "FeatureCollection", "numberMatched": matched}
    head |= {"numberReturned": 0 if of.hits else len(rows)}
    if not of.output.in_degrees:
        name = capabilities.urn(of.output.srid)
        head["crs"] = {"type": "name", "properties": {"name": name}}
    yield json.dumps(head)[:-1] + ', "features": ['
    for number, row in enumerate(rows):
        yield ("," if number else "") + feature_json(of, row)
    yield "]}"


OPERATIONS: dict[str, Callable[[HttpRequest, dict[str, str]], HttpResponseBase]] = {
    "GETCAPABILITIES": get_capabilities,
    "DESCRIBEFEATURETYPE": describe,
    "GETFEATURE": get_feature,
    "LISTSTOREDQUERIES": stored_queries(described=False),
    "DESCRIBESTOREDQUERIES": stored_queries(described=True),
}


def answer(request: HttpRequest) -> HttpResponseBase:
    """One request; raises Refused."""
    ask = kvp.read(request.GET, PARAMETERS)
    if ask.get("SERVICE", "WFS").upper() != "WFS":
        raise Refused("InvalidParameterValue", "SERVICE must be WFS.", "SERVICE")
    name = kvp.needed(ask, "REQUEST")
    operation = OPERATIONS.get(name.upper())
    if operation is None:
        sentence = f"{kvp.shown(name)} is not supported: this service is read-only."
        raise Refused("OperationNotSupported", sentence, "REQUEST")
    if operation is not get_capabilities:
        dialect_of(ask)
    return operation(request, ask)


wfs = guarded(answer, report)
