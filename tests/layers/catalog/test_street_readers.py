"""Streets from files: OpenStreetMap extracts by osmium, networks by osmnx, both cut alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import networkx as nx
import pyrosm
import pytest
from django.db import DatabaseError, transaction
from pyproj import Geod
from shapely.geometry import LineString

from layers.catalog.places import Island
from layers.catalog.streets import (
    Direction,
    StreetEdge,
    TurnRestriction,
    actions,
    networks,
    osm_files,
)
from layers.catalog.streets.records import (
    NoStreets,
    StreetRecord,
    direction_of,
    speed_of,
    width_of,
)
from layers.errors import BadInput
from spatial_analysis import snapshots
from tests.shared_data import shared

# Two streets that cross at node 3, a one-way against its line, a private yard, a ferry.
TOWN = """<?xml version="1.0"?><osm version="0.6" generator="hand">
<node id="1" lon="0.000" lat="0.0" version="1"/><node id="2" lon="0.001" lat="0.0" version="1"/>
<node id="3" lon="0.002" lat="0.0" version="1"/><node id="4" lon="0.004" lat="0.0" version="1"/>
<node id="5" lon="0.002" lat="0.001" version="1"/>
<node id="6" lon="0.002" lat="-0.001" version="1"/>
<way id="10" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/>
 <tag k="highway" v="residential"/><tag k="name" v="Jalan Timur"/><tag k="maxspeed" v="40"/></way>
<way id="11" version="1"><nd ref="5"/><nd ref="3"/><nd ref="6"/>
 <tag k="highway" v="tertiary"/><tag k="oneway" v="-1"/><tag k="bridge" v="yes"/></way>
<way id="12" version="1"><nd ref="4"/><nd ref="6"/>
 <tag k="highway" v="service"/><tag k="access" v="private"/></way>
