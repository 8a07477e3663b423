"""Reach by radius and on foot; the sea is never walked."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from spatial_analysis.methods.coverage import (
    NOWHERE,
    BadPlaces,
    StreetGraph,
    StreetOverWater,
    nearest_walk,
    reach_radius,
    reach_walk,
    served_people,
    snap,
    street_graph,
)
from tests.shared_data import shared

#  A street of 300 m with a junction every 100 m; island 1 lies 50 m off its end, over water.
XY = np.array([[1000.0, 0], [1100, 0], [1200, 0], [1300, 0], [1350, 0], [1350, 100]])
ISLAND = np.array([0, 0, 0, 0, 1, 1])
EDGES = np.array([[0, 1], [1, 2], [2, 3], [4, 5]])


@pytest.fixture
def streets() -> StreetGraph:
    return street_graph(XY, ISLAND, EDGES, np.full(4, 100.0))


def test_the_radius_itself_is_within_reach() -> None:
    places = np.array([[1000.0, 0], [1060, 0], [1060.01, 0]])
    reach = reach_radius(places, np.array([[1000.0, 0]]), 60.0)
    assert reach.places.tolist() == [0, 1]
    assert reach.metres.tolist() == [0.0, 60.0]


def test_each_site_may_have_its_own_radius() -> None:
    places = np.array([[1000.0, 0], [1050, 0]])
    sites = np.array([[1000.0, 10], [1000.0, 20]])
    reach = reach_radius(places, sites, np.array([20.0, 60.0]))
    assert reach.matrix().toarray().tolist() == [[True, True], [False, True]]


def test_radio_crosses_water_only_when_islands_are_left_out() -> None:
    near, far = np.array([[1000.0, 0]]), np.array([[1050.0, 0]])
    here, there = np.array([0]), np.array([1])
    assert len(reach_radius(near, far, 60.0).places) == 1
    apart = reach_radius(near, far, 60.0, place_island=here, site_island=there)
    assert len(apart.places) == 0


def test_degrees_are_refused() -> None:
    with pytest.raises(BadPlaces):
        reach_radius(np.array([[127.38, 0.79]]), np.array([[127.38, 0.79]]), 60.0)


def test_a_street_over_water_is_refused() -> None:
    with pytest.raises(StreetOverWater):
        street_graph(XY, ISLAND, np.array([[3, 4]]), np.array([50.0]))


def test_a_walk_goes_to_the_street_along_it_and_off_it(streets: StreetGraph) -> None:
    places = snap(np.array([[1000.0, 30], [1300, 0]]), np.array([0, 0]), streets, most_m=100)
    sites = snap(np.array([[1200.0, 20]]), np.array([0]), streets, most_m=100)
    reach = reach_walk(streets, places, sites, 250.0)
    assert reach.metres.tolist() == [250.0, 120.0]  # 30 + 200 + 20, 0 + 100 + 20
    assert reach_walk(streets, places, sites, 249.9).places.tolist() == [1]


def test_of_parallel_streets_the_shortest_counts() -> None:
    edges = np.array([[0, 1], [1, 0], [0, 1]])
    graph = street_graph(XY[:2], ISLAND[:2], edges, np.array([300.0, 120.0, 200.0]))
    assert graph.lengths.toarray().tolist() == [[0.0, 120.0], [120.0, 0.0]]


def test_points_far_from_any_street_of_their_island_enter_nowhere(streets: StreetGraph) -> None:
    points = np.array([[1000.0, 101], [1340, 0], [1340, 0], [1340, 0]])
    at = snap(points, np.array([0, 0, 1, 2]), streets, most_m=100)
    assert at.node.tolist() == [NOWHERE, 3, 4, NOWHERE]  # the nearer pier is the other island's
    assert at.metres[1:3].tolist() == [40.0, 10.0]


def test_nobody_walks_over_water_to_the_nearest_site(streets: StreetGraph) -> None:
    places = snap(np.array([[1300.0, 0], [1350, 100]]), np.array([0, 1]), streets, most_m=50)
    sites = snap(np.array([[1000.0, 5], [1350, 0]]), np.array([0, 1]), streets, most_m=50)
    metres, site = nearest_walk(streets, places, sites)
    assert metres == pytest.approx([305.0, 100.0], abs=1e-5)
    assert site.tolist() == [0, 1]


def test_an_island_without_a_site_has_no_nearest_one(streets: StreetGraph) -> None:
    places = snap(np.array([[1350.0, 0]]), np.array([1]), streets, most_m=50)
    sites = snap(np.array([[1000.0, 0]]), np.array([0]), streets, most_m=50)
    metres, site = nearest_walk(streets, places, sites)
    assert metres.tolist() == [np.inf]
    assert site.tolist() == [NOWHERE]


def test_served_people_are_added_up_by_group() -> None:
    people, served = np.array([10.0, 20, 5]), np.array([True, False, True])
    assert served_people(people, served, ["a", "a", "b"]) == {"a": (10.0, 30.0), "b": (5.0, 5.0)}


def _islands() -> tuple[list[shapely.Geometry], np.ndarray]:
    folder = shared("ternate_islands", "that no reach crosses water")
    features = json.loads((folder / "islands.geojson").read_text())["features"]
    to_metres = Transformer.from_crs(4326, 32652, always_xy=True)
    shapes = [
        shapely.transform(
            shapely.geometry.shape(feature["geometry"]), to_metres.transform, interleaved=False
        )
        for feature in features
    ]
    with (folder / "expected_coast_gap_m.csv").open() as file:
        gaps = np.array([[float(x) for x in row[1:]] for row in list(csv.reader(file))[1:]])
    return shapes, gaps


def _on_land(shape: shapely.Geometry, count: int, dice: np.random.Generator) -> np.ndarray:
    west, south, east, north = shape.bounds
    found = np.zeros((0, 2))
    while len(found) < count:
        tries = dice.uniform((west, south), (east, north), (count * 3, 2))
        found = np.vstack([found, tries[shapely.contains_xy(shape, tries)]])
    return found[:count]


def test_no_reach_joins_two_islands_in_ten_thousand_draws() -> None:
    shapes, gaps = _islands()
    dice = np.random.default_rng(8271)
    each = 10_000 // len(shapes) + 1
    xy = np.vstack([_on_land(shape, each, dice) for shape in shapes])
    island = np.repeat(np.arange(len(shapes)), each)
    sites = np.concatenate([np.flatnonzero(island == i)[:40] for i in range(len(shapes))])
    radius_m = 4_000.0  # wider than the straits of 1.6 to 1.9 km
    assert (gaps[gaps > 0] < radius_m).any()
    reach = reach_radius(xy, xy[sites], radius_m, place_island=island, site_island=island[sites])
    free = reach_radius(xy, xy[sites], radius_m)
    assert (island[reach.places] == island[sites][reach.sites]).all()
    assert (island[free.places] != island[sites][free.sites]).any()  # the draw could have leaked

    ends = np.arange(len(xy) - 1)
    ends = ends[island[ends] == island[ends + 1]]
    edges = np.column_stack([ends, ends + 1])
    length = np.hypot(*(xy[edges[:, 0]] - xy[edges[:, 1]]).T)
    graph = street_graph(xy, island, edges, length)
    assert len(set(zip(graph.components().tolist(), island.tolist(), strict=True))) == len(shapes)
    everybody, chosen = (
        snap(xy, island, graph, most_m=1),
        snap(xy[sites], island[sites], graph, most_m=1),
    )
    walk = reach_walk(graph, everybody, chosen, 100_000.0)
    assert len(walk.places) > 10_000
    assert (island[walk.places] == island[sites][walk.sites]).all()


def test_the_walk_equals_a_plain_search_on_a_random_town() -> None:
    import networkx as nx

    dice = np.random.default_rng(4)
    xy = dice.uniform(1000, 2000, (120, 2))
    pairs = np.array([(a, b) for a in range(120) for b in range(a) if dice.random() < 0.03])
    length = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    flat = np.zeros(120, dtype=np.int64)
    graph = street_graph(xy, flat, pairs, length)
    town = nx.Graph()
    town.add_weighted_edges_from(
        (a, b, m) for (a, b), m in zip(pairs.tolist(), length, strict=True)
    )
    every = snap(xy, flat, graph, most_m=0.0)
    some = snap(xy[:70], flat[:70], graph, most_m=0.0)  # more than one chunk of sites
    reach = reach_walk(graph, every, some, 600.0)
    expected = {
        (place, site): metres
        for site in range(70)
        if site in town
        for place, metres in nx.single_source_dijkstra_path_length(
            town, site, cutoff=600.0, weight="weight"
        ).items()
    }
    expected |= {(i, i): 0.0 for i in range(70)}
    found = dict(
        zip(
            zip(reach.places.tolist(), reach.sites.tolist(), strict=True), reach.metres, strict=True
        )
    )
    assert found == pytest.approx(expected)


def test_a_door_across_a_bay_is_passed_over_for_one_on_its_own_shore() -> None:
    #  a horseshoe: two arms of 200 m either side of a bay 60 m wide, open to the south
    land = shapely.Polygon(
        [
            (1000, 0),
            (1040, 0),
            (1040, 150),
            (1100, 150),
            (1100, 0),
            (1140, 0),
            (1140, 200),
            (1000, 200),
        ]
    )
    nodes = np.array([[1020.0, 175], [1120.0, 175], [1105.0, 10]])
    edges = np.array([[0, 1], [1, 2]])
    graph = street_graph(nodes, np.zeros(3, dtype=np.int64), edges, np.array([100.0, 170.0]))
    homes, island = (
        np.array([[1035.0, 10], [1135.0, 10], [1070.0, 20]]),
        np.zeros(3, dtype=np.int64),
    )
    plain = snap(homes, island, graph, most_m=300)
    assert plain.node.tolist() == [2, 2, 2]
    dry = snap(homes, island, graph, most_m=300, lands={0: land})
    assert dry.node.tolist() == [0, 2, 2]  # the third lies in the bay itself: nearest
    assert dry.metres[0] == pytest.approx(np.hypot(15, 165))
    assert snap(homes, island, graph, most_m=160, lands={0: land}).node.tolist() == [NOWHERE, 2, 2]
