"""Standing answers revised by single reports: the digest of a full run, row by row the same."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import transaction
from django_tasks_db.models import DBTaskResult

from layers.catalog.incident_cells import IncidentCell
from layers.catalog.incident_clusters import IncidentCluster
from layers.catalog.population import PopulationCell
from layers.catalog.reports.models import Report
from spatial_analysis import held_tallies, live, study
from spatial_analysis.models import ReportChange, Run
from spatial_analysis.studies import incident_frames
from spatial_analysis.tally import Plan, tally

pytestmark = pytest.mark.django_db
CELL = ("cell", "n", "n_before", "window_n", "expected", "p_adjusted", "grade", "gi_star_z")
CLUSTER = ("key", "rank", "n", "n_reporters", "first_at", "last_at", "p", "trend", "geom")


def rows():
    return (list(IncidentCell.objects.order_by("cell").values_list(*CELL)),
            list(IncidentCluster.objects.order_by("key").values_list(*CLUSTER)))  # fmt: skip


def members_are_counted() -> bool:
    return all(row.reports.count() == row.n for row in IncidentCluster.objects.all())


def answer() -> dict[str, str]:
    return {name: study.perform(study.ask(name, {})).digest for name in live.STUDIES}


def digests() -> dict[str, str]:
    return {name: Run.objects.filter(study=name).first().digest for name in live.STUDIES}


@pytest.fixture
def standing(heap, monkeypatch):
    monkeypatch.setattr(held_tallies, "LOT", 10)  # so that a toy has many
    at_once = SimpleNamespace(atomic=transaction.atomic, on_commit=lambda work: work())
    monkeypatch.setattr(live, "transaction", at_once)  # a test's own transaction never commits
    live.forget()
    answer()
    yield heap
    live.forget()


def test_a_new_report_is_in_its_cell_and_cluster_and_all_equals_a_full_run(standing):
    live.recount()
    assert live.recount() == []  # nothing is new
    place = standing.place(1500, 2000)
    before = IncidentCell.objects.get(geom__covers=place).n
    cluster = IncidentCluster.objects.get()
    standing.tell(1500, 2000, day=29, who="baru")
    revised = live.recount()
    assert {"incident_heat", "incident_clusters"} <= set(revised)
    assert IncidentCell.objects.get(geom__covers=place).n == before + 1
    grown = IncidentCluster.objects.get()
    assert (grown.pk, grown.key, grown.n) == (cluster.pk, cluster.key, cluster.n + 1)
    assert members_are_counted()
    run = Run.objects.filter(study="incident_heat").get()
    assert run.summary["live"]["n"] == 1
    kept, told = rows(), digests()
    live.forget()
    assert answer() == told
    assert rows() == kept


def test_only_the_lot_of_a_new_report_is_counted_again(standing, monkeypatch):
    standing.tell(1500, 2000, day=29, who="baru")  # the period ends with this day
    live.recount()
    counted = []

    def count(plan, rows):
        counted.append(len(rows))
        return tally(plan, rows)

    monkeypatch.setattr(Plan, "count", count)
    standing.tell(1500, 2000, day=29, who="lain")
    live.recount()
    assert len(counted) == 1
    assert counted[0] <= 10 < Report.objects.count()


def test_corrections_and_disproved_reports_are_taken_out_again(standing):
    live.recount()
    first, second = Report.objects.filter(phone_mark__gt="").order_by("pk")[:2]
    Report.objects.filter(pk=first.pk).update(geom=standing.place(200, 200))
    Report.objects.filter(pk=second.pk).update(practice=True)
    live.recount()
    assert IncidentCluster.objects.exists()
    assert members_are_counted()
    told = digests()
    live.forget()
    assert answer() == told


def test_a_newer_day_moves_the_period_on(standing):
    live.recount()
    standing.tell(710, 700, day=36)
    standing.tell(700, 700, day=45)
    live.recount()
    run = Run.objects.filter(study="incident_heat").get()
    assert run.summary["last"] == "2026-04-15"
    told = digests()
    live.forget()
    assert answer() == told


def test_a_question_without_an_answer_keeps_its_last_one_and_stops_no_other(standing):
    live.recount()
    before = digests()
    standing.tell(700, 700, day=60)  # alone in its week, and nothing the week before
    assert "incident_heat" in live.recount()
    assert digests()["incident_changes"] == before["incident_changes"]


def test_words_alone_are_no_change_and_the_task_waits_once(standing):
    live.recount()
    DBTaskResult.objects.all().delete()
    Report.objects.update(words="lain")
    assert not ReportChange.objects.exists()
    for number in range(3):
        standing.tell(100 + number, 100, day=1)
    waiting = DBTaskResult.objects.filter(task_path="spatial_analysis.tasks.recount")
    assert waiting.count() == 1
    assert ReportChange.objects.count() == 3


def test_the_worker_does_what_the_trigger_queued(standing):
    live.recount()
    DBTaskResult.objects.all().delete()
    standing.tell(1500, 2000, day=29, who="lewat pekerja")
    (task,) = DBTaskResult.objects.all()
    assert "incident_heat" in task.task.call()
    assert not ReportChange.objects.exists()


def test_without_a_standing_answer_nothing_is_noted(heap):
    heap.tell(10, 10)
    assert not ReportChange.objects.exists()
    assert live.recount() == []


def test_people_that_were_edited_in_place_are_read_again(standing):
    live.recount()
    cell = PopulationCell.objects.get(geom__dwithin=(standing.place(1550, 2050), 0.0001))
    PopulationCell.objects.filter(pk=cell.pk).update(people=900)
    standing.tell(1500, 2000, day=29)
    live.recount()
    told = digests()
    live.forget()
    incident_frames.forget()
    assert answer() == told


def test_more_than_can_be_named_is_read_anew(standing):
    live.recount()
    ReportChange.objects.create(report_id_number=None)
    Report.objects.filter(pk=Report.objects.first().pk).update(practice=True)
    live.recount()
    told = digests()
    live.forget()
    assert answer() == told
