"""The proof of a placement: what shrinks, what bounds, and that the best answer survives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from spatial_analysis.methods import placement_cover
from spatial_analysis.methods.placement_bound import fix_by_bound
from spatial_analysis.methods.placement_branch import Limit, solve
from spatial_analysis.methods.placement_cover import Cover, drop_dominated, merge_equal_rows
from spatial_analysis.methods.placement_start import affordable, good_start


def _cover(
    people: list[float], reach: list[list[int]], *, cost: list[float] | None = None, **more: object
) -> Cover:
    matrix = sparse.csc_array(np.array(reach, dtype=bool))
    m = matrix.shape[1]
    whole = {"count": m, "budget": np.inf, **more}
    money = np.array(cost) if cost else np.zeros(m)
    return Cover(np.array(people), matrix, money, np.arange(m), **whole)  # type: ignore[arg-type]


def test_rows_the_same_sites_reach_are_added_up_and_lost_rows_dropped() -> None:
    merged = merge_equal_rows(_cover([5, 7, 1, 9], [[1, 0], [1, 0], [1, 1], [0, 0]]))
    assert merged.people.tolist() == [12.0, 1.0]
    assert merged.reach.toarray().tolist() == [[True, False], [True, True]]


def test_a_site_inside_another_goes_unless_it_is_cheaper() -> None:
    reach = [[1, 1, 1], [0, 1, 0]]
    assert drop_dominated(_cover([1, 1], reach)).columns.tolist() == [1]
    kept = drop_dominated(_cover([1, 1], reach, cost=[3.0, 5.0, 4.0]))
    assert kept.columns.tolist() == [0, 1]  # site 2 reaches what 0 does and costs more


def test_of_equal_sites_the_first_stays() -> None:
    assert drop_dominated(_cover([1], [[1, 1, 1]])).columns.tolist() == [0]


def test_a_site_of_a_floor_is_replaced_only_from_inside_and_by_enough_others() -> None:
    mask = np.array([True, False, False])
    reach = [[1, 1, 1], [0, 1, 1]]
    assert 0 in drop_dominated(_cover([1, 1], reach, floors=((mask, 1),))).columns
    mask = np.array([True, True, True])
    assert drop_dominated(_cover([1, 1], reach, floors=((mask, 1),))).columns.tolist() == [1]
    assert len(drop_dominated(_cover([1, 1], reach, floors=((mask, 3),))).columns) == 3


def test_compiled_and_plain_dominance_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = getattr(placement_cover._undominated, "py_func", placement_cover._undominated)
    for seed in range(5):
        dice = np.random.default_rng(seed)
        problem = _cover(
            [1.0] * 30,
            (dice.random((30, 25)) < 0.15).tolist(),
            cost=dice.integers(1, 4, 25).astype(float).tolist(),
            floors=((np.arange(25) < 8, 2),),
        )
        compiled = drop_dominated(problem).columns.tolist()
        with monkeypatch.context() as patch:
            patch.setattr(placement_cover, "_undominated", plain)
            assert drop_dominated(problem).columns.tolist() == compiled


@pytest.mark.parametrize("seed", range(8))
def test_the_limit_is_never_below_the_best_and_the_best_survives_fixing(seed: int) -> None:
    dice = np.random.default_rng(seed)
    money = dice.integers(1, 9, 30).astype(float).tolist()
    rules: dict[str, object] = {"count": 5} if seed % 2 else {"budget": 20.0}
    problem = _cover(
        dice.integers(1, 50, 60).astype(float).tolist(),
        (dice.random((60, 30)) < 0.1).tolist(),
        cost=money,
        floors=((np.arange(30) < 6, 1),),
        **rules,
    )
    best = solve(problem, Limit(10, 1_000))
    start = good_start(problem)
    assert best is not None
    assert start is not None
    bound, kept, start = fix_by_bound(problem, start)
    assert bound >= best.objective - 1e-6
    reached = solve(problem.only(kept), Limit(10, 1_000))
    assert reached is not None
    assert reached.objective == pytest.approx(best.objective)


def test_the_first_choice_leaves_money_for_every_floor() -> None:
    mask = np.array([False, False, True])
    problem = _cover([9, 9, 1], np.eye(3).tolist(), cost=[6.0, 4.0, 5.0], budget=10.0)
    assert affordable(problem, np.zeros(3, dtype=bool)).tolist() == [True, True, True]
    problem = _cover(
        [9, 9, 1], np.eye(3).tolist(), cost=[6.0, 4.0, 5.0], budget=10.0, floors=((mask, 1),)
    )
    assert affordable(problem, np.zeros(3, dtype=bool)).tolist() == [False, True, True]
    start = good_start(problem)
    assert start is not None
    assert start.tolist() == [False, True, True]
