"""Between places on streets: parts of streets count, one-ways hold, drawings fit the costs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
import shapely.ops

from spatial_analysis.methods import speeds
from spatial_analysis.methods.directions import Turn, steps_of, turn_of, words
from spatial_analysis.methods.outlines import area_of
from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.paths_cch import build_topology
from spatial_analysis.methods.reach import CELL_M, reach_within, reaches, street_cells
from spatial_analysis.methods.snapping import Snap
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.methods.stop_paths import StopStreets, cut
from spatial_analysis.methods.street_graph import Streets, geodesic_lengths_mm
from tests.spatial_analysis.methods.small_town import BLOCK_DEG, grid_town, streets_between


def ways_on(streets: Streets, profile: Profile = Profile.PICKUP) -> StopStreets:
    topology = build_topology(streets.tail, streets.head, streets.node_lon, streets.node_lat)
    weights = speeds.weights_ms(streets, profile)
    return StopStreets(streets, weights, topology.paths(weights))


def at(edge: int, fraction: float) -> Snap:
    return Snap(edge, fraction, 0, 0.0)


BLOCK_MS = 15_000  # 100 m at 24 km/h; blocks along the equator are 0.7 % longer


def test_half_a_block_takes_half_the_time():
    matrix = ways_on(grid_town()).matrix_ms([at(6, 0.25), at(6, 0.75)])
    assert matrix[0, 1] == matrix[1, 0] == pytest.approx(BLOCK_MS / 2, abs=2)


def test_from_the_middle_of_one_street_to_the_middle_of_the_next_is_one_block():
    found = ways_on(grid_town()).route(at(6, 0.5), at(9, 0.5))
    assert found is not None
    assert found.cost_ms == pytest.approx(BLOCK_MS, abs=2)


def test_back_along_a_one_way_street_is_a_drive_round_the_block():
    ways = ways_on(grid_town(direction=[0] * 6 + [1] + [0] * 5))
    there, back = ways.matrix_ms([at(6, 0.25), at(6, 0.75)])[[0, 1], [1, 0]]
    assert there == pytest.approx(BLOCK_MS / 2, abs=2)
    assert back == pytest.approx(3.5 * BLOCK_MS, rel=0.01)  # on to the end, and round: 0.25+3+0.25


def test_every_route_costs_what_the_matrix_says_and_its_drawing_is_as_long_as_its_pieces():
    random = np.random.default_rng(3)
    ways = ways_on(grid_town(direction=[1, 1, 0, 0, -1, -1, 0, 1, 0, 0, -1, 0]))
    stops = [at(int(random.integers(12)), float(random.random())) for _ in range(25)]
    matrix = ways.matrix_ms(stops)
    for i, start in enumerate(stops):
        for j, end in enumerate(stops):
            found = ways.route(start, end)
            assert (UNREACHABLE if found is None else found.cost_ms) == matrix[i, j]
            if found is not None and i != j:
                line = ways.line(found)
                drawn = geodesic_lengths_mm(line, np.array([0, len(line)]))[0] / 1000
                assert drawn == pytest.approx(ways.length_m(found), abs=0.05)


def test_two_islands_are_unreachable_from_each_other():
    nodes = [(0.0, 0.0), (BLOCK_DEG, 0.0), (1.0, 0.0), (1.0 + BLOCK_DEG, 0.0)]
    ways = ways_on(streets_between(nodes, [(0, 1), (2, 3)], island=[0, 1]))
    assert ways.matrix_ms([at(0, 0.5), at(1, 0.5)])[0, 1] == UNREACHABLE
    assert ways.route(at(0, 0.5), at(1, 0.5)) is None


# ------------------------------------------------------------------ words


def test_a_way_in_words_names_the_streets_and_the_turns_and_adds_up():
    names = ["Jalan Timur"] * 6 + ["Jalan Utara"] * 6
    ways = ways_on(grid_town(names=names))
    found = ways.route(at(6, 0.5), at(5, 0.5))
    assert found is not None
    steps = steps_of(ways.streets, found)
    assert [step.turn for step in steps] == [Turn.DEPART, Turn.RIGHT, Turn.ARRIVE]
    assert sum(step.length_m for step in steps) == pytest.approx(ways.length_m(found), abs=0.01)
    assert words(steps[0]) == "Berangkat di Jalan Utara"
    assert words(steps[1], "en") == "Turn right onto Jalan Timur"


@pytest.mark.parametrize(
    ("before", "after", "turn"),
    [(0, 90, Turn.RIGHT), (0, 270, Turn.LEFT), (350, 10, Turn.SLIGHT_RIGHT),
     (350, 5, Turn.STRAIGHT), (90, 270, Turn.U_TURN), (0, 140, Turn.SHARP_RIGHT)],
)  # fmt: skip
def test_turns_are_named_by_the_change_of_bearing(before: float, after: float, turn: Turn):
    assert turn_of(before, after) is turn


# ------------------------------------------------------------------ reach


def test_reach_grows_with_time_and_covers_the_whole_town_in_the_end():
    ways = ways_on(grid_town())
    covered = []
    for blocks in (0.25, 1.0, 2.0, 6.0):
        parts = reach_within(ways, at(6, 0.5), int(blocks * BLOCK_MS * 1.01)).parts()
        share = np.zeros(12)
        for edge, start, end in parts:
            share[edge] += end - start
        covered.append(np.minimum(share, 1).sum())
    assert covered[0] == pytest.approx(0.5, abs=0.02)  # a quarter block each way
    assert covered == sorted(covered)
    assert covered[-1] == 12


def test_a_one_way_street_is_not_reached_backwards():
    ways = ways_on(streets_between([(0, 0), (0, BLOCK_DEG)], [(0, 1)], direction=[1]))
    assert reach_within(ways, at(0, 0.5), 60_000).parts() == [(0, 0.5, 1.0)]


def metric_lines(ways: StopStreets) -> np.ndarray:
    """The town's streets in metres, a block 100."""
    lines = [shapely.LineString(ways.streets.line(i) / BLOCK_DEG * 100) for i in range(12)]
    return np.array(lines)


