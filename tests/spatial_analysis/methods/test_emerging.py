"""Trends and histories: pairs that can be counted, and words by their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from spatial_analysis.methods.emerging import (
    BadSteps,
    Pattern,
    classify_emerging,
    step_windows,
)
from spatial_analysis.methods.trend import BadSeries, mann_kendall, sen_slope

ALONE = sparse.csr_array((3, 3))


def test_pairs_that_rise_less_pairs_that_fall():
    found = mann_kendall([1, 2, 3, 4])
    assert (found.s[0], found.tau_a[0]) == (6, 1.0)
    assert found.variance[0] == pytest.approx(4 * 3 * 13 / 18)
    assert found.z[0] == pytest.approx(5 / np.sqrt(4 * 3 * 13 / 18))


def test_many_series_are_told_like_one():
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 5, (20, 12))
    each = [mann_kendall(row) for row in rows]
    assert mann_kendall(rows).p.tolist() == [one.p[0] for one in each]


def test_a_series_that_never_changes_has_no_trend():
    found = mann_kendall([3, 3, 3, 3])
    assert (found.s[0], found.z[0], found.p[0]) == (0, 0.0, 1.0)


def test_the_slope_is_the_median_of_all_pairs():
    assert sen_slope([0, 1, 2, 30])[0] == pytest.approx(np.median([1, 1, 28, 1, 14.5, 10]))


def test_a_series_with_a_gap_is_refused():
    with pytest.raises(BadSeries):
        mann_kendall([1.0, np.nan, 2.0])


def history(*steps: int):
    """z of 3 (hot), -3 (cold) or 0, as one cell."""
    z = np.array([[3.0 * step for step in steps]])
    return classify_emerging(z, z > 2, z < -2)


@pytest.mark.parametrize(
    ("steps", "pattern"),
    [
        ((0, 0, 0, 0, 0, 0, 0, 0, 0, 1), Pattern.NEW),
        ((0, 0, 0, 0, 0, 0, 0, 1, 1, 1), Pattern.CONSECUTIVE),
        ((1, 0, 0, 0, 0, 0, 0, 1, 1, 1), Pattern.SPORADIC),
        ((1, 0, 0, -1, 0, 0, 0, 1, 1, 1), Pattern.OSCILLATING),
        ((1, 1, 1, 1, 1, 1, 1, 1, 1, 1), Pattern.PERSISTENT),
        ((1, 1, 1, 1, 1, 1, 1, 1, 1, 0), Pattern.HISTORICAL),
        ((1, 1, 1, 0, 0, 0, 0, 0, 0, 0), Pattern.NONE),
    ],
)
def test_histories_have_their_names_and_cold_is_the_mirror(steps, pattern):
    assert history(*steps).pattern[0] == pattern
    assert history(*(-step for step in steps)).pattern[0] == pattern
    if pattern != Pattern.NONE:
        assert history(*(-step for step in steps)).side[0] == "cold"


def test_a_place_that_grows_ever_hotter_is_intensifying():
    z = np.array([np.linspace(2.5, 6, 10), np.linspace(6, 2.5, 10)])
    assert classify_emerging(z, z > 2, z < -2).pattern.tolist() == ["intensifying", "diminishing"]


def test_a_window_is_the_cell_its_neighbours_and_the_step_before():
    pair = sparse.csr_array(([1.0, 1.0], ([0, 1], [1, 0])), shape=(3, 3))
    test = step_windows([[1, 2, 3], [1, 1, 1], [0, 0, 9]], np.ones((3, 3)), pair)
    assert test.count[0].tolist() == [2, 2 + 3, 3 + 4]
    assert test.count[2].tolist() == [0, 0, 9]
    assert test.expected[0].tolist() == pytest.approx([18 * 2 / 9, 18 * 4 / 9, 18 * 4 / 9])
    assert test.m_tests == 9


def test_a_burst_in_one_cell_and_week_is_hot_there_alone():
    counts = np.ones((3, 6), dtype=int)
    counts[1, 5] = 20
    test = step_windows(counts, np.ones((3, 6)), ALONE)
    assert np.argwhere(test.hot).tolist() == [[1, 5]]
    assert test.z[1, 5] > 4


def test_random_weeks_are_called_hot_in_at_most_seven_of_a_hundred_maps():
    rng = np.random.default_rng(5)
    called = 0
    for _ in range(60):
        counts = rng.poisson(0.3, (60, 12))
        near = sparse.diags_array([1.0, 1.0], offsets=[-1, 1], shape=(60, 60))
        called += bool(step_windows(counts, np.ones((60, 12)), near, min_count=1).hot.any())
    assert called <= 8  # Binomial(60, 0.05): more than 8 in 6 of 1,000 tries


def test_flags_of_another_shape_are_refused():
    with pytest.raises(BadSteps):
        classify_emerging(np.zeros((1, 3)), np.zeros((1, 2), bool), np.zeros((1, 3), bool))
    with pytest.raises(BadSteps):
        step_windows(np.ones((3, 1)), np.ones((3, 1)), ALONE)
