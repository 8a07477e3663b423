"""Kelurahan and kecamatan: whole, without overlap, and close enough to say which is which."""

from __future__ import annotations

import pytest
import shapely

from tests.fixtures_geodata.sample import CITIES, features, iou, metres, shapes_of, table
from tests.shared_data import shared


@pytest.mark.parametrize("folder", CITIES, ids=lambda folder: folder.name)
def test_cells_cover_the_islands_once(folder):
    cells = [row["geom"] for row in features("kelurahan.geojson", folder)]
    land = shapely.union_all([row["geom"] for row in features("islands.geojson", folder)])
    assert all(cell.is_valid for cell in cells)
    assert shapely.coverage_is_valid(cells)
    assert sum(cell.area for cell in cells) == pytest.approx(land.area, rel=1e-4)


def test_there_are_78_kelurahan_in_8_kecamatan():
    cells, unions = features("kelurahan.geojson"), features("kecamatan.geojson")
    assert (len(cells), len(unions)) == (78, 8)
    assert {row["kecamatan_code"] for row in cells} == {row["code"] for row in unions}


@pytest.mark.parametrize("folder", CITIES, ids=lambda folder: folder.name)
def test_each_marker_stands_in_its_own_cell(folder):
    cells = {row["code"]: row["geom"] for row in features("kelurahan.geojson", folder)}
    for row in table("kelurahan_points.csv", folder):
        point = shapely.Point(float(row["lon"]), float(row["lat"]))
        assert cells[row["code"]].contains(point), row["name"]


def test_markers_moved_ashore_say_how_far():
    moved = {
        r["name"]: int(r["moved_m"]) for r in table("kelurahan_points.csv") if r["moved_m"] != "0"
    }
    assert set(moved) == {"Tifure", "Lelewi", "Bido", "Gamalama", "Makassar Timur"}
    assert max(moved.values()) < 300


@pytest.fixture(scope="module")
def real_kecamatan():
    """Real kelurahan dissolved to kecamatan, metres, by code."""
    folder = shared("ternate-kelurahan-cahyadsn", "kecamatan against real ones")
    found: dict[str, list] = {}
    for row, shape in shapes_of(folder / "ternate_kelurahan.geojson"):
        found.setdefault(row["code"].rsplit(".", 1)[0], []).append(
            metres(shapely.make_valid(shape))
        )
    return {code: shapely.union_all(shapes) for code, shapes in found.items()}


def test_kecamatan_are_like_the_real_ones(real_kecamatan):
    mine = {row["code"]: metres(row["geom"]) for row in features("kecamatan.geojson")}
    likeness = [iou(shape, real_kecamatan[code]) for code, shape in mine.items()]
    assert sum(likeness) / 8 >= 0.78


def test_nine_tenths_of_the_land_lie_in_their_right_kecamatan(real_kecamatan):
    mine = {row["code"]: metres(row["geom"]) for row in features("kecamatan.geojson")}
    right = sum(shapely.intersection(s, real_kecamatan[code]).area for code, s in mine.items())
    real = shapely.union_all(list(real_kecamatan.values()))
    common = shapely.intersection(real, shapely.union_all(list(mine.values()))).area
    assert right / common >= 0.90


@pytest.mark.parametrize("name", ["kelurahan.geojson", "kecamatan.geojson"])
@pytest.mark.parametrize("folder", CITIES, ids=lambda folder: folder.name)
def test_a_boundary_file_says_that_it_is_schematic(folder, name):
    head = (folder / name).read_text(encoding="utf-8")[:300]
    assert "schematic, not an official boundary" in head
    assert {row["origin"] for row in features(name, folder)} == {"schematic"}
