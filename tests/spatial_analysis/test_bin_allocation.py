"""Bins that are too small and bins that are missing; on the toy city and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from layers.catalog.bin_needs import BinNeed
from layers.catalog.bins import WasteBin
from layers.catalog.places import Island
from spatial_analysis.methods.bin_sizes import BadLoads, new_bins, used_by_nearest, worth_a_bin
from spatial_analysis.methods.coverage import NOWHERE, Reach
from spatial_analysis.studies.bin_allocation import BadBinQuestion
from spatial_analysis.studies.bin_overflow import NoBins
from spatial_analysis.study import ask, perform
from tests.spatial_analysis import toy_city

LINE = np.array([0.0, 100, 200, 300])  # four clients on a street
METRES = np.abs(LINE[:, None] - LINE[None, :])


def test_everybody_goes_to_the_nearest_bin_and_takes_the_waste_along() -> None:
    #  place 0 reaches bins 0 (50 m) and 1 (40 m), place 1 both at 30 m, place 2 none
    reach = Reach(
        np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([50.0, 40, 30, 30]), (3, 2)
    )
    used = used_by_nearest(np.array([10.0, 20, 5]), np.array([1.0, 2, 3]), reach)
    assert used.bin_of.tolist() == [1, 0, NOWHERE]
    assert used.load_l.tolist() == [20.0, 10.0]
    assert used.mean_walk_m.tolist() == [30.0, 40.0]


def test_as_few_bins_as_litres_and_walk_allow_each_within_its_room() -> None:
    people, load = np.ones(4), np.full(4, 50.0)
    by_litres = new_bins(METRES, people, load, 100, walk_m=400, seconds=5)
    assert (len(by_litres.sites), by_litres.objective, by_litres.proven) == (2, 200.0, True)
    assert np.bincount(by_litres.served_by).max() == 2
    by_walk = new_bins(METRES, people, load / 50, 100, walk_m=99, seconds=5)
    assert by_walk.sites == [0, 1, 2, 3]  # nobody may walk to a neighbour


def test_whole_clients_that_do_not_fit_take_one_bin_more() -> None:
    #  three times 60 litres are 180, two bins of 100 hold one each
    found = new_bins(METRES[:3, :3], np.ones(3), np.full(3, 60.0), 100, walk_m=400, seconds=5)
    assert found.sites == [0, 1, 2]
    with pytest.raises(BadLoads):
        new_bins(METRES, np.ones(4), np.full(4, 101.0), 100, walk_m=400, seconds=5)


@pytest.fixture
def toy(db: None) -> None:
    toy_city.build()
    big = Island.objects.get(code="big")
    WasteBin.objects.create(label="B1", capacity_l=100, island=big, geom=toy_city.at(0, 0))
    WasteBin.objects.create(label="B2", capacity_l=660, island=big, geom=toy_city.at(400, 0))
    WasteBin.objects.create(label="B3", capacity_l=660, island=big, geom=toy_city.at(440, 0))


def _answer(**params: object):
    return perform(ask("bin_allocation", {"litres": 2.0, "days": 1, "walk_m": 150, **params}))


def _needs() -> list[tuple[object, ...]]:
    return [
        (need.kind, need.label, need.kelurahan, need.people, need.capacity_l, need.load_l,
         need.wanted_l)
        for need in BinNeed.objects.all()
    ]  # fmt: skip


def test_too_small_and_missing_on_the_toy_city(toy: None) -> None:
    run = _answer()
    #  cells every 200 m of 100 people = 200 litres: B1 gets 200, B2 the cell at 400 m; the cells
    #  at 200, 600, 800, 1000 m have no bin within 150 m; nor have the small island's 30 people,
    #  whose 60 litres would leave a bin of 660 emptier than a fifth
    assert _needs() == [
        ("missing", "", "Barat", 100, 0, 200, 660),
        ("missing", "", "Timur", 100, 0, 200, 660),
        ("missing", "", "Timur", 100, 0, 200, 660),
        ("missing", "", "Timur", 100, 0, 200, 660),
        ("too_small", "B1", "Barat", 100, 100, 200, 100),
    ]
    assert (run.summary["missing"], run.summary["too_small"]) == (4, 1)
    assert (run.summary["people_without"], run.summary["people_scattered"]) == (400, 30)
    assert run.summary["proven"] == run.summary["kelurahan"] == 2
    assert run.digest == _answer().digest


def test_a_longer_walk_needs_fewer_new_bins(toy: None) -> None:
    run = _answer(walk_m=250)
    #  200 m reaches B1 or B2, 600 m reaches B3; 800 and 1000 m share one, 100 m from each
    assert run.summary["missing"] == 1
    need = BinNeed.objects.get(kind="missing")
    assert (need.kelurahan, need.people, need.mean_walk_m) == ("Timur", 200, 100)


def test_a_small_bin_pays_for_few_people(toy: None) -> None:
    run = _answer(room_l=300)  # a fifth are the 60 litres of the small island
    assert run.summary["people_scattered"] == 0
    assert BinNeed.objects.filter(kind="missing", kelurahan="Seberang", people=30).exists()


def test_a_bin_is_worth_it_where_enough_litres_come_together() -> None:
    near = METRES <= 100
    #  litres 5 + 5 + 5 at one place, a lone 5 far off
    assert worth_a_bin(near, np.array([5.0, 5, 5, 5]), 12).tolist() == [True, True, True, False]
    assert worth_a_bin(near, np.array([5.0, 5, 5, 5]), 16).tolist() == [False] * 4
    assert worth_a_bin(near, np.array([5.0, 5, 5, 5]), 0).all()


@pytest.mark.parametrize(
    "params", [{"litres": 0}, {"litres": "1"}, {"days": 15}, {"walk_m": 10}, {"room_l": 10.5}]
)
def test_questions_that_make_no_sense_are_refused(toy: None, params: dict[str, object]) -> None:
    with pytest.raises(BadBinQuestion):
        _answer(**params)


def test_without_bins_there_is_nothing_to_ask(toy: None) -> None:
    WasteBin.objects.all().delete()
    with pytest.raises(NoBins):
        _answer()
