"""Requirements of OGC API Features Parts 2 and 3 and of CQL2 that we claim."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema

from tests.tile_service.ogc_asking import (
    WIFI,
    around,
    chosen,
    holds,
    inside_an_island,
    keys,
    local,
    opens,
    place_of_first,
    read,
    rels,
)
from tile_service.serve.ogc_documents import REL
from tile_service.serve.ogc_frames import CRS84, EPSG


@holds(
    "ogcapi-features-2/req/crs/fc-md-crs-list",
    "ogcapi-features-2/req/crs/fc-md-storageCrs",
    "ogcapi-features-2/req/crs/crs-uri",
)
def each_collection_lists_its_frames_first_the_default(server: Any) -> None:
    for one in read(server, "/ogc/collections")["collections"]:
        assert one["crs"][0] == CRS84
        assert {EPSG.format(4326), EPSG.format(3857)} < set(one["crs"])
        assert one["storageCrs"] in one["crs"]
        assert all(uri.startswith("http://www.opengis.net/def/crs/") for uri in one["crs"])


@holds(
    "ogcapi-features-2/req/crs/fc-crs-action",
    "ogcapi-features-2/req/crs/fc-crs-default-value",
    "ogcapi-features-2/req/crs/ogc-crs-header",
    "ogcapi-features-2/req/crs/ogc-crs-header-value",
    "ogcapi-features-2/req/crs/fc-crs-definition",
)
def the_answer_comes_in_the_frame_asked_for_and_says_so(server: Any) -> None:
    first = keys(read(server, f"{WIFI}/items", limit="1"))[0]
    for path in (f"{WIFI}/items", f"{WIFI}/items/{first}"):
        assert server.get(path).headers["content-crs"] == f"<{CRS84}>"
        for uri in read(server, WIFI)["crs"]:
            assert server.get(f"{path}?crs={quote(uri)}").headers["content-crs"] == f"<{uri}>"
    lon_lat = read(server, f"{WIFI}/items/{first}")["geometry"]["coordinates"]
    lat_lon = read(server, f"{WIFI}/items/{first}", crs=EPSG.format(4326))
    assert lat_lon["geometry"]["coordinates"] == lon_lat[::-1]


@holds(
    "ogcapi-features-2/req/crs/fc-crs-valid-value",
    "ogcapi-features-2/req/crs/fc-bbox-crs-valid-value",
)
def another_frame_is_refused(server: Any) -> None:
    odd = EPSG.format(2056)
    read(server, f"{WIFI}/items", 400, crs=odd)
    read(server, f"{WIFI}/items", 400, bbox="1,1,2,2", bbox_crs=odd)


@holds(
    "ogcapi-features-2/req/crs/fc-bbox-crs-action",
    "ogcapi-features-2/req/crs/fc-bbox-crs-definition",
    "ogcapi-features-2/req/crs/fc-bbox-crs-default-value",
)
def a_box_is_read_in_its_own_frame(server: Any) -> None:
    key, lon, lat = place_of_first(server)
    plain = keys(read(server, f"{WIFI}/items", bbox=around(lon, lat)))
    same = keys(read(server, f"{WIFI}/items", bbox=around(lon, lat), bbox_crs=CRS84))
    swapped = around(lat, lon)
    turned = read(server, f"{WIFI}/items", bbox=swapped, bbox_crs=EPSG.format(4326))
    assert plain == same == keys(turned) == [key]


@holds(
    "ogcapi-features-3/req/queryables/get-queryables-op",
    "ogcapi-features-3/req/queryables/get-queryables-response",
    "ogcapi-features-3/req/queryables/queryables-link",
)
def queryables_are_a_json_schema_of_the_published_columns(server: Any) -> None:
    for one in read(server, "/ogc/collections")["collections"]:
        target = rels(one)[f"{REL}/queryables application/schema+json"]
        opens(server, target)
        schema = json.loads(server.get(local(target["href"])).body)
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$id"] == target["href"]
        assert schema["type"] == "object" and schema["additionalProperties"] is False
        columns = server.app.catalogue.faces[one["id"], "public"].spec["collection"]["columns"]
        assert set(schema["properties"]) <= set(columns) | {"geometry"}


@holds("ogcapi-features-3/req/queryables-query-parameters/parameters")
def each_queryable_is_a_parameter(server: Any) -> None:
    feature = read(server, f"{WIFI}/items", limit="1")["features"][0]
    for name in read(server, f"{WIFI}/queryables")["properties"]:
        value = feature["properties"].get(name)
        if value is not None:
            assert feature["id"] in keys(
                read(server, f"{WIFI}/items?{urlencode({name: value})}")
            ), name


@holds(
    "ogcapi-features-3/req/filter/filter-param",
    "ogcapi-features-3/req/filter/response",
    "ogcapi-features-3/req/features-filter/filter-param",
)
def a_filter_chooses_rows_and_joins_the_other_parameters(server: Any) -> None:
    feature = read(server, f"{WIFI}/items", limit="1")["features"][0]
    code = feature["properties"]["code"]
    assert chosen(server, f"code = '{code}'") == [feature["id"]]
    assert chosen(server, f"code = '{code}'", bbox="0,0,1,1") == []
    everything = keys(read(server, f"{WIFI}/items"))
    assert chosen(server, f"code <> '{code}'") == [
        key for key in everything if key != feature["id"]
    ]


@holds(
    "ogcapi-features-3/req/filter/filter-lang-param",
    "ogcapi-features-3/req/filter/filter-crs-param",
    "ogcapi-features-3/req/filter/filter-crs-wgs84",
    "ogcapi-features-3/req/filter/mixing-expressions",
)
def a_filter_has_a_language_and_a_frame(server: Any) -> None:
    tree = {"op": "isNull", "args": [{"property": "code"}]}
    assert chosen(server, json.dumps(tree), filter_lang="cql2-json") == chosen(
        server, "code IS NULL"
    )
    key, lon, lat = inside_an_island(server)
    islands, crs = "/ogc/collections/islands", EPSG.format(4326)
    plain = chosen(server, f"S_INTERSECTS(geometry, POINT({lon} {lat}))", islands)
    same = chosen(server, f"S_INTERSECTS(geometry, POINT({lon} {lat}))", islands, filter_crs=CRS84)
    turned = chosen(server, f"S_INTERSECTS(geometry, POINT({lat} {lon}))", islands, filter_crs=crs)
    assert key in plain
    assert plain == same == turned


@holds(
    "cql2/req/cql2-text/validate", "cql2/req/cql2-json/validate", "cql2/req/basic-cql2/cql2-filter"
)
def what_is_no_cql2_is_refused(server: Any) -> None:
    for text in ("=", "code =", "AND", "code = 'a", "SELECT 1"):
        read(server, f"{WIFI}/items", 400, filter=text)
        read(server, f"{WIFI}/items", 400, filter=text, filter_lang="cql2-json")


@holds(
    "cql2/req/basic-cql2/binary-comparison",
    "cql2/req/basic-cql2/null",
    "cql2/req/basic-cql2/logic",
    "cql2/req/basic-cql2/property",
    "cql2/req/basic-cql2/comparison-literals",
)
def comparisons_agree_with_python(server: Any) -> None:
    rows = read(server, f"{WIFI}/items", limit="1000")["features"]
    value = rows[0]["properties"]["radius_m"]
    signs: dict[str, Callable[[Any], bool]] = {
        "=": lambda n: n == value, "<>": lambda n: n != value, "<": lambda n: n < value,
        "<=": lambda n: n <= value, ">": lambda n: n > value, ">=": lambda n: n >= value,
    }  # fmt: skip
    for sign, rule in signs.items():
        wanted = [one["id"] for one in rows if rule(one["properties"]["radius_m"])]
        assert chosen(server, f"radius_m {sign} {value}") == wanted, sign
        inverse = [one["id"] for one in rows if one["id"] not in wanted]
        assert chosen(server, f"NOT (radius_m {sign} {value})") == inverse, sign
        assert chosen(server, f"radius_m {sign} {value} AND FALSE") == []
        assert chosen(server, f"radius_m {sign} {value} OR TRUE") == [one["id"] for one in rows]
    assert chosen(server, "radius_m IS NULL") == []


@holds(
    "cql2/req/basic-spatial-functions/spatial-predicates",
    "cql2/req/basic-spatial-functions/spatial-data-types",
)
def points_and_boxes_meet_what_they_touch(server: Any) -> None:
    key, lon, lat = inside_an_island(server)
    islands = "/ogc/collections/islands"
    assert key in chosen(server, f"S_INTERSECTS(geometry, POINT({lon} {lat}))", islands)
    assert chosen(server, f"S_INTERSECTS(geometry, POINT({lon} {lat + 45}))", islands) == []
    first, lon, lat = place_of_first(server)
    box = f"BBOX({around(lon, lat)})"
    assert chosen(server, f"S_INTERSECTS(geometry, {box})") == [first]
    assert first not in chosen(server, f"NOT S_INTERSECTS(geometry, {box})")
