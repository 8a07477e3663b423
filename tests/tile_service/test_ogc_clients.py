"""Other people's programs read the services: GDAL, OWSLib, ogc-client, schemathesis, style-spec."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import geopandas
import mapbox_vector_tile
import pyogrio
import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone
from owslib.ogcapi.features import Features

from gis_platform.pages.services.lines import private_lines
from layers.access import Face
from layers.geography import city
from layers.registry import all_layers, get
from layers.spec import RasterTiles
from tests.tile_service import toy
from tests.tile_service.conftest import committed
from tests.tile_service.served import served
from tile_service.publish import personal

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("clients") / "read_ogc.mjs"
OPEN = [
    layer for layer in all_layers() if layer.is_public and not isinstance(layer.tiles, RasterTiles)
]


@pytest.fixture(scope="module")
def site(toy_city, tmp_path_factory):
    """The product's own server over the toy city."""
    var = tmp_path_factory.mktemp("served")
    with served(var) as address:
        yield address


def count(slug: str) -> int:
    """Rows of a public face, by SQL."""
    return get(slug).rows_of(Face.PUBLIC).count()


def test_gdal_lists_every_public_layer_and_counts_as_sql_does(site):
    listed = {name for name, _ in pyogrio.list_layers(f"OAPIF:{site}/ogc")}
    assert listed == {layer.slug for layer in OPEN}
    for layer in OPEN:
        found = pyogrio.read_info(f"OAPIF:{site}/ogc", layer=layer.slug, force_feature_count=True)
        assert found["features"] == count(layer.slug), layer.slug


def test_gdal_turns_pages_filters_and_changes_frames(site):
    address = f"OAPIF:{site}/ogc"
    everything = count("wifi-hotspots")
    paged = pyogrio.read_dataframe(address, layer="wifi-hotspots", PAGE_SIZE=1)
    assert len(paged) == everything >= 3
    code = paged.iloc[0]["code"]
    one = pyogrio.read_dataframe(address, layer="wifi-hotspots", where=f"code = '{code}'")
    assert list(one["code"]) == [code]
    lon, lat = paged.geometry.iloc[0].coords[0]
    near = (lon - 1e-6, lat - 1e-6, lon + 1e-6, lat + 1e-6)
    assert list(pyogrio.read_dataframe(address, layer="wifi-hotspots", bbox=near)["code"]) == [code]
    metric = f"http://www.opengis.net/def/crs/EPSG/0/{city().metric_srid}"
    moved = pyogrio.read_dataframe(address, layer="wifi-hotspots", CRS=metric)
    there = paged.to_crs(city().metric_srid).geometry.iloc[0]
    assert moved.crs.to_epsg() == city().metric_srid
    assert moved.geometry.iloc[0].distance(there) < 0.05


def test_gdal_reads_a_tile_of_the_ogc_api(site, tmp_path):
    x, y = toy.column_and_row(*toy.middle(), 14)
    path = tmp_path / "t.mvt"
    address = f"{site}/ogc/tiles/WebMercatorQuad/14/{int(y)}/{int(x)}"
    urllib.request.urlretrieve(address, path)
    found = mapbox_vector_tile.decode(path.read_bytes())
    listed = {name for name, _ in pyogrio.list_layers(f"MVT:{path}")}
    assert listed == set(found) > {"wifi-hotspots", "facilities"}
    for name in ("wifi-hotspots", "facilities"):
        assert len(found[name]["features"]) == count(name)


def test_geopandas_reads_the_line_that_the_catalogue_gives(site):
    rows = geopandas.read_file(f"{site}/ogc/collections/facilities/items?limit=1000")
    assert len(rows) == count("facilities")
    assert rows.crs.to_epsg() == 4326


def lines_of(slug: str, site: str) -> dict[str, str]:
    """Lines that the catalogue gives for a layer."""
    with urllib.request.urlopen(f"{site}/layanan/katalog.json") as answer:
        told = json.load(answer)
    return next(layer["lines"] for layer in told["layers"] if layer["id"] == slug)


