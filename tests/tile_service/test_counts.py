"""Stored counts follow every write in its own transaction, and tiles made of them add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import mapbox_vector_tile
import pytest
from django.db import connection

from layers.catalog.categories import Category
from layers.catalog.reports.models import Report
from layers.registry import get
from layers.spec import Face
from tests.tile_service import toy
from tile_service.models import CellChange, CellCount, PublishedLayer
from tile_service.publish import counting, publishing
from tile_service.serve import numbering

pytestmark = pytest.mark.django_db
ALL_CHANGES = 100_000
DAY = ("2026-11-01T15:00:00Z", "2026-11-02T15:00:00Z")  # in the city's time, nine hours ahead


def face() -> PublishedLayer:
    """The public face of reports."""
    return PublishedLayer.objects.get(slug="reports", face="public")


def stored(level: int, span: int, day: int = 0) -> int:
    """Reports that the stored counts know."""
    found = CellCount.objects.filter(face=face(), level=level, span=span, day=day)
    return sum(found.values_list("n", flat=True))


def day_of(at) -> int:
    """Number of a moment's day in the city's time."""
    offset = face().spec["bucket_offset_s"]
    return int((at.timestamp() + offset) // counting.DAY_S)


def drawn(name: str, z: int, *window: str) -> int:
    """Reports in the hexagons of the toy city's tile."""
    x, y = (int(part) for part in toy.column_and_row(*toy.middle(), z))
    text = face().spec["statements"][name]
    types = "int, int, int, int" + ", timestamptz" * len(window)
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE made ({types}) AS {text}".replace("%", "%%"), [])
        places = ", ".join(["%s"] * (4 + len(window)))
        cursor.execute(f"EXECUTE made ({places})", [z, x, y, 20_000, *window])
        data = bytes(cursor.fetchone()[0])
        cursor.execute("DEALLOCATE made")
    cells = mapbox_vector_tile.decode(data)["reports-hex"]["features"] if data else []
    return sum(cell["properties"]["n"] for cell in cells)


def agree() -> int:
    """Number of public reports, once tiles have it before and after it is in every count."""
    number = Report.objects.published().count()
    assert [drawn("hex", z) for z in (0, 6, 10, 12)] == [number] * 4
    counting.settle(ALL_CHANGES)
    assert not CellChange.objects.exists()
    assert [stored(level, counting.ALL) for level in (17, 19, 21)] == [number] * 3
    for level in (17, 19):
        days = CellCount.objects.filter(face=face(), level=level, span=counting.BY_DAY)
        blocks = CellCount.objects.filter(face=face(), level=level, span=counting.BY_BLOCK)
        assert [sum(one.values_list("n", flat=True)) for one in (days, blocks)] == [number] * 2
    assert [drawn("hex", z) for z in (0, 6, 10, 12)] == [number] * 4
    return number


def test_counts_follow_what_is_written_changed_and_taken_away(toy_city):
    assert face().counted
    before = agree()
    made = [toy.published_report() for _ in range(3)]
    assert agree() == before + 3
    assert stored(17, counting.BY_DAY, day_of(toy.AT)) == before + 3
    toy.hold_back(made[0])
    assert agree() == before + 2
    Report.objects.filter(pk=made[1].pk).update(public_geom=toy.geometry(Report.public_geom.field))
    assert agree() == before + 2
    Report.objects.filter(pk=made[2].pk).update(words="lain")
    assert not CellChange.objects.exists()
    assert agree() == before + 2


def test_a_write_leaves_one_line_a_finest_cell_and_day_whatever_is_counted(toy_city):
    counting.settle(ALL_CHANGES)
    toy.published_report()
    lines = CellChange.objects.filter(face=face())
    assert lines.count() == 1
    assert lines.get().day == day_of(toy.AT)
    assert sum(lines.values_list("n", flat=True)) == 1