<way id="13" version="1"><nd ref="4"/><nd ref="5"/><tag k="route" v="ferry"/></way>
<way id="14" version="1"><nd ref="1"/><nd ref="5"/><tag k="highway" v="steps"/></way>
</osm>"""


@pytest.fixture
def town(tmp_path: Path) -> Path:
    path = tmp_path / "town.osm"
    path.write_text(TOWN)
    return path


def network_of(records: list[StreetRecord]) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    for street in records:
        if street.direction is not Direction.BACKWARD:
            graph.add_edge(street.from_node, street.to_node)
        if street.direction is not Direction.FORWARD:
            graph.add_edge(street.to_node, street.from_node)
    return graph


def sizes(graph: nx.MultiDiGraph) -> list[int]:
    return sorted(map(len, nx.strongly_connected_components(graph)), reverse=True)


def test_ways_are_cut_where_two_streets_meet_and_nowhere_else(town: Path):
    found = {r.source_id: r for r in osm_files.read_streets(town)}
    assert sorted(found) == ["osm-10-0", "osm-10-1", "osm-11-0", "osm-11-1"]
    assert found["osm-10-0"].points == ((0.0, 0.0), (0.001, 0.0), (0.002, 0.0))
    assert (found["osm-10-0"].from_node, found["osm-10-0"].to_node) == ("osm-1", "osm-3")
    assert (found["osm-10-1"].name, found["osm-10-1"].max_speed_kph) == ("Jalan Timur", 40)


def test_a_minus_one_is_a_one_way_against_the_line_and_private_yards_and_ferries_stay_out(
    town: Path,
):
    found = {r.source_id: r for r in osm_files.read_streets(town)}
    assert found["osm-11-0"].direction is Direction.BACKWARD
    assert found["osm-11-0"].bridge
    assert not any(key.startswith(("osm-12", "osm-13", "osm-14")) for key in found)


def test_stairs_are_read_when_walking_is_asked_for(town: Path):
    found = osm_files.read_streets(town, on_foot=True)
    assert "steps" in {r.street_class for r in found}


def test_a_file_without_streets_is_refused(tmp_path: Path):
    empty = tmp_path / "empty.osm"
    empty.write_text('<?xml version="1.0"?><osm version="0.6"/>')
    with pytest.raises(NoStreets):
        osm_files.read_streets(empty)


def test_a_file_of_another_kind_is_refused_with_the_kinds_we_read(tmp_path: Path):
    with pytest.raises(BadInput, match="graphml"):
        actions.read(tmp_path / "streets.shp")


@pytest.mark.parametrize(
    ("tags", "direction"),
    [
        ({"oneway": "yes"}, Direction.FORWARD),
        ({"oneway": "-1"}, Direction.BACKWARD),
        ({"oneway": ""}, Direction.BOTH),
        ({"oneway": "", "junction": "roundabout"}, Direction.FORWARD),
        ({"oneway": "no", "street_class": "motorway"}, Direction.BOTH),
        ({"oneway": "", "street_class": "motorway"}, Direction.FORWARD),
    ],
)
def test_directions_follow_the_tags(tags: dict[str, str], direction: Direction):
    assert direction_of(**tags) is direction


def test_speeds_and_widths_are_read_with_their_units_and_nonsense_is_no_number():
    assert [speed_of(t) for t in ("40", "25 mph", "walk", "", "900")] == [40, 40, None, None, None]
    assert [width_of(t) for t in ("2,5", "3 m", "narrow")] == [2.5, 3.0, None]


# ------------------------------------------------------------------ real files


def test_the_real_extract_has_the_known_parts_without_its_ferries():
    folder = shared("osm-malta", "a real extract")
    graph = network_of(osm_files.read_streets(folder / "gozo.osm.pbf"))
    assert sizes(graph)[:2] == [2717, 250]


@pytest.mark.slow
def test_the_large_extract_has_the_known_parts_of_its_two_islands():
    folder = shared("osm-malta", "a real extract")
    graph = network_of(osm_files.read_streets(folder / "malta.osm.pbf"))
    assert sizes(graph)[:2] == [21_595, 2_717]


def metres_by_class(pieces: Iterable[tuple[str, LineString]]) -> dict[str, int]:
    metres: Counter[str] = Counter()
    for street_class, line in pieces:
        metres[street_class] += Geod(ellps="WGS84").geometry_length(line)
    return {name: round(length) for name, length in metres.items()}


def test_another_reader_finds_the_same_metres_of_each_class_in_a_foreign_town():
    extract = pyrosm.get_data("helsinki_pbf")
    ours = [(r.street_class, LineString(r.points)) for r in osm_files.read_streets(Path(extract))]
    theirs = pyrosm.OSM(extract).get_network("driving")
    driven = metres_by_class(zip(theirs["highway"], theirs.geometry, strict=True))
    found = metres_by_class(ours)
    assert found.pop("service") > 9_000  # yards and car parks, which the other leaves out
    assert found == driven and sum(found.values()) == 21_182


def test_an_indonesian_town_by_osmnx_keeps_its_one_ways_and_its_25_nodes_of_no_return():
    folder = shared("streets-balikpapan-osm", "an osmnx network")
    records = networks.read_graphml(folder / "balikpapan_kota_drive.graphml")
    graph = network_of(records)
    assert (len(graph), graph.number_of_edges()) == (1207, 2683)
    assert sum(r.direction is not Direction.BOTH for r in records) == 195
    assert len(graph) - sizes(graph)[0] == 25


def test_streets_go_to_osmnx_and_back_without_loss():
    folder = shared("streets-balikpapan-osm", "an osmnx network")
    records = networks.read_graphml(folder / "klandasan_ilir_drive.graphml")
    again = networks.records_of(networks.graph_of(records))
    assert len(again) == len(records)
    assert sizes(network_of(again)) == sizes(network_of(records))
    assert sorted(r.direction is Direction.BOTH for r in again) == sorted(
        r.direction is Direction.BOTH for r in records
    )


# ------------------------------------------------------------------ into the table


def island(code: str, west: float) -> Island:
    from django.contrib.gis.geos import MultiPolygon, Polygon

    box = Polygon.from_bbox((west, -0.01, west + 0.003, 0.01))
    return Island.objects.create(code=code, name=code, geom=MultiPolygon(box, srid=4326))


@pytest.mark.django_db
def test_an_import_replaces_all_streets_and_says_what_to_look_at(town: Path):
    west = island("west", 0.0)
    for _ in range(2):
        done = actions.replace_streets(records=actions.read(town))
    assert (done.streets, done.one_way, done.without_name, done.without_island) == (4, 2, 2, 0)
    assert StreetEdge.objects.count() == 4
    street = StreetEdge.objects.get(source_id="osm-10-1")
    assert street.island == west
    assert street.length_m == pytest.approx(222.64, abs=0.01)  # 0.002 degrees on the equator


@pytest.mark.django_db
def test_names_arrive_as_they_are_written_and_nothing_stays_nothing():
    names = ['Jalan "Baru", no. 5', "\\N", "Gang 1\nlorong", ""]
    odd = [
        StreetRecord(
            f"s{i}", name, "residential", Direction.BOTH, None, "", False, None,
            f"a{i}", f"b{i}", ((0.0, 0.0), (0.001, 0.0)),
        )
        for i, name in enumerate(names)
    ]  # fmt: skip
    done = actions.replace_streets(records=odd)
    rows = StreetEdge.objects.order_by("pk")
    assert [row.name for row in rows] == names
    assert {(row.max_speed_kph, row.width_m, row.island_id) for row in rows} == {(None,) * 3}
    assert (done.streets, done.without_name, done.without_island) == (4, 1, 4)


@pytest.mark.django_db
def test_one_street_that_the_table_refuses_leaves_all_as_it_was(town: Path):
    records = actions.read(town)
    actions.replace_streets(records=records)
    bad = [*records, replace(records[0], source_id="far", points=((0.0, 0.0), (200.0, 0.0)))]
    with pytest.raises(DatabaseError), transaction.atomic():
        actions.replace_streets(records=bad)
    assert StreetEdge.objects.count() == 4


BANS = """
<relation id="90" version="1"><member type="way" ref="15" role="from"/>
 <member type="node" ref="4" role="via"/><member type="way" ref="16" role="to"/>
 <tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/></relation>
