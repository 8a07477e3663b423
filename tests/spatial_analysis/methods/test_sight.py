"""Sight over a wall and over a hill whose heights one can add up; hours of service."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_analysis.methods.coverage import Reach
from spatial_analysis.methods.service_hours import BadHours, best_hours, hours_of
from spatial_analysis.methods.sight import BadTerrain, Terrain, reach_sight, sees, viewshed

CELL = 10.0
#  Level ground 40 cells wide; a wall of 10 m stands 100 m east of the corner (cells 10).
WALL = np.zeros((21, 41))
WALL[:, 10] = 10.0
TOWN = Terrain(WALL, 1000.0, 2000.0 + 21 * CELL, CELL)


def at(cells_east: float, cells_north: float = 10) -> np.ndarray:
    """Centre of a cell of the town."""
    return np.array([[1000 + (cells_east + 0.5) * CELL, 2000 + (cells_north + 0.5) * CELL]])


def test_heights_are_linear_between_the_centres_and_nought_outside() -> None:
    assert TOWN.at(at(10)).tolist() == [10.0]
    assert TOWN.at(at(9.5)).tolist() == [5.0]
    assert TOWN.at(at(10.25)).tolist() == [7.5]
    assert TOWN.at(np.array([[0.0, 0.0]])).tolist() == [0.0]


@pytest.mark.parametrize(
    ("mast_m", "seen"),
    #  Mast at cell 0, person (1.5 m) at cell 20: half-way stands the wall of 10 m, and the line
    #  there is (mast + 1.5) / 2 high. The bulge of the earth on 200 m is under a millimetre.
    [(6.0, False), (18.4, False), (18.6, True), (30.0, True)],
)
def test_a_wall_hides_what_lies_under_the_line(mast_m: float, seen: bool) -> None:
    assert sees(at(0), at(20), TOWN, mast_m=mast_m).tolist() == [seen]


def test_in_front_of_the_wall_on_it_and_right_behind_it() -> None:
    masts = np.vstack([at(0)] * 3)
    places = np.vstack([at(8), at(10), at(11)])
    assert sees(masts, places, TOWN, mast_m=6.0).tolist() == [True, True, False]


def test_sight_is_the_same_both_ways() -> None:
    dice = np.random.default_rng(8271)
    rough = Terrain(dice.uniform(0, 12, (21, 41)), 1000.0, 2210.0, CELL)
    here, there = (dice.uniform([1010, 2010], [1400, 2200], (200, 2)) for _ in range(2))
    one = sees(here, there, rough, mast_m=5.0, person_m=5.0)
    assert (one == sees(there, here, rough, mast_m=5.0, person_m=5.0)).all()
    assert 0 < one.sum() < 200


def test_the_bulge_of_the_earth_hides_a_low_mast_far_away() -> None:
    sea = Terrain(np.zeros((3, 3)), 0.0, 300.0, 100.0)
    here, there = np.array([[0.0, 150.0]]), np.array([[20_000.0, 150.0]])
    #  half-way the bulge is 10 km x 10 km / (2 x 8,495 km) = 5.9 m
    assert sees(here, there, sea, mast_m=5.8, person_m=5.8).tolist() == [False]
    assert sees(here, there, sea, mast_m=6.0, person_m=6.0).tolist() == [True]


def test_a_viewshed_ends_at_the_radius_and_at_the_wall() -> None:
    seen = viewshed(at(5)[0], 80.0, TOWN, mast_m=6.0)
    row = seen[10]
    #  8 cells each way; the wall's own top is seen, nothing behind it
    assert np.flatnonzero(row).tolist() == list(range(11))
    #  from 40 m the line over the wall's top (10 m at 50 m) comes down to 1.5 m at 64 m
    high = viewshed(at(5)[0], 80.0, TOWN, mast_m=40.0)[10]
    assert np.flatnonzero(high).tolist() == [*range(11), 12, 13]


def test_reach_by_sight_is_reach_by_radius_less_what_is_hidden() -> None:
    places = np.vstack([at(4), at(12), at(39)])
    reach = reach_sight(places, at(0), 130.0, TOWN, mast_m=6.0)
    assert (reach.places.tolist(), reach.metres.tolist()) == ([0], [40.0])
    level = Terrain(np.zeros((21, 41)), 1000.0, 2210.0, CELL)
    assert reach_sight(places, at(0), 130.0, level).places.tolist() == [0, 1]
    apart = reach_sight(
        places, at(0), 130.0, level, place_island=np.array([1, 2, 2]), site_island=np.array([2])
    )
    assert apart.places.tolist() == [1]


def test_what_is_no_raster_is_refused() -> None:
    with pytest.raises(BadTerrain):
        Terrain(np.zeros(3), 0, 0, 10)
    with pytest.raises(BadTerrain):
        Terrain(np.zeros((3, 3)), 0, 0, 0)


def test_a_site_that_is_off_at_night_or_half_of_the_days_serves_half_the_hours() -> None:
    hours = hours_of(np.array([24.0, 12.0, 24.0]), np.array([1.0, 1.0, 0.5]))
    assert hours.tolist() == [24.0, 12.0, 12.0]
    #  place 0 reaches sites 0 and 1, place 1 site 1 alone, place 2 none
    reach = Reach(np.array([0, 0, 1]), np.array([0, 1, 1]), np.zeros(3), (3, 3))
    assert best_hours(reach, hours).tolist() == [24.0, 12.0, 0.0]
    with pytest.raises(BadHours):
        hours_of(np.array([25.0]), np.array([1.0]))
