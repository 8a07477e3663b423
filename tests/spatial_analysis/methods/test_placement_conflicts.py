"""Sites that may not both be chosen: which pairs, the proven best without them, the way out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from spatial_analysis.methods.placement import (
    BadRules,
    CannotPlace,
    Floor,
    Rules,
    place,
    price_of_rules,
)
from spatial_analysis.methods.placement_all import cover_everyone
from spatial_analysis.methods.placement_capacity import place_within
from spatial_analysis.methods.placement_conflicts import BadConflicts, Conflicts, cliques, too_near
from spatial_analysis.methods.placement_rules import Relaxed

NOWHERE = {"standing": np.zeros((0, 2)), "standing_island": np.zeros(0, dtype=np.int64)}
# Sites 0, 100, 250 m along a street reach 10, 9, 8 people of their own.
LINE = np.array([[0.0, 0.0], [100.0, 0.0], [250.0, 0.0]])
OWN, PEOPLE = np.eye(3, dtype=bool), np.array([10.0, 9.0, 8.0])
HOME = np.ones(3, dtype=np.int64)


def apart(least_m: float) -> Conflicts:
    return too_near(LINE, least_m, island=HOME, **NOWHERE)


def test_a_pair_at_the_least_distance_is_allowed_and_a_nearer_one_is_not() -> None:
    assert apart(100.0).pairs.tolist() == []
    near = apart(100.1)
    assert (near.pairs.tolist(), near.metres.tolist()) == ([[0, 1]], [100.0])
    assert apart(151.0).pairs.tolist() == [[0, 1], [1, 2]]


def test_water_parts_sites_and_what_stands_already_closes_those_beside_it() -> None:
    two = too_near(LINE, 151.0, island=np.array([1, 1, 2]), **NOWHERE)
    assert two.pairs.tolist() == [[0, 1]]
    beside = too_near(
        LINE, 60.0, island=HOME, standing=np.array([[260.0, 0.0], [0.0, 1.0]]),
        standing_island=np.array([1, 2]),
    )  # fmt: skip
    assert (beside.pairs.tolist(), beside.metres.tolist()) == ([[2, 2]], [10.0])
    assert place(PEOPLE, OWN, Rules(count=3, conflicts=beside)).sites == [0, 1]


def test_the_best_plan_leaves_the_site_between_out() -> None:
    plan = place(PEOPLE, OWN, Rules(count=3, conflicts=apart(151.0)))
    assert (plan.sites, plan.objective, plan.proven) == ([0, 2], 18.0, True)
    rules = Rules(count=3, conflicts=apart(151.0))
    assert price_of_rules(PEOPLE, OWN, rules, plan) == {"spacing": 9.0}


def test_wished_sites_too_near_each_other_are_named_with_the_distance_that_works() -> None:
    rules = Rules(count=3, must=(0, 1), conflicts=apart(151.0))
    with pytest.raises(CannotPlace) as refusal:
        place(PEOPLE, OWN, rules)
    ways = {frozenset(rule for rule in way) for way in refusal.value.ways}
    assert ways == {
        frozenset({Relaxed("spacing", "", 51.0)}),  # 151 - 51 = 100 m
        frozenset({Relaxed("must", "0", 1.0)}),
        frozenset({Relaxed("must", "1", 1.0)}),
    }
    softer = Rules(count=3, must=(0, 1), conflicts=apart(100.0))
    assert place(PEOPLE, OWN, softer).objective == 27.0


def test_a_floor_that_finds_no_room_names_the_widest_distance_that_leaves_it_room() -> None:
    rules = Rules(count=3, floors=(Floor("Kecil", (0, 1, 2), 2),), conflicts=apart(400.0))
    with pytest.raises(CannotPlace) as refusal:
        place(PEOPLE, OWN, rules)
    assert (Relaxed("spacing", "", 150.0),) in refusal.value.ways  # 250 m: sites 0 and 2
    assert (Relaxed("floor", "Kecil", 1.0),) in refusal.value.ways


def test_other_models_keep_the_distance_too() -> None:
    rules = Rules(count=3, conflicts=apart(151.0))
    assert place_within(PEOPLE, OWN, rules, 9.0).sites == [0, 2]
    both = np.array([[True, True, False], [False, True, True], [True, False, True]])
    assert cover_everyone(both, Rules(conflicts=apart(151.0))).sites == [0, 2]
    with pytest.raises(CannotPlace) as refusal:
        cover_everyone(both, Rules(conflicts=apart(300.0)))
    assert refusal.value.ways == ((Relaxed("spacing", "", 50.0),),)  # 250 m


def random_case(seed: int) -> tuple[np.ndarray, np.ndarray, Rules]:
    dice = np.random.default_rng(seed)
    m = 9
    xy, island = dice.random((m, 2)) * 500, dice.integers(1, 3, m)
    near = too_near(
        xy, 170.0, island=island, standing=dice.random((1, 2)) * 500, standing_island=np.array([1])
    )
    rules = Rules(
        count=4 if seed % 2 else None,
        budget=12.0 if seed % 3 else None,
        cost=dice.integers(1, 6, m).astype(float),
        floors=(Floor("a", (0, 1, 2), 1),) if seed % 5 else (),
        must=(int(dice.integers(m)),) if seed % 7 == 1 else (),
        conflicts=near,
    )
    if rules.count is None and rules.budget is None:
        rules = Rules(count=3, conflicts=near)
    return dice.integers(0, 20, 25).astype(float), dice.random((25, m)) < 0.25, rules


def keeps(rules: Rules, sites: tuple[int, ...]) -> bool:
    assert rules.conflicts is not None
    cost = rules.prices(9)[list(sites)].sum()
    return (
        (rules.count is None or len(sites) <= rules.count)
        and (rules.budget is None or cost <= rules.budget)
        and set(rules.must) <= set(sites)
        and all(len(set(floor.sites) & set(sites)) >= floor.least for floor in rules.floors)
        and not len(rules.conflicts.within(sites)[0])
    )


def best_by_trying(
    people: np.ndarray, reach: np.ndarray, rules: Rules, second: float = 0.0
) -> float | None:
    found = []
    for k in range(reach.shape[1] + 1):
        for sites in itertools.combinations(range(reach.shape[1]), k):
            if keeps(rules, sites):
                times = reach[:, list(sites)].sum(axis=1)
                found.append(people @ (times > 0) + second * (people @ (times > 1)))
    return max(found, default=None)


@pytest.mark.parametrize("prune", [False, True])
@pytest.mark.parametrize("seed", range(24))
def test_the_plan_is_the_best_of_all_that_keep_the_distance(seed: int, prune: bool) -> None:
    people, reach, rules = random_case(seed)
    backup = (seed % 4) * 0.3
    best = best_by_trying(people, reach, rules, backup)
    if best is None:
        with pytest.raises(CannotPlace) as refusal:
            place(people, reach, rules, backup=backup, prune=prune)
        assert refusal.value.ways
        return
    plan = place(people, reach, rules, backup=backup, prune=prune)
    assert plan.objective == pytest.approx(best)
    assert plan.proven
    assert keeps(rules, tuple(plan.sites))


def test_each_pair_is_in_a_set_and_each_set_is_all_pairs() -> None:
    dice = np.random.default_rng(3)
    pairs = np.array([(a, b) for a in range(20) for b in range(a + 1, 20) if dice.random() < 0.4])
    sets = [np.flatnonzero(row).tolist() for row in cliques(pairs, 20).toarray()]
    held = {pair for group in sets for pair in itertools.combinations(group, 2)}
    assert held == {tuple(pair) for pair in pairs.tolist()}
    assert len(sets) < len(pairs) / 2


def test_pairs_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(BadConflicts):
        Conflicts(np.array([[0, 1]]), np.array([5.0]), 5.0)
    with pytest.raises(BadConflicts):
        apart(0.0)
    unknown = Conflicts(np.array([[0, 7]]), np.array([5.0]), 6.0)
    with pytest.raises(BadRules):
        place(PEOPLE, OWN, Rules(count=1, conflicts=unknown))
