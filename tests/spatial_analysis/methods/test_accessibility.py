"""Floating catchments, on numbers by hand and against published ones."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from spatial_analysis.methods.accessibility import (
    BadSteps,
    fca2,
    fca2_enhanced,
    gaussian,
    gravity,
    steps,
)
from spatial_analysis.methods.coverage import Reach
from tests.shared_data import shared


def _reach(metres: np.ndarray, most: float) -> Reach:
    place, site = np.nonzero(metres <= most)
    return Reach(place, site, metres[place, site], metres.shape)


METRES = np.array([[100.0, 300.0], [100.0, 100.0], [900.0, 200.0]])
PEOPLE = np.array([30.0, 20.0, 60.0])
SUPPLY = np.array([10.0, 16.0])


def test_each_place_gets_the_shares_of_the_sites_it_reaches() -> None:
    access = fca2(PEOPLE, SUPPLY, _reach(METRES, 200))
    assert access.tolist() == [0.2, 0.4, 0.2]  # 10 / (30 + 20), 16 / (20 + 60)
    assert PEOPLE @ access == 26.0  # all that is reached


def test_a_place_out_of_reach_gets_nothing() -> None:
    assert fca2(PEOPLE, SUPPLY, _reach(METRES, 150)).tolist() == [0.2, 0.2 + 0.8, 0.0]


def test_the_far_zone_counts_less() -> None:
    weight = steps((100.0, 200.0), (1.0, 0.5))
    access = fca2_enhanced(PEOPLE, SUPPLY, _reach(METRES, 200), weight)
    assert access.tolist() == [0.2, 0.2 + 16 / 50, 0.16]  # 16 / (20 + 60 / 2), half of it far off


@pytest.mark.parametrize("bad", [((200.0, 100.0), (1.0, 0.5)), ((100.0,), (1.0, 0.5))])
def test_steps_that_do_not_grow_are_refused(
    bad: tuple[tuple[float, ...], tuple[float, ...]],
) -> None:
    with pytest.raises(BadSteps):
        steps(*bad)


def test_san_francisco_equals_the_published_accessibility() -> None:
    folder = shared("location_sf_spopt")
    name = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    with (folder / name).open() as file:
        rows = list(csv.DictReader(file))
    with (folder / "supply.csv").open() as file:
        capacity = {row["name"]: float(row["cap"]) for row in csv.DictReader(file)}
    with (folder / "expected_access.csv").open() as file:
        expected = {float(row["tract"]): row for row in csv.DictReader(file)}
    stores, tracts = sorted(capacity), sorted(expected)
    people = np.array([float(expected[tract]["pop"]) for tract in tracts])
    supply = np.array([capacity[store] for store in stores])
    metres = np.full((len(tracts), len(stores)), np.inf)
    for row in rows:
        at = tracts.index(float(row["DestinationName"])), stores.index(row["name"])
        metres[at] = float(row["distance"])
    reach = _reach(metres, 5_000)
    kinds = {
        "fca2": fca2(people, supply, reach),
        "fca2_gauss2000": fca2_enhanced(people, supply, reach, gaussian(2_000, cut_m=5_000)),
        "e2sfca_step": fca2_enhanced(
            people, supply, reach, steps((1_000, 3_000, 5_000), (1, 0.68, 0.22))
        ),
    }
    for column, found in kinds.items():
        truth = [float(expected[tract][column]) for tract in tracts]
        assert found == pytest.approx(truth, abs=1e-12, rel=1e-12), column
        assert people @ found == pytest.approx(104, rel=1e-12)


def test_gravity_shares_each_site_by_the_power_of_the_distance() -> None:
    #  site 0 at 100, 100, 200 m of three places, 10 people each: weights 1/4, 1/4, 1/16
    reach = _reach(np.array([[100.0], [100.0], [200.0]]), 1e9)
    access = gravity(np.full(3, 10.0), np.array([9.0]), reach, beta=2.0)
    assert access == pytest.approx([0.4, 0.4, 0.1])
    near = _reach(np.array([[0.0], [50.0], [100.0]]), 1e9)
    access = gravity(np.full(3, 10.0), np.array([10.0]), near, beta=1.0)
    assert access == pytest.approx([0.4, 0.4, 0.2])  # nobody is nearer than 50 m


@pytest.mark.parametrize("seed", range(4))
def test_gravity_is_hansens_sum_and_gives_all_supply_away(seed: int) -> None:
    dice = np.random.default_rng(seed)
    metres, people = dice.random((40, 6)) * 3_000, dice.integers(1, 90, 40).astype(float)
    metres[:, 5] = np.inf  # an island of its own
    supply, beta = dice.random(6) * 100, 0.5 + seed / 2
    access = gravity(people, supply, _reach(metres, 1e9), beta=beta, least_m=30.0)
    told = np.zeros(40)
    for j in range(5):
        near = [max(metres[i, j], 30.0) ** -beta for i in range(40)]
        crowd = sum(people[i] * near[i] for i in range(40))
        told += [supply[j] * one / crowd for one in near]
    assert access == pytest.approx(told, rel=1e-12)
    assert people @ access == pytest.approx(supply[:5].sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("beta", "least_m"), [(0.0, 50.0), (-1.0, 50.0), (1.0, 0.0), (np.inf, 1.0)]
)
def test_a_power_that_is_none_is_refused(beta: float, least_m: float) -> None:
    with pytest.raises(BadSteps):
        gravity(PEOPLE, SUPPLY, _reach(METRES, 1e9), beta=beta, least_m=least_m)
