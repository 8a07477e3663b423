"""The hex lattice covers land and nothing else, and counts every point on land once."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatial_analysis.methods.frame import BadFrame, BadPoints, require_metres
from spatial_analysis.methods.lattice import (
    BadLattice,
    cell_polygons,
    hex_counts,
    hex_lattice,
    hex_of,
)
from tests.shared_data import shared

SQUARE = shapely.box(0, 0, 1000, 1000)
FAR = shapely.box(5000, 0, 5600, 600)


def test_the_cells_hold_exactly_the_land_of_the_islands():
    lattice = hex_lattice([SQUARE, FAR], 100)
    land = np.bincount(lattice.island, weights=lattice.land_m2)
    assert land == pytest.approx([1_000_000, 360_000])
    assert lattice.land_m2.max() == pytest.approx(lattice.hex_m2)


def test_a_cell_without_land_does_not_exist():
    lattice = hex_lattice([SQUARE], 100)
    assert shapely.intersects(cell_polygons(lattice), SQUARE).all()
    assert (lattice.land_m2 > 0).all()


def test_neighbouring_hexagons_do_not_overlap_and_leave_no_gap():
    cells = cell_polygons(hex_lattice([SQUARE], 100))
    assert shapely.area(shapely.union_all(cells)) == pytest.approx(shapely.area(cells).sum())


def test_the_grid_hangs_on_the_frame_and_not_on_the_data():
    whole = hex_lattice([SQUARE], 100)
    corner = hex_lattice([shapely.box(0, 0, 300, 300)], 100)
    assert set(zip(corner.q, corner.r, strict=True)) <= set(zip(whole.q, whole.r, strict=True))


def test_a_shift_moves_every_centre_by_its_part_of_the_spacing():
    plain = hex_lattice([shapely.box(0, 0, 90, 90)], 100)
    moved = hex_lattice([shapely.box(50, 25, 140, 115)], 100, shift=(0.5, 0.25))
    assert np.allclose(moved.centre - plain.centre, [50, 25])


def test_every_point_on_land_is_counted_in_the_cell_that_holds_it():
    rng = np.random.default_rng(3)
    points = rng.uniform(0, 1000, (2000, 2))
    lattice = hex_lattice([SQUARE], 100)
    counted = hex_counts(lattice, points)
    assert counted.counts.sum() == 2000
    holds = shapely.dwithin(cell_polygons(lattice)[counted.cell], shapely.points(points), 1e-9)
    assert holds.all()


def test_a_point_at_sea_is_reported_and_not_moved_to_the_shore():
    counted = hex_counts(hex_lattice([SQUARE], 100), [[500.0, 500.0], [5000.0, 5000.0]])
    assert counted.outside == 1
    assert counted.counts.sum() == 1
    assert counted.warnings == ("1 of 2 points lie on no land cell",)


def test_a_hexagon_shared_by_two_islands_is_two_cells():
    strait = [shapely.box(0, 0, 40, 40), shapely.box(50, 0, 90, 40)]
    lattice = hex_lattice(strait, 400)
    counted = hex_counts(lattice, [[20.0, 20.0], [70.0, 20.0], [71.0, 20.0]], [0, 1, 1])
    assert counted.counts.tolist() == [1, 2]


@given(
    st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(10, 5000),
    st.floats(0, 1), st.floats(0, 1),
)  # fmt: skip
def test_the_nearest_centre_is_the_centre_of_the_hexagon(x, y, spacing, dx, dy):
    point = np.array([[x, y]])
    q, r = hex_of(point, spacing, (dx, dy))
    centre = np.array([(q + r / 2 + dx) * spacing, (r * np.sqrt(3) / 2 + dy) * spacing]).T
    assert np.hypot(*(point - centre)[0]) <= spacing / np.sqrt(3) * (1 + 1e-6)


def test_the_land_of_the_real_islands_is_theirs_to_a_thousandth():
    folder = shared("ternate_islands")
    frame = gpd.read_file(folder / "islands.geojson").to_crs(32652)
    lattice = hex_lattice(list(frame.geometry), 500)
    land = np.bincount(lattice.island, weights=lattice.land_m2) / 1e6
    expected = {row.split(",")[0]: float(row.split(",")[5]) for row in
                (folder / "expected_islands.csv").read_text().splitlines()[1:]}  # fmt: skip
    names = [json.loads(frame.to_json())["features"][i]["properties"]["name"]
             for i in range(len(frame))]  # fmt: skip
    for name, km2 in zip(names, land, strict=True):
        assert km2 == pytest.approx(expected[name], rel=1e-3)


def test_degrees_and_web_mercator_are_refused():
    for epsg in (4326, 3857):
        with pytest.raises(BadFrame):
            require_metres(epsg)
    assert require_metres(32652) == 32652


def test_no_land_no_lattice():
    with pytest.raises(BadLattice):
        hex_lattice([], 100)
    with pytest.raises(BadLattice):
        hex_lattice([SQUARE], 0)
    with pytest.raises(BadLattice, match="larger spacing"):
        hex_lattice([SQUARE], 0.1)


def test_points_that_are_not_numbers_are_refused():
    with pytest.raises(BadPoints):
        hex_counts(hex_lattice([SQUARE], 100), [[np.nan, 1.0]])
