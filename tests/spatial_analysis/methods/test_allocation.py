"""Capacitated p-median: by hand, against every possible choice, against published answers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from benchmarks._location_truths import answers, capacitated_file
from spatial_analysis.methods.allocation import NoRoom, capacitated_p_median
from spatial_analysis.methods.p_median import BadCosts
from tests.shared_data import shared

ROAD = np.array([0.0, 1.0, 2.0, 10.0])
WAYS = np.abs(ROAD[:, None] - ROAD[None, :])


def test_a_full_bin_sends_the_next_house_to_the_far_one() -> None:
    roomy = capacitated_p_median(WAYS, np.ones(4, dtype=int), room=3, count=2)
    assert (roomy.sites, roomy.objective) == ([1, 3], 2.0)  # 0 and 2 walk one metre to 1
    tight = capacitated_p_median(WAYS, np.ones(4, dtype=int), room=2, count=2)
    assert tight.objective == 1 + 8  # two by two: one of the near three must walk eight
    assert tight.proven
    assert np.bincount(tight.served_by).max() == 2


def test_too_little_room_is_refused() -> None:
    with pytest.raises(NoRoom):
        capacitated_p_median(WAYS, np.ones(4, dtype=int), room=1, count=3)
    with pytest.raises(NoRoom):
        capacitated_p_median(WAYS, np.array([5, 1, 1, 1]), room=4, count=2)
    with pytest.raises(NoRoom):  # 6 of 6 fit by sum, yet no two of three pairs share a bin of 3
        capacitated_p_median(WAYS[:3, :3], np.array([2, 2, 2]), room=3, count=2)


def test_a_load_of_nothing_is_refused() -> None:
    with pytest.raises(BadCosts):
        capacitated_p_median(WAYS, np.zeros(4, dtype=int), room=2, count=2)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_among_all_choices_is_better(seed: int) -> None:
    dice = np.random.default_rng(seed)
    cost, load = dice.integers(0, 30, (6, 4)) * 1.0, dice.integers(1, 5, 6)
    room = int(load.sum() * 0.6) + 1
    best = np.inf
    for sites in itertools.combinations(range(4), 2):
        for homes in itertools.product(sites, repeat=6):
            if np.bincount(homes, weights=load, minlength=4).max() <= room:
                best = min(best, cost[np.arange(6), list(homes)].sum())
    found = capacitated_p_median(cost, load, room=room, count=2)
    assert (found.objective, found.proven) == (best, True)
    assert np.bincount(found.served_by, weights=load).max() <= room
    assert cost[np.arange(6), found.served_by].sum() == found.objective


@pytest.mark.parametrize("name", ["pmedcap03", "pmedcap05"])
def test_published_optimum_is_reached_and_proven(name: str) -> None:
    folder = shared("pmedcap_osman_odd")
    case = capacitated_file(folder / f"{name}.txt")
    best = next(row["best_known"] for row in answers(folder) if row["instance"] == name)
    found = capacitated_p_median(
        case.cost, case.demand.astype(int), int(case.capacity), case.count, seconds=60
    )
    assert (found.objective, found.proven) == (float(best), True)
    assert np.bincount(found.served_by, weights=case.demand).max() <= case.capacity
