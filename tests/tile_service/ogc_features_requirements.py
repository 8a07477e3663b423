"""Requirements of OGC API Common and Features Part 1 that we claim."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
from openapi_spec_validator import validate

from tests.tile_service.ogc_asking import (
    QUAD,
    REPORTS,
    WIFI,
    around,
    holds,
    keys,
    local,
    opens,
    place_of_first,
    read,
    rels,
)
from tile_service.serve.ogc_documents import CONFORMS_TO, SPEC

FEATURE_COLLECTION = {
    "type": "object",
    "required": ["type", "features", "links"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "features": {"type": "array", "items": {"$ref": "#/$defs/feature"}},
        "links": {"type": "array", "items": {"$ref": "#/$defs/link"}},
        "numberMatched": {"type": "integer", "minimum": 0},
        "numberReturned": {"type": "integer", "minimum": 0},
    },
    "$defs": {
        "link": {
            "type": "object", "required": ["href", "rel"],
            "properties": {"href": {"type": "string"}, "rel": {"type": "string"}},
        },
        "feature": {
            "type": "object", "required": ["type", "geometry", "properties"],
            "properties": {
                "type": {"const": "Feature"}, "geometry": {"type": ["object", "null"]},
                "properties": {"type": "object"}, "id": {"type": ["string", "integer"]},
            },
        },
    },
}  # fmt: skip


@holds("ogcapi-common-1/req/landing-page/root-success", "ogcapi-features-1/req/core/root-success")
def the_landing_page_links_to_api_conformance_and_data(server: Any) -> None:
    page = read(server, "/ogc")
    assert {"title", "description", "links"} <= set(page)
    found = {one["rel"] for one in page["links"]}
    assert {"self", "service-desc", "service-doc", "conformance", "data"} <= found
    for one in page["links"]:
        if one["href"].startswith("http://localhost/ogc"):
            opens(server, one)


@holds(
    "ogcapi-common-1/req/landing-page/api-definition-success",
    "ogcapi-common-1/req/oas30/oas-definition-1",
    "ogcapi-common-1/req/oas30/oas-definition-2",
    "ogcapi-features-1/req/core/api-definition-success",
    "ogcapi-features-1/req/oas30/completeness",
    "ogcapi-features-1/req/oas30/exceptions-codes",
    "ogcapi-tiles-1/req/oas30/oas30-definition",
)
def the_api_definition_is_valid_openapi_and_names_each_parameter(server: Any) -> None:
    told = rels(read(server, "/ogc"))
    one = told["service-desc application/vnd.oai.openapi+json;version=3.0"]
    definition = json.loads(server.get(local(one["href"])).body)
    validate(definition)
    items = definition["paths"]["/collections/wifi-hotspots/items"]["get"]
    named = {
        part.get("name", part.get("$ref", "").rsplit("/", 1)[-1]) for part in items["parameters"]
    }
    assert {"limit", "bbox", "datetime", "crs", "bbox-crs", "filter", "status"} <= named
    assert {"200", "400", "404", "503"} <= set(items["responses"])
    limit = definition["components"]["parameters"]["limit"]["schema"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 1000, 100)
    tiles = f"/collections/wifi-hotspots/tiles/{QUAD}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    assert {tiles, f"/tiles/{QUAD}", "/tileMatrixSets"} <= set(definition["paths"])


@holds(
    "ogcapi-common-1/req/landing-page/conformance-success",
    "ogcapi-features-1/req/core/conformance-success",
)
def the_conformance_page_lists_what_we_claim(server: Any) -> None:
    assert read(server, "/ogc/conformance")["conformsTo"] == list(CONFORMS_TO)
    assert f"{SPEC}/ogcapi-features-1/1.0/conf/core" in CONFORMS_TO


@holds("ogcapi-common-1/req/core/http", "ogcapi-features-1/req/core/http")
def http_methods_and_states_are_used_as_meant(server: Any) -> None:
    assert server.get("/ogc", method="HEAD").status == 200
    assert server.get("/ogc", method="PUT").headers["allow"] == "GET, HEAD"
    assert server.get("/ogc/none").status == 404


@holds(
    "ogcapi-common-1/req/core/query-param-unknown", "ogcapi-features-1/req/core/query-param-unknown"
)
def an_unknown_parameter_is_refused(server: Any) -> None:
    for path in ("/ogc", "/ogc/collections", f"{WIFI}/items", f"{WIFI}/items/1"):
        assert "unknown" in read(server, path, 400, no_such_thing="1")["title_en"].lower()


@holds(
    "ogcapi-common-1/req/core/query-param-invalid", "ogcapi-features-1/req/core/query-param-invalid"
)
def an_invalid_parameter_is_refused(server: Any) -> None:
    for query in ({"limit": "-1"}, {"bbox": "1,2"}, {"datetime": "x"}, {"f": "x"}):
        read(server, f"{WIFI}/items", 400, **query)


@holds(
    "ogcapi-common-1/req/json/definition",
    "ogcapi-common-1/req/json/content",
    "ogcapi-common-1/req/html/definition",
    "ogcapi-common-1/req/html/content",
    "ogcapi-features-1/req/html/definition",
    "ogcapi-features-1/req/html/content",
)
def every_document_comes_as_json_and_as_a_page(server: Any) -> None:
    paths = [
        "/ogc",
        "/ogc/api",
        "/ogc/conformance",
        "/ogc/collections",
        WIFI,
        f"{WIFI}/items",
        f"{WIFI}/queryables",
        f"{WIFI}/tiles",
        f"{WIFI}/tiles/{QUAD}",
        "/ogc/tiles",
        f"/ogc/tiles/{QUAD}",
        "/ogc/tileMatrixSets",
        f"/ogc/tileMatrixSets/{QUAD}",
    ]
    first = read(server, f"{WIFI}/items", limit="1")["features"][0]["id"]
    for path in [*paths, f"{WIFI}/items/{first}"]:
        page = server.get(path, accept="text/html,application/xhtml+xml,*/*;q=0.8")
        assert page.headers["content-type"] == "text/html; charset=utf-8", path
        assert page.body.startswith(b"<!doctype html>") and b"<h1>" in page.body
        assert json.loads(server.get(path, accept="*/*").body), path
        assert json.loads(server.get(f"{path}?f=json", accept="text/html").body), path


@holds(
    "ogcapi-common-2/req/collections/rc-md-success",
    "ogcapi-features-1/req/core/fc-md-success",
    "ogcapi-features-1/req/core/fc-md-links",
    "ogcapi-features-1/req/core/fc-md-items",
    "ogcapi-features-1/req/core/fc-md-items-links",
)
def the_list_of_collections_leads_to_each_ones_items(server: Any) -> None:
    listed = read(server, "/ogc/collections")
    assert {"self", "alternate"} <= {one["rel"] for one in listed["links"]}
    assert len(listed["collections"]) >= 10
    for one in listed["collections"]:
        assert {"id", "title", "links", "extent", "crs"} <= set(one)
        assert "items application/geo+json" in rels(one)
        opens(server, rels(one)["items application/geo+json"])


@holds(
    "ogcapi-common-2/req/collections/src-md-success",
    "ogcapi-features-1/req/core/sfc-md-success",
    "ogcapi-features-1/req/core/fc-md-extent",
    "ogcapi-features-1/req/core/sfc-md-op",
)
def a_collection_says_the_same_alone_as_in_the_list(server: Any) -> None:
    for one in read(server, "/ogc/collections")["collections"]:
        alone = read(server, f"/ogc/collections/{one['id']}")
        same = set(one) - {"links"}
        assert {name: alone[name] for name in same} == {name: one[name] for name in same}
        (box,) = alone["extent"]["spatial"]["bbox"]
        assert box[0] < box[2] and box[1] < box[3]
    assert "temporal" in read(server, REPORTS)["extent"]


@holds(
    "ogcapi-features-1/req/core/fc-op",
    "ogcapi-features-1/req/core/fc-response",
    "ogcapi-features-1/req/geojson/content",
    "ogcapi-features-1/req/geojson/definition",
)
def items_are_a_geojson_feature_collection(server: Any) -> None:
    for one in read(server, "/ogc/collections")["collections"]:
        answer = server.get(f"/ogc/collections/{one['id']}/items")
        assert answer.headers["content-type"] == "application/geo+json"
        jsonschema.validate(json.loads(answer.body), FEATURE_COLLECTION)


@holds(
    "ogcapi-features-1/req/core/fc-limit-definition",
    "ogcapi-features-1/req/core/fc-limit-response-1",
)
def limit_bounds_the_page_and_a_huge_one_is_cut(server: Any) -> None:
    for wish, most in (("1", 1), ("2", 2), ("5000", 1000)):
        assert 1 <= len(read(server, f"{WIFI}/items", limit=wish)["features"]) <= most


@holds(
    "ogcapi-features-1/req/core/fc-bbox-definition", "ogcapi-features-1/req/core/fc-bbox-response"
)
def bbox_takes_four_or_six_numbers_and_chooses_by_place(server: Any) -> None:
    key, lon, lat = place_of_first(server)
    west, south, east, north = around(lon, lat).split(",")
    flat = read(server, f"{WIFI}/items", bbox=around(lon, lat))
    tall = read(server, f"{WIFI}/items", bbox=f"{west},{south},-9,{east},{north},9")
    assert keys(flat) == keys(tall) == [key]
    assert keys(read(server, f"{WIFI}/items", bbox="10,10,11,11")) == []


@holds(
    "ogcapi-features-1/req/core/fc-time-definition", "ogcapi-features-1/req/core/fc-time-response"
)
def datetime_takes_moments_and_intervals(server: Any) -> None:
    everything = keys(read(server, f"{REPORTS}/items"))
    assert everything
    for when in (
        "2026-11-02T03:00:00Z",
        "2026-11-02T00:00:00Z/2026-11-02T05:00:00Z",
        "../2026-11-03T00:00:00Z",
        "2026-11-02T00:00:00Z/",
        "/2026-11-03T00:00:00Z",
    ):
        assert keys(read(server, f"{REPORTS}/items", datetime=when)) == everything, when
    assert (
        keys(read(server, f"{REPORTS}/items", datetime="2020-01-01T00:00:00Z/2020-01-02T00:00:00Z"))
        == []
    )


@holds(
    "ogcapi-features-1/req/core/fc-links",
    "ogcapi-features-1/req/core/fc-rel-type",
    "ogcapi-features-1/req/core/fc-next-1",
    "ogcapi-features-1/req/core/fc-prev-1",
)
def a_page_links_to_itself_its_other_form_and_what_follows(server: Any) -> None:
    page = read(server, f"{WIFI}/items", limit="1")
    found = rels(page)
    for name in ("self application/geo+json", "alternate text/html", "next application/geo+json"):
        opens(server, found[name])
    assert all(one["type"] for one in page["links"])


@holds(
    "ogcapi-features-1/req/core/fc-numberMatched", "ogcapi-features-1/req/core/fc-numberReturned"
)
def the_numbers_are_the_numbers(server: Any) -> None:
    page = read(server, f"{WIFI}/items", limit="2")
    assert page["numberReturned"] == len(page["features"]) == 2
    assert page["numberMatched"] == len(read(server, f"{WIFI}/items", limit="1000")["features"])
    assert "timeStamp" not in page  # it would give equal answers different bytes


@holds(
    "ogcapi-features-1/req/core/f-op",
    "ogcapi-features-1/req/core/f-success",
    "ogcapi-features-1/req/core/f-links",
)
def each_feature_has_an_address_of_its_own(server: Any) -> None:
    for feature in read(server, f"{WIFI}/items", limit="3")["features"]:
        one = read(server, f"{WIFI}/items/{feature['id']}")
        assert {k: one[k] for k in ("id", "geometry", "properties")} == {
            k: feature[k] for k in ("id", "geometry", "properties")
        }
        assert {"self", "alternate", "collection"} <= {each["rel"] for each in one["links"]}
