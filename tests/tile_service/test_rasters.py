"""Rasters: light on slopes, the folder's walls, and what a tile and a point say."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
from django.contrib.gis.geos import Point
from PIL import Image
from rasterio.transform import from_origin

from layers.catalog.population import PopulationCell
from layers.catalog.rasters import RasterRefused, register_raster
from layers.geography import city
from spatial_analysis.methods.density import Grid
from spatial_analysis.studies import heat_files
from tests.tile_service import toy
from tile_service.publish import population, relief
from tile_service.serve import raster, raster_child
from tile_service.serve.errors import Busy, Missing
from tile_service.serve.raster import Child

AT = datetime(2026, 11, 2, tzinfo=UTC)
CELL_M = 100.0
STOPS = [[0.0, "#000000ff"], [100.0, "#ffffffff"]]


def plane(east: float, south: float) -> np.ndarray:
    """Heights (m) on a 5 x 5 grid that rise by these metres a cell."""
    rows, columns = np.mgrid[0:5, 0:5]
    return rows * south + columns * east


def test_level_ground_gets_the_sine_of_the_suns_height():
    assert np.unique(relief.hillshade(plane(0, 0), cell_m=CELL_M)).tolist() == [relief.FLAT]


def test_a_slope_that_faces_the_light_is_brighter_than_one_that_turns_away():
    facing = relief.hillshade(plane(east=50, south=50), cell_m=CELL_M)  # falls to the north-west
    turned = relief.hillshade(plane(east=-50, south=-50), cell_m=CELL_M)
    aside = relief.hillshade(plane(east=50, south=-50), cell_m=CELL_M)  # falls to the south-west
    assert facing[2, 2] > relief.FLAT > aside[2, 2] > turned[2, 2]


def write(path, values: np.ndarray, driver: str = "GTiff") -> None:
    """Write a raster of 0.001-degree cells whose corner stands at the city's centre."""
    lon, lat = city().centre
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path, "w", driver=driver, height=values.shape[0], width=values.shape[1], count=1,
        dtype="float32", crs="EPSG:4326", transform=from_origin(lon, lat, 0.001, 0.001), nodata=-1,
    ) as file:  # fmt: skip
        file.write(values.astype("float32"), 1)


@pytest.fixture
def folder(settings, tmp_path):
    """An empty raster folder."""
    settings.RASTER_DIR = tmp_path / "rasters"
    settings.RASTER_DIR.mkdir()
    return settings.RASTER_DIR


def register(path, **more):
    """Register `path` as a heat raster of 0..100."""
    given = {"code": "heat-1", "layer": "elevation", "title": "t", "ramp": "heat", "low": 0}
    return register_raster(path, **given | {"high": 100, "attribution": "a", "at": AT} | more)


@pytest.mark.django_db
def test_a_raster_is_registered_with_its_bounds_and_digest(folder):
    write(folder / "a.tif", np.full((10, 20), 50))
    raster = register(folder / "a.tif")
    lon, lat = city().centre
    assert raster.geom.extent == pytest.approx((lon, lat - 0.01, lon + 0.02, lat))
    assert (raster.path, len(raster.digest)) == ("a.tif", 16)
    assert raster.stops[0][0] == 0 and raster.stops[-1] == [100, "#7f2704e6"]


@pytest.mark.django_db
def test_a_raster_outside_the_folder_or_of_another_driver_is_refused(folder, tmp_path):
    write(tmp_path / "outside.tif", np.ones((4, 4)))
    (folder / "link.tif").symlink_to(tmp_path / "outside.tif")
    (folder / "a.tif").write_text("<VRTDataset rasterXSize='1' rasterYSize='1'/>")
    for path in (tmp_path / "outside.tif", folder / "link.tif", folder / "a.tif"):
        with pytest.raises(RasterRefused):
            register(path)


def test_the_child_opens_only_geotiffs_inside_its_folder(folder, tmp_path):
    write(tmp_path / "outside.tif", np.ones((4, 4)))
    (folder / "link.tif").symlink_to(tmp_path / "outside.tif")
    (folder / "v.tif").write_text("<VRTDataset/>")
    (folder / "v.vrt").write_text("<VRTDataset/>")
    for name in (
        "../outside.tif", "link.tif", "v.tif", "v.vrt", "/etc/passwd", "none.tif",
        "/vsicurl/http://127.0.0.1:9/x.tif", "http://127.0.0.1:9/x.tif",
    ):  # fmt: skip
        with pytest.raises((ValueError, OSError)):
            raster_child.inside(folder, name)


