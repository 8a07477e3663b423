"""From a place to its street: hard limits, sides, islands, pockets."""

from __future__ import annotations

import numpy as np
import shapely

from spatial_analysis.methods.reasons import Reason
from spatial_analysis.methods.snapping import LEFT, RIGHT, Refusal, Snap, StreetIndex

#   street 0 along y = 0 from x 0 to 100; street 1 (a pocket) along y = 20;
#   street 2 on another island along y = 300
LINES = np.array([shapely.LineString([(0, y), (100, y)]) for y in (0.0, 20.0, 300.0)])
INDEX = StreetIndex(
    LINES, island=np.array([0, 0, 1], dtype=np.int32), pocket=np.array([False, True, False])
)
ALL = np.array([True, True, True])


def snap(x: float, y: float, *, allowed=ALL, limit_m: float = 60, island: int = -1):
    islands = np.array([island], dtype=np.int32)
    return INDEX.snap(np.array([[x, y]]), allowed=allowed, limit_m=limit_m, islands=islands)[0]


def test_a_bin_is_put_at_its_fraction_of_the_street_with_side_and_distance():
    assert snap(25, 4) == Snap(0, 0.25, LEFT, 4.0)
    assert snap(25, -4) == Snap(0, 0.25, RIGHT, 4.0)


def test_a_pocket_comes_last_even_when_it_is_nearer():
    assert snap(50, 19).edge == 0
    assert snap(50, 70).edge == 1  # nothing else within 60 m


def test_a_place_beyond_the_limit_is_refused_and_told_how_far_it_is():
    assert snap(50, 160) == Refusal(Reason.TOO_FAR_FROM_STREET, 140.0)


def test_a_place_on_one_island_never_takes_a_street_of_another():
    assert snap(50, 290, island=0) == Refusal(Reason.TOO_FAR_FROM_STREET, 270.0)
    assert snap(50, 290, island=1).edge == 2


def test_a_street_that_the_vehicle_may_not_use_is_another_reason_than_no_street():
    found = snap(50, 300, allowed=np.array([True, True, False]))
    assert found == Refusal(Reason.NO_STREET_FOR_VEHICLE, 280.0)


def test_a_position_that_is_no_number_is_refused():
    assert snap(float("nan"), 0) == Refusal(Reason.BAD_POSITION, None)


def test_of_two_streets_at_the_same_distance_the_first_is_taken():
    twins = StreetIndex(LINES[[0, 0]], np.zeros(2, dtype=np.int32), np.zeros(2, dtype=bool))
    found = twins.snap(np.array([[10.0, 1.0]]), allowed=np.array([True, True]), limit_m=5)
    assert isinstance(found[0], Snap) and found[0].edge == 0


def test_one_index_answers_vehicles_that_may_use_different_streets():
    open_to = [np.array([True, False, False]), np.array([False, True, False]), ALL]
    found = [snap(50, 19, allowed=streets) for streets in (*open_to, *open_to)]
    assert [answer.edge for answer in found] == [0, 1, 0, 0, 1, 0]
