"""Heat along streets: a bell on one street, halves at a fork, nothing across a gap."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_analysis.methods.network_density import (
    BadNetwork,
    Streets,
    heat_on_network,
    path_distances,
)

LONG = Streets.of([[0, 1]], [2000.0], 2)
CROSS = Streets.of([[0, 1], [0, 2], [0, 3], [0, 4]], [1000.0] * 4, 5)  # four arms, one middle
TWO = Streets.of([[0, 1], [2, 3]], [500.0, 500.0], 4)  # two streets that do not meet


def test_on_one_long_street_it_is_the_bell_curve():
    heat = heat_on_network(LONG, [0], [0.5], sigma_m=100, piece_m=5)
    middle = heat.start_m + heat.length_m / 2
    bell = np.exp(-((middle - 1000) ** 2) / 2 / 100**2) / (100 * np.sqrt(2 * np.pi))
    assert np.abs(heat.value - bell).max() < 0.003 * bell.max()
    assert heat.total == pytest.approx(1.0, abs=1e-9)


def test_at_a_crossing_all_arms_are_equally_warm():
    heat = heat_on_network(CROSS, [0], [0.0], sigma_m=100, piece_m=5)
    sums = [float((heat.value * heat.length_m)[heat.edge == arm].sum()) for arm in range(4)]
    assert sums == pytest.approx([0.25] * 4, abs=1e-6)


def test_a_dead_end_gives_heat_back():
    heat = heat_on_network(LONG, [0], [0.0], sigma_m=100, piece_m=5)
    assert heat.total == pytest.approx(1.0, abs=1e-9)
    assert heat.at_places[0] == pytest.approx(2 / (100 * np.sqrt(2 * np.pi)), rel=5e-3)


def test_streets_that_do_not_meet_never_warm_each_other():
    heat = heat_on_network(TWO, [0], [1.0], sigma_m=300, piece_m=10)
    assert heat.value[heat.edge == 1].max() == 0


def test_many_small_steps_of_time_come_out_where_the_exact_exponential_does():
    """Eight pieces by hand: heat = exp(-t M^-1 L) of the masses, by eigenvalues."""
    streets = Streets.of([[0, 1], [1, 2]], [400.0, 400.0], 3)
    heat = heat_on_network(streets, [0], [0.5], sigma_m=120, piece_m=100)
    chain = [0, 3, 4, 5, 1, 6, 7, 8, 2]  # nodes and cuts in the order of the street
    laplace = np.diag([1.0, *[2.0] * 7, 1.0]) - np.eye(9, k=1) - np.eye(9, k=-1)
    half = np.array([50.0, *[100.0] * 7, 50.0])
    even = laplace / 100 / np.sqrt(np.outer(half, half))
    values, vectors = np.linalg.eigh(even)
    mass = np.zeros(9)
    mass[chain.index(4)] = 1.0
    spread = vectors @ (np.exp(-values * 120**2 / 2) * (vectors.T @ (mass / np.sqrt(half))))
    exact = spread / np.sqrt(half)
    assert heat.value == pytest.approx((exact[1:] + exact[:-1]) / 2, rel=2e-3)


def test_a_place_may_count_for_many():
    heat = heat_on_network(LONG, [0, 0], [0.2, 0.8], sigma_m=50, piece_m=5, weights=[3, 1])
    assert heat.total == pytest.approx(4.0)


def test_ways_go_round_by_the_streets():
    far = path_distances(CROSS, [0, 0, 1], [0.1, 0.3, 0.2])
    assert far[0, 1] == pytest.approx(200)
    assert far[0, 2] == pytest.approx(300)
    assert np.isinf(path_distances(TWO, [0, 1], [0.5, 0.5])[0, 1])


def test_a_place_off_the_streets_is_refused():
    with pytest.raises(BadNetwork):
        heat_on_network(LONG, [1], [0.5], sigma_m=100, piece_m=5)
    with pytest.raises(BadNetwork):
        Streets.of([[0, 1]], [0.0], 2)
