"""The old protocols asked by programs that others wrote: OWSLib, GDAL, and QGIS where it is."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import rasterio
import shapely
from django.conf import settings
from django.db import connection
from owslib.wfs import WebFeatureService
from owslib.wms import WebMapService
from owslib.wmts import WebMapTileService
from PIL import Image
from rasterio.warp import transform
from rasterio.windows import Window

from layers.geography import city
from layers.registry import get
from tests.tile_service import toy

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
COUNTED = ("wifi-hotspots", "waste-bins", "streets", "islands", "facilities")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def site(toy_city: Any, tmp_path_factory: Any) -> Iterator[str]:
    """The served application over the toy city, on a port of its own."""
    port, given = free_port(), connection.get_connection_params()
    var = Path(settings.RASTER_DIR).parent
    server = "&".join(f"{key}={given[key]}" for key in ("host", "user", "port") if given.get(key))
    environment = {name: text for name, text in os.environ.items() if "proxy" not in name.lower()}
    environment |= {
        "DATABASE_URL": f"postgres:///{given['dbname']}?{server}",
        "SECRET_KEY": settings.SECRET_KEY,
        "VAR_DIR": str(var),
    }
    command = [
        str(Path(sys.executable).with_name("granian")), "--interface", "asgi", "--workers", "1",
        "--host", "127.0.0.1", "--port", str(port), "--no-ws", "tile_service.asgi:application",
    ]  # fmt: skip
    with (var / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, process)
            yield address
        finally:
            process.terminate()
            process.wait(10)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(200):
        assert process.poll() is None, "the server did not start"
        try:
            opener.open(f"{address}/healthz", timeout=2)
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here leaves the machine."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


def rows(slug: str) -> int:
    """What SQL counts of the public face."""
    layer = get(slug)
    return layer.rows_of(layer.faces[0]).count()


def test_owslib_reads_the_wfs(site):
    wfs = WebFeatureService(f"{site}/wfs", version="2.0.0")
    assert {f"kota:{slug}" for slug in COUNTED} <= set(wfs.contents)
    assert "kota:cctv" not in wfs.contents
    schema = wfs.get_schema("kota:wifi-hotspots")
    assert schema["geometry"] in {"Point", "3D Point"}
    assert set(schema["properties"]) == set(get("wifi-hotspots").public_fields)
    answer = wfs.getfeature(typename=["kota:wifi-hotspots"], outputFormat="application/json")
    assert answer.read().count(b'"Feature"') == rows("wifi-hotspots")


@pytest.mark.parametrize("slug", COUNTED)
def test_gdal_counts_what_sql_counts(site, slug):
    frame = pyogrio.read_dataframe(f"WFS:{site}/wfs", layer=f"kota:{slug}")
    assert len(frame) == rows(slug)
    west, south, east, north = frame.total_bounds
    assert 120 < west <= east < 130
    assert 0 < south <= north < 2  # not swapped


@pytest.mark.parametrize("version", ["2.0.0", "1.1.0"])
def test_gdal_asks_for_a_box_in_the_right_order(site, version):
    layer = get("wifi-hotspots")
    place = layer.model.objects.order_by("pk").first().geom
    box = (place.x - 1e-5, place.y - 1e-5, place.x + 1e-5, place.y + 1e-5)
    source = f"WFS:{site}/wfs?VERSION={version}"
    frame = pyogrio.read_dataframe(source, layer="kota:wifi-hotspots", bbox=box)
    assert len(frame) == 1
    assert frame.geometry.iloc[0].distance(shapely.Point(place.x, place.y)) < 1e-6
    assert len(pyogrio.read_dataframe(source, layer="kota:kelurahan")) == rows("kelurahan")


def test_owslib_reads_the_wms_and_takes_a_picture(site):
    for version in ("1.3.0", "1.1.1"):
        wms = WebMapService(f"{site}/wms", version=version)
        assert set(COUNTED) <= set(wms.contents)
        assert "cctv" not in wms.contents
        assert f"EPSG:{city().metric_srid}" in wms["streets"].crsOptions
        assert wms["streets"].styles["default"]["legend"].startswith(site)
        image = wms.getmap(
            layers=["islands", "wifi-hotspots"], srs="EPSG:4326", bbox=city().outer_box,
            size=(200, 100), format="image/png", transparent=True,
        )  # fmt: skip
        assert Image.open(BytesIO(image.read())).size == (200, 100)


def test_gdal_draws_the_wms(site):
    layer = get("elevation")
    lon, lat = city().centre
    with rasterio.open(
        f"WMS:{site}/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS={layer.slug}"
        f"&CRS=EPSG:4326&BBOX={lat - 0.06},{lon},{lat},{lon + 0.06}&FORMAT=image/png"
        "&TRANSPARENT=TRUE"
    ) as picture:
        assert picture.crs.to_epsg() == 4326
        assert picture.bounds == pytest.approx((lon, lat - 0.06, lon + 0.06, lat))
        assert picture.read(4, out_shape=(64, 64))[32, 32] > 0  # the raster covers it


def test_owslib_and_gdal_read_the_wmts(site):
    wmts = WebMapTileService(f"{site}/wmts")
    assert {*COUNTED, "elevation", "peta-dasar"} <= set(wmts.contents)
    lon, lat = toy.middle()
    x, y = (int(part) for part in toy.column_and_row(lon, lat, 14))
    tile = wmts.gettile(
        layer="wifi-hotspots", style="default", format="image/png",
        tilematrixset="WebMercatorQuad", tilematrix="14", row=y, column=x,
    )  # fmt: skip
    image = Image.open(BytesIO(tile.read()))
    assert (image.size, image.getbbox() is not None) == ((256, 256), True)
    source = f"WMTS:{site}/wmts/1.0.0/WMTSCapabilities.xml,layer=elevation,tilematrix=12"
    with rasterio.open(source) as picture:
        assert picture.crs.to_epsg() == 3857
        lon, lat = city().centre
        ((px, py),) = warp("EPSG:4326", "EPSG:3857", lon + 0.02, lat - 0.02)
        row, column = picture.index(px, py)
        window = Window(column, row, 2, 2)
        assert picture.read(4, window=window).min() > 0  # the raster covers it


def warp(source: str, target: str, x: float, y: float) -> list[tuple[float, float]]:
    """One place in another frame."""
    xs, ys = transform(source, target, [x], [y])
    return list(zip(xs, ys, strict=True))


def system_python() -> str:
    """The Python that holds QGIS; skips where there is none."""
    path = shutil.which("python3", path="/usr/bin")
    found = path and subprocess.run([path, "-c", "import qgis.core"], capture_output=True)
    if not path or not found or found.returncode:
        pytest.skip("QGIS is not installed: apt-get install --no-install-recommends python3-qgis")
    return path


def test_qgis_opens_every_service(site, tmp_path):
    place = get("wifi-hotspots").model.objects.order_by("pk").first().geom
    sides = [place.x - 0.001, place.y - 0.001, place.x + 0.001, place.y + 0.001]
    environment = {name: text for name, text in os.environ.items() if "proxy" not in name.lower()}
    environment |= {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "PYTHONPATH": ""}
    script = Path(__file__).with_name("qgis_client.py")
    done = subprocess.run(
        [system_python(), str(script), site, ",".join(COUNTED), json.dumps(sides)],
        env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.strip(), done.stderr[-2000:]
    told = json.loads(done.stdout.strip().splitlines()[-1])
    counted = {slug: rows(slug) for slug in COUNTED}
    assert {slug: one["count"] for slug, one in told["wfs"].items()} == counted
    assert told["ogc"] == counted
    west, south, east, north = told["wfs"]["wifi-hotspots"]["sides"]
    assert 120 < west <= east < 130 and 0 < south <= north < 2  # not swapped
    for crs in ("EPSG:4326", "EPSG:3857"):
        assert told["wms"][crs]["colours"] > 3
        assert (
            get("wifi-hotspots").model.objects.order_by("pk").first().name
            in (told["wms"][crs]["told"])
        )
    assert told["wmts"]["colours"] > 3
    assert told["tiles"] == {"valid": True, "styled": True}
