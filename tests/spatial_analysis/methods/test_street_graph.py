"""Streets as arrays: lengths on the ellipsoid, one-ways, parts and pockets."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_analysis.methods import speeds
from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.methods.street_graph import (
    BadStreets,
    pockets,
    strong_components,
    weak_components,
)
from tests.spatial_analysis.methods.small_town import BLOCK_DEG, grid_town, streets_between


def test_a_kilometre_northwards_is_a_kilometre_to_the_metre():
    streets = streets_between([(127.0, 0.0), (127.0, 10 * BLOCK_DEG)], [(0, 1)])
    assert streets.length_mm[0] == pytest.approx(1_000_000, abs=1_000)


def test_a_bent_street_is_as_long_as_its_parts():
    straight = streets_between([(0, 0), (0, 3e-3), (2e-3, 3e-3)], [(0, 1), (1, 2)])
    bent = streets_between([(0, 0), (2e-3, 3e-3)], [(0, 1)])
    bent = type(bent)(**{**vars(bent), "points": np.array([[0, 0], [0, 3e-3], [2e-3, 3e-3]]),
                         "first": np.array([0, 3])})  # fmt: skip
    assert bent.length_mm[0] == pytest.approx(straight.length_mm.sum(), abs=1)


def test_a_street_at_a_node_that_does_not_exist_is_refused():
    with pytest.raises(BadStreets):
        streets_between([(0, 0), (0, 1e-3)], [(0, 1)]).__class__(
            **{**vars(grid_town()), "to_node": np.full(12, 99, dtype=np.int32)}
        )


def test_a_one_way_pair_lets_vehicles_in_by_one_and_out_by_the_other():
    nodes = [(0.0, 0.0), (BLOCK_DEG, 0.0)]
    streets = streets_between(nodes, [(0, 1), (0, 1)], direction=[1, -1])
    weights = speeds.weights_ms(streets, Profile.PICKUP)
    assert (weights < UNREACHABLE).tolist() == [True, False, False, True]
    assert len(np.unique(strong_components(streets))) == 1


def test_people_on_foot_walk_against_one_ways():
    streets = streets_between([(0.0, 0.0), (BLOCK_DEG, 0.0)], [(0, 1)], direction=[1])
    assert speeds.weights_ms(streets, Profile.FOOT).max() < UNREACHABLE


def test_a_street_one_can_enter_and_not_leave_makes_two_strong_parts_and_one_weak_part():
    streets = streets_between([(0.0, 0.0), (BLOCK_DEG, 0.0)], [(0, 1)], direction=[1])
    assert len(np.unique(strong_components(streets))) == 2
    assert len(np.unique(weak_components(streets))) == 1


def test_a_yard_joined_to_nothing_is_a_pocket_but_a_whole_small_island_is_not():
    nodes = [(x * BLOCK_DEG, 0.0) for x in range(60)] + [(0, 1e-2), (1e-3, 1e-2)]
    nodes += [(1.0, 0.0), (1.001, 0.0)]
    town = [(i, i + 1) for i in range(59)]
    streets = streets_between(nodes, [*town, (60, 61), (62, 63)], island=[0] * 60 + [1])
    assert pockets(streets).tolist() == [False] * 59 + [True, False]


# ------------------------------------------------------------------ speeds


def test_100_m_at_24_km_h_take_15_seconds():
    streets = streets_between([(0.0, 0.0), (0.0, BLOCK_DEG)], [(0, 1)])
    assert speeds.weights_ms(streets, Profile.PICKUP)[0] == pytest.approx(15_000, abs=1)


@pytest.mark.parametrize("profile", [p for p in Profile if p is not Profile.AMBULANCE])
@pytest.mark.parametrize("street_class", ["residential", "primary", "trunk", "motorway", "alley"])
def test_nobody_without_a_siren_is_faster_than_the_law(profile: Profile, street_class: str):
    limit = speeds.legal_kph(speeds.class_of(street_class))
    assert speeds.speed_kph(street_class, profile) <= limit


def test_no_residential_street_is_faster_than_30_unless_on_foot_or_with_a_siren():
    assert speeds.legal_kph("residential") == 30


def test_a_lower_sign_wins_and_a_higher_one_does_not():
    nodes = [(0.0, 0.0), (BLOCK_DEG, 0.0)]
    streets = streets_between(nodes, [(0, 1)] * 3, max_speed_kph=[10.0, 80.0, np.nan])
    assert speeds.speeds_kph(streets, Profile.PICKUP).tolist() == [10.0, 24.0, 24.0]


def test_a_truck_stays_out_of_a_lane_two_metres_wide_and_a_three_wheeler_does_not():
    streets = streets_between([(0.0, 0.0), (BLOCK_DEG, 0.0)], [(0, 1)], width_m=[2.0])
    assert not speeds.allowed(streets, Profile.TRUCK)[0]
    assert speeds.allowed(streets, Profile.THREE_WHEELER)[0]


def test_stairs_are_for_people():
    streets = streets_between([(0.0, 0.0), (BLOCK_DEG, 0.0)], [(0, 1)], street_class=["steps"])
    assert [p for p in Profile if speeds.allowed(streets, p)[0]] == [Profile.FOOT]
