"""Fairness in numbers a reader can add up."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_analysis.methods.equity import BadShares, beyond, gini, lorenz, two_groups


def test_all_alike_is_nought_and_one_who_holds_all_is_nearly_one() -> None:
    assert gini(np.full(4, 3.0), np.ones(4)) == pytest.approx(0.0)
    assert gini(np.array([0.0, 0, 0, 8]), np.ones(4)) == pytest.approx(0.75)  # 1 - 1/4
    assert gini(np.zeros(3), np.ones(3)) == 0.0


def test_a_place_of_many_people_is_as_many_persons() -> None:
    #  mean difference of 1, 1, 1, 5: pairs differ by 4 in 3 of 6, so 2; halved by the mean 2: 0.5
    #  over all pairs (a person with himself too): x 3/4
    by_person = gini(np.array([1.0, 1, 1, 5]), np.ones(4))
    assert by_person == pytest.approx(0.375)
    assert gini(np.array([5.0, 1]), np.array([1.0, 3])) == pytest.approx(by_person)


def test_the_lorenz_curve_starts_with_the_least_served() -> None:
    heads, held = lorenz(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    assert heads.tolist() == [0.0, 0.5, 1.0]
    assert held.tolist() == [0.0, 0.25, 1.0]


def test_metres_beyond_the_walk_and_people_without_any_way_are_told_apart() -> None:
    metres = np.array([100.0, 400, 500, 900, np.inf])
    far = beyond(metres, np.array([10.0, 10, 10, 2, 7]), 400.0)
    assert (far.person_m, far.people, far.no_way) == (10 * 100 + 2 * 500, 12, 7)
    assert far.mean_m == pytest.approx(2000 / 12)


def test_two_groups_by_person() -> None:
    amount, people = np.array([6.0, 0, 1]), np.array([1.0, 1, 5])
    found = two_groups(amount, people, np.array([True, True, False]))
    assert (found.inside, found.outside, found.ratio) == (3.0, 1.0, 3.0)
    assert two_groups(np.zeros(2), np.ones(2), np.array([True, False])).ratio == 1.0


@pytest.mark.parametrize(
    ("amount", "people"),
    [([1.0, -1], [1.0, 1]), ([1.0], [1.0, 1]), ([np.nan], [1.0]), ([1.0], [-1.0])],
)
def test_what_is_no_share_is_refused(amount: list[float], people: list[float]) -> None:
    with pytest.raises(BadShares):
        gini(np.array(amount), np.array(people))
    with pytest.raises(BadShares):
        beyond(np.array([np.nan]), np.ones(1), 1.0)
