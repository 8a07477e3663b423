"""Placing sites: greedy, proven, under rules; and what is said when the rules contradict."""

from __future__ import annotations

import csv
import itertools
import json
import time

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from benchmarks.placement import case
from spatial_analysis.methods.placement import (
    BadDemand,
    BadRules,
    CannotPlace,
    Floor,
    NothingToPlace,
    Rules,
    cover_all,
    cover_most,
    place,
    price_of_rules,
)
from spatial_analysis.methods.placement_rules import Relaxed
from tests.shared_data import shared

PEOPLE = np.array([50.0, 20.0, 40.0])
#                  site 0  site 1  site 2
REACH = np.array([[True, False, True],      # 50 people
                  [True, False, False],     # 20
                  [False, True, True]])  # 40  # fmt: skip

# Two islands: places 0-2 with sites 0-2 on the big one, place 3 with sites 3-4 on the small one.
TWO_ISLANDS = np.array([[True, False, True, False, False],     # 50 people
                        [True, False, False, False, False],    # 20
                        [False, True, True, False, False],     # 40
                        [False, False, False, True, True]])  # 5  # fmt: skip
FOUR = np.array([50.0, 20.0, 40.0, 5.0])
COST = np.array([10.0, 10.0, 10.0, 30.0, 20.0])
SMALL = Floor("Kecil", (3, 4), 1)


def test_the_second_site_counts_only_people_the_first_does_not_reach() -> None:
    placement = cover_most(PEOPLE, REACH, count=2)
    assert placement.sites == [2, 0]  # 50 + 40, then the 20 still waiting
    assert placement.gains == [90.0, 20.0]


def test_greedy_stops_when_everyone_is_reached() -> None:
    assert cover_most(PEOPLE, REACH, count=3).sites == [2, 0]


@pytest.mark.parametrize("count", [0, 4])
def test_greedy_refuses_a_number_of_sites_that_cannot_be_chosen(count: int) -> None:
    with pytest.raises(NothingToPlace):
        cover_most(PEOPLE, REACH, count=count)


@pytest.mark.parametrize("people", [[1.0, 2.0], [1.0, -2.0, 3.0], [1.0, np.nan, 3.0]])
def test_people_who_cannot_be_counted_are_refused(people: list[float]) -> None:
    with pytest.raises(BadDemand):
        place(np.array(people), REACH, Rules(count=1))


def test_the_proven_plan_beats_greedy_where_greedy_is_tempted() -> None:
    people = np.array([3.0, 3.0, 3.0, 3.0])
    reach = np.array([[1, 0, 1], [0, 1, 1], [1, 0, 0], [0, 1, 0]], dtype=bool)
    reach = np.hstack([reach, [[True], [True], [False], [False]]])
    people[:2] += 1  # site 2 reaches 4 + 4, sites 0 and 1 each 4 + 3
    assert sum(cover_most(people, reach, count=2).gains) == 11.0
    plan = place(people, reach, Rules(count=2))
    assert sorted(plan.sites) == [0, 1]
    assert plan.objective == plan.bound == 14.0
    assert plan.proven
    assert plan.gap_pct == 0.0


def test_gains_are_in_order_and_add_up_to_the_people_reached() -> None:
    plan = place(FOUR, TWO_ISLANDS, Rules(count=3))
    assert plan.sites == [2, 0, 3]
    assert plan.gains == [90.0, 20.0, 5.0]
    assert plan.objective == 115.0


def test_people_who_are_served_already_add_nothing() -> None:
    served = np.array([True, False, False])
    plan = place(PEOPLE, REACH, Rules(count=1), served=served)
    assert plan.objective == 40.0  # the first 50 have a site; 40 wait at the third place
    assert plan.sites == [1]


def test_money_buys_the_cheaper_of_two_equal_sites() -> None:
    plan = place(FOUR, TWO_ISLANDS, Rules(budget=20.0, cost=COST, floors=(SMALL,)))
    assert plan.sites == [4]  # the floor takes all the money: 5 people
    assert plan.spent == 20.0


def test_a_floor_is_kept_although_it_reaches_fewer_people() -> None:
    free = place(FOUR, TWO_ISLANDS, Rules(budget=30.0, cost=COST))
    bound = place(FOUR, TWO_ISLANDS, Rules(budget=30.0, cost=COST, floors=(SMALL,)))
    assert free.objective == 110.0  # sites 2 and 0
    assert sorted(bound.sites) == [2, 4]
    assert bound.objective == 95.0


def test_a_floor_of_two_keeps_a_site_that_another_would_replace() -> None:
    plan = place(FOUR, TWO_ISLANDS, Rules(count=3, floors=(Floor("Kecil", (3, 4), 2),)))
    assert sorted(plan.sites) == [2, 3, 4]
    assert sum(plan.gains) == plan.objective == 95.0


def test_must_and_forbidden_sites_are_obeyed() -> None:
    plan = place(FOUR, TWO_ISLANDS, Rules(count=2, must=(4,), forbidden=(2,)))
    assert plan.sites == [0, 4]
    assert plan.gains == [70.0, 5.0]


