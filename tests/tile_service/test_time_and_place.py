"""When and where a layer's rows are: windows, counts by step, extents, as each face has them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.contrib.gis.geos import Point
from django.db import connection, models
from django.test import Client

from layers.access import Face
from layers.catalog.reports.models import Report
from layers.catalog.work_orders import WorkOrder
from layers.geography import city
from layers.registry import all_layers, get
from layers.spec import RasterTiles
from tests.tile_service import toy
from tests.tile_service.conftest import committed
from tests.tile_service.test_tiles import decoded, tile_at_centre, token_for
from tests.tile_service.test_wms import SIDE, WMS, around, drawn
from tests.tile_service.test_wms import ask as ask_wms
from tile_service import styles
from tile_service.models import PublishedLayer
from tile_service.publish import timeline
from tile_service.publish.durations import offset_seconds
from tile_service.serve import extents

pytestmark = pytest.mark.django_db
ROWS = [layer for layer in all_layers() if not isinstance(layer.tiles, RasterTiles)]
DAY = timedelta(days=1)


def moments(layer) -> set[str]:
    """Columns of moments that every face of a layer publishes."""
    names = set.intersection(*(set(layer.fields_of(face)) for face in layer.faces))
    known = {
        field.name for field in layer.model._meta.fields if isinstance(field, models.DateTimeField)
    }
    return names & known


@pytest.mark.parametrize("layer", ROWS, ids=lambda layer: layer.slug)
def test_a_layer_that_publishes_a_moment_has_a_time_and_no_unlisted_column_is_one(layer):
    known = moments(layer)
    assert bool(known) == (layer.time is not None)
    assert layer.time is None or layer.time.column in known


@pytest.fixture(scope="module")
def spread(toy_city):
    """Reports of three days and one that is held back; work orders of two hours."""
    ahead = timedelta(seconds=offset_seconds(city().time_zone))
    day = datetime(2026, 10, 5, tzinfo=UTC) - ahead  # begins in the city

    def make() -> None:
        for hours in (1, 2, 25, 50):
            told = toy.published_report()
            Report.objects.filter(pk=told.pk).update(received_at=day + timedelta(hours=hours))
        held = toy.hold_back(toy.published_report())
        Report.objects.filter(pk=held.pk).update(received_at=day + timedelta(hours=3))
        first, second, *_ = WorkOrder.objects.order_by("pk")
        WorkOrder.objects.filter(pk=first.pk).update(made_at=day)
        WorkOrder.objects.filter(pk=second.pk).update(made_at=day + timedelta(hours=5))

    committed(make)
    return day


def told(client, slug: str, since: datetime, until: datetime, step: str) -> dict:
    ends = {"from": since.isoformat(), "to": until.isoformat(), "step": step}
    answer = client.get(f"/tiles/{slug}/waktu.json", ends)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_reports_are_counted_by_day_and_hour_as_the_callers_face_has_them(
    spread, client, client_of
):
    open_to_all = told(client, "reports", spread, spread + 4 * DAY, "P1D")
    staff = told(client_of("operator"), "reports", spread, spread + 4 * DAY, "P1D")
    assert open_to_all["counts"] == [2, 1, 1, 0]
    assert staff["counts"] == [3, 1, 1, 0]
    by_hour = told(client, "reports", spread, spread + DAY, "PT1H")
    assert [at for at, n in enumerate(by_hour["counts"]) if n] == [1, 2]
    orders = told(client_of("planner"), "work-orders", spread, spread + DAY, "PT3H")
    assert orders["counts"] == [1, 1, 0, 0, 0, 0, 0, 0]


def test_stored_counts_and_rows_agree_day_by_day(spread):
    layer = get("reports")
    on = timeline.ruler(spread.timestamp(), (spread + 4 * DAY).timestamp(), "P1D")
    for face in layer.faces:
        row = PublishedLayer.objects.get(slug="reports", face=face.value)
        assert row.counted
        rows = timeline.counted(layer.rows_of(face), "received_at", on)
        assert timeline.counted_days(row, on) == rows
        assert sum(rows) > 0


def test_without_a_window_the_steps_hold_every_row_once(spread, client):
    body = client.get("/tiles/reports/waktu.json").json()
    assert sum(body["counts"]) == get("reports").rows_of(Face.PUBLIC).count()
    assert body["from"] <= body["first"] <= body["last"] < body["to"]
    assert len(body["counts"]) <= timeline.FEW_STEPS


def test_counts_are_as_hidden_as_their_layer_and_answer_304(spread, client, client_of):
    hidden, missing = (client.get(f"/tiles/{slug}/waktu.json") for slug in ("work-orders", "no"))
    assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content)
    assert hidden.status_code == 404
    assert client.get("/tiles/wifi-hotspots/waktu.json").status_code == 404  # it has no time
    first = client.get("/tiles/reports/waktu.json")
    assert first["Cache-Control"] == "public, no-cache"
    again = client.get("/tiles/reports/waktu.json", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    desk = client_of("operator").get("/tiles/reports/waktu.json")
    assert desk["Cache-Control"] == "private, no-cache"
    assert "Access-Control-Allow-Origin" not in desk


@pytest.mark.parametrize(
    "query",
    ["?from=2026-10-05T00:00:00Z", "?from=2026-10-05T00:10:00Z&to=2026-10-06T00:00:00Z",
     "?from=2026-10-06T00:00:00Z&to=2026-10-05T00:00:00Z", "?step=PT1M", "?step=P1D&x=1",
     "?from=2020-01-01T00:00:00Z&to=2026-10-05T00:00:00Z&step=PT1H"],
)  # fmt: skip
def test_what_cannot_be_counted_is_refused_in_words(spread, client, query):
    answer = client.get(f"/tiles/reports/waktu.json{query}")
    assert answer.status_code == 400
    assert answer.json()["title"]


def test_tilejson_says_how_its_tiles_take_a_window_and_they_do(spread, server, client_of):
    time = client_of("planner").get("/tiles/work-orders.json").json()["time"]
    assert (time["bucket_s"], time["parameters"]) == (3600, ["from", "to"])
    assert time["counts"].endswith("/tiles/work-orders/waktu.json")
    z, x, y = tile_at_centre(14)
    stem = f"/t/work-orders/{token_for('work-orders', 'public')}/0/{z}/{x}/{y}.mvt"
    since, until = (timeline.iso(at.timestamp()) for at in (spread, spread + timedelta(hours=2)))
    window = f"?from={since}&to={until}"
    assert len(decoded(server.get(stem).body)["work-orders"]["features"]) >= 2
    assert len(decoded(server.get(stem + window).body)["work-orders"]["features"]) == 1


def test_the_catalogue_says_how_to_ask_by_time(spread, client):
    listed = {one["id"]: one for one in client.get("/layanan/katalog.json").json()["layers"]}
    assert listed["reports"]["links"]["counts"].endswith("/tiles/reports/waktu.json")
    last = get("reports").rows_of(Face.PUBLIC).order_by("received_at").last().received_at
    assert f"TIME={last:%Y-%m-%d}" in json.dumps(listed["reports"]["lines"]["time"])
    assert "time" not in listed["wifi-hotspots"]["lines"]


# --- pictures ---------------------------------------------------------------------


def report_at(place: Point, at: datetime) -> Report:
    """A published report."""
    told = toy.published_report()
    Report.objects.filter(pk=told.pk).update(geom=place, public_geom=place, received_at=at)
    return told


@pytest.fixture(scope="module")
def lone_report(toy_city, django_db_blocker) -> Report:
    """A published report far from all others, of another hour than theirs."""
    lon, lat = toy.middle()
    place = Point(round(lon - 0.06, 6), round(lat + 0.03, 6), srid=4326)
    with django_db_blocker.unblock():
        told = committed(lambda: report_at(place, toy.AT + timedelta(hours=5, minutes=20)))
    told.geom = place
    return told


def info_of(client: Client, place: Point, **params: str) -> list[str]:
    wanted = {
        "LAYERS": "reports", "QUERY_LAYERS": "reports", "STYLES": "", "CRS": "EPSG:3857",
        "BBOX": around(place, "EPSG:3857"), "WIDTH": str(SIDE), "HEIGHT": str(SIDE), "I": "50",
        "J": "50", "INFO_FORMAT": "application/json",
    }  # fmt: skip
    found = ask_wms(client, "GetFeatureInfo", **wanted | params).json()["features"]
    return [one["id"] for one in found]


@pytest.mark.parametrize(
    ("time", "seen"),
    [
        ("", True), ("2026-11-02T08:20:00Z", True), ("2026-11-02T09:00:00Z", False),
        ("2026-11-02T08:30:00Z/2026-11-02T10:00:00Z", True), ("2026-11-02", True),
        ("2026-11-02T09:00:00Z/2026-11-30T00:00:00Z/PT1H", False), ("2026-11-01/2026-11-02", True),
        ("2026-11-02T17:59:00+09:00", True),
    ],
)  # fmt: skip
def test_time_narrows_picture_and_rows_to_the_buckets_it_names(lone_report, client, time, seen):
    told = {"TIME": time} if time else {}
    assert info_of(client, lone_report.geom, **told) == (
        [f"reports.{lone_report.pk}"] if seen else []
    )
    sides = around(lone_report.geom, "EPSG:3857")
    image = drawn(client, LAYERS="reports", CRS="EPSG:3857", BBOX=sides, **told)
    assert (image.getbbox() is not None) == seen


def test_the_dimension_time_stands_at_the_layers_that_have_one(lone_report, client):
    root = ElementTree.fromstring(ask_wms(client, "GetCapabilities").content)
    layers = root.findall(".//wms:Layer[wms:Name]", WMS)
    timed = {
        one.find("wms:Name", WMS).text: one.find("wms:Dimension[@name='time']", WMS)
        for one in layers
    }
    assert {slug for slug, told in timed.items() if told is not None} == {
        layer.slug for layer in all_layers()
        if layer.time and layer.is_public and layer.rows_of(Face.PUBLIC).exists()
    }  # fmt: skip
    first, last, step = timed["reports"].text.split("/")
    rows = get("reports").rows_of(Face.PUBLIC).order_by("received_at")
    assert first == timeline.iso(rows.first().received_at.timestamp())
    assert last == timeline.iso(rows.last().received_at.timestamp())
    assert step == "PT1H"


@pytest.mark.parametrize("frame", ["EPSG:3857", "CRS:84", "metric"])
def test_low_zooms_show_the_hexagons_of_the_tiles_and_not_rows(lone_report, client, frame):
    frame = f"EPSG:{city().metric_srid}" if frame == "metric" else frame
    place = lone_report.geom.clone()
    if frame != "CRS:84":
        place.transform(int(frame[5:]))
    by = 0.02 if frame == "CRS:84" else 2_000  # some zoom 13: below the zoom of rows
    sides = f"{place.x - by},{place.y - by},{place.x + by},{place.y + by}"
    wide = {"CRS": frame, "BBOX": sides, "WIDTH": "201", "HEIGHT": "201"}
    image = drawn(client, LAYERS="reports", **wide).convert("RGBA")
    colour = bytes.fromhex(styles.HEX_COLOURS[0].removeprefix("#"))
    inside = [pixel for pixel in image.getdata() if pixel[3] > 120]
    alike = sum(max(abs(a - b) for a, b in zip(one, colour, strict=False)) < 8 for one in inside)
    assert alike > 200  # one hexagon of one report, larger than any mark
    later = drawn(client, LAYERS="reports", TIME="2026-12-01", **wide)
    assert later.getbbox() is None


def test_stored_counts_and_rows_make_the_same_picture(lone_report, client):
    lon, lat = toy.middle()
    sides = f"{lon - 0.1},{lat - 0.1},{lon + 0.1},{lat + 0.1}"
    wide = {"CRS": "CRS:84", "BBOX": sides, "LAYERS": "reports"}
    assert PublishedLayer.objects.get(slug="reports", face="public").counted
    from_counts = drawn(client, **wide)
    from_rows = drawn(client, TIME="2000-01-01/2100-01-01", **wide)
    assert from_counts.getbbox() is not None
    assert list(from_counts.getdata()) == list(from_rows.getdata())


# --- extents ----------------------------------------------------------------------


def by_reading_every_row(view: str) -> list[float]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT ST_Extent(geom) FROM published."{view}"')
        return [float(part) for part in re.findall(r"-?[\d.]+", cursor.fetchone()[0])]


def holds_tightly(box, sides) -> bool:
    """True when `box` reaches at most 25 m beyond `sides`, and nowhere less far."""
    slack = 2.1 / extents.FINE
    low = all(0 <= side - edge <= slack for edge, side in zip(box[:2], sides[:2], strict=True))
    high = all(0 <= edge - side <= slack for edge, side in zip(box[2:], sides[2:], strict=True))
    return low and high


@pytest.fixture(scope="module")
def far_report(toy_city):
    """A report on the other side of the city's box, held back from the public."""
    west, south, *_ = city().outer_box

    def make() -> None:
        held = toy.hold_back(toy.published_report())
        place = f"SRID=4326;POINT({west + 0.01} {south + 0.01})"
        Report.objects.filter(pk=held.pk).update(geom=place, public_geom=place)

    committed(make)
    return west + 0.01


