"""OGC API - Features: pages, boxes, times, frames, filters; what is refused, what may be kept."""

from __future__ import annotations

import json
import time
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.db import connection
from pyproj import Transformer

from layers.catalog.facilities import Facility
from layers.catalog.reports.models import Report
from layers.catalog.wifi import WifiHotspot
from layers.geography import city
from tests.tile_service import toy
from tests.tile_service.conftest import committed
from tile_service.models import PublishedLayer
from tile_service.serve import features, tokens
from tile_service.serve.ogc_frames import CRS84, EPSG
from tile_service.serve.ogc_parameters import MOST, wish_of

pytestmark = pytest.mark.django_db
WIFI = "/ogc/collections/wifi-hotspots/items"
REPORTS = "/ogc/collections/reports/items"
KEY = tokens.key_from(settings.SECRET_KEY)


def bearer(**faces: str) -> str:
    """Header value that opens these faces (underscores stand for hyphens)."""
    named = {slug.replace("_", "-"): face for slug, face in faces.items()}
    return "Bearer " + tokens.mint(KEY, named, expires_at=int(time.time()) + 600)


def asked(server, path: str, **query: str) -> dict:
    """JSON of an answer that must be good; hyphens of parameters are written as underscores."""
    named = {name.replace("_", "-"): text for name, text in query.items()}
    answer = server.get(f"{path}?{urlencode(named)}" if named else path)
    assert answer.status == 200, (path, query, answer.body)
    return json.loads(answer.body)


def keys(page: dict) -> list[int]:
    """Keys of a page's features."""
    return [one["id"] for one in page["features"]]


def following(page: dict) -> str | None:
    """Address of the next page, without its host."""
    found = [one["href"] for one in page["links"] if one["rel"] == "next"]
    return found[0].removeprefix("http://localhost") if found else None


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_pages_show_each_row_once_in_the_order_of_keys(server, limit):
    server.get(WIFI)
    epoch = server.app.catalogue.epochs.get(("wifi-hotspots", "public"), 0)
    committed(lambda: [toy.make(WifiHotspot) for _ in range(2)])
    server.wait_for_epoch("wifi-hotspots", "public", epoch)
    rows, address = [], f"{WIFI}?limit={limit}"
    while address:
        page = json.loads(server.get(address).body)
        assert len(page["features"]) <= limit
        rows += keys(page)
        address = following(page)
    assert rows == sorted(WifiHotspot.objects.values_list("pk", flat=True))
    assert page["numberMatched"] == len(rows)


def test_a_row_written_between_two_pages_moves_no_other(server):
    first = asked(server, WIFI, limit="2")
    deleted = committed(lambda: WifiHotspot.objects.filter(pk=keys(first)[0]).delete())
    second = json.loads(server.get(following(first)).body)
    assert deleted[0] == 1
    assert not set(keys(first)) & set(keys(second))
    assert keys(second)[0] > keys(first)[-1]


def test_offset_skips_and_the_next_page_follows_it(server):
    everything = keys(asked(server, WIFI))
    page = asked(server, WIFI, offset="1", limit="1")
    assert keys(page) == everything[1:2]
    assert keys(json.loads(server.get(following(page)).body)) == everything[2:3]


def test_an_item_is_the_same_feature_as_in_its_page(server):
    page = asked(server, WIFI, limit="1")["features"][0]
    one = asked(server, f"{WIFI}/{page['id']}")
    assert {name: one[name] for name in page} == page
    for missing in ("0", "999999999", "x", "-1", "1e3", "9" * 40, "%27", "1;2"):
        assert server.get(f"{WIFI}/{missing}").status == 404, missing


