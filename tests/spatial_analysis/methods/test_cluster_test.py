"""The chance of a cluster: a planted one is found, an empty map cries wolf one time in twenty."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_analysis.methods.cluster_test import BadGround, Ground, cluster_strength
from spatial_analysis.methods.density_cluster import dbscan

X, Y = np.meshgrid(np.arange(50, 3000, 100.0), np.arange(50, 3000, 100.0))
CENTRE = np.column_stack([X.ravel(), Y.ravel()])
EVEN = Ground(CENTRE, np.ones(900), np.zeros(900, dtype=np.int64), 50)


def again(xy, island):
    return dbscan(xy, 100, 5, island=island, engine="arrays").label


def test_expected_and_risk_can_be_counted_by_hand():
    ground = Ground(
        np.array([[0.0, 0.0], [1000.0, 0.0]]), np.array([1.0, 3.0]), np.zeros(2, int), 5
    )
    xy = np.array([[0.0, 0.0]] * 6 + [[1000.0, 0.0], [1000.0, 500.0]])
    label = np.array([0] * 6 + [-1, -1])
    found = cluster_strength(xy, label, ground, again, reach_m=50, replications=9)
    assert found.cases.tolist() == [6]
    assert found.expected.tolist() == [2]  # 8 cases, a quarter of the weight
    assert found.relative_risk[0] == pytest.approx((6 / 2) / (2 / 6))
    assert found.statistic[0] == pytest.approx(6 * np.log(3) + 2 * np.log(2 / 6))


def test_a_planted_cluster_is_not_chance_and_the_seed_fixes_its_p():
    rng = np.random.default_rng(5)
    xy = np.vstack([rng.uniform(0, 3000, (200, 2)), rng.normal(1500, 40, (30, 2))])
    label = again(xy, np.zeros(230, dtype=np.int64))
    one = cluster_strength(xy, label, EVEN, again, reach_m=100, seed=3)
    two = cluster_strength(xy, label, EVEN, again, reach_m=100, seed=3)
    assert one.p.min() == 0.01
    assert (one.p == two.p).all()


def test_a_town_explains_a_cluster_of_its_people():
    weight = np.ones(900)
    weight[np.hypot(*(CENTRE - 1500).T) < 160] = 120
    town = Ground(CENTRE, weight, np.zeros(900, dtype=np.int64), 50)
    rng = np.random.default_rng(8)
    at = rng.choice(900, 200, p=weight / weight.sum())
    xy = CENTRE[at] + rng.uniform(-50, 50, (200, 2))
    label = again(xy, np.zeros(200, dtype=np.int64))
    assert cluster_strength(xy, label, EVEN, again, reach_m=100).p.min() == 0.01
    assert cluster_strength(xy, label, town, again, reach_m=100).p.min() > 0.05


@pytest.mark.slow
def test_maps_without_a_cause_have_a_p_below_a_tenth_one_time_in_ten():
    low = 0
    for seed in range(120):
        xy = np.random.default_rng(1000 + seed).uniform(0, 3000, (150, 2))
        label = again(xy, np.zeros(150, dtype=np.int64))
        found = cluster_strength(xy, label, EVEN, again, reach_m=100, replications=39, seed=seed)
        low += bool((found.p <= 0.1).any())
    assert low <= 0.1 * 120 + 8  # two and a half standard errors


def test_a_case_on_another_island_is_never_in_the_ground():
    ground = Ground(np.zeros((2, 2)), np.ones(2), np.array([0, 1]), 5)
    xy = np.zeros((6, 2))
    found = cluster_strength(
        xy, np.zeros(6, int), ground, again, reach_m=50, island=np.zeros(6, int), replications=1
    )
    assert found.expected.tolist() == [3]


def test_no_cluster_no_answer():
    xy = np.array([[0.0, 0.0], [900.0, 900.0]])
    assert len(cluster_strength(xy, [-1, -1], EVEN, again, reach_m=50).p) == 0


def test_a_ground_without_weight_is_refused():
    with pytest.raises(BadGround):
        Ground(CENTRE, np.zeros(900), np.zeros(900, int), 50)
