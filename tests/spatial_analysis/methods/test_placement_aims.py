"""Everybody served with fewest sites, sites that fill up: by hand and by brute force."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from spatial_analysis.methods.placement import Floor, Rules, place
from spatial_analysis.methods.placement_all import cover_everyone
from spatial_analysis.methods.placement_capacity import BadCapacity, place_within
from spatial_analysis.methods.placement_rules import CannotPlace

#                  site 0  site 1  site 2  site 3
REACH = np.array([[True, True, False, False],
                  [True, False, True, False],
                  [False, False, True, False],
                  [False, False, False, False],   # nobody can reach this place
                  [False, True, False, True]])  # fmt: skip
COST = np.array([5.0, 9.0, 5.0, 5.0])


def test_fewest_sites_for_everybody_who_can_be_reached() -> None:
    found = cover_everyone(REACH, Rules(cost=COST))
    assert (found.sites, found.bound, found.proven) == ([1, 2], 2, True)
    already = np.array([False, False, False, False, True])  # the last place is served
    assert cover_everyone(REACH, Rules(cost=COST), served=already).sites == [0, 2]  # cheaper


def test_money_numbers_wishes_and_floors_are_kept_or_named() -> None:
    assert cover_everyone(REACH, Rules(cost=COST, must=(0,))).sites == [0, 2, 3]  # 15 beats 19
    floors = (Floor("east", (3,), 1),)
    assert cover_everyone(REACH, Rules(cost=COST, floors=floors)).sites == [0, 2, 3]
    with pytest.raises(CannotPlace) as refusal:
        cover_everyone(REACH, Rules(count=1, cost=COST))
    assert [(rule.kind, rule.by) for rule in refusal.value.ways[0]] == [("count", 1)]
    with pytest.raises(CannotPlace) as refusal:
        cover_everyone(REACH, Rules(budget=10.0, cost=COST))
    assert [(rule.kind, rule.by) for rule in refusal.value.ways[0]] == [("budget", 4.0)]
    #  without site 1 the first and the last place need one each: three sites for 15
    assert cover_everyone(REACH, Rules(budget=15.0, cost=COST, forbidden=(1,))).sites == [0, 2, 3]


def test_fewest_is_the_fewest_of_all_subsets() -> None:
    dice = np.random.default_rng(5)
    for _ in range(20):
        reach = dice.random((12, 7)) < 0.3
        rows = reach[reach.any(axis=1)]
        least = next(
            k for k in range(8)
            if any(rows[:, list(some)].any(axis=1).all() for some in combinations(range(7), k))
        )  # fmt: skip
        assert len(cover_everyone(reach, Rules()).sites) == least


def test_a_site_serves_no_more_than_its_capacity() -> None:
    people = np.array([50.0, 20.0, 40.0, 99.0, 10.0])
    #  one site: 0 reaches 70, 1 and 2 reach 60; with room for 45 every one of them is full
    found = place_within(people, REACH, Rules(count=2), 45)
    assert (found.objective, found.proven) == (90.0, True)
    assert np.asarray(found.people.sum(axis=0)).ravel().max() <= 45 + 1e-9
    assert (np.asarray(found.people.sum(axis=1)).ravel() <= people + 1e-9).all()
    assert np.asarray(found.people.sum(axis=1)).ravel()[3] == 0


def test_room_for_all_is_plain_cover_and_little_room_is_brute_force() -> None:
    dice = np.random.default_rng(6)
    for _ in range(12):
        people = dice.integers(1, 30, 14).astype(float)
        reach = dice.random((14, 6)) < 0.35
        cost = dice.integers(3, 9, 6).astype(float)
        rules = Rules(budget=14.0, cost=cost)
        wide = place_within(people, reach, rules, 1e6)
        assert wide.objective == pytest.approx(place(people, reach, rules).objective)
        tight = place_within(people, reach, rules, 25)
        best = max(
            _flow(people, reach, some, 25)
            for k in range(7)
            for some in combinations(range(6), k)
            if cost[list(some)].sum() <= 14
        )
        assert tight.objective == pytest.approx(best, abs=1e-6)
        assert tight.proven


def _flow(people: np.ndarray, reach: np.ndarray, sites: tuple[int, ...], room: int) -> float:
    """Most people by max flow: least over sets of sites that are full (min cut)."""
    return min(
        (room * k + people[reach[:, [j for j in sites if j not in full]].any(axis=1)].sum()
         if len(sites) > k else float(room * k))
        for k in range(len(sites) + 1)
        for full in combinations(sites, k)
    )  # fmt: skip


def test_rules_that_contradict_are_named_with_capacity_too() -> None:
    people = np.ones(5)
    with pytest.raises(CannotPlace):
        place_within(people, REACH, Rules(budget=4.0, cost=COST, floors=(Floor("a", (0,), 1),)), 9)
    with pytest.raises(BadCapacity):
        place_within(people, REACH, Rules(count=1), 0)
