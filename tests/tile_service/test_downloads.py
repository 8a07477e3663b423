"""Files of layers: every form holds the same rows, columns and words, for who may see them."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from io import BytesIO

import pyogrio
import pytest
from arro3.io import read_parquet
from django.utils import timezone

from layers import api
from layers.access import Face
from layers.registry import get
from tests.tile_service import toy
from tile_service.models import Outbox, PreparedFile, PublishedLayer, PublishedTable
from tile_service.publish import ranged
from tile_service.publish.downloads import files, forms, table, vector_files
from tile_service.tasks import make_file

pytestmark = pytest.mark.django_db
BUILT = ("gpkg", "fgb", "shp.zip")
EVERY = tuple(forms.FORMS)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DOWNLOAD_DIR = tmp_path


@pytest.fixture
def wifi():
    """Four wifi hotspots; one has a name that a spreadsheet would run."""
    layer = get("wifi-hotspots")
    toy.add_rows(layer, 3)
    toy.make(layer.model, name="=HYPERLINK(1)", status_since=None)
    return layer


def body_of(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def taken(client, address: str) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200, answer
    return body_of(answer)


@pytest.mark.parametrize("form", BUILT)
def test_gdal_reads_every_row_and_column(client, wifi, tmp_path, form):
    path = tmp_path / f"taken.{form}"
    path.write_bytes(taken(client, f"/data/wifi-hotspots.{form}"))
    frame = pyogrio.read_dataframe(path)
    assert len(frame) == wifi.model.objects.count()
    short = vector_files.short_names(list(wifi.public_fields))
    names = set(short.values()) if form == "shp.zip" else set(wifi.public_fields)
    assert set(frame.columns) == names | {"geometry"}
    assert frame.crs.to_epsg() == 4326
    stored = {row.code: row.geom.coords for row in wifi.model.objects.all()}
    assert {
        code: place.coords[0] for code, place in zip(frame.code, frame.geometry, strict=True)
    } == stored


def test_geoparquet_says_where_its_places_are(client, wifi, tmp_path):
    path = tmp_path / "taken.parquet"
    path.write_bytes(taken(client, "/data/wifi-hotspots.parquet"))
    read = read_parquet(path).read_all()
    words = {key.decode(): text.decode() for key, text in read.schema.metadata.items()}
    geo = json.loads(words["geo"])
    assert geo["columns"]["geometry"]["geometry_types"] == ["Point"]
    assert read.num_rows == 4
    assert read.column_names == [*wifi.public_fields, "geometry"]
    assert json.loads(words["about"])["rows"] == 4


@pytest.mark.parametrize("form", ["gpkg", "fgb", "geojson", "shp.zip"])
def test_a_file_says_its_licence_source_date_and_count(client, wifi, tmp_path, form):
    data = taken(client, f"/data/wifi-hotspots.{form}")
    if form == "shp.zip":
        with zipfile.ZipFile(BytesIO(data)) as archive:
            words = archive.read("README.txt").decode()
    elif form == "geojson":
        words = data.decode()
    else:
        path = tmp_path / f"taken.{form}"
        path.write_bytes(data)
        info = pyogrio.read_info(path)
        words = json.dumps([info["dataset_metadata"], info["layer_metadata"]], ensure_ascii=False)
        if form == "fgb":
            words = data[:4000].decode("utf-8", "ignore")
    for word in ("licence", "made_at", "truncated", timezone.now().date().isoformat()):
        assert word in words
    assert wifi.attribution in words


def test_a_spreadsheet_runs_nothing_of_a_csv(client, wifi):
    text = taken(client, "/data/wifi-hotspots.csv").decode()
    assert "'=HYPERLINK(1)" in text
    assert api.defused("  @SUM(1)") == "'  @SUM(1)"
    assert api.defused("＝1+1") == "'＝1+1"
    assert api.defused("Jl. A - B") == "Jl. A - B"


def test_the_csv_points_at_words_about_its_columns(client, wifi):
    answer = client.get("/data/wifi-hotspots.csv")
    header = body_of(answer).decode().splitlines()[0].split(",")
    link = answer["Link"].split(">")[0].lstrip("<")
    told = client.get(link).json()
    assert [column["name"] for column in told["tableSchema"]["columns"]] == header
    assert told["dc:publisher"] == wifi.attribution


def test_a_file_is_called_after_its_layer_and_its_day(client, wifi):
    day = timezone.localdate().isoformat()
    for form in EVERY:
        answer = client.get(f"/data/wifi-hotspots.{form}")
        assert f'filename="wifi-hotspots-{day}.{form}"' in answer["Content-Disposition"]
        body_of(answer)


@pytest.mark.parametrize("form", EVERY)
def test_a_hidden_layer_has_no_file_for_a_visitor(client, client_of, form):
    toy.add_rows(get("cctv"), 1)
    assert client.get(f"/data/cctv.{form}").status_code == 404
    assert client.get(f"/data/no-layer.{form}").status_code == 404
    answer = client_of("operator").get(f"/data/cctv.{form}")
    assert answer.status_code == 200
    assert "public" not in answer["Cache-Control"]
    body_of(answer)


@pytest.mark.parametrize("form", ["gpkg", "fgb", "shp.zip"])
def test_the_public_gets_the_public_place_and_columns_of_a_report(client, tmp_path, form):
    from django.contrib.gis.geos import Point

    held = toy.published_report()
    toy.hold_back(toy.published_report())
    outside = Point(127.0, 1.0, srid=4326)
    type(held).objects.filter(pk=held.pk).update(public_geom=outside)
    path = tmp_path / f"taken.{form}"
    path.write_bytes(taken(client, f"/data/reports.{form}"))
    frame = pyogrio.read_dataframe(path)
    assert [place.coords[0] for place in frame.geometry] == [(127.0, 1.0)]
    staff = set(get("reports").staff_fields) - set(get("reports").public_fields)
    assert not staff & set(frame.columns)


def test_rows_over_the_most_are_left_out_and_it_is_said(wifi):
    text = "".join(api.geojson(wifi, Face.PUBLIC, most=3))
    told = json.loads(text)
    assert (len(told["features"]), told["numberReturned"], told["truncated"]) == (3, 3, True)
    read = table.read(wifi, Face.PUBLIC, most=3)
    assert (read.about["rows"], read.about["truncated"]) == (3, True)
    assert json.loads("".join(api.geojson(wifi, Face.PUBLIC)))["truncated"] is False


def test_a_large_file_is_made_by_the_worker_and_then_stands_there(
    client, wifi, monkeypatch, django_capture_on_commit_callbacks
):
    published(wifi)
    monkeypatch.setattr(forms, "SMALL_FILE", 3)
    with django_capture_on_commit_callbacks(execute=True):
        waiting = client.get("/data/wifi-hotspots.gpkg")
        again = client.get("/data/wifi-hotspots.gpkg")
    assert waiting.status_code == again.status_code == 202
    assert waiting.json()["href"] == waiting["Location"] == again["Location"]
    file = PreparedFile.objects.get()  # two callers, one file
    assert make_file.func(file.pk) == "ready"
    ready = client.get(waiting["Location"])
    assert ready.status_code == 200
    assert len(body_of(ready)) == file.__class__.objects.get().bytes


def test_the_link_of_a_file_of_staff_opens_for_staff_alone(client, client_of, wifi):
    published(wifi, Face.STAFF)
    planner = client_of("planner")
    body_of(planner.get("/data/wifi-hotspots.gpkg"))
    link = f"/data/berkas/{PreparedFile.objects.get().pk}/"
    assert client.get(link).status_code == 404
    assert planner.get(link).status_code == 200


def published(layer, face: Face = Face.PUBLIC) -> PublishedLayer:
    """A catalogue row of a face, as publishing would write it."""
    row = PublishedLayer.objects.create(
        slug=layer.slug, face=face.value, kind="feature", open_to_all=True, spec={}, version="1"
    )
    PublishedTable.objects.create(relation=layer.model._meta.db_table, layer=row)
    return row


def test_a_file_is_made_once_until_its_rows_change(client, wifi):
    row = published(wifi)
    first, second = (client.get("/data/wifi-hotspots.fgb")["ETag"] for _ in range(2))
    assert first == second
    held = client.get("/data/wifi-hotspots.fgb", headers={"If-None-Match": first})
    assert held.status_code == 304
    PublishedLayer.objects.filter(pk=row.pk).update(epoch=7)
    assert client.get("/data/wifi-hotspots.fgb")["ETag"] != first
    Outbox.objects.create(slug=wifi.slug, face="public")  # a change not yet numbered
    third, fourth = (client.get("/data/wifi-hotspots.fgb")["ETag"] for _ in range(2))
    assert third != fourth


def test_files_that_a_newer_one_replaced_go_after_a_while(client, wifi):
    row = published(wifi)
    body_of(client.get("/data/wifi-hotspots.fgb"))
    old = PreparedFile.objects.get()
    PreparedFile.objects.update(asked_at=timezone.now() - files.KEPT_FOR - timedelta(minutes=1))
    PublishedLayer.objects.filter(pk=row.pk).update(epoch=8)
    body_of(client.get("/data/wifi-hotspots.fgb"))
    assert not files.path_of(old).exists()
    assert PreparedFile.objects.count() == 1


@pytest.mark.parametrize(
    ("header", "part"),
    [("bytes=0-3", (0, 3)), ("bytes=4-", (4, 9)), ("bytes=-2", (8, 9)), ("bytes=8-99", (8, 9)),
     ("bytes=0-1,4-5", None), ("rows=1-2", None), ("", None), ("bytes=-", None)],
)  # fmt: skip
def test_parts_of_a_file_of_ten_bytes(header, part):
    assert ranged.part_of(header, 10) == part


def test_a_part_outside_the_file_is_refused(client, wifi):
    with pytest.raises(ValueError, match="10"):
        ranged.part_of("bytes=10-", 10)
    published(wifi)
    whole = taken(client, "/data/wifi-hotspots.fgb")
    some = client.get("/data/wifi-hotspots.fgb", headers={"Range": "bytes=2-5"})
    assert (some.status_code, body_of(some)) == (206, whole[2:6])
    none = client.get("/data/wifi-hotspots.fgb", headers={"Range": f"bytes={len(whole)}-"})
    assert none.status_code == 416


def test_names_of_a_shapefile_stay_apart():
    names = ["description_of_place", "description_of_time", "code"]
    assert list(vector_files.short_names(names).values()) == ["descriptio", "descripti2", "code"]