@pytest.mark.parametrize("slug", ["facilities", "islands"])
def test_the_catalogues_lines_for_gdal_python_and_a_filter_work(site, slug, tmp_path):
    lines = lines_of(slug, site)
    python = subprocess.run(
        [sys.executable, "-c", lines["python"]], capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    assert python.stdout.startswith(f"{count(slug)} ")
    gdal = [line for line in lines["gdal"].splitlines() if line.startswith("ogr2ogr")]
    found = pyogrio.read_info(gdal[0].split('"')[1], layer=gdal[0].split()[-1])
    assert found["features"] == count(slug)
    if shutil.which("ogr2ogr"):
        subprocess.run(gdal[0], shell=True, cwd=tmp_path, timeout=60, check=True)
        assert pyogrio.read_info(tmp_path / f"{slug}.gpkg")["features"] == count(slug)
    if shutil.which("curl"):
        done = subprocess.run(
            lines["filter"].replace("curl", "curl -sf"), shell=True, capture_output=True,
            timeout=30, check=True,
        )  # fmt: skip
        assert json.loads(done.stdout)["numberMatched"] == count(slug)


def test_the_catalogues_lines_for_browsers_name_addresses_that_answer_anybody(site):
    lines = lines_of("facilities", site)
    for program in ("maplibre", "leaflet"):
        addresses = re.findall(r'"(http[^"]+)"', lines[program])
        assert addresses
        for address in addresses:
            with urllib.request.urlopen(address) as answer:
                assert answer.headers["Access-Control-Allow-Origin"] == "*", address
                assert json.load(answer)
    for program in ("qgis", "qgis-tiles"):
        x, y = toy.column_and_row(*toy.middle(), 14)
        with urllib.request.urlopen(lines[program].format(z=14, y=int(y), x=int(x))) as answer:
            assert answer.status == 200


def test_gdal_and_python_read_a_hidden_layer_with_a_personal_token_and_not_without(site, tmp_path):
    with pytest.raises(pyogrio.errors.DataLayerError):
        pyogrio.read_info(f"OAPIF:{site}/ogc", layer="cctv")
    token = committed(operators_token)
    wait_until_opened(site, token)
    head = tmp_path / "kepala.txt"
    head.write_text(f"Authorization: Bearer {token}\n")
    pyogrio.set_gdal_config_options({"GDAL_HTTP_HEADER_FILE": str(head)})
    try:
        found = pyogrio.read_info(f"OAPIF:{site}/ogc", layer="cctv", force_feature_count=True)
    finally:
        pyogrio.set_gdal_config_options({"GDAL_HTTP_HEADER_FILE": None})
    assert found["features"] == count("cctv") >= 1
    line = private_lines(get("cctv"), site)[2].text.replace("TOKEN", token)
    python = subprocess.run(
        [sys.executable, "-c", line], capture_output=True, text=True, timeout=60, check=True
    )
    assert python.stdout.startswith(f"{count('cctv')} ")


def operators_token() -> str:
    """Personal token of a new operator."""
    user = User.objects.create_user("token-operator")
    user.groups.add(Group.objects.get_or_create(name="operator")[0])
    return personal.make(person=user, label="GDAL", at=timezone.now(), life=timedelta(days=1))


def wait_until_opened(site: str, token: str) -> None:
    """Wait until the server has learned of the token."""
    ask = urllib.request.Request(f"{site}/ogc", headers={"Authorization": f"Bearer {token}"})
    for _ in range(100):
        try:
            urllib.request.urlopen(ask, timeout=5)
            return
        except urllib.error.HTTPError:
            time.sleep(0.1)
    raise AssertionError("the server never learned of the token")


def test_owslib_reads_the_catalogue_and_its_items(site):
    client = Features(f"{site}/ogc/")
    assert set(client.feature_collections()) == {layer.slug for layer in OPEN}
    page = client.collection_items("wifi-hotspots", limit=2)
    assert (page["numberReturned"], page["numberMatched"]) == (2, count("wifi-hotspots"))
    code = page["features"][0]["properties"]["code"]
    found = client.collection_items("wifi-hotspots", filter=f"code = '{code}'")
    assert [one["id"] for one in found["features"]] == [page["features"][0]["id"]]
    assert "code" in client.collection_queryables("wifi-hotspots")["properties"]


def test_ogc_client_reads_the_catalogue(site):
    done = subprocess.run(
        ["node", str(SCRIPT), f"{site}/ogc", "facilities"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["features"] and told["tiles"]
    assert told["collections"] == told["tiled"] == sorted(layer.slug for layer in OPEN)
    assert told["items"] == count("facilities")
    assert len(told["frames"]) == 4


QGIS_PYTHON = "/usr/bin/python3"  # Debian's python3-qgis is built for the system's Python


def has_qgis() -> bool:
    """True where Debian's QGIS is installed."""
    ask = [QGIS_PYTHON, "-c", "import qgis.core"]
    return (
        Path(QGIS_PYTHON).exists()
        and not subprocess.run(ask, capture_output=True, check=False).returncode
    )


@pytest.mark.slow
def test_qgis_opens_features_and_tiles_and_counts_as_sql_does(site, tmp_path):
    if not has_qgis():
        pytest.skip("python3-qgis is not installed: cannot see what QGIS reads")
    rows = get("wifi-hotspots").rows_of(Face.PUBLIC)
    place = rows.first().geom
    box = [str(n) for n in (place.x - 1e-6, place.y - 1e-6, place.x + 1e-6, place.y + 1e-6)]
    done = subprocess.run(
        [QGIS_PYTHON, str(SCRIPT.with_name("read_qgis.py")), site, "wifi-hotspots", *box],
        env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["features"] and told["tiles"]
    assert (told["count"], told["in_box"]) == (rows.count(), 1)
    assert {"code", "status"} <= set(told["fields"])
    assert told["crs"] in {"OGC:CRS84", "EPSG:4326"}


@pytest.mark.slow
def test_no_made_request_breaks_the_server(site, tmp_path):
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "run", f"{site}/ogc/api",
            "--checks", "not_a_server_error", "--phases", "coverage,fuzzing", "-n", "1",
            "--max-time", "8", "--warnings", "off", "--no-color",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert "generated" in done.stdout
