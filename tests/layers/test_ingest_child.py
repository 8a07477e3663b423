"""The limited child: what it reads, what it refuses row by row, and what it cannot do."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import shapely
from PIL import Image

from layers import photo_gate
from layers.gate import checked
from layers.ingest import sandbox
from layers.ingest.account import Account
from layers.ingest_child import lock
from layers.ingest_child.request import Request
from tests.badgeo import FOLDER, corpus

PROBE = """
import json, os, socket, sys
told = {}
for name in sys.argv[1:]:
    try: told[name] = open(name).read(3) and "read"
    except OSError as error: told[name] = type(error).__name__
for name in ("/tmp/badgeo_probe", os.path.expanduser("~/badgeo_probe"), "/var/tmp/badgeo_probe"):
    try: open(name, "w").close(); told[name] = "written"
    except OSError as error: told[name] = type(error).__name__
try: socket.create_connection(("127.0.0.1", 5432), 2); told["net"] = "open"
except OSError as error: told["net"] = type(error).__name__
told["environment"] = sorted(os.environ)
try: told["processes"] = len([p for p in os.listdir("/proc") if p.isdigit()])
except OSError: told["processes"] = 0
open("told.json", "w").write(json.dumps(told))
"""


def read(path: Path, kind: str, **stated) -> tuple[Account, list[dict]]:
    """Account and accepted rows of a file, read by the child."""
    with sandbox.opened(path, Request(kind, **stated)) as outcome:
        lines = outcome.rows.read_text().splitlines() if outcome.rows.exists() else []
        return Account.of(outcome.report), [json.loads(line) for line in lines]


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_child_cannot_leave_its_folder_or_connect(tmp_path, monkeypatch):
    if sandbox.kind() != "bwrap":
        pytest.skip("bubblewrap cannot make namespaces here; the Landlock test covers this box")
    monkeypatch.setenv("DATABASE_URL", "secret")
    written(tmp_path, "probe.py", PROBE)
    places = ["/etc/passwd", str(Path(__file__)), str(sandbox._LAYERS / "models.py")]
    command = [*sandbox._in_namespaces(tmp_path)[:-2], "/job/probe.py", *places]
    assert sandbox._run(command, tmp_path, 20) == 0, (tmp_path / "child.log").read_text()
    told = json.loads((tmp_path / "told.json").read_text())
    assert [told[place] for place in places] == ["FileNotFoundError"] * 3
    assert told["net"] != "open" and told["processes"] == 0
    assert not [name for name in told["environment"] if "URL" in name or "SECRET" in name]
    assert not list(Path("/tmp").glob("badgeo_probe")), "its own /tmp is gone with it"


def test_without_namespaces_landlock_and_seccomp_shut_the_same_doors(tmp_path):
    if not lock.landlock_version():
        pytest.skip("this kernel has no Landlock")
    written(tmp_path, "probe.py", PROBE)
    readable = [*sandbox._python_folders(), "/usr", "/lib", "/lib64"]
    script = (
        f"import sys, os; sys.path.insert(0, {str(sandbox._LAYERS.parent)!r})\n"
        f"from layers.ingest_child import lock; lock.shut({readable!r}, [{str(tmp_path)!r}])\n"
        f"os.chdir({str(tmp_path)!r}); sys.argv = ['probe', '/etc/passwd']\n"
        "exec(open('probe.py').read())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["/etc/passwd"] == "PermissionError"
    assert told["/tmp/badgeo_probe"] == "PermissionError"
    assert told["net"] == "PermissionError"


def test_without_any_sandbox_only_our_own_parsers_are_offered(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "kind", lambda: "none")
    table = written(tmp_path, "a.csv", "name,lat,lon\na,0.79,127.38\n")
    assert read(table, "csv")[0].status == "accepted"
    assert read(table, "gpkg")[0].errors[0].code == "NO_SANDBOX"


@pytest.mark.parametrize("kind", ["bwrap", "landlock"])
def test_both_sandboxes_read_a_raster_alike(kind, monkeypatch):
    corpus()
    if kind == "bwrap" and sandbox.kind() != "bwrap":
        pytest.skip("bubblewrap cannot make namespaces here")
    monkeypatch.setattr(sandbox, "kind", lambda: kind)
    account, _ = read(FOLDER / "generated/raster/good_control.tif", "geotiff")
    assert account.status == "accepted" and account.facts["width"] == 16


def test_a_child_that_runs_too_long_leaves_a_reason_and_no_row(tmp_path):
    path = written(tmp_path, "a.csv", "name,lat,lon\na,0.79,127.38\n")
    with sandbox.opened(path, Request("csv"), wall_s=0.01) as outcome:
        account = Account.of(outcome.report)
    assert (account.status, account.accepted) == ("rejected", 0)
    assert account.errors[0].code == "TIMEOUT"


def test_a_child_that_dies_leaves_a_reason_and_the_next_file_is_read(tmp_path, monkeypatch):
    path = written(tmp_path, "a.csv", "name,lat,lon\na,0.79,127.38\n")
    with monkeypatch.context() as broken:
        broken.setattr(
            sandbox, "_command", lambda folder: [sys.executable, "-c", "import os; os.abort()"]
        )
        assert read(path, "csv")[0].errors[0].code == "READER_DIED"
    assert read(path, "csv")[0].accepted == 1


def test_a_report_that_does_not_add_up_is_not_believed(tmp_path):
    lie = sandbox.failed(sandbox.Refusal("EMPTY")) | {"rows": 3, "accepted": 3, "rejected": 1}
    told = written(tmp_path, "report.json", json.dumps(lie))
    assert sandbox._trusted(told)["errors"][0]["code"] == "READER_DIED"


def test_a_table_with_decimal_commas_and_indonesian_heads_is_read(tmp_path):
    table = written(tmp_path, "a.csv", "nama;lintang;bujur\r\nA;0,7901;127,3812\r\n")
    account, rows = read(table, "csv")
    assert account.status == "accepted" and rows[0]["props"] == {"nama": "A"}
    assert shapely.from_wkb(rows[0]["wkb"]).equals(shapely.Point(127.3812, 0.7901))


def test_x_and_y_without_a_stated_system_are_a_question_not_a_guess(tmp_path):
    table = written(tmp_path, "a.csv", "nama,x,y\nA,320000,87000\n")
    assert read(table, "csv")[0].needs_crs
    account, rows = read(table, "csv", crs="EPSG:32652")
    spot = shapely.from_wkb(rows[0]["wkb"])
    assert "REPROJECTED" in {warning.code for warning in account.warnings}
    assert not account.needs_crs and (round(spot.x, 2), round(spot.y, 2)) == (127.38, 0.79)


def test_half_a_pair_of_columns_is_no_place(tmp_path):
    table = written(tmp_path, "a.csv", "nama,lon,y\nA,127.38,0.79\n")
    assert read(table, "csv")[0].errors[0].code == "BAD_HEADER"


def test_each_bad_row_is_named_and_the_rows_add_up(tmp_path):
    lines = ["nama,lat,lon", "a,0.79,127.38", "b,127.38,0.79", "c,,", "d,0,0", "e,x,1", "f,1"]
    account, _ = read(written(tmp_path, "a.csv", "\n".join(lines)), "csv")
    assert [(told.row, told.code) for told in account.errors] == [
        (2, "COORD_SWAPPED"),
        (3, "EMPTY_GEOMETRY"),
        (4, "NULL_ISLAND"),
        (5, "BAD_COORD"),
        (6, "BAD_ROW_WIDTH"),
    ]
    assert (account.rows, account.accepted, account.rejected) == (6, 1, 5)


def test_many_rows_on_one_point_are_told(tmp_path):
    lines = ["nama,lat,lon", *(f"r{i},0.79,127.38" for i in range(30)), "s,0.8,127.39"]
    account, _ = read(written(tmp_path, "a.csv", "\n".join(lines)), "csv")
    told = {warning.code: warning.message for warning in account.warnings}
    assert told["PILE_UP"].startswith("30 baris bertumpuk di satu titik (127.38, 0.79)")
    assert account.accepted == 31


def test_a_bow_tie_is_mended_only_when_asked_and_its_area_is_told():
    corpus()
    path = FOLDER / "generated/geojson/bowtie.geojson"
    assert read(path, "geojson")[0].errors[0].code == "INVALID_GEOMETRY"
    account, rows = read(path, "geojson", repair=True)
    assert (account.status, account.repaired) == ("accepted", 1)
    assert checked(shapely.from_wkb(rows[0]["wkb"]))
    assert rows[0]["mended"]["after_m2"] > 1e6


def test_the_star_of_3000_is_cut_off_when_mending_is_asked():
    corpus()
    path = FOLDER / "generated/geojson/star_3000.geojson"
    account, _ = read(path, "geojson", repair=True)
    assert account.errors[0].code == "TOO_COMPLEX" and account.accepted == 0


def test_a_shapefile_in_metres_is_moved_and_its_hole_stays_a_hole(tmp_path):
    import geopandas as gpd

    ring = shapely.box(320_000, 87_000, 321_000, 88_000)
    shape = ring.difference(shapely.box(320_200, 87_200, 320_400, 87_400))
    other = shapely.box(330_000, 87_000, 331_000, 88_000)
    both = shapely.MultiPolygon([shape, other])
    frame = gpd.GeoDataFrame({"nama": ["Ñandú"], "n": [7]}, geometry=[both], crs=32652)
    frame.to_file(tmp_path / "blok.shp", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "blok.zip", "w") as archive:
        for part in tmp_path.glob("blok.*"):
            if part.suffix != ".zip":
                archive.write(part, f"Peta/{part.name}")
    account, rows = read(tmp_path / "blok.zip", "shapefile-zip")
    made = shapely.from_wkb(rows[0]["wkb"])
    back = gpd.GeoSeries([made], crs=4326).to_crs(32652).iloc[0]
    assert account.crs == "EPSG:32652" and rows[0]["props"] == {"nama": "Ñandú", "n": 7}
    assert abs(back.area - (1_000_000 - 40_000 + 1_000_000)) < 1
    assert sorted(len(part.interiors) for part in made.geoms) == [0, 1]


def test_a_geopackage_written_by_gdal_is_read_whole(tmp_path):
    import geopandas as gpd

    spots = gpd.points_from_xy([127.38, 127.39], [0.79, 0.80])
    frame = gpd.GeoDataFrame({"nama": ["a", "b"]}, geometry=spots, crs=4326)
    frame.to_file(tmp_path / "a.gpkg", layer="titik")
    account, rows = read(tmp_path / "a.gpkg", "gpkg")
    assert [row["props"]["nama"] for row in rows] == ["a", "b"] and account.crs == "EPSG:4326"


def test_an_osm_area_with_a_hole_is_assembled_and_a_street_stays_a_line(tmp_path):
    def node(number: int, lon: float, lat: float) -> str:
        return f'<node id="{number}" lon="{lon}" lat="{lat}" version="1"/>'

    square = [(0, 0), (4, 0), (4, 4), (0, 4), (1, 1), (2, 1), (2, 2), (1, 2)]
    nodes = "".join(node(i, lon, lat) for i, (lon, lat) in enumerate(square, 1))
    ways = {10: [1, 2, 3], 11: [3, 4, 1], 12: [5, 6, 7, 8, 5], 13: [1, 3]}
    drawn = "".join(
        f'<way id="{i}" version="1">' + "".join(f'<nd ref="{r}"/>' for r in refs)
        + ('<tag k="highway" v="path"/>' if i == 13 else "") + "</way>"
        for i, refs in ways.items()
    )  # fmt: skip
    relation = (
        '<relation id="20" version="1"><member type="way" ref="10" role="outer"/>'
        '<member type="way" ref="11" role="outer"/><member type="way" ref="12" role="inner"/>'
        '<tag k="type" v="multipolygon"/></relation>'
    )
    text = f'<?xml version="1.0"?><osm version="0.6">{nodes}{drawn}{relation}</osm>'
    account, rows = read(written(tmp_path, "a.osm", text), "osm-xml")
    shapes = [shapely.from_wkb(row["wkb"]) for row in rows]
    assert [shape.geom_type for shape in shapes] == ["LineString", "Polygon"]
    assert shapes[1].area == 16 - 1 and account.rows == 2


def test_no_tag_survives_the_photo_door():
    corpus()
    for name in ("gps_exif.jpg", "gps_exif.png", "gps_xmp_only.jpg", "polyglot_html.jpg"):
        photo = photo_gate.clean((FOLDER / "generated/photo" / name).read_bytes())
        for data in (photo.picture, photo.thumbnail):
            assert data.startswith(b"\xff\xd8\xff")
            for tag in (b"Exif", b"http://ns.adobe", b"GPS", b"Photoshop", b"<html", b"<script"):
                assert tag not in data, (name, tag)


def test_a_turned_photo_comes_out_upright(tmp_path):
    corpus()
    photo = photo_gate.clean((FOLDER / "generated/photo/orientation_6.jpg").read_bytes())
    with Image.open(written(tmp_path, "a.jpg", photo.picture)) as picture:
        assert picture.size == (40, 80) == (photo.width, photo.height)
        assert not picture.getexif() and set(picture.info) <= {"jfif", "jfif_version", "jfif_unit",
            "jfif_density", "progressive", "progression"}  # fmt: skip


def test_a_photo_bomb_ends_in_the_child():
    corpus()
    with pytest.raises(photo_gate.BadPhoto) as refused:
        photo_gate.clean((FOLDER / "generated/photo/bomb_30000x30000.png").read_bytes())
    assert "terlalu besar" in str(refused.value)
