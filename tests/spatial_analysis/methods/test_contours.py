"""Areas of heat: circles of a bell, one inside the other, closed at the coast."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatial_analysis.methods.contours import BadShare, area_above, densest_areas
from spatial_analysis.methods.density import Grid, kernel_density

GRID = Grid(0, 2000, 20, 100, 100)
BELL = kernel_density([[1000.0, 1000.0]], GRID, 150)


def test_half_of_a_bell_lies_in_the_circle_that_theory_says():
    for contour in densest_areas(BELL, [0.5, 0.75]):
        radius = 150 * np.sqrt(-2 * np.log(1 - contour.share))
        assert contour.area.area == pytest.approx(np.pi * radius**2, rel=0.03)
        assert contour.area.centroid.distance(shapely.Point(1000, 1000)) < 1


def test_a_larger_share_lies_round_a_smaller_one():
    inner, outer = densest_areas(BELL, [0.75, 0.25])
    assert (inner.share, outer.share) == (0.25, 0.75)
    assert inner.level > outer.level
    assert outer.area.contains(inner.area)


def test_a_ring_of_heat_keeps_its_hole():
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    ring = np.column_stack([np.cos(turn), np.sin(turn)]) * 600 + 1000
    area = densest_areas(kernel_density(ring, GRID, 100), [0.8])[0].area
    assert len(area.geoms) == 1
    assert not area.contains(shapely.Point(1000, 1000))
    assert area.contains(shapely.Point(1600, 1000))


def test_two_heaps_are_two_areas_and_every_area_is_valid():
    heaps = np.array([[500.0, 500], [1500, 1500]])
    area = densest_areas(kernel_density(heaps, GRID, 100), [0.5])[0].area
    assert len(area.geoms) == 2
    assert area.is_valid


def test_corners_that_touch_are_joined_only_when_the_middle_is_warm():
    grid = Grid(0, 2, 1, 2, 2)
    assert len(area_above(np.array([[4.0, 1], [1, 4]]), grid, 2.0).geoms) == 1
    assert len(area_above(np.array([[3.0, 0], [0, 3]]), grid, 2.0).geoms) == 2


def test_heat_at_the_edge_of_the_grid_is_closed():
    area = densest_areas(kernel_density([[0.0, 1000.0]], GRID, 150), [0.5])[0].area
    assert area.is_valid
    assert area.bounds[0] == pytest.approx(0, abs=20)


def test_the_coast_cuts():
    land = shapely.box(0, 0, 1000, 2000)
    area = densest_areas(BELL, [0.5], land=land)[0].area
    assert area.bounds[2] == pytest.approx(1000)


def test_no_heat_and_whole_shares_are_refused():
    with pytest.raises(BadShare):
        densest_areas(kernel_density(np.empty((0, 2)), GRID, 150), [0.5])
    with pytest.raises(BadShare):
        densest_areas(BELL, [1.0])