class Listener(threading.Thread):
    """A loopback server that counts who calls."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.calls = self.socket.getsockname()[1], 0

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.socket.accept()[0].close()
                self.calls += 1


@pytest.fixture
def listener():
    """A server that must see no call."""
    made = Listener()
    made.start()
    yield made
    made.socket.close()


def test_raster_refuses_url_vsi_vrt_symlink_dotdot(folder, tmp_path, listener):
    write(tmp_path / "outside.tif", np.ones((4, 4)))
    (folder / "link.tif").symlink_to(tmp_path / "outside.tif")
    home = f"http://127.0.0.1:{listener.port}/x.tif"
    view = (
        "<VRTDataset rasterXSize='9' rasterYSize='9'><VRTRasterBand dataType='Byte' band='1'>"
        f"<SimpleSource><SourceFilename>/vsicurl/{home}</SourceFilename></SimpleSource>"
        "</VRTRasterBand></VRTDataset>"
    )
    (folder / "view.tif").write_text(view)
    (folder / "view.vrt").write_text(view)
    names = (
        home, f"/vsicurl/{home}", f"/vsizip/{home}", "view.tif", "view.vrt", "link.tif",
        "../outside.tif", str(tmp_path / "outside.tif"), "/vsimem/x.tif", "GTIFF_DIR:1:view.tif",
    )  # fmt: skip
    child = Child(folder)
    tile = {"z": 0, "x": 0, "y": 0, "size_px": 256, "stops": STOPS, "format": "png"}
    try:
        for name in names:
            for ask in (tile, {"lon": 0, "lat": 0}):
                with pytest.raises(Missing):
                    child.ask({"path": name, **ask})
        write(folder / "good.tif", np.full((60, 60), 50))
        lon, lat = city().centre
        asked = {"path": "good.tif", "lon": lon + 0.03, "lat": lat - 0.03}
        assert json.loads(child.ask(asked)) == {"value": 50.0}
    finally:
        child.close()
    assert listener.calls == 0
    with socket.create_connection(("127.0.0.1", listener.port)):
        pass
    for _ in range(100):
        if listener.calls:
            break
        time.sleep(0.01)
    assert listener.calls == 1, "the listener hears"


def test_a_raster_that_never_ends_costs_its_time_and_the_next_one_is_drawn(folder, monkeypatch):
    os.mkfifo(folder / "pipe.tif")  # opening it waits for a writer that never comes
    write(folder / "good.tif", np.full((60, 60), 50))
    lon, lat = city().centre
    asked = {"path": "good.tif", "lon": lon + 0.03, "lat": lat - 0.03}
    child = Child(folder)
    try:
        assert json.loads(child.ask(asked)) == {"value": 50.0}
        monkeypatch.setattr(raster, "LONGEST_S", 0.3)
        with pytest.raises(Busy):
            child.ask({"path": "pipe.tif", "lon": lon, "lat": lat})
        monkeypatch.undo()
        assert json.loads(child.ask(asked)) == {"value": 50.0}
    finally:
        child.close()


def test_the_childs_memory_is_bounded():
    limit = "import resource; resource.setrlimit = lambda *a: print(*a)"
    script = f"{limit}; import io; from tile_service.serve import raster_child as c; " + (
        "c.main(io.BytesIO(), io.BytesIO(), None)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    most = raster_child.MOST_MEMORY_BYTES
    assert f"({most}, {most})" in done.stdout and most <= 3 * 1024**3


def faults_of_a_cog(path) -> list[str]:
    """What keeps a GeoTIFF from being cloud-optimised; nothing when all is well.

    Checked as rio-cogeo does: tiles inside, overviews once it is larger than a tile, and every
    directory of the file before its data.
    """
    faults = []
    with rasterio.open(path, driver="GTiff") as file:
        if file.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") != "COG":
            faults.append("its layout is not that of a COG")
        blocks, large = file.block_shapes[0], max(file.shape) > 512
        if large and not (file.profile["tiled"] and max(blocks) <= 512):
            faults.append(f"blocks of {blocks}")
        if large and not file.overviews(1):
            faults.append("no overviews")
        for step in file.overviews(1):
            if step & (step - 1):
                faults.append(f"an overview of {step}")
        first = file.tags(1, ns="TIFF").get("BLOCK_OFFSET_0_0", "")
        if first and int(first) < 192:
            faults.append("data before the directories")
    head = path.read_bytes()[:600]
    if b"LAYOUT=IFDS_BEFORE_DATA" not in head or b"BLOCK_ORDER=ROW_MAJOR" not in head:
        faults.append("no promise of its order")
    return faults


def test_what_the_platform_writes_is_cloud_optimised_and_a_plain_file_is_not(folder):
    values = np.arange(1200.0 * 900).reshape(1200, 900).astype("float32")
    relief.write_cog(
        folder / "a.tif", values, crs="EPSG:32652", transform=from_origin(3e5, 1e5, 30, 30),
        nodata=-1, tags={"unit": "m"},
    )  # fmt: skip
    write(folder / "plain.tif", values)
    assert faults_of_a_cog(folder / "a.tif") == []
    assert len(faults_of_a_cog(folder / "plain.tif")) >= 3
    with rasterio.open(folder / "a.tif") as file:
        assert (file.crs.to_epsg(), file.nodata, file.tags()["unit"]) == (32652, -1, "m")
        assert np.array_equal(file.read(1), values)


@pytest.mark.django_db
def test_heat_is_cloud_optimised_with_its_frame_and_tags(folder):
    grid = Grid(west_m=3e5, north_m=1e5, cell_m=50.0, rows=700, columns=600)
    values = np.full((700, 600), np.nan, dtype="float32")
    values[100:200, 100:200] = 2.5
    holder = SimpleNamespace(grid=grid)
    path = heat_files.write_heat("h", values, holder, {"unit": "u", "run": "7"})
    assert faults_of_a_cog(path) == []
    with rasterio.open(path) as file:
        assert file.crs.to_epsg() == city().metric_srid and np.isnan(file.nodata)
        assert file.tags()["run"] == "7" and file.descriptions == ("u",)


def test_people_lie_on_their_grid_and_add_up():
    east, north = np.array([150.0, 250.0, 450.2]), np.array([950.0, 950.0, 649.9])
    grid, west, top = population.gridded(east, north, np.array([3.0, 0.0, 7.0]))
    assert (grid.shape, west, top) == ((4, 4), 100.0, 1000.0)
    assert grid[0, 0] == 3 and grid[0, 1] == 0 and grid[3, 3] == 7
    assert grid[grid >= 0].sum() == 10 and (grid == population.NODATA).sum() == 13
    with pytest.raises(population.OffTheGrid):
        population.gridded(east + np.array([0, 30, 0]), north, np.ones(3))
    with pytest.raises(population.OffTheGrid):
        population.gridded(np.zeros(2), np.zeros(2), np.ones(2))


@pytest.mark.django_db
def test_the_raster_of_people_says_what_the_cells_say(folder):
    with pytest.raises(population.NoPopulation):
        population.load_population(at=AT)
    cells = [toy.make(PopulationCell, people=people) for people in (4.0, 6.0)]
    lon, lat = toy.middle()
    metric = Point(lon, lat, srid=4326).transform(city().metric_srid, clone=True)
    for number, cell in enumerate(cells):
        cell.geom = Point(metric.x + 100 * number, metric.y, srid=city().metric_srid)
        cell.geom.transform(4326)
        cell.save()
    made = population.load_population(at=AT)
    assert (made.layer, made.unit) == ("population-grid", "orang per sel 100 m")
    asked = {"path": made.path, "lon": cells[1].geom.x, "lat": cells[1].geom.y}
    assert json.loads(raster_child.value_at(asked, folder)) == {"value": 6.0}
    assert faults_of_a_cog(folder / made.path) == []


def test_a_tile_is_painted_by_its_stops_and_clear_where_nothing_is_known():
    values = np.array([[0.0, 20.0], [100.0, 50.0]])
    valid = np.array([[True, True], [True, False]])
    bands = raster_child.painted(values, valid, STOPS)
    assert bands[:, 0, 0].tolist() == [0, 0, 0, 255]
    assert bands[:, 0, 1].tolist() == [51, 51, 51, 255]
    assert bands[:, 1, 0].tolist() == [255, 255, 255, 255]
    assert bands[3, 1, 1] == 0


def test_a_drawn_tile_has_its_colour_and_a_point_its_value(folder):
    write(folder / "a.tif", np.full((60, 60), 50))
    lon, lat = city().centre
    zoom = 14
    x = int((lon + 0.03 + 180) / 360 * 2**zoom)
    y = int((1 - np.arcsinh(np.tan(np.radians(lat - 0.03))) / np.pi) / 2 * 2**zoom)
    ask = {"path": "a.tif", "z": zoom, "x": x, "y": y, "size_px": 256, "stops": STOPS}
    for form in ("png", "webp"):
        data = raster_child.draw(ask | {"format": form}, folder)
        image = Image.open(io.BytesIO(data))
        assert image.format == form.upper() and image.size == (256, 256)
        colour = image.convert("RGBA").getpixel((128, 128))
        assert colour[3] == 255 and abs(colour[0] - 128) <= 3
    assert raster_child.draw(ask | {"format": "png", "x": 0}, folder) == b""
    value = raster_child.value_at({"path": "a.tif", "lon": lon + 0.03, "lat": lat - 0.03}, folder)
    assert value == b'{"value": 50.0}'


@pytest.mark.django_db
def test_the_citys_relief_is_made_from_its_elevation(folder):
    rasters = {raster.code: raster for raster in relief.load_relief(at=AT)}
    assert set(rasters) == {"elevation", "relief"}
    with (
        rasterio.open(folder / "relief.tif") as shade,
        rasterio.open(folder / "elevation.tif") as up,
    ):
        assert shade.shape == up.shape
        heights, light = up.read(1, masked=True), shade.read(1, masked=True)
    assert heights.min() > 0
    assert (light.mask == heights.mask).all()
    assert 1 <= light.min() < relief.FLAT < light.max()