<relation id="91" version="1"><member type="way" ref="10" role="from"/>
 <member type="node" ref="3" role="via"/><member type="way" ref="15" role="to"/>
 <tag k="type" v="restriction"/><tag k="restriction" v="no_u_turn"/></relation>
<relation id="92" version="1"><member type="way" ref="16" role="from"/>
 <member type="node" ref="4" role="via"/><member type="way" ref="15" role="to"/>
 <tag k="type" v="restriction"/><tag k="restriction" v="only_straight_on"/></relation>
</osm>"""
SPUR = """<way id="15" version="1"><nd ref="4"/><nd ref="5"/>
 <tag k="highway" v="residential"/></way>
<way id="16" version="1"><nd ref="4"/><nd ref="6"/><tag k="highway" v="residential"/></way>"""


@pytest.mark.django_db
def test_turn_restrictions_are_read_stored_and_replaced_with_the_streets(tmp_path: Path):
    path = tmp_path / "town.osm"
    path.write_text(TOWN.replace("</osm>", SPUR + BANS))
    streets = actions.read(path)
    turns = actions.read_turns(path, streets)
    # the ban on way 10 is left out: it runs through node 3 in two pieces
    assert [(t.source_id, t.from_street, t.to_street, t.only) for t in turns] == [
        ("osm-r90", "osm-15-0", "osm-16-0", False),
        ("osm-r92", "osm-16-0", "osm-15-0", True),
    ]
    assert actions.replace_streets(records=streets, turns=turns).turns == 2
    assert TurnRestriction.objects.count() == 2
    net = snapshots.open_network()
    number = {name: i for i, name in enumerate(net.source_ids.tolist())}
    pairs = set(zip(net.turns.from_arc // 2, net.turns.to_arc // 2, strict=True))
    assert (number["osm-15-0"], number["osm-16-0"]) not in pairs
    actions.replace_streets(records=streets)
    assert TurnRestriction.objects.count() == 0
    assert snapshots.open_network().version != net.version


def test_the_restrictions_of_a_real_extract_are_found():
    path = shared("osm-malta", "turn restrictions") / "gozo.osm.pbf"
    streets = osm_files.read_streets(path)
    turns = osm_files.read_turns(path, streets)
    known = {street.source_id for street in streets}
    assert turns and all({t.from_street, t.to_street} <= known for t in turns)