def test_the_process_that_numbers_adds_up_what_waits_once_it_is_much(toy_city, monkeypatch):
    counting.settle(ALL_CHANGES)
    for _ in range(4):
        toy.published_report()
    assert not numbering.settle(connection.connection)
    assert CellChange.objects.exists()
    monkeypatch.setattr(numbering, "WAITING_CHANGES", 2)
    monkeypatch.setattr(numbering, "SETTLED_AT_ONCE", 5)
    assert numbering.settle(connection.connection)  # of both faces' eight lines five
    assert not numbering.settle(connection.connection)
    assert not CellChange.objects.exists()
    agree()


def test_a_window_of_whole_days_is_made_of_stored_counts(toy_city):
    number = agree()
    late = toy.published_report()
    Report.objects.filter(pk=late.pk).update(received_at="2026-11-02T15:00:00Z")
    assert drawn("hex_days_window", 6, *DAY) == drawn("hex_window", 6, *DAY) == number


def test_a_long_window_adds_up_blocks_and_the_days_at_its_ends(toy_city):
    first = datetime(2026, 1, 1, 15, tzinfo=UTC)
    for day in range(0, 200, 7):
        made = toy.published_report()
        Report.objects.filter(pk=made.pk).update(received_at=first + timedelta(days=day, hours=1))
    ends = [first + timedelta(days=day) for day in (0, 31, 33, 100, 200)]
    for since, until in [(a, b) for a in ends for b in ends if a < b] * 2:
        window = (since.isoformat(), until.isoformat())
        inside = range(0, 200, 7)
        expected = sum(since <= first + timedelta(days=day) < until for day in inside)
        assert drawn("hex_days_window", 10, *window) == expected, window
        if (since, until) == (ends[-2], ends[-1]):  # now out of changes, then out of counts
            counting.settle(ALL_CHANGES)


def test_a_tile_of_more_rows_than_its_budget_reads_none_of_them(toy_city):
    text = face().spec["statements"]["rows"]
    x, y = (int(part) for part in toy.column_and_row(*toy.middle(), 14))
    held = agree()
    expected = [(2, False, held, True), (20_000, True, held, False)]
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE rows (int, int, int, int) AS {text}".replace("%", "%%"), [])
        for most, *told in expected:
            cursor.execute("EXECUTE rows (14, %s, %s, %s)", [x, y, most])
            data, *counted = cursor.fetchone()
            assert [bool(data), *counted] == told
        cursor.execute("DEALLOCATE rows")


def test_a_change_in_a_joined_table_makes_the_counts_stale_until_published_again(toy_city):
    kind = Report.objects.published().first().category
    Category.objects.filter(pk=kind.pk).update(public_precision=kind.public_precision)
    assert face().counted
    Category.objects.filter(pk=kind.pk).update(public_precision="never")
    assert not face().counted
    assert drawn("hex", 6) == Report.objects.published().count()
    publishing.publish()
    assert face().counted
    agree()


def test_the_tile_logins_see_counts_through_their_own_views_alone(toy_city):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege(login, %s, 'SELECT'), "
            "has_table_privilege(login, %s, 'SELECT'), has_table_privilege(login, %s, 'SELECT') "
            "FROM tile_service_publishedlayer WHERE slug = 'reports' AND face = 'public'",
            [
                "published.reports__public__counts",
                "published.reports__staff__changes",
                CellCount._meta.db_table,
            ],
        )
        assert cursor.fetchone() == (True, False, False)


def test_a_face_whose_rows_hang_on_other_rows_is_not_counted():
    first = Report.objects.published().order_by("pk").values("pk")[:1]

    def rows():
        return Report.objects.published().filter(pk__in=first)

    layer = replace(get("reports"), public_rows=rows)
    assert counting.counted(layer, Face.PUBLIC, "v") is None
    assert counting.counted(get("reports"), Face.PUBLIC, "v") is not None
    assert counting.counted(get("facilities"), Face.PUBLIC, "v") is None
