"""Pairs close in place and time: counted by hand, and never at the caller's cost."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_analysis.methods.interaction import BadBands, knox, near_repeat

XY = np.array([[0.0, 0], [10, 0], [500, 0], [505, 0]])  # two pairs of neighbours


def test_pairs_are_counted():
    found = knox(XY, [0, 1, 0, 50], within_m=20, within_t=2, replications=9)
    assert (found.pairs, found.near_place, found.near_time, found.near_both) == (6, 2, 3, 1)
    assert found.expected == pytest.approx(2 * 3 / 6)


def test_the_ends_of_both_bands_are_inside():
    assert knox(XY, [0, 2, 9, 9], within_m=10, within_t=2, replications=0).near_both == 2


def test_islands_are_apart():
    found = knox(XY, [0, 1, 0, 1], within_m=20, within_t=2, island=[0, 1, 1, 1], replications=0)
    assert found.near_place == 1


def test_the_callers_times_keep_their_order():
    times = np.array([5.0, 3.0, 9.0, 1.0])
    knox(XY, times, within_m=20, within_t=2, replications=99)
    assert times.tolist() == [5.0, 3.0, 9.0, 1.0]


def follow_ups(seed: int):
    """100 first cases anywhere in a year; half of them are followed within 50 m and 5 days."""
    rng = np.random.default_rng(seed)
    xy, at = rng.uniform(0, 5000, (100, 2)), rng.uniform(0, 365, 100)
    more = rng.uniform(-35, 35, (50, 2)) + xy[:50]
    return np.vstack([xy, more]), np.append(at, at[:50] + rng.uniform(0, 5, 50))


def test_cases_that_are_soon_followed_nearby_are_no_chance():
    xy, at = follow_ups(1)
    assert knox(xy, at, within_m=50, within_t=7, replications=99).p == 0.01
    mixed = np.random.default_rng(3).permutation(at)
    assert knox(xy, mixed, within_m=50, within_t=7, replications=99).p > 0.05


def test_risk_falls_with_distance_and_days():
    xy, at = follow_ups(1)
    found = near_repeat(xy, at, bands_m=[50, 200, 400], bands_t=[7, 30, 90], replications=99)
    assert found.observed[0, 0] >= 50
    assert found.ratio[0, 0] > 5
    assert found.p[0, 0] == 0.01
    assert found.ratio[2, 2] < 1.5


def test_bands_must_grow():
    with pytest.raises(BadBands):
        near_repeat(XY, [0, 1, 2, 3], bands_m=[50, 20], bands_t=[1])
    with pytest.raises(BadBands):
        knox(XY, [0, 1, np.nan, 3], within_m=20, within_t=2)
