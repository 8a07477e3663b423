"""Heat: equal to the exact sums, kept on land, and never carried over the strait."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.special import ndtr

from spatial_analysis.methods.bandwidths import bandwidth_scott
from spatial_analysis.methods.density import (
    BadBandwidth,
    BadGrid,
    Grid,
    grid_over,
    kernel_density,
)
from spatial_analysis.methods.frame import BadIsland
from spatial_analysis.truths.patterns import read_between
from tests.shared_data import shared


def exact(points, at, sigma) -> np.ndarray:
    d2 = ((at[:, None, :] - points[None]) ** 2).sum(axis=2)
    return np.exp(-d2 / 2 / sigma**2).sum(axis=1) / (2 * np.pi * sigma**2)


@pytest.mark.parametrize("edge", ["diggle", "uniform", "none"])
def test_redwood_seedlings_in_the_unit_square(edge):
    folder = shared("kde_redwood")
    table = pd.read_csv(folder / "expected_density_at_points.csv")
    xy = table[["x", "y"]].to_numpy()
    density = kernel_density(xy, Grid(0, 0, 1 / 256, 256, 256), 0.1, edge=edge)
    total = json.loads((folder / "expected.json").read_text())[f"integral_over_window_{edge}"]
    assert np.abs(read_between(density, xy) / table[edge] - 1).max() < 2e-4
    assert density.values.sum() / 256**2 == pytest.approx(total, rel=1e-4)


@pytest.fixture(scope="module")
def chorley():
    """Cases, expected table and totals, coast, and the coast as a mask of 25 m cells (km here)."""
    folder = shared("kde_chorley_larynx")
    rings = pd.read_csv(folder / "window_rings.csv")
    coast = shapely.Polygon(rings[rings["ring"] == 1][["x", "y"]].to_numpy())
    grid = grid_over(coast.bounds, 0.025)
    x = grid.west_m + (np.arange(grid.columns) + 0.5) * grid.cell_m
    y = grid.north_m - (np.arange(grid.rows) + 0.5) * grid.cell_m
    land = shapely.contains_xy(coast, *np.meshgrid(x, y)).astype(int)
    table = pd.read_csv(folder / "expected_density_at_points.csv")
    return table, json.loads((folder / "expected.json").read_text()), coast, grid, land


@pytest.mark.parametrize("edge", ["diggle", "uniform", "none"])
def test_larynx_cases_inside_the_coast_of_a_polygon(chorley, edge):
    table, totals, _, grid, land = chorley
    xy = table[["x", "y"]].to_numpy()
    density = kernel_density(xy, grid, 1.5, land=land, edge=edge)
    sum_over_land = np.nansum(density.values) * grid.cell_m2
    assert sum_over_land == pytest.approx(totals[f"integral_over_window_{edge}"], rel=2e-3)
    # the table took its land under a kernel from pixels: quadrature differs from it by 2.9e-3
    assert np.abs(read_between(density, xy) / table[edge] - 1).max() < 4e-3


def land_under(points, coast, sigma) -> np.ndarray:
    """Kernel mass over the polygon, by thin strips whose integral in x is exact."""
    west, south, east, north = coast.bounds
    middles, step = np.linspace(south, north, 2001, retstep=True)
    mass = np.zeros(len(points))
    for y in middles[:-1] + step / 2:
        strip = coast.intersection(shapely.LineString([(west - 1, y), (east + 1, y)]))
        height = np.exp(-((points[:, 1] - y) ** 2) / 2 / sigma**2) / np.sqrt(2 * np.pi) / sigma
        for part in getattr(strip, "geoms", [strip]):
            x0, _, x1, _ = part.bounds if not part.is_empty else (0, 0, 0, 0)
            ends = ndtr((np.array([x0, x1])[:, None] - points[:, 0]) / sigma)
            mass += step * height * (ends[1] - ends[0])
    return mass


def test_the_land_under_a_kernel_is_that_of_the_polygon(chorley):
    table, _, coast, grid, land = chorley
    xy = table[["x", "y"]].to_numpy()
    exactly = table["none"] / land_under(xy, coast, 1.5)
    uniform = kernel_density(xy, grid, 1.5, land=land, edge="uniform")
    assert np.abs(read_between(uniform, xy) / exactly - 1).max() < 1.5e-3


def test_a_thousandth_of_the_peak_at_cells_of_a_fifth_of_the_bandwidth():
    rng = np.random.default_rng(2)
    points = np.vstack([rng.normal(500, 60, (4000, 2)), rng.uniform(0, 1000, (2000, 2))])
    grid = Grid(0, 1000, 10, 100, 100)
    density = kernel_density(points, grid, 50, edge="none")
    ask = rng.integers(0, 100, (60, 2))
    centre = np.column_stack([(ask[:, 1] + 0.5) * 10, 1000 - (ask[:, 0] + 0.5) * 10])
    inner = points[(np.abs(points - 500) < 640).all(axis=1)]
    error = np.abs(density.values[ask[:, 0], ask[:, 1]] - exact(inner, centre, 50))
    assert error.max() / density.values.max() < 1e-3


def test_all_the_heat_lies_on_land_and_sums_to_the_number_of_events():
    land = np.zeros((80, 80), dtype=int)
    land[20:60, 20:60] = 1
    points = np.array([[205.0, 590.0], [400.0, 400.0], [590.0, 215.0]])  # two on the shore
    density = kernel_density(points, Grid(0, 800, 10, 80, 80), 60, land=land)
    assert np.nansum(density.values) * 100 == pytest.approx(3, abs=1e-6)
    assert np.isnan(density.values[land == 0]).all()
    assert density.n == 3


def test_an_event_warms_its_own_island_only():
    land = np.zeros((40, 80), dtype=int)
    land[:, :38], land[:, 42:] = 1, 2
    one = kernel_density([[370.0, 200.0]], Grid(0, 400, 10, 40, 80), 80, land=land, island=[1])
    assert np.nanmax(one.values[land == 2]) == 0
    assert np.nansum(one.values[land == 1]) * 100 == pytest.approx(1, abs=1e-9)


def test_without_correction_the_shore_is_too_cold():
    land = np.zeros((80, 80), dtype=int)
    land[:, :40] = 1
    grid, shore = Grid(0, 800, 10, 80, 80), [[395.0, 400.0]]
    lost = kernel_density(shore, grid, 60, land=land, edge="none")
    assert np.nansum(lost.values) * 100 == pytest.approx(0.5, abs=0.05)


def test_the_real_islands_keep_their_heat():
    frame = gpd.read_file(shared("ternate_islands") / "islands.geojson").to_crs(32652)
    frame = frame[frame["name"].isin(["Ternate", "Hiri"])].reset_index(drop=True)
    grid = grid_over(tuple(frame.total_bounds), 60)
    x = grid.west_m + (np.arange(grid.columns) + 0.5) * grid.cell_m
    y = grid.north_m - (np.arange(grid.rows) + 0.5) * grid.cell_m
    columns, rows = np.meshgrid(x, y)
    land = sum((i + 1) * shapely.contains_xy(shape, columns, rows) for i, shape
               in enumerate(frame.geometry))  # fmt: skip
    rng = np.random.default_rng(6)
    strip = [np.argwhere(land == number) for number in (1, 2)]
    cells = np.vstack([s[rng.choice(len(s), 300)] for s in strip])
    xy = np.column_stack([x[cells[:, 1]], y[cells[:, 0]]])
    density = kernel_density(xy, grid, 300, land=land, island=np.repeat([1, 2], 300))
    for number in (1, 2):
        heat = density.values[land == number].sum() * grid.cell_m2
        assert heat == pytest.approx(300, abs=300e-6)


def test_a_point_far_at_sea_is_left_out_and_said_so():
    land = np.zeros((80, 80), dtype=int)
    land[:, :20] = 1
    density = kernel_density(
        [[100.0, 400.0], [780.0, 400.0]], Grid(0, 800, 10, 80, 80), 50, land=land
    )
    assert (density.n, density.outside) == (1, 1)
    assert "too far at sea" in density.warnings[0]


def test_weights_count_as_so_many_events():
    grid = Grid(0, 800, 10, 80, 80)
    heavy = kernel_density([[400.0, 400.0]], grid, 50, weights=[3])
    thrice = kernel_density([[400.0, 400.0]] * 3, grid, 50)
    assert np.allclose(heavy.values, thrice.values)


def test_points_binned_some_at_a_time_are_as_warm(monkeypatch):
    rng = np.random.default_rng(9)
    xy, island, n = (
        rng.uniform(-20, 420, (300, 2)),
        rng.integers(1, 4, 300),
        rng.integers(1, 4, 300),
    )
    land = np.zeros((40, 40), dtype=int)
    land[:, :18], land[:, 22:] = 1, 2
    given = {"land": land, "island": island, "weights": n}
    whole = kernel_density(xy, Grid(0, 400, 10, 40, 40), 40, **given)
    monkeypatch.setattr("spatial_analysis.methods.density.AT_ONCE", 7)
    parts = kernel_density(xy, Grid(0, 400, 10, 40, 40), 40, **given)
    assert np.allclose(whole.values, parts.values, rtol=1e-12, equal_nan=True)
    assert (whole.n, whole.outside) == (parts.n, parts.outside)
    assert whole.outside > (island == 3).sum() > 50


def test_a_bandwidth_below_two_cells_is_refused():
    with pytest.raises(BadBandwidth):
        kernel_density([[1.0, 1.0]], Grid(0, 100, 10, 10, 10), 15)
    with pytest.raises(BadGrid):
        kernel_density([[1.0, 1.0]], Grid(0, 100, 10, 10, 10), 50, land=np.ones((3, 3), int))
    with pytest.raises(BadIsland):
        kernel_density([[1.0, 1.0]], Grid(0, 100, 10, 10, 10), 50, island=[-1])


def test_scotts_rule_on_points_one_can_add_up():
    points = np.array([[0.0, 0.0], [2.0, 2.0]])
    assert bandwidth_scott(points) == pytest.approx(np.sqrt(2) * 2 ** (-1 / 6))