def test_a_wished_site_that_reaches_nobody_new_still_stands() -> None:
    plan = place(FOUR, TWO_ISLANDS, Rules(count=3, must=(0, 1, 2)))
    assert sorted(plan.sites) == [0, 1, 2]
    assert plan.objective == 110.0


def test_too_little_money_for_the_floors_is_named_with_the_sum_missing() -> None:
    with pytest.raises(CannotPlace) as refused:
        place(FOUR, TWO_ISLANDS, Rules(budget=15.0, cost=COST, floors=(SMALL,)))
    assert set(refused.value.ways) == {
        (Relaxed("floor", "Kecil", 1.0),),
        (Relaxed("budget", "", 5.0),),
    }


def test_a_floor_without_candidates_is_named_alone() -> None:
    floors = (SMALL, Floor("Kosong", (), 1))
    with pytest.raises(CannotPlace) as refused:
        place(FOUR, TWO_ISLANDS, Rules(budget=500.0, cost=COST, floors=floors))
    assert refused.value.ways == ((Relaxed("floor", "Kosong", 1.0),),)


def test_a_site_both_wished_and_banned_names_both_wishes() -> None:
    with pytest.raises(CannotPlace) as refused:
        place(FOUR, TWO_ISLANDS, Rules(count=2, must=(1,), forbidden=(1,)))
    assert {way[0].kind for way in refused.value.ways} == {"must", "forbidden"}


def test_rules_that_need_two_to_give_way_name_two() -> None:
    floors = (Floor("Kosong", (), 1), Floor("Hampa", (), 2))
    with pytest.raises(CannotPlace) as refused:
        place(FOUR, TWO_ISLANDS, Rules(count=2, floors=floors))
    assert [sorted(rule.name for rule in way) for way in refused.value.ways] == [
        ["Hampa", "Kosong"]
    ]


def test_money_without_prices_is_refused() -> None:
    with pytest.raises(BadRules):
        place(FOUR, TWO_ISLANDS, Rules(budget=20.0))


def test_the_price_of_each_rule_is_the_people_it_costs() -> None:
    rules = Rules(budget=30.0, cost=COST, floors=(SMALL,))
    prices = price_of_rules(FOUR, TWO_ISLANDS, rules, place(FOUR, TWO_ISLANDS, rules))
    assert prices == {"floor:Kecil": 15.0}  # 110 in place of 95; 33 buy no more than 30
    rules = Rules(budget=37.0, cost=COST, floors=(SMALL,))
    prices = price_of_rules(FOUR, TWO_ISLANDS, rules, place(FOUR, TWO_ISLANDS, rules))
    assert prices["budget"] == 20.0  # 40.7 buy site 0 as well


def test_the_fewest_sites_that_reach_all() -> None:
    assert len(cover_all(REACH)) == 2
    assert len(cover_all(TWO_ISLANDS)) == 3


def test_the_arguments_stay_as_they_were() -> None:
    people, reach = FOUR.copy(), sparse.csc_array(TWO_ISLANDS)
    before = people.tobytes(), reach.indices.tobytes(), reach.indptr.tobytes(), reach.data.tobytes()
    place(people, reach, Rules(budget=30.0, cost=COST, floors=(SMALL,), must=(0,)))
    after = people.tobytes(), reach.indices.tobytes(), reach.indptr.tobytes(), reach.data.tobytes()
    assert after == before


def _plain_highs(people: np.ndarray, reach: np.ndarray, rules: Rules) -> float | None:
    """The textbook model, nothing merged, dropped or bounded."""
    n, m = reach.shape
    ones = np.concatenate([np.ones(m), np.zeros(n)])
    kept = [LinearConstraint(np.hstack([-reach.astype(float), np.eye(n)]), ub=0)]
    if rules.count is not None:
        kept.append(LinearConstraint(ones[None, :], ub=rules.count))
    if rules.budget is not None:
        kept.append(LinearConstraint(np.append(rules.cost, np.zeros(n))[None, :], ub=rules.budget))
    for floor in rules.floors:
        row = np.zeros(m + n)
        row[list(floor.sites)] = 1
        kept.append(LinearConstraint(row[None, :], lb=floor.least))
    low, high = np.zeros(m + n), np.ones(m + n)
    low[list(rules.must)] = 1
    high[list(rules.forbidden)] = 0
    answer = milp(
        np.concatenate([np.zeros(m), -people]),
        constraints=kept,
        integrality=1,
        bounds=Bounds(low, high),
        options={"mip_rel_gap": 0.0},
    )
    return None if answer.x is None else -float(answer.fun)


