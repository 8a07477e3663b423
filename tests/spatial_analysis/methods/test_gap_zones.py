"""Zones of people who wait: joined, ranked, with a reason."""

from __future__ import annotations

import numpy as np

from spatial_analysis.methods.gap_zones import GapZone, gap_zones

#  Five cells of 100 m: 0 1 touch, 2 touches 1 at a corner, 3 is served, 4 lies apart.
XY = np.array([[1050.0, 1050], [1150, 1050], [1250, 1150], [1350, 1150], [1850, 1050]])
PEOPLE = np.array([10.0, 20.0, 5.0, 99.0, 50.0])
SERVED = np.array([False, False, False, True, False])
REASON = ["off", "none", "off", "none", "none"]
NEAREST = np.array([500.0, 800.0, np.inf, 100.0, 300.0])


def _zones(area: list[str], least: float = 1.0) -> list[GapZone]:
    return gap_zones(
        XY, PEOPLE, SERVED, area=area, reason=REASON, nearest_m=NEAREST, least_people=least
    )


def test_touching_cells_are_one_zone_and_most_people_come_first() -> None:
    zones = _zones(["a"] * 5)
    assert [(zone.rank, zone.people) for zone in zones] == [(1, 50.0), (2, 35.0)]
    assert zones[1].cells.tolist() == [0, 1, 2]


def test_a_zone_takes_the_reason_of_most_of_its_people_and_their_mean_way() -> None:
    zone = _zones(["a"] * 5)[1]
    assert zone.reason == "none"  # 20 people against 10 + 5
    assert zone.nearest_m == (10 * 500 + 20 * 800) / 30  # the 5 have no way at all


def test_a_zone_never_leaves_its_kelurahan() -> None:
    assert [zone.people for zone in _zones(["a", "b", "b", "b", "b"])] == [50.0, 25.0, 10.0]


def test_small_zones_can_be_left_out() -> None:
    assert [zone.people for zone in _zones(["a"] * 5, least=40)] == [50.0]


def test_the_polygon_covers_its_cells() -> None:
    zone = _zones(["a"] * 5)[0]
    assert abs(zone.shape.area - 101 * 101) < 10


def test_nobody_waiting_gives_no_zone() -> None:
    assert (
        gap_zones(
            XY, PEOPLE, np.ones(5, dtype=bool), area=["a"] * 5, reason=REASON, nearest_m=NEAREST
        )
        == []
    )
