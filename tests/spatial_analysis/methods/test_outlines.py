"""Areas of cells: equal to the union of their squares, whatever their shape."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatial_analysis.methods.outlines import area_of


def squares(cells: np.ndarray) -> shapely.Geometry:
    corner = cells * 50.0
    return shapely.union_all(
        shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + 50, corner[:, 1] + 50)
    )


def area(drawing: str) -> shapely.Geometry:
    """Area of the cells marked # in a drawing."""
    rows = drawing.split()
    cells = [(x, y) for y, row in enumerate(rows) for x, mark in enumerate(row) if mark == "#"]
    return area_of(np.array(cells), cell_m=1.0)


def test_a_row_of_cells_is_one_rectangle_of_four_corners():
    assert list(area("####").exterior.coords)[:-1] == [(0, 0), (4, 0), (4, 1), (0, 1)]


def test_a_hole_stays_open_and_may_touch_the_rim_at_a_corner():
    ring = area("### #.# ###")
    assert (ring.area, len(ring.interiors)) == (8.0, 1)
    touching = area("##.. #.## #### ####")
    assert touching.is_valid and touching.area == 13.0


def test_cells_that_meet_at_a_corner_are_two_parts():
    assert len(shapely.get_parts(area("#. .#"))) == 2


def test_nothing_has_no_area():
    assert area_of(np.zeros((0, 2), dtype=np.int64), cell_m=50.0).is_empty


@pytest.mark.parametrize("seed", range(40))
def test_a_random_area_is_valid_and_the_union_of_its_squares(seed: int):
    random = np.random.default_rng(seed)
    cells = np.argwhere(random.random((12, 9)) < random.uniform(0.2, 0.9)) - 4
    found = area_of(cells, cell_m=50.0)
    assert found.is_valid and found.equals(squares(cells))