def test_a_box_takes_what_it_touches_and_nothing_else(server):
    page = asked(server, WIFI)
    lon, lat = page["features"][0]["geometry"]["coordinates"]
    tiny = f"{lon - 1e-6},{lat - 1e-6},{lon + 1e-6},{lat + 1e-6}"
    assert keys(asked(server, WIFI, bbox=tiny)) == [page["features"][0]["id"]]
    assert keys(asked(server, WIFI, bbox="0,0,1,1")) == []
    west, south, east, north = city().outer_box
    whole = asked(server, WIFI, bbox=f"{west},{south},{east},{north}")
    assert keys(whole) == keys(page)
    high = asked(server, WIFI, bbox=f"{west},{south},-10,{east},{north},5000")
    assert keys(high) == keys(page)
    round_the_world = asked(server, WIFI, bbox=f"170,{south},{east},{north}")  # over the date line
    assert keys(round_the_world) == keys(page)


@pytest.mark.parametrize("srid", [3857, 4326, "metric"])
def test_a_frame_moves_coordinates_as_pyproj_does_and_back(server, srid):
    number = city().metric_srid if srid == "metric" else srid
    uri = EPSG.format(number)
    plain = asked(server, WIFI, limit="1")["features"][0]["geometry"]["coordinates"]
    answer = server.get(f"{WIFI}?limit=1&crs={quote(uri)}")
    assert answer.headers["content-crs"] == f"<{uri}>"
    moved = json.loads(answer.body)["features"][0]["geometry"]["coordinates"]
    there = Transformer.from_crs("OGC:CRS84", f"EPSG:{number}").transform(*plain)
    tolerance = 1e-6 if number == 4326 else 0.05
    assert moved == pytest.approx(list(there), abs=tolerance)
    reach = 1e-5 if number == 4326 else 1.0
    box = ",".join(str(part) for part in (*(n - reach for n in there), *(n + reach for n in there)))
    found = asked(server, WIFI, bbox=box, bbox_crs=uri)
    assert keys(found) == keys(asked(server, WIFI, limit="1"))
    x, y = there
    shape = f"S_INTERSECTS(geometry, BBOX({x - reach},{y - reach},{x + reach},{y + reach}))"
    assert keys(asked(server, WIFI, filter=shape, filter_crs=uri)) == keys(found)


def test_time_is_widened_to_the_bucket_and_the_answer_says_to_what(server):
    exact = server.get(f"{REPORTS}?datetime=2026-11-02T03:10:20Z")
    assert len(json.loads(exact.body)["features"]) >= 3  # all toy reports came at 03:00
    place = exact.headers["content-location"].removeprefix("http://localhost")
    again = server.get(place)
    assert "2026-11-02T03%3A00%3A00Z%2F2026-11-02T03%3A59%3A59Z" in place
    assert again.headers["content-location"].endswith(place)
    assert keys(json.loads(again.body)) == keys(json.loads(exact.body))
    for other in ("2026-11-02T04:00:00Z/..", "../2026-11-02T02:59:59Z", "2026-11-01"):
        assert asked(server, REPORTS, datetime=other)["features"] == [], other
    for whole in ("../2026-11-02T03:00:00Z", "2026-11-02", "2026-11-02T12:00:00+09:00/.."):
        assert keys(asked(server, REPORTS, datetime=whole)) == keys(json.loads(exact.body)), whole


def test_a_layer_without_time_does_not_mind_the_question(server):
    assert keys(asked(server, WIFI, datetime="1999-01-01")) == keys(asked(server, WIFI))


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=-1", "limit=", "limit=1.5", "limit=1e3", "limit=99999999999999999999",
        "limit=1&limit=2", "offset=-1", "offset=100001", "after=x", "after=-1", "bbox=1,2,3",
        "bbox=1,2,3,4,5,6,7", "bbox=a,b,c,d", "bbox=nan,0,1,1", "bbox=0,0,inf,1", "bbox=0,91,1,92",
        "bbox=0,2,1,1", "bbox=1e999,0,1,1", "bbox=", "bbox-crs=" + quote(CRS84), "crs=EPSG:4326",
        "crs=", "bbox=1,1,2,2&bbox-crs=x", "datetime=", "datetime=yesterday", "datetime=../..x",
        "datetime=2026-11-02T03:00:00", "datetime=2027-01-01/2026-01-01", "datetime=..",
        "datetime=2026-13-01", "datetime=9999-12-31T23:59:59Z/0001-01-01", "filter=", "filter=x",
        "filter=1%3D1", "filter-lang=cql2-text", "filter=code%3D1&filter-lang=sql",
        "filter-crs=x", "properties=contact_note", "properties=geom,code", "no_such=1", "f=xml",
        "status=%00", "radius_m=abc", "radius_m=1e999", "a", "=", "%00=1", "sortby=code",
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_name(server, query):
    answer = server.get(f"{WIFI}?{query}")
    assert answer.status == 400, answer.body
    name = query.split("=")[0]
    said = json.loads(answer.body)["title"]
    odd = name in {"", "a", "%00"} or query.count("&") or query.startswith("filter=")
    assert odd or name.split("-")[0] in said, said


