"""The ladder tells each line as it was then, and closing times end with the closing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gis_platform.pages.tracking.ladder import rungs
from layers.catalog.agencies import Agency
from layers.catalog.reports import agency_work, contest, figures
from layers.catalog.reports.move import NEEDS, SomethingMissing, move
from layers.catalog.reports.states import MOVES, Actor
from layers.catalog.reports.work import Clock, Post
from tests.pages.reports.conftest import picture

pytestmark = pytest.mark.django_db


def told(report) -> list[str]:
    """All sentences of the ladder, in order of its rungs."""
    report.refresh_from_db()
    return [step.sentence for rung in rungs(report) for step in rung.steps]


def test_each_forward_names_the_agency_it_went_to(tell, person):
    report, desk, now = tell(), person("meja"), timezone.now()
    one, other = Agency.objects.get(code="dlh"), Agency.objects.get(code="pupr")
    move(report.pk, "sahkan", actor=Actor.OPERATOR, by=desk, at=now)
    move(report.pk, "teruskan", actor=Actor.OPERATOR, by=desk, agency=one, at=now)
    later = now + timedelta(hours=1)
    move(report.pk, "alihkan", actor=Actor.OPERATOR, by=desk, agency=other, reason="x", at=later)
    lines = told(report)
    assert f"Diteruskan ke {one.name}." in lines
    assert f"Dialihkan ke {other.name}." in lines


def test_a_closing_that_was_overturned_keeps_its_own_words(tell, person):
    report, desk = tell(), person("meja")
    give = {"actor": Actor.OPERATOR, "by": desk}
    move(report.pk, "tidak_terbukti", note="Tidak ada apa-apa", **give)
    move(report.pk, "buka_kembali", reason="keliru", **give)
    assert "Ditutup: tidak terbukti." in told(report)
    move(report.pk, "bukan_wewenang", note="Provinsi", **give)
    lines = told(report)
    assert {"Ditutup: tidak terbukti.", "Ditutup: bukan wewenang kota."} <= set(lines)


def test_the_reporter_reads_why_it_was_closed_and_until_when_to_object(tell, person, client):
    report, key = tell(follow_key="a" * 32), "a" * 32
    move(report.pk, "tidak_terbukti", actor=Actor.OPERATOR, by=person("meja"), note="Sudah bersih")
    own = client.get(f"/lacak/{report.number}/", {"kunci": key}).content.decode()
    assert "Sudah bersih" in own and "Keberatan diterima sampai" in own
    assert "Sudah bersih" not in client.get(f"/lacak/{report.number}/").content.decode()


@pytest.fixture
def officer(tell, person):
    """An officer of the agency for waste."""
    found = person("petugas")
    Post.objects.create(user=found, agency=Agency.objects.get(code="dlh"))
    return found


def given(tell, person, at=None, **more):
    """A report in the inbox of its agency."""
    report, desk = tell(**more), person(f"meja-{more.get('x', 0)}")
    move(report.pk, "sahkan", actor=Actor.OPERATOR, by=desk, at=at)
    agency = report.category.default_agency
    move(report.pk, "teruskan", actor=Actor.OPERATOR, by=desk, agency=agency, at=at)
    return report


def test_thanks_after_the_closing_do_not_lengthen_the_work(tell, person, officer):
    report = given(tell, person)
    agency_work.accept(officer, report.pk)
    agency_work.finish(officer, report.pk, words="Beres", pictures=[picture()])
    agency_work.check(person("kedua"), report.pk, good=True)
    before = figures.closing_times()
    report.refresh_from_db()
    contest.thank(report, at=timezone.now() + timedelta(days=8))
    assert (before.n, before.median_days) == (1, 0.0)
    assert figures.closing_times() == before


def test_the_job_that_is_due_first_stands_first_however_many_there_are(tell, person, officer):
    old, new = given(tell, person, x=0.1), given(tell, person, x=0.9)
    ahead = timezone.now() + timedelta(days=30)
    Clock.objects.filter(report=new, kind="rencana").update(due_at=ahead)
    assert [held.report_id for held in agency_work.inbox(officer)] == [old.pk, new.pk]
    assert agency_work.inbox(officer)[0].due_at < ahead


def test_no_work_is_planned_for_a_day_that_is_over(tell, person, officer):
    report = given(tell, person)
    agency_work.accept(officer, report.pk)
    yesterday = timezone.localdate() - timedelta(days=1)
    with pytest.raises(agency_work.DayIsOver):
        agency_work.plan(officer, report.pk, on=yesterday)


def test_every_need_of_a_move_has_words_that_people_know(tell, person):
    assert {need for step in MOVES.values() for need in step.needs} <= set(NEEDS)
    with pytest.raises(SomethingMissing, match="kata-kata penjelasan"):
        move(tell().pk, "tanya", actor=Actor.OPERATOR, by=person("meja"))
