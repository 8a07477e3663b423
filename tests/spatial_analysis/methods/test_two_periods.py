"""Two periods of one place, on numbers a reader can add up."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from spatial_analysis.methods.two_periods import BadPeriods, two_periods


def test_p_is_the_exact_binomial_one_of_scipy_by_its_doubled_tail():
    now, before = np.array([9, 4, 2]), np.array([1, 4, 12])
    found = two_periods(now, before, length=7, length_before=7)
    for p, a, b in zip(found.p, now, before, strict=True):
        tail = min(binomtest(a, a + b, 0.5, alternative=side).pvalue
                   for side in ("greater", "less"))  # fmt: skip
        assert p == pytest.approx(min(1, 2 * tail), abs=1e-12)


def test_a_longer_period_is_expected_to_hold_more():
    found = two_periods(np.array([30]), np.array([10]), length=30, length_before=10)
    assert found.expected[0] == 30
    assert found.side[0] == 0


def test_what_is_too_few_in_both_is_not_tested_and_does_not_count():
    found = two_periods(np.array([4, 40]), np.array([0, 4]), length=7, length_before=7)
    assert np.isnan(found.p[0])
    assert (found.m_tests, found.side.tolist()) == (1, [0, 1])


def test_false_calls_stay_rare_where_nothing_changed():
    rng, called = np.random.default_rng(5), 0
    for _ in range(100):
        rate = rng.uniform(0.2, 12, 300)
        found = two_periods(rng.poisson(rate), rng.poisson(rate), length=7, length_before=7)
        called += bool(found.side.any())
    assert called <= 7


@pytest.mark.parametrize("bad", [[-1, 2], [0.5, 1.0], [[1, 2]]])
def test_what_is_no_count_is_refused(bad):
    with pytest.raises(BadPeriods):
        two_periods(np.array(bad), np.array([1, 2]), length=7, length_before=7)