def test_a_limit_above_the_cap_gets_the_cap(server):
    spec = PublishedLayer.objects.get(slug="wifi-hotspots", face="public").spec
    for wish in ("1001", "999999999"):
        assert wish_of({"limit": wish}, spec).limit == MOST == 1000
    assert len(asked(server, WIFI, limit="1001")["features"]) == WifiHotspot.objects.count()


def test_a_page_ends_at_its_bytes_and_goes_on_after_them(server, monkeypatch):
    monkeypatch.setattr(features, "MOST_PAGE_BYTES", 1)
    first = asked(server, WIFI)
    assert len(first["features"]) == 1
    second = json.loads(server.get(following(first)).body)
    assert len(second["features"]) == 1 and keys(second) > keys(first)


def test_columns_are_filters_and_can_be_chosen(server):
    status = asked(server, WIFI)["features"][0]["properties"]["status"]
    same = asked(server, WIFI, status=status)
    assert same["features"] and {f["properties"]["status"] for f in same["features"]} == {status}
    assert asked(server, WIFI, status="no such status")["features"] == []
    short = asked(server, WIFI, properties="status,code")["features"][0]["properties"]
    assert list(short) == ["code", "status"]


def test_the_public_face_shows_public_columns_and_public_places_only(server):
    held = committed(lambda: toy.hold_back(toy.make(Report)))
    moved = committed(lambda: toy.make(Report))
    lon, lat = toy.place()
    public = f"SRID=4326;POINT({lon + 0.01} {lat})"
    committed(lambda: Report.objects.filter(pk=moved.pk).update(public_geom=public))
    time.sleep(0.7)
    page = asked(server, REPORTS)
    shown = {one["properties"]["number"]: one for one in page["features"]}
    spec = PublishedLayer.objects.get(slug="reports", face="public").spec["collection"]
    assert held.number not in shown
    assert set(shown[moved.number]["properties"]) == set(spec["columns"])
    place = shown[moved.number]["geometry"]["coordinates"]
    assert place == pytest.approx([lon + 0.01, lat], abs=1e-6)
    assert place != pytest.approx(list(moved.geom.coords), abs=1e-4)
    true_box = ",".join(
        f"{n:.6f}" for n in (moved.geom.x - 1e-5, moved.geom.y - 1e-5,
                             moved.geom.x + 1e-5, moved.geom.y + 1e-5)
    )  # fmt: skip
    assert moved.pk not in keys(asked(server, REPORTS, bbox=true_box))
    staff = server.get(f"{REPORTS}?bbox={true_box}", authorization=bearer(reports="staff"))
    assert moved.pk in keys(json.loads(staff.body))


def test_an_unchanged_answer_is_304_without_a_query_and_a_change_makes_it_anew(server):
    first = server.get(WIFI)
    pool = server.app.pool(PublishedLayer.objects.get(slug="wifi-hotspots", face="public").login)
    real, pool.rows = pool.rows, None
    try:
        again = server.get(WIFI, if_none_match=first.headers["etag"])
    finally:
        pool.rows = real
    assert (again.status, again.body) == (304, b"")
    assert first.headers["cache-control"] == "public, no-cache"
    epoch = server.app.catalogue.epochs.get(("wifi-hotspots", "public"), 0)
    committed(lambda: toy.make(WifiHotspot))
    server.wait_for_epoch("wifi-hotspots", "public", epoch)
    after = server.get(WIFI, if_none_match=first.headers["etag"])
    assert after.status == 200
    assert len(json.loads(after.body)["features"]) == len(json.loads(first.body)["features"]) + 1


