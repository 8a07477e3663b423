"""Ways against published costs, and plans of random cities against the independent checker."""

from __future__ import annotations

import pytest

from benchmarks.routes.truths import compare
from benchmarks.tours.fuzz import Outcome, look_at
from tests.shared_data import shared


def test_every_listed_pair_costs_what_the_list_says_with_closures_and_without():
    found = compare(shared("routing/paths-gozo", "listed costs of ways"))
    assert [truth.weight for truth in found] == ["length_mm", "time_ms", "time_ms_closed"]
    assert [truth.wrong for truth in found] == [0, 0, 0]
    assert {truth.pairs for truth in found} == {1000}
    assert found[2].without_way > 0  # pairs that no way joins are among them


@pytest.mark.parametrize("first", [1, 501, 901])
def test_random_cities_get_plans_that_hold_and_reasons_that_are_true(first: int):
    seen = Outcome()
    for seed in range(first, first + 8):
        look_at(seed, seen)
    assert (seen.cities, seen.faulty, seen.untold, seen.misclocked) == (8, 0, 0, 0)
    assert (seen.planted, seen.misnamed) == (32, 0)


def test_the_same_city_gets_the_same_plan_twice():
    assert look_at(7, Outcome()) == look_at(7, Outcome())
