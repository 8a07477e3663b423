"""p-median and p-center: by hand, against every possible choice, against published answers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from benchmarks._location_truths import answers, p_median_file, san_francisco
from spatial_analysis.methods.p_center import fewest_for_all, p_center
from spatial_analysis.methods.p_median import BadCosts, p_median
from spatial_analysis.methods.placement import NothingToPlace
from tests.shared_data import shared

ROAD = np.array([0.0, 1.0, 10.0, 11.0, 12.0])  # five houses along one road, metres
WAYS = np.abs(ROAD[:, None] - ROAD[None, :])
QUICK = ("pmed1", "pmed5", "pmed15")


def test_two_sites_stand_where_the_walks_add_up_to_least() -> None:
    found = p_median(WAYS, 2)
    assert found.objective == 1 + 1 + 1  # 0 or 1 for the first pair, 11 in the middle of the others
    assert found.sites in ([0, 3], [1, 3])
    assert found.proven
    assert found.bound == 3


def test_many_people_pull_the_site_to_their_door() -> None:
    people = np.array([100.0, 1, 1, 1, 1])
    found = p_median(people[:, None] * WAYS, 1)
    assert found.sites == [0]
    assert found.objective == 1 + 10 + 11 + 12
    assert found.served_by.tolist() == [0] * 5


def test_the_farthest_house_is_as_near_as_it_can_be() -> None:
    found = p_center(WAYS, 2)
    assert found.radius == 1
    assert found.proven
    assert p_center(WAYS, 1).radius == 10  # from 1 to 11, from 10 to 0, from 11 to 1: 10


def test_fewest_sites_for_all_grow_as_the_reach_shrinks() -> None:
    assert [len(fewest_for_all(metres >= WAYS).sites) for metres in (12, 10, 1, 0.5)] == [
        1, 1, 2, 5,
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_nothing_among_all_choices_is_better(seed: int) -> None:
    dice = np.random.default_rng(seed)
    cost = dice.uniform(0, 100, (11, 8)) if seed % 2 else dice.integers(0, 20, (11, 8)) * 1.0
    choices = list(itertools.combinations(range(8), 3))
    before = cost.copy()
    nearest = [cost[:, choice].min(axis=1) for choice in choices]
    found, center = p_median(cost, 3), p_center(cost, 3)
    assert found.objective == pytest.approx(min(one.sum() for one in nearest), abs=1e-9)
    assert found.proven
    assert cost[np.arange(11), found.served_by].sum() == pytest.approx(found.objective)
    assert center.radius == min(one.max() for one in nearest)
    assert center.proven
    assert (cost == before).all()


@pytest.mark.parametrize("bad", [np.array([[1.0, np.inf]]), np.array([[-1.0]]), np.zeros((0, 2))])
def test_costs_that_cannot_be_are_refused(bad: np.ndarray) -> None:
    for method in (p_median, p_center):
        with pytest.raises(BadCosts):
            method(bad, 1)


def test_no_site_and_more_sites_than_there_are_are_refused() -> None:
    for method, count in itertools.product((p_median, p_center), (0, 6)):
        with pytest.raises(NothingToPlace):
            method(WAYS, count)
    with pytest.raises(NothingToPlace):
        fewest_for_all(np.array([[True], [False]]))  # nobody serves the second house


def test_out_of_time_the_answer_states_its_gap() -> None:
    cost, count = p_median_file(shared("pmedian_orlib_odd") / "pmed11.txt")
    dice = np.random.default_rng(5)
    hard = cost * dice.uniform(1, 3, len(cost))[:, None]
    found = p_median(hard, count, seconds=0.0)
    assert found.bound <= found.objective
    assert found.proven == (found.gap_pct == 0.0)


@pytest.mark.parametrize("name", QUICK)
def test_published_optimum_is_reached_and_proven(name: str) -> None:
    folder = shared("pmedian_orlib_odd")
    row = next(row for row in answers(folder) if row["instance"] == name)
    metres, count = p_median_file(folder / f"{name}.txt")
    median, center = p_median(metres, count), p_center(metres, count)
    assert (median.objective, median.proven) == (float(row["pmedian_opt"]), True)
    assert (center.radius, center.proven) == (float(row["pcenter_opt"]), True)
    at, below = (fewest_for_all(metres <= radius) for radius in (center.radius, center.radius - 1))
    assert (len(at.sites), at.proven) == (int(row["lscp_at_pcenter"]), True)
    assert (len(below.sites), below.proven) == (int(row["lscp_below"]), True)


def test_san_francisco_has_the_published_answers() -> None:
    city = san_francisco(shared("location_sf_spopt"))
    median = p_median(city.people[:, None] * city.metres, 4)
    assert median.objective == pytest.approx(city.published["pmedian"], rel=1e-12)
    assert median.proven
    assert p_center(city.metres, 4).radius == pytest.approx(city.published["pcenter"], rel=1e-12)
    assert len(fewest_for_all(city.metres <= 5_000).sites) == city.published["lscp"]
