"""How many events must lie together before density itself is no news."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

from spatial_analysis.methods.chance_density import BadEvents, floor_of_chance
from spatial_analysis.methods.cluster_test import Ground
from spatial_analysis.methods.density_cluster import dbscan

SIDE = 40
CELLS = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).reshape(-1, 2) * 100.0
EVEN = Ground(CELLS, np.ones(len(CELLS)), np.zeros(len(CELLS), int), 50.0)
ASKED = {"eps_m": 75.0, "cell_m2": 10_000.0, "least": 8}


def test_few_events_leave_the_number_that_was_asked_for():
    assert floor_of_chance(EVEN, 500, **ASKED).min_pts == 8


def test_on_even_ground_it_is_the_poisson_quantile_by_hand():
    n = 20_000
    mean = n * np.pi * 75**2 / (len(CELLS) * 10_000)  # 22.1 within 75 m
    found = floor_of_chance(EVEN, n, **ASKED)
    assert found.min_pts == next(k for k in range(8, 99) if poisson.sf(k - 2, mean) <= 0.1)
    assert found.share == pytest.approx(poisson.sf(found.min_pts - 2, mean))
    assert found.share_before == pytest.approx(poisson.sf(6, mean))


def test_a_map_of_nothing_has_one_blob_before_and_hardly_a_dense_place_after():
    xy = np.random.default_rng(5).uniform(-50, SIDE * 100 - 50, (20_000, 2))
    found = floor_of_chance(EVEN, len(xy), **ASKED)
    assert (dbscan(xy, 75.0, 8).label == 0).mean() > 0.99
    assert dbscan(xy, 75.0, found.min_pts).core.mean() == pytest.approx(found.share, abs=0.03)


def test_weight_on_the_other_shore_raises_nothing():
    shore = np.array([[0.0, 0.0], [100.0, 0.0]])
    weight = np.array([1.0, 999.0])
    apart = floor_of_chance(Ground(shore, weight, np.array([0, 1]), 50.0), 1000, **ASKED)
    joined = floor_of_chance(Ground(shore, weight, np.array([0, 0]), 50.0), 1000, **ASKED)
    assert apart.min_pts > joined.min_pts  # not thinned by the empty cell across the water
    with pytest.raises(BadEvents):
        floor_of_chance(EVEN, -1, **ASKED)
