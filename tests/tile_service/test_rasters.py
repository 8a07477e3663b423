"""Rasters: light on slopes, the folder's walls, and what a tile and a point say."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.transform import from_origin

from layers.catalog.rasters import RasterRefused, register_raster
from layers.geography import city
from tile_service.publish import relief
from tile_service.serve import raster_child

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
