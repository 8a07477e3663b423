"""The weekly report: counted once by the counts of `/kinerja/`, kept, and never changed."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from layers.catalog.reports import figures, weekly
from layers.catalog.reports.models import Report
from layers.catalog.reports.move import move
from layers.catalog.reports.states import Actor
from layers.catalog.reports.weekly import Week, WeeklyReport

pytestmark = pytest.mark.django_db
WEEK = Week(date(2026, 10, 26))  # 2026-W44
AFTER = WEEK.period()[1] + timedelta(hours=2)
OPEN = ("agency", "category", "island", "kelurahan")


@pytest.fixture
def told(tell):
    """Three reports of waste and one of water in the week, one of waste the week before."""

    def at(moment, **how):
        made = tell(**how)
        Report.objects.filter(pk=made.pk).update(received_at=moment)
        return made

    start, end = WEEK.period()
    return [
        at(start),
        at(start + timedelta(days=2), x=0.3),
        at(end - timedelta(seconds=1), x=0.7),
        at(start + timedelta(days=1), category="air-bersih", x=0.2),
        at(start - timedelta(seconds=1), x=0.4),
        at(end, x=0.6),
    ]


def test_a_week_is_monday_to_sunday_in_the_citys_own_time():
    assert Week.named("2026-W44") == WEEK and WEEK.name == "2026-W44"
    start, end = WEEK.period()
    assert end - start == timedelta(days=7)
    assert Week.over_by(end) == WEEK
    assert Week.over_by(end - timedelta(seconds=1)) == WEEK.back()
    assert Week.named("2026-W53").back(-1).name == "2027-W01"


@pytest.mark.parametrize("name", ["2026-W54", "2025-W53", "2026-W00", "0000-W01", "W44", "2026W44"])
def test_odd_weeks_are_not_there(client, name):
    assert client.get(f"/kinerja/mingguan/{name}/").status_code == 404


def test_the_kept_figures_are_those_of_the_performance_page(told):
    report, made = weekly.issue(WEEK, AFTER)
    assert made and report.version == 1 and report.is_whole
    (counts,) = figures.state_counts(WEEK.period())
    assert report.frame["states"] == counts.as_row()
    assert report.frame["numbers"]["came_in"] == [4, 1]
    for cut in OPEN:
        rows = {row["key"]: row["total"] for row in report.frame["cuts"][cut]}
        assert rows == {row.key: row.total for row in figures.state_counts(WEEK.period(), cut)}
    waste = next(row for row in report.frame["cuts"]["category"] if row["key"] == "sampah")
    assert (waste["total"], waste["before"]) == (3, 1)


def test_what_happens_later_changes_no_kept_figure_and_another_count_is_another_version(
    told, person
):
    first, _made = weekly.issue(WEEK, AFTER)
    frame = first.frame
    move(told[0].pk, "sahkan", actor=Actor.OPERATOR, by=person("operator"), screen="ops")
    same, made = weekly.issue(WEEK, AFTER)
    assert (same.pk, made, same.frame) == (first.pk, False, frame)
    second, made = weekly.issue(WEEK, AFTER + timedelta(hours=1), again=True)
    assert made and second.version == 2
    assert ("state unverified", 4, 3) in weekly.changed(second)
    assert WeeklyReport.objects.get(pk=first.pk).frame == frame
    third, made = weekly.issue(WEEK, AFTER + timedelta(hours=2), again=True)
    assert (third.pk, made) == (second.pk, False), "equal figures make no version"


def test_what_is_closed_counts_by_the_day_of_closing_and_tells_fixed_apart(told, person):
    operator = person("operator")
    before = datetime.now(UTC)
    move(told[0].pk, "bukan_wewenang", actor=Actor.OPERATOR, by=operator, screen="ops",
         note="Milik provinsi")  # fmt: skip
    now = (before, datetime.now(UTC) + timedelta(seconds=1))
    assert figures.closed_in(now) == figures.Closed(closed=1, fixed=0)
    assert figures.closed_in((now[1], None)) == figures.Closed(0, 0)
    assert figures.closed_in(WEEK.period()) == figures.Closed(0, 0), "received then, closed now"


def test_a_week_that_is_not_over_is_refused(told):
    with pytest.raises(weekly.WeekNotOver):
        weekly.issue(WEEK, WEEK.period()[1] - timedelta(seconds=1))
    with pytest.raises(CommandError):
        call_command("weekly_report", "--week", "9998-W01")


def test_the_page_says_the_kept_figures_in_both_languages_and_the_desks_part_to_staff_alone(
    told, client, client_of
):
    report, _made = weekly.issue(WEEK, AFTER)
    address = f"/kinerja/mingguan/{WEEK.name}/"
    page = client.get(address).content.decode()
    assert "Minggu 44: 26 Oktober 2026 – 1 November 2026" in page
    assert "<b>4</b><span>laporan masuk</span>" in page and report.sha256 in page
    assert "naik dari 1" in page
    assert "tanpa pemilik" not in page
    english = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert "Week 44: 26 October 2026 – 1 November 2026" in english
    assert "<b>4</b><span>reports came in</span>" in english and "up from 1" in english
    inside = client_of("operator").get(address).content.decode()
    assert "tanpa pemilik" in inside
    assert "desk" not in client.get(f"/kinerja/mingguan/{WEEK.name}.json").json()


def test_list_workbook_and_feed_tell_the_same(told, client):
    assert "Belum ada laporan mingguan" in client.get("/kinerja/mingguan/").content.decode()
    report, _made = weekly.issue(WEEK, AFTER)
    assert 'data-label="laporan masuk">4</td>' in client.get("/kinerja/mingguan/").content.decode()
    book = load_workbook(
        io.BytesIO(client.get(f"/kinerja/mingguan/{WEEK.name}.xlsx").content), data_only=False
    )
    rows = {row[0].value: row[1].value for row in book.worksheets[0].iter_rows()}
    assert rows["laporan masuk"] == 4 and rows["SHA-256"] == report.sha256
    feed = ET.fromstring(client.get("/kinerja/mingguan.atom").content)
    entry = feed.find("{http://www.w3.org/2005/Atom}entry")
    link = entry.find("{http://www.w3.org/2005/Atom}link").get("href")
    assert link.endswith(f"/kinerja/mingguan/{WEEK.name}/?versi=1")
    assert "laporan masuk: 4" in entry.find("{http://www.w3.org/2005/Atom}summary").text


def test_an_empty_week_divides_by_nothing_and_stands(db, client):
    weekly.issue(WEEK, AFTER)
    page = client.get(f"/kinerja/mingguan/{WEEK.name}/")
    assert page.status_code == 200
    assert "Tidak ada yang banyak berubah" in page.content.decode()