def _random_case(seed: int) -> tuple[np.ndarray, np.ndarray, Rules]:
    dice = np.random.default_rng(seed)
    n, m = 40, 18
    reach = dice.random((n, m)) < 0.12
    cost = dice.integers(5, 30, m).astype(float)
    wishes = dice.permutation(m)[:2].tolist()
    first = Floor("satu", tuple(range(5)), int(dice.integers(0, 3)))
    second = Floor("dua", tuple(range(5, 9)), int(dice.integers(0, 3)))
    over = Floor("tumpang", tuple(range(3, 7)), int(dice.integers(0, 2)))
    money = float(dice.integers(40, 110))
    rules = (
        Rules(count=int(dice.integers(2, 7)), floors=(first, second)),
        Rules(budget=money, cost=cost, floors=(first, second, over)),
        Rules(
            count=5, budget=money, cost=cost, must=tuple(wishes[:1]), forbidden=tuple(wishes[1:])
        ),
        Rules(count=4),
    )[seed % 4]
    return dice.integers(0, 60, n).astype(float), reach, rules


@pytest.mark.parametrize("prune", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_twenty_random_cases_equal_the_textbook_model(seed: int, prune: bool) -> None:
    people, reach, rules = _random_case(seed)
    expected = _plain_highs(people, reach, rules)
    if expected is None:
        with pytest.raises(CannotPlace):
            place(people, reach, rules, prune=prune)
        return
    plan = place(people, reach, rules, prune=prune)
    assert plan.objective == pytest.approx(expected, abs=1e-6)
    assert plan.proven
    assert set(rules.must) <= set(plan.sites)
    assert not set(rules.forbidden) & set(plan.sites)
    assert rules.budget is None or plan.spent <= rules.budget
    assert all(len(set(floor.sites) & set(plan.sites)) >= floor.least for floor in rules.floors)


@pytest.mark.parametrize("seed", range(6))
def test_every_way_out_really_is_one_and_nothing_smaller_is(seed: int) -> None:
    dice = np.random.default_rng(seed)
    m = 6
    cost = dice.integers(5, 20, m).astype(float)
    floors = tuple(
        Floor(str(f), tuple(dice.permutation(m)[:3].tolist()), int(dice.integers(1, 4)))
        for f in range(3)
    )
    rules = Rules(count=2, budget=18.0, cost=cost, floors=floors)
    names = [("count", ""), ("budget", ""), *(("floor", floor.name) for floor in floors)]

    def feasible_without(relaxed: set[tuple[str, str]]) -> bool:
        for taken in itertools.product([0, 1], repeat=m):
            x = np.array(taken)
            if ("count", "") not in relaxed and x.sum() > 2:
                continue
            if ("budget", "") not in relaxed and x @ cost > 18.0:
                continue
            if all(
                ("floor", f.name) in relaxed or x[list(f.sites)].sum() >= f.least for f in floors
            ):
                return True
        return False

    smallest = next(
        size
        for size in range(len(names) + 1)
        if any(feasible_without(set(some)) for some in itertools.combinations(names, size))
    )
    assert smallest > 0
    with pytest.raises(CannotPlace) as refused:
        place(np.ones(m), np.eye(m, dtype=bool), rules)
    found = {frozenset((rule.kind, rule.name) for rule in way) for way in refused.value.ways}
    expected = {
        frozenset(some)
        for some in itertools.combinations(names, smallest)
        if feasible_without(set(some))
    }
    assert found == expected


def test_san_francisco_stores_equal_the_published_answer() -> None:
    folder = shared("location_sf_spopt")
    truth = json.loads((folder / "expected.json").read_text())
    with (folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv").open() as file:
        rows = list(csv.DictReader(file))
    stores = sorted({row["name"] for row in rows})
    tracts = sorted({row["DestinationName"] for row in rows})
    people = np.zeros(len(tracts))
    metres = np.full((len(tracts), len(stores)), np.inf)
    for row in rows:  # joined by id: the tables are in different orders
        i = tracts.index(row["DestinationName"])
        people[i] = float(row["demand"])
        metres[i, stores.index(row["name"])] = float(row["distance"])
    reach = metres <= truth["service_radius_m"]
    plan = place(people, reach, Rules(count=truth["p"]), prune=True)
    assert plan.objective == truth["mclp_demand"] == 875_247
    assert sorted(stores[site] for site in plan.sites) == sorted(truth["mclp_sites"])
    assert people.sum() == truth["mclp_total_demand"]
    assert len(cover_all(reach)) == truth["lscp"] == 8


@pytest.mark.slow
def test_a_hundred_thousand_candidates_are_proven_in_seconds() -> None:
    people, reach = case(20_000, 100_000, 100)
    began = time.process_time()  # the processor's seconds: a busy machine does not count
    plan = place(people, reach, Rules(count=50), seconds=60)
    assert time.process_time() - began < 15
    assert plan.proven
    assert len(plan.sites) == 50
    assert plan.objective > sum(cover_most(people, reach, count=50).gains)


def test_five_hundred_candidates_with_money_and_floors_take_less_than_a_second() -> None:
    people, reach = case(6_000, 500, 250)
    cost = np.random.default_rng(1).integers(8, 40, 500) * 1e6
    floors = tuple(Floor(str(i), tuple(range(i * 20, i * 20 + 20)), 1) for i in range(3))
    rules = Rules(budget=140e6, cost=cost, floors=floors)
    place(people, reach, rules)  # the first call may compile
    began = time.process_time()
    plan = place(people, reach, rules)
    assert time.process_time() - began < 1
    assert plan.proven