@pytest.mark.parametrize("slug", ["reports", "streets", "kelurahan", "wifi-hotspots"])
def test_every_document_gives_the_box_of_the_rows_that_the_public_sees(
    far_report, server, client, slug
):
    sides = by_reading_every_row(f"{slug.replace('-', '_')}__public")
    tile_json = client.get(f"/tiles/{slug}.json").json()
    assert holds_tightly(tile_json["bounds"], sides)
    assert tile_json["outer_bounds"] == list(city().outer_box)
    collection = server.get(f"/ogc/collections/{slug}").body
    found = re.search(rb'"bbox":\[\[([^\]]+)\]\]', collection)
    assert holds_tightly([float(part) for part in found[1].split(b",")], sides)
    for address, name in (("/wfs", "kota:"), ("/wmts", ""), ("/wms", "")):
        service = {"SERVICE": address[1:].upper(), "REQUEST": "GetCapabilities"}
        root = ElementTree.fromstring(client.get(address, service).content)
        assert holds_tightly(box_in(root, name + slug), sides), address


def box_in(root: ElementTree.Element, name: str) -> list[float]:
    """Box in degrees of the layer called `name` in capabilities of any of the protocols."""
    named = next(
        one for one in root.iter() if any(part.text == name for part in one)
        and one.tag.rpartition("}")[2] in {"Layer", "FeatureType"}
    )  # fmt: skip
    texts = {one.tag.rpartition("}")[2]: one.text or "" for one in named.iter()}
    if "LowerCorner" in texts:
        return [float(part) for part in f"{texts['LowerCorner']} {texts['UpperCorner']}".split()]
    sides = ("westBoundLongitude", "southBoundLatitude", "eastBoundLongitude", "northBoundLatitude")
    return [float(texts[side]) for side in sides]


def test_a_report_that_is_held_back_widens_no_box_but_the_desks(far_report, client, client_of):
    open_to_all = client.get("/tiles/reports.json").json()["bounds"]
    desk = client_of("operator").get("/tiles/reports.json").json()["bounds"]
    assert desk[0] < far_report < open_to_all[0]


def test_a_view_without_places_has_no_box():
    assert extents.read((None,) * 6).box is None
    west, south, east, north = extents.read((0, 0, 0, 0, None, None)).box
    assert west < east and south < north
