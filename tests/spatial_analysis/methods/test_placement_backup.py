"""A second site in reach as backup: what it is worth, and that the plan with it is proven best."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import sparse

from spatial_analysis.methods.placement import BadBackup, Floor, Rules, place
from spatial_analysis.methods.placement_bound import fix_by_bound
from spatial_analysis.methods.placement_branch import Limit, solve
from spatial_analysis.methods.placement_cover import Cover
from spatial_analysis.methods.placement_start import good_start

# Sites 0 and 1 reach the same 100 people, site 2 reaches 30 others.
PEOPLE = np.array([100.0, 30.0])
REACH = np.array([[True, True, False], [False, False, True]])


def test_a_backup_is_worth_its_share_and_decides_where_that_is_more() -> None:
    assert place(PEOPLE, REACH, Rules(count=2)).sites == [0, 2]
    assert place(PEOPLE, REACH, Rules(count=2), backup=0.2).objective == 130.0
    plan = place(PEOPLE, REACH, Rules(count=2), backup=0.4)
    assert (plan.sites, plan.gains, plan.objective) == ([0, 1], [100.0, 40.0], 140.0)
    assert place(PEOPLE, REACH, Rules(count=3), backup=0.4).objective == 170.0  # never a third


def test_who_has_one_site_already_gains_only_the_backup_and_who_has_two_nothing() -> None:
    one = place(PEOPLE, REACH, Rules(count=3), served=np.array([True, False]), backup=0.4)
    assert (one.sites, one.gains) == ([0, 2], [40.0, 30.0])
    two = place(PEOPLE, REACH, Rules(count=3), served=np.array([2, 0]), backup=0.4)
    assert (two.sites, two.objective) == ([2], 30.0)
    wished = place(PEOPLE, REACH, Rules(count=2, must=(1,)), backup=0.4)
    assert (sorted(wished.sites), wished.objective) == ([0, 1], 140.0)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_worth_that_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(BadBackup):
        place(PEOPLE, REACH, Rules(count=1), backup=share)


def by_trying(people: np.ndarray, reach: np.ndarray, cost: np.ndarray, share: float) -> float:
    best = 0.0
    for k in range(1, reach.shape[1] + 1):
        for sites in map(list, itertools.combinations(range(reach.shape[1]), k)):
            if cost[sites].sum() <= 14 and len({0, 1, 2} & set(sites)) > 0:
                times = reach[:, sites].sum(axis=1)
                best = max(best, people @ (times > 0) + share * (people @ (times > 1)))
    return best


@pytest.mark.parametrize("prune", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_the_plan_is_the_best_of_all_choices(seed: int, prune: bool) -> None:
    dice = np.random.default_rng(seed)
    people, reach = dice.integers(0, 20, 30).astype(float), dice.random((30, 9)) < 0.3
    cost, share = dice.integers(1, 6, 9).astype(float), (0.1, 0.35, 1.0)[seed % 3]
    rules = Rules(budget=14.0, cost=cost, floors=(Floor("a", (0, 1, 2), 1),))
    plan = place(people, reach, rules, backup=share, prune=prune)
    assert plan.objective == pytest.approx(by_trying(people, reach, cost, share))
    assert plan.proven
    assert sum(plan.gains) == pytest.approx(plan.objective)


@pytest.mark.parametrize("seed", range(6))
def test_the_limit_holds_with_backup_and_sets_and_the_best_survives_fixing(seed: int) -> None:
    dice = np.random.default_rng(seed)
    reach = sparse.csc_array(dice.random((60, 30)) < 0.12)
    people = dice.integers(1, 50, 60).astype(float)
    sets = sparse.csr_array((dice.random((12, 30)) < 0.12).astype(float))
    problem = Cover(
        people, reach, dice.integers(1, 9, 30).astype(float), np.arange(30), 6, 25.0,
        second=people * 0.4, apart=sets,
    )  # fmt: skip
    best, start = solve(problem, Limit(10, 1_000)), good_start(problem)
    assert best is not None
    assert start is not None
    assert problem.keeps_rules(start)
    bound, kept, start = fix_by_bound(problem, start)
    assert best.objective - 1e-6 <= bound <= 1.1 * best.objective
    reached = solve(problem.only(kept), Limit(10, 1_000))
    assert reached is not None
    assert reached.objective == pytest.approx(best.objective)
