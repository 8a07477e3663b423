"""Blurred categories: a cell shows nothing until it holds five reports, then all at once."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import Point
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from layers.access import Face
from layers.catalog.categories import Category, Precision
from layers.catalog.reports import effects, figures, public_places
from layers.catalog.reports.layer import LAYER
from layers.catalog.reports.models import Report
from layers.catalog.reports.move import move
from layers.catalog.reports.states import Actor

pytestmark = pytest.mark.django_db
K = public_places.K_FLOOR


@pytest.fixture
def blurred(toy) -> Category:
    """A category that the public sees in cells of 300 m."""
    kind = Category.objects.get(pk="sampah")
    kind.public_precision, kind.public_cell_m = Precision.BLUR, 300
    kind.save()
    return kind


@pytest.fixture
def middle(blurred, toy) -> Point:
    """The middle of the blur cell at the middle of the island."""
    wide, tall = public_places.cell_sides(toy.at(0.5, 0.5).y, 300)
    place = toy.at(0.5, 0.5)
    return Point((place.x // wide + 0.5) * wide, (place.y // tall + 0.5) * tall, srid=4326)


@pytest.fixture
def verified(tell, person):
    """Tell a report somewhere near a place and find it true: verified(place) -> Report."""
    by = person("operator")

    def make(place: Point) -> Report:
        told = tell(place=place)
        move(told.pk, "sahkan", actor=Actor.OPERATOR, by=by)
        told.refresh_from_db()
        return told

    return make


def shown() -> int:
    """Reports in the public face."""
    return LAYER.rows_of(Face.PUBLIC).count()


def test_a_cell_shows_nothing_up_to_four_and_all_from_five_on(verified, middle):
    for number in range(1, K):
        verified(middle)
        assert shown() == 0, number
    fifth = verified(middle)
    assert shown() == K
    assert fifth.public_geom.equals(fifth.blurred_geom)
    assert not fifth.public_geom.equals(fifth.geom)


def test_below_five_again_the_cell_is_hidden(verified, middle):
    reports = [verified(middle) for _ in range(K)]
    Report.objects.filter(pk=reports[0].pk).update(published_at=None)
    assert shown() == 0
    Report.objects.filter(pk=reports[0].pk).update(published_at=reports[0].published_at)
    assert shown() == K
    Report.objects.filter(pk=reports[1].pk).update(practice=True)
    assert shown() == 0


def test_reports_before_a_verdict_do_not_fill_a_cell(tell, verified, middle):
    for _ in range(K):
        tell(place=middle)
    for _ in range(K - 1):
        verified(middle)
    assert shown() == 0


def test_cells_are_counted_apart(verified, middle, toy):
    wide, _ = public_places.cell_sides(middle.y, 300)
    next_door = Point(middle.x + wide, middle.y, srid=4326)
    for _ in range(K):
        verified(middle)
    for _ in range(K - 1):
        verified(next_door)
    assert shown() == K


def test_a_write_that_puts_the_true_place_in_the_open_is_refused(verified, middle):
    report = verified(middle)
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(public_geom=report.geom)


def test_a_stale_copy_saved_back_opens_no_cell(verified, middle):
    reports = [verified(middle) for _ in range(K)]
    stale = Report.objects.get(pk=reports[0].pk)
    Report.objects.filter(pk=reports[1].pk).update(published_at=None)
    assert stale.public_geom is not None
    stale.save()
    assert shown() == 0


def test_the_secret_place_stays_while_the_report_stays_in_its_cell(verified, middle):
    report = verified(middle)
    first = report.blurred_geom
    effects.place_at(report, Point(middle.x + 0.0003, middle.y, srid=4326), "desk")
    assert report.blurred_geom.equals(first)
    wide, _ = public_places.cell_sides(middle.y, 300)
    effects.place_at(report, Point(middle.x + wide, middle.y, srid=4326), "desk")
    assert report.blurred_geom.x > first.x
    assert report.public_geom is None


def test_a_changed_rule_hides_at_once_and_draws_anew(verified, middle, blurred):
    reports = [verified(middle) for _ in range(K)]
    Category.objects.filter(pk=blurred.pk).update(public_cell_m=500)
    assert shown() == 0
    blurred.public_cell_m = 400
    blurred.save()
    assert shown() in {0, K}
    cells = set(Report.objects.values_list("public_cell", flat=True))
    assert {cell.split("/")[1] for cell in cells} == {"400"}
    blurred.public_precision = Precision.EXACT
    blurred.save()
    exact = Report.objects.get(pk=reports[0].pk)
    assert exact.public_geom.equals(exact.geom) and not exact.public_cell


def test_the_area_in_words_and_figures_is_that_of_the_public_place(verified, middle, toy):
    report = verified(middle)
    other = toy.lower if report.kelurahan == toy.upper else toy.upper
    Report.objects.filter(pk=report.pk).update(public_kelurahan=other)
    report.refresh_from_db()
    assert report.public_area == other.name != report.area
    (row,) = figures.state_counts(cut="kelurahan")
    assert row.label == other.name


def test_figures_speak_the_readers_language(tell):
    tell()
    with translation.override("en"):
        (row,) = figures.state_counts(cut="category")
    assert (row.key, row.label) == ("sampah", Category.objects.get(pk="sampah").name_en)


@pytest.mark.parametrize("cut", ["island", "kelurahan"])
def test_figures_name_no_area_of_a_report_whose_place_is_never_told(verified, middle, toy, cut):
    verified(middle)
    Category.objects.filter(pk="sampah").update(public_precision=Precision.NEVER)
    (row,) = figures.state_counts(cut=cut)
    assert (row.key, row.label, row.total) == ("", "tanpa lokasi", 1)


def test_two_writers_of_one_cell_do_not_miss_each_other():
    """A cell is locked to the end of the transaction, and counted only then."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosrc, provolatile FROM pg_proc WHERE proname = 'report_blur_cells'"
        )
        body, volatile = cursor.fetchone()
    assert body.index("pg_advisory_xact_lock") < body.index("WITH counted")
    assert volatile == "v"


def test_reports_that_a_migration_left_without_a_cell_get_one(verified, middle):
    reports = [verified(middle) for _ in range(K)]
    Report.objects.update(public_cell="", blurred_geom=None, public_geom=None)
    assert shown() == 0
    assert public_places.place_what_waits() == K
    assert shown() == K
    assert public_places.place_what_waits() == 0
    assert {report.public_cell for report in Report.objects.all()} == {reports[0].public_cell}
