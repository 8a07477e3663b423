"""What a write notes: the boxes of what a face showed before and shows now, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.db import connection

from layers.catalog.facilities import Facility
from layers.catalog.places import Island
from layers.catalog.reports.models import Door, Report
from layers.catalog.wifi import WifiHotspot
from tests.tile_service import toy
from tile_service.models import Outbox
from tile_service.publish import noting, triggers
from tile_service.serve import epochs
from tile_service.serve.epochs import FaceEpochs, Touched, told, touched

pytestmark = pytest.mark.django_db
WHOLE, NOTHING = "whole", "nothing"
SPEC = {"reach": {"rows": 1 / 32}}
TILE_16_M = epochs.WORLD_M / 65536


def noted(work: Callable[[], Any], slug: str, face: str = "public") -> Any:
    """Boxes that `work` noted for a face, in order; WHOLE or NOTHING."""
    Outbox.objects.all().delete()
    work()
    found = list(Outbox.objects.filter(slug=slug, face=face).order_by("pk"))
    if not found:
        return NOTHING
    if any(row.boxes is None for row in found):
        return WHOLE
    return sorted(tuple(round(m, 2) for m in box) for row in found for *box, _ in row.boxes)


def box(place: Point) -> tuple[float, float, float, float]:
    """Box of a point, in Web Mercator metres."""
    there = place.transform(3857, clone=True)
    return tuple(round(m, 2) for m in (there.x, there.y, there.x, there.y))


@pytest.fixture
def wifi(toy_city: Any) -> WifiHotspot:
    """One wifi hotspot of the toy city."""
    return toy.make(WifiHotspot)


def moved_to(row: Any, lon: float, lat: float) -> Callable[[], Any]:
    """A write that moves a row."""
    return lambda: type(row).objects.filter(pk=row.pk).update(geom=Point(lon, lat, srid=4326))


def test_a_new_row_notes_its_box(toy_city):
    made: list[Any] = []
    boxes = noted(lambda: made.append(toy.make(WifiHotspot)), "wifi-hotspots")
    assert boxes == [box(made[0].geom)]


def test_a_move_notes_where_it_was_and_where_it_is(wifi):
    before = box(wifi.geom)
    lon, lat = wifi.geom.x + 0.01, wifi.geom.y
    boxes = noted(moved_to(wifi, lon, lat), "wifi-hotspots")
    assert boxes == sorted([before, box(Point(lon, lat, srid=4326))])


def test_a_deleted_row_notes_its_box(wifi):
    assert noted(wifi.delete, "wifi-hotspots") == [box(wifi.geom)]


def test_a_column_that_no_face_shows_notes_nothing(toy_city):
    report = toy.published_report()
    update = lambda: Report.objects.filter(pk=report.pk).update(accuracy_m=7)  # noqa: E731
    assert noted(update, "reports") == NOTHING
    assert noted(update, "reports", "staff") == NOTHING


def test_a_column_of_the_staff_is_no_change_for_the_public(toy_city):
    report = toy.published_report()
    update = lambda: Report.objects.filter(pk=report.pk).update(urgent=True)  # noqa: E731
    assert noted(update, "reports", "staff") == [box(report.geom)]
    Report.objects.filter(pk=report.pk).update(urgent=False)
    assert noted(update, "reports") == NOTHING


def test_a_report_that_is_held_back_makes_no_public_event(toy_city):
    report = toy.published_report()
    toy.hold_back(report)
    lon, lat = report.geom.x + 0.02, report.geom.y
    assert noted(moved_to(report, lon, lat), "reports") == NOTHING
    there = box(Point(lon, lat, srid=4326))
    assert noted(moved_to(report, lon, lat + 0.01), "reports", "staff") == sorted(
        [there, box(Point(lon, lat + 0.01, srid=4326))]
    )


def test_publishing_notes_the_public_place_and_never_the_true_one(toy_city):
    report = toy.published_report()
    elsewhere = Point(report.geom.x + 0.003, report.geom.y, srid=4326)
    toy.hold_back(report)
    Report.objects.filter(pk=report.pk).update(public_geom=elsewhere)
    publish = lambda: Report.objects.filter(pk=report.pk).update(published_at=toy.AT)  # noqa: E731
    assert noted(publish, "reports") == [box(elsewhere)]


def test_a_report_without_a_place_wakes_the_desk_with_no_tile(toy_city):
    report = toy.published_report()
    Report.objects.filter(pk=report.pk).update(published_at=None, public_geom=None)
    lose = lambda: Report.objects.filter(pk=report.pk).update(  # noqa: E731
        geom=None, door=Door.SP4N
    )
    assert noted(lose, "reports", "staff") == [box(report.geom)]
    again = lambda: Report.objects.filter(pk=report.pk).update(urgent=True)  # noqa: E731
    assert noted(again, "reports", "staff") == []
    assert noted(again, "reports") == NOTHING


def test_a_practice_report_is_no_event_at_all(toy_city):
    report = toy.published_report()
    Report.objects.filter(pk=report.pk).update(practice=True)
    move = moved_to(report, report.geom.x + 0.01, report.geom.y)
    assert noted(move, "reports", "staff") == NOTHING


def test_many_rows_note_at_most_32_boxes_that_hold_them_all(toy_city):
    rows = [toy.make(Facility) for _ in range(50)]
    everywhere = Facility.objects.filter(pk__in=[row.pk for row in rows])
    found = noted(lambda: everywhere.update(name="x"), "facilities")
    assert 1 < len(found) <= 32
    for row in rows:
        x, y, _, _ = box(row.geom)
        assert any(x0 - 1 <= x <= x1 + 1 and y0 - 1 <= y <= y1 + 1 for x0, y0, x1, y1 in found)


def test_an_emptied_table_and_a_great_write_touch_the_whole_layer(toy_city, monkeypatch):
    def empty() -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE layers_facility CASCADE")

    assert noted(empty, "facilities") == WHOLE
    monkeypatch.setattr(noting, "MOST_ROWS", 2)
    source = noting.Source("facilities", "public", "SELECT 1")
    assert "LIMIT 2 + 1" in noting.function_text("layers_facility", [source])


def test_a_write_succeeds_even_when_the_published_select_fails(wifi):
    broken = noting.Source("wifi-hotspots", "public", "SELECT no_such FROM layers_wifihotspot")
    with connection.cursor() as cursor:
        cursor.execute(noting.function_text("layers_wifihotspot", [broken]))
    assert noted(lambda: WifiHotspot.objects.update(name="a"), "wifi-hotspots") == WHOLE


def test_a_joined_table_counts_only_with_a_column_that_the_face_reads(toy_city):
    kind = toy.published_report().category
    rename = lambda: type(kind).objects.filter(pk=kind.pk).update(name="lain")  # noqa: E731
    hide = lambda: type(kind).objects.filter(pk=kind.pk).update(public_precision="never")  # noqa: E731
    assert noted(rename, "reports") == NOTHING
    assert noted(hide, "reports") == WHOLE


def test_every_layers_own_table_is_watched_row_by_row_unless_its_rows_are_summed(toy_city):
    with connection.cursor() as cursor:
        cursor.execute(triggers.PRESENT)
        watched = {table for table, _ in cursor.fetchall()}
    assert {Report._meta.db_table, WifiHotspot._meta.db_table, Island._meta.db_table} <= watched


# --- from boxes to tiles --------------------------------------------------------------------


def at_16(x: float, y: float, still: int = 0) -> tuple[float, ...]:
    """A point at column `x`, row `y` of zoom 16 (fractions count), as a box in metres."""
    half = epochs.WORLD_M / 2
    east, north = x * TILE_16_M - half, half - y * TILE_16_M
    return (east, north, east, north, still)


def test_a_place_in_the_middle_touches_one_tile_of_each_zoom():
    found = touched([at_16(40000.5, 30000.5)], SPEC)
    assert found.below == frozenset()
    assert {tile for tile in found.tiles if tile[0] > 12} == {
        (13, 5000, 3750), (14, 10000, 7500), (15, 20000, 15000), (16, 40000, 30000),
    }  # fmt: skip


def test_a_place_near_an_edge_touches_the_neighbour_that_draws_it():
    found = touched([at_16(40001.99, 30000.5)], SPEC).tiles
    assert {(16, 40001, 30000), (16, 40002, 30000)} <= found
    assert {(15, 20000, 15000), (15, 20001, 15000)} <= found
    assert (14, 10001, 7500) not in found  # the place is half a tile from that one


def test_a_wide_box_marks_what_lies_below_instead_of_every_tile():
    found = touched([(*at_16(40000, 30100)[:2], *at_16(40100, 30000)[2:4], 0)], SPEC)
    assert found.below and len(found.tiles) < 400
    held = FaceEpochs()
    held.take(7, found)
    assert held.of(16, 40050, 30050) == held.of(20, 40050 << 4, 30050 << 4) == held.of(3, 4, 3) == 7
    assert held.of(16, 40300, 30050) == 0


def test_new_words_leave_the_tiles_that_gather_rows_alone():
    gathers = SPEC | {"rows_from_zoom": 14}
    zooms = {tile[0] for tile in touched([at_16(40000.5, 30000.5, still=1)], gathers).tiles}
    assert zooms == {14, 15, 16}
    wide = (*at_16(40000, 30100)[:2], *at_16(40100, 30000)[2:4], 1)
    held = FaceEpochs()
    held.take(7, touched([wide], gathers))
    assert held.of(16, 40050, 30050) == 7 and held.of(9, 40050 >> 7, 30050 >> 7) == 0


def stillness(work: Callable[[], Any]) -> set[float]:
    """The fifth number of the boxes that `work` noted for the public wifi hotspots."""
    Outbox.objects.all().delete()
    work()
    return {box[4] for row in Outbox.objects.filter(slug="wifi-hotspots") for box in row.boxes}


def test_a_changed_word_is_still_and_a_move_is_not(wifi):
    assert stillness(lambda: WifiHotspot.objects.filter(pk=wifi.pk).update(name="baru")) == {1}
    assert stillness(moved_to(wifi, wifi.geom.x + 0.01, wifi.geom.y)) == {0}


def test_the_event_lists_zooms_up_to_14_and_fewer_when_they_are_many():
    assert told(touched([at_16(40002.5, 30002.5)], SPEC), 12) == [
        (12, 2500, 1875), (13, 5000, 3750), (14, 10000, 7500),
    ]  # fmt: skip
    assert told(None) is None
    assert told(Touched(frozenset())) == []
    many = touched([at_16(40000 + 40 * n, 30000 + 40 * n) for n in range(32)], SPEC)
    assert 0 < len(told(many)) <= epochs.MOST_TOLD


def test_memory_is_bounded_and_old_numbers_become_the_floor(monkeypatch):
    monkeypatch.setattr(epochs, "MOST_TILES", 100)
    held = FaceEpochs()
    for seq in range(1, 51):
        held.take(seq, touched([at_16(40000 + 9.0 * seq, 30000.5)], SPEC))
    assert len(held.tiles) <= 100
    assert held.floor > 0
    assert held.of(16, 40000 + 9 * 50, 30000) == 50
    assert held.of(16, 10, 10) == held.floor  # never too low: at worst a tile is made once more
