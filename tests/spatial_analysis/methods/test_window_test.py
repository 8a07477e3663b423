"""The window test: exact on small numbers, calibrated on nothing, able to find something."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from scipy import sparse

from benchmarks._incident_goals import false_calls
from benchmarks._incident_power import best_possible, power
from spatial_analysis.methods.multiple_tests import BadP, benjamini_hochberg
from spatial_analysis.methods.window_test import (
    BadCounts,
    BadOffset,
    Call,
    binomial_window,
)

ALONE = sparse.csr_array((4, 4))  # four cells without neighbours: the window is the cell


def at_least(c: int, n: int, s: float) -> float:
    return sum(comb(n, k) * s**k * (1 - s) ** (n - k) for k in range(c, n + 1))


def test_the_p_value_is_the_binomial_tail_that_can_be_summed_by_hand():
    test = binomial_window([6, 1, 1, 0], [1, 1, 1, 1], ALONE, side="hot")
    assert test.p == pytest.approx([at_least(c, 8, 0.25) for c in (6, 1, 1, 0)], rel=1e-12)
    cold = binomial_window([6, 1, 1, 0], [1, 1, 1, 1], ALONE, side="cold")
    assert cold.p == pytest.approx([1 - at_least(c + 1, 8, 0.25) for c in (6, 1, 1, 0)], rel=1e-9)
    assert test.expected.tolist() == [2, 2, 2, 2]


def test_two_sides_double_the_smaller_tail_and_never_exceed_one():
    two = binomial_window([6, 1, 1, 0], [1, 1, 1, 1], ALONE)
    hot = binomial_window([6, 1, 1, 0], [1, 1, 1, 1], ALONE, side="hot")
    assert two.p[0] == pytest.approx(2 * hot.p[0])
    assert two.p.max() <= 1


def test_a_far_tail_keeps_its_digits():
    test = binomial_window([200, 0, 0, 0], [1, 1, 1, 97], ALONE, side="hot")
    assert test.p[0] == pytest.approx(0.01**200, rel=1e-6)


def test_the_window_is_the_cell_and_its_neighbours():
    pair = sparse.csr_array(([1.0, 1.0], ([0, 1], [1, 0])), shape=(4, 4))
    test = binomial_window([3, 2, 1, 0], [1, 1, 1, 1], pair)
    assert test.count.tolist() == [5, 5, 1, 0]
    assert test.expected.tolist() == [3, 3, 1.5, 1.5]


def test_the_offset_decides_what_is_many():
    counts = [20, 4, 4, 4]
    per_land = binomial_window(counts, [1, 1, 1, 1], ALONE)
    per_people = binomial_window(counts, [500, 100, 100, 100], ALONE)
    assert per_land.call[0] == Call.HOT
    assert per_people.call[0] == Call.NONE


def test_four_cases_are_too_few_for_a_hot_call_however_small_the_expectation():
    offset = [1, 1000, 1000, 1000]
    assert binomial_window([4, 20, 20, 20], offset, ALONE).call[0] == Call.TOO_FEW
    assert binomial_window([5, 20, 20, 20], offset, ALONE).call[0] == Call.HOT


def test_one_loud_person_makes_no_hot_cell():
    alone = binomial_window([30, 4, 4, 4], [1, 1, 1, 1], ALONE, enough=[False, True, True, True])
    assert alone.call[0] == Call.TOO_FEW


def test_a_cell_that_many_reports_spare_is_cold_and_a_small_one_is_too_few():
    test = binomial_window([0, 100, 100, 0], [100, 100, 100, 0.1], ALONE)
    assert test.call[0] == Call.COLD
    assert test.call[3] == Call.TOO_FEW


def test_where_nobody_lives_nothing_is_tested():
    test = binomial_window([3, 3, 3, 0], [1, 1, 1, 0], ALONE)
    assert np.isnan(test.p[3])
    assert test.m_tests == 3
    assert test.call[3] == Call.TOO_FEW


def test_cases_without_an_offset_are_refused():
    with pytest.raises(BadOffset):
        binomial_window([3, 3, 3, 1], [1, 1, 1, 0], ALONE)
    with pytest.raises(BadCounts):
        binomial_window([0.5, 1, 1, 1], [1, 1, 1, 1], ALONE)


def test_no_report_at_all_calls_nothing():
    test = binomial_window([0, 0, 0, 0], [1, 1, 1, 1], ALONE)
    assert set(test.call) == {Call.TOO_FEW}
    assert test.p.tolist() == [1, 1, 1, 1]


def test_the_step_up_by_hand():
    adjusted = benjamini_hochberg([0.01, np.nan, 0.04, 0.03])
    assert adjusted == pytest.approx([0.03, np.nan, 0.04, 0.04], nan_ok=True)
    with pytest.raises(BadP):
        benjamini_hochberg([1.5])


@pytest.mark.slow
@pytest.mark.parametrize("mean", [0.05, 0.2, 1.0, 5.0])
def test_uniform_points_give_a_false_hot_cell_in_at_most_seven_of_a_hundred_maps(mean):
    ours, _ = false_calls(mean, runs=200, seed=int(mean * 100))
    assert ours <= 0.07


def test_gi_star_alone_calls_hot_cells_where_there_is_nothing():
    ours, theirs = false_calls(0.2, runs=15, seed=9)
    assert theirs >= 0.9
    assert ours <= 0.14


@pytest.mark.slow
def test_three_times_the_risk_is_found_among_three_thousand_cells():
    assert power(expected=70, runs=30) == 1.0  # ten cases a cell
    assert power(expected=14, runs=60) >= 0.9
    assert power(expected=10, runs=60) >= 0.7  # ten in the whole window


def test_the_best_test_there_can_be_is_hardly_better():
    """Ten expected in the window: no test that is right on 95 of 100 maps of nothing finds 90 %."""
    most = best_possible(10, draws=800)
    assert power(expected=10, runs=60) - 0.1 <= most <= 0.87
