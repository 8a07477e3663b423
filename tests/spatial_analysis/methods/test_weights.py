"""Neighbours: what the distance band, the nearest k and the lattice join, and never the sea."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from spatial_analysis.methods.lattice import hex_lattice
from spatial_analysis.methods.weights import (
    JoinsIslands,
    components_by_island,
    contiguity,
    distance_band,
    knn,
    row_standardised,
    with_self,
)
from tests.shared_data import shared

LINE = np.array([[0.0, 0.0], [30.0, 0.0], [60.0, 0.0], [1000.0, 0.0]])


def test_the_band_includes_its_end_and_nobody_is_his_own_neighbour():
    w = distance_band(LINE, 30).toarray()
    assert w.tolist() == [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]


def test_the_sea_separates_neighbours_unless_radio_may_cross_it():
    assert distance_band(LINE, 30, [1, 2, 2, 2]).sum() == 2
    assert distance_band(LINE, 30, [1, 2, 2, 2], crosses_water=True).sum() == 4


def test_the_nearest_two_and_the_first_of_equals():
    assert knn(LINE, 1).toarray()[1].tolist() == [1, 0, 0, 0]
    assert knn(LINE, 2).toarray()[3].tolist() == [0, 1, 1, 0]
    assert knn(LINE, 2, [0, 0, 0, 1]).toarray()[3].sum() == 0


def test_a_cell_inland_has_six_neighbours_and_eighteen_in_two_rings():
    lattice = hex_lattice([shapely.box(0, 0, 1000, 1000)], 100)
    assert contiguity(lattice).sum(axis=1).max() == 6
    assert contiguity(lattice, rings=2).sum(axis=1).max() == 18
    assert (contiguity(lattice) != contiguity(lattice).T).nnz == 0


def test_rows_sum_to_one_and_empty_rows_stay_empty():
    w = row_standardised(distance_band(LINE, 30))
    assert w.sum(axis=1).tolist() == [1, 1, 1, 0]
    assert with_self(distance_band(LINE, 30)).diagonal().tolist() == [1, 1, 1, 1]


def test_a_weight_across_the_strait_is_found_and_refused():
    crossing = distance_band(LINE, 30, [1, 2, 2, 2], crosses_water=True)
    with pytest.raises(JoinsIslands):
        components_by_island(crossing, [1, 2, 2, 2])
    parts = components_by_island(distance_band(LINE, 30, [1, 2, 2, 2]), [1, 2, 2, 2])
    assert parts.tolist() == [0, 1, 1, 2]


@pytest.fixture(scope="module")
def islands():
    return list(gpd.read_file(shared("ternate_islands") / "islands.geojson").to_crs(32652).geometry)


def test_ten_thousand_draws_never_join_two_real_islands(islands):
    rng = np.random.default_rng(12)
    where, points = [], []
    for number, land in enumerate(islands):
        west, south, east, north = land.bounds
        draw = rng.uniform((west, south), (east, north), (6000, 2))
        inside = draw[shapely.contains_xy(land, draw)][:1500]
        where.append(np.full(len(inside), number))
        points.append(inside)
    island, xy = np.concatenate(where), np.concatenate(points)
    assert len(xy) >= 10_000
    components_by_island(distance_band(xy, 2500, island), island)
    assert (components_by_island(knn(xy, 5, island), island) >= 0).all()
    with pytest.raises(JoinsIslands):
        components_by_island(distance_band(xy, 2500, crosses_water=True), island)


def test_the_lattice_of_the_real_islands_has_one_part_an_island(islands):
    lattice = hex_lattice(islands, 400)
    parts = components_by_island(contiguity(lattice), lattice.island)
    assert len(np.unique(parts)) == len(islands)
