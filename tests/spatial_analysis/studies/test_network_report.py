"""The network report: figures one can count on a drawing of ten streets."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from layers.catalog.closures import Cause, actions
from layers.catalog.streets import StreetEdge
from spatial_analysis.snapshots import network
from spatial_analysis.studies.network_faults import FaultKind, cut_off_stops, faults
from spatial_analysis.studies.network_report import IslandNetwork, figures_of, report
from tests.round_town import RoundTown, build_round_town, street

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db: None) -> RoundTown:
    return build_round_town()


def of(name: str) -> IslandNetwork:
    return next(row for row in report() if row.island == name)


def test_a_row_of_ten_blocks_is_one_part_with_two_dead_ends(town: RoundTown):
    found = of("besar")
    assert (found.streets, found.nodes, found.parts) == (10, 11, 1)
    assert (found.one_way, found.no_return, found.pockets, found.dead_ends) == (0, 0, 0, 2)
    assert found.length_km == pytest.approx(5.0, abs=0.02)
    assert found.circuity == pytest.approx(1.0, abs=0.01)


def test_a_one_way_street_at_the_end_is_a_node_of_no_return(town: RoundTown):
    StreetEdge.objects.filter(source_id="besar-9").update(direction="forward")
    found = of("besar")
    assert (found.one_way, found.no_return) == (1, 1)


def test_a_street_that_nearly_meets_another_is_a_near_miss_and_a_pocket(town: RoundTown):
    # 3 m north of the long street, and joined to nothing
    street(town, town.main, "Jalan Lepas", 2, 3, 3 / 111_000)
    StreetEdge.objects.filter(name="Jalan Lepas").update(from_node="x", to_node="y")
    found = of("besar")
    assert (found.parts, found.pockets) == (2, 1)
    assert found.near_misses == 2


def test_the_command_prints_a_table_and_rows_for_machines(town: RoundTown):
    table, rows = StringIO(), StringIO()
    call_command("network_report", stdout=table)
    call_command("network_report", "--json", stdout=rows)
    assert "besar" in table.getvalue() and "near misses" in table.getvalue()
    assert {row["island"] for row in json.loads(rows.getvalue())} == {"besar", "kecil"}


def test_an_import_by_hand_replaces_the_streets_and_a_missing_file_is_refused(
    town: RoundTown, tmp_path: Path
):
    from tests.layers.catalog.test_street_readers import TOWN

    path = tmp_path / "town.osm"
    path.write_text(TOWN)
    said = StringIO()
    call_command("import_streets", str(path), stdout=said)
    assert said.getvalue().startswith("4 jalan")
    assert StreetEdge.objects.count() == 4
    with pytest.raises(CommandError):
        call_command("import_streets", str(tmp_path / "none.osm"))


def test_a_street_with_a_bend_is_longer_than_the_way_the_crow_flies(town: RoundTown):
    from django.contrib.gis.geos import LineString

    a, b = town.at(0), town.at(1)
    bent = LineString((a.x, a.y), (a.x, a.y + b.x - a.x), (b.x, b.y), srid=4326)
    StreetEdge.objects.exclude(source_id="besar-0").delete()
    StreetEdge.objects.update(geom=bent)
    # up one block and back down the diagonal: 1 + 1.414 for a distance of 1
    assert of("besar").circuity == pytest.approx(2.414, abs=0.01)


def told(net=None) -> dict[str, list[str]]:
    """Names of the faults of the network as it is, by kind."""
    found: dict[str, list[str]] = {}
    for one in faults(net or network()):
        found.setdefault(one.kind.value, []).append(one.name)
    return found


def test_each_fault_is_named_with_its_place(town: RoundTown):
    assert told() == {}
    street(town, town.main, "Jalan Lepas", 2, 3, 3 / 111_000)
    StreetEdge.objects.filter(name="Jalan Lepas").update(from_node="x", to_node="y")
    StreetEdge.objects.filter(source_id="besar-9").update(direction="backward")
    assert told() == {
        "part": ["Jalan Lepas"],
        "no_return": ["Jalan Panjang"],
        "near_miss": ["Jalan Lepas", "Jalan Lepas"],
        "one_way": ["Jalan Panjang"],
    }
    one_way = next(one for one in faults(network()) if one.kind is FaultKind.ONE_WAY)
    west, east = town.at(9).x, town.at(10).x
    assert [x for x, _y in one_way.coordinates] == pytest.approx([east, west], abs=1e-5)
    (figures, *_) = figures_of(network())
    assert (figures.island, figures.parts, figures.one_way, figures.near_misses) == (
        "besar", 2, 1, 2,
    )  # fmt: skip


def test_stops_that_no_vehicle_reaches_are_named_with_their_reason(town: RoundTown):
    now = timezone.now()
    town.bin("dekat", 2)
    town.bin("jauh", 4, north_m=300)
    assert reasons(now) == dict.fromkeys(["dekat", "jauh"], "no_vehicle_on_island")
    town.truck("truk-1")
    town.bin("sana", 1, island="small")  # no vehicle there: asked from its pier
    assert reasons(now) == {"jauh": "too_far_from_street"}
    StreetEdge.objects.filter(source_id="besar-9").update(direction="forward")
    town.bin("ujung", 9.9)
    assert reasons(now)["ujung"] == "no_connection"  # one gets there, and never back
    StreetEdge.objects.filter(source_id="besar-9").update(direction="both")
    drawn = {"type": "Point", "coordinates": list(town.at(1.5))}
    closure = actions.close(drawn=drawn, cause=Cause.WORKS, by=None, at=now, radius_m=20)
    assert reasons(now) == {
        "dekat": "cut_off_by_closure", "jauh": "too_far_from_street",
        "ujung": "cut_off_by_closure",
    }  # fmt: skip
    actions.lift(closure=closure, by=None, at=now)


def reasons(at) -> dict[str, str]:
    """Stops that nobody reaches, with their reason."""
    return {one.name: str(one.reason) for one in cut_off_stops(network(at), at)}