def test_the_area_of_reach_holds_every_reached_street():
    ways = ways_on(grid_town())
    lines = metric_lines(ways)
    cells = street_cells(lines).within(reach_within(ways, at(6, 0.5), 6 * BLOCK_MS))
    area = area_of(cells, cell_m=CELL_M)
    assert all(area.buffer(1e-6).covers(line) for line in lines)
    assert area.area == 2500.0 * len(cells)  # whole cells, each once


def test_a_wider_reach_holds_the_narrower_one_and_each_reached_part_lies_in_its_area():
    ways = ways_on(grid_town())
    lines, cells = metric_lines(ways), street_cells(metric_lines(ways))
    found = reaches(ways, at(6, 0.5), [BLOCK_MS // 2, BLOCK_MS, 2 * BLOCK_MS])
    areas = [area_of(cells.within(reach), cell_m=CELL_M) for reach in found]
    for inner, outer in pairwise(areas):
        assert outer.buffer(1e-6).covers(inner) and outer.area > inner.area
    for reach, area in zip(found, areas, strict=True):
        for edge, start, end in reach.parts():
            part = shapely.ops.substring(lines[edge], start, end, normalized=True)
            assert area.buffer(1e-6).covers(part)


def test_what_is_reached_from_both_ends_of_a_street_counts_once():
    ways = ways_on(grid_town())
    reach = reach_within(ways, at(6, 0.5), 6 * BLOCK_MS)
    assert reach.covered() == pytest.approx(np.ones(12))
    half = reach_within(ways, at(6, 0.5), BLOCK_MS // 4)
    assert half.covered().sum() == pytest.approx(0.5, abs=0.01)


def test_a_whole_street_is_drawn_as_it_is_and_a_part_between_its_ends():
    line = np.array([[127.0, 0.0], [127.001, 0.0], [127.002, 0.0]])
    assert cut(line, 0.0, 1.0).tolist() == line.tolist()
    assert cut(line, 1.0, 0.0).tolist() == line[::-1].tolist()
    half = cut(line, 0.25, 1.0)
    assert half.tolist()[1:] == line.tolist()[1:]
    assert half[0] == pytest.approx([127.0005, 0.0])