def test_head_tells_the_size_and_encodings_are_the_callers(server):
    whole, head = server.get(WIFI), server.get(WIFI, method="HEAD")
    assert head.body == b"" and head.headers["content-length"] == whole.headers["content-length"]
    assert server.get(WIFI, accept_encoding="gzip").headers["content-encoding"] == "gzip"
    assert server.get(WIFI, method="POST").status == 405
    assert server.get(WIFI, accept_encoding="identity;q=0").status == 406


def test_odd_questions_fill_no_cache(server):
    before = len(server.app.cache.kept)
    for number in range(600):
        server.get(f"{WIFI}?offset={number}&limit=1&bbox=0,0,1,{number / 1000 + 1}")
    assert len(server.app.cache.kept) == before
    assert len(server.app.counts.held) <= 500


def test_hostile_words_are_text_on_pages(server):
    evil = "<script>alert(1)</script>\"'&"
    committed(lambda: toy.make(Facility, name=evil))
    time.sleep(0.7)
    spec = server.app.catalogue.faces["facilities", "public"].spec["collection"]
    kept, spec["title"] = spec["title"], {"id": evil, "en": evil}
    spec["attribution"], attribution = evil, spec["attribution"]
    try:
        pages = [
            server.get(f"/ogc/collections{tail}?f=html{more}")
            for tail, more in (("", ""), ("/facilities", ""), ("/facilities/items", "&limit=1000"))
        ]
        query = server.get(f"/ogc/collections/facilities/items?f=html&name={quote(evil)}")
    finally:
        spec["title"], spec["attribution"] = kept, attribution
    for page in (*pages, query):
        assert page.status == 200
        assert b"<script" not in page.body
        assert b"&lt;script&gt;" in page.body
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert page.headers["x-content-type-options"] == "nosniff"


def test_a_foreign_host_name_is_refused(server):
    assert server.get("/ogc", host="evil.example").status == 400
    assert server.get("/ogc", host='localhost"><b').status == 400
    told = json.loads(server.get("/ogc", host="localhost:8130").body)["links"][0]["href"]
    assert told == "http://localhost:8130/ogc?f=json"


def test_words_come_in_the_readers_language(server):
    for language, title in (("en-GB,id;q=0.5", "Free WiFi"), ("id", "WiFi gratis"), ("fr", "WiFi")):
        answer = server.get("/ogc/collections/wifi-hotspots", accept_language=language)
        assert json.loads(answer.body)["title"].startswith(title)
    assert "Accept-Language" in answer.headers["vary"]


def test_the_statement_keeps_the_spatial_index(toy_city):
    spec = PublishedLayer.objects.get(slug="streets", face="public").spec
    lon, lat = city().centre
    corners = f"{lon} {lat}, {lon + 0.001} {lat}, {lon} {lat + 0.001}, {lon} {lat}"
    filters = f"S_INTERSECTS(geometry, POLYGON(({corners})))"
    for given in (
        {"bbox": f"{lon},{lat},{lon + 0.001},{lat + 0.001}"},
        {"bbox": "300000,80000,300100,80100", "bbox-crs": EPSG.format(city().metric_srid)},
        {"filter": filters},
    ):
        text, params = features.page_statement(spec, wish_of(given, spec))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # a toy table fits one page
            cursor.execute("SET LOCAL enable_indexscan = on")
            cursor.execute(f"EXPLAIN {text}", params)
            plan = "\n".join(line[0] for line in cursor.fetchall())
        assert "layers_streetedge_geom" in plan, plan
        assert "Seq Scan" not in plan
        assert "st_transform(geom" not in plan.lower()
