"""Streets are one network an island; only boats join islands."""

from __future__ import annotations

import networkx as nx
import pytest
import shapely

from tests.fixtures_geodata.sample import CITIES, TERNATE, features, metres, table


def network(folder=TERNATE):
    """Directed graph of the streets; nodes are places."""
    graph = nx.DiGraph()
    for row in features("streets.geojson", folder):
        places = shapely.get_coordinates(row["geom"])
        start, end = tuple(places[0]), tuple(places[-1])
        graph.add_edge(start, end, island=row["island"])
        if not row["oneway"]:
            graph.add_edge(end, start, island=row["island"])
    return graph


@pytest.mark.parametrize("folder", CITIES, ids=lambda folder: folder.name)
def test_every_junction_of_an_island_is_reached_from_every_other(folder):
    graph = network(folder)
    lived_in = {r["code"] for r in features("islands.geojson", folder) if r["inhabited"]}
    parts = list(nx.strongly_connected_components(graph))
    islands = [{graph.edges[e]["island"] for e in graph.edges(part)} for part in parts]
    assert sorted(next(iter(found)) for found in islands) == sorted(lived_in)
    assert all(len(found) == 1 for found in islands)


def test_no_way_leads_to_another_island_without_a_boat():
    graph = network()
    first = {row["island"]: tuple(shapely.get_coordinates(row["geom"])[0])
             for row in features("streets.geojson")}  # fmt: skip
    for code, place in first.items():
        for other, there in first.items():
            assert nx.has_path(graph, place, there) == (code == other)


def test_streets_stay_on_their_island():
    """Only a jetty may reach out to its pier."""
    land = shapely.union_all([metres(r["geom"]).buffer(1) for r in features("islands.geojson")])
    wet = [metres(r["geom"]).difference(land).length for r in features("streets.geojson")]
    assert sum(length > 0 for length in wet) <= len(table("piers.csv"))
    assert max(wet) < 400


def test_every_pier_depot_and_kelurahan_is_near_a_street():
    streets = shapely.union_all([metres(row["geom"]) for row in features("streets.geojson")])
    places = table("piers.csv") + table("kelurahan_points.csv")
    places += [row for row in table("waste_places.csv") if row["kind"] != "dump"]
    far = {
        row["code"]: gap
        for row in places
        if (gap := streets.distance(metres(shapely.Point(float(row["lon"]), float(row["lat"])))))
        > 60
    }
    assert far == {}


def test_one_way_streets_run_in_pairs_against_each_other():
    """A shore street south and its neighbour north: a block can be driven round."""
    rows = [row for row in features("streets.geojson") if row["oneway"]]
    south = [r for r in rows if r["geom"].coords[0][1] > r["geom"].coords[-1][1]]
    assert len(rows) >= 20
    assert 0.3 < len(south) / len(rows) < 0.7


@pytest.mark.parametrize("folder", CITIES, ids=lambda folder: folder.name)
def test_boats_go_by_sea_from_pier_to_pier(folder):
    piers = {
        row["code"]: (float(row["lon"]), float(row["lat"])) for row in table("piers.csv", folder)
    }
    srid = 32652 if folder == TERNATE else 32648
    land = shapely.union_all([metres(r["geom"], srid) for r in features("islands.geojson", folder)])
    for row in features("ferry_lines.geojson", folder):
        places = row["geom"].coords
        assert tuple(places[0]) == pytest.approx(piers[row["from_pier"]], abs=1e-6)
        assert tuple(places[-1]) == pytest.approx(piers[row["to_pier"]], abs=1e-6)
        course = metres(row["geom"], srid)
        ends = shapely.MultiPoint([course.coords[0], course.coords[-1]]).buffer(260)
        assert course.difference(ends).intersection(land).length == 0


def test_every_boat_that_goes_out_comes_back():
    rows = table("ferries.csv")
    for line in {row["line"] for row in rows}:
        ways = {row["direction"] for row in rows if row["line"] == line}
        assert ways == {"out", "back"}
