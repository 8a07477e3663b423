"""Histories of cells: a heap of the last weeks is there, a city-wide rainy week is none."""

from __future__ import annotations

import pytest
from django.utils import translation

from layers.catalog.incident_histories import LAYER, IncidentHistory
from spatial_analysis import study
from spatial_analysis.models import Run
from spatial_analysis.studies.incident_question import BadQuestion, NoReportsThen
from spatial_analysis.studies.incident_said import sentence_of

pytestmark = pytest.mark.django_db
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}


def ask(**params) -> Run:
    return study.perform(study.ask("emerging_incidents", params, seed=1))


@pytest.fixture
def fresh(bay):
    """30 reports anywhere in March; 30 at one heap in its last four days."""
    bay.scatter(30, (0, 0, 3000, 3000), seed=2)
    for number in range(30):
        bay.tell(1500 + 2 * number, 2000, day=27 + number % 4, who=f"n{number}")
    return bay


def test_a_heap_of_the_last_days_is_a_fresh_history_where_it_lies(fresh):
    run = ask(**MARCH)
    rows = IncidentHistory.objects.of_run(run.pk).filter(side="hot", category="")
    assert {row.pattern for row in rows} <= {"new", "consecutive"}
    assert rows.filter(geom__covers=fresh.place(1500, 2000)).exists()
    assert {row.area for row in rows if row.area} == {"Kelurahan Besar"}
    assert (rows[0].steps, rows[0].step_days) == (12, 2)
    assert ask(**MARCH).digest == run.digest
    assert "12 langkah dari 2 hari" in run.sentence
    with translation.override("en"):
        assert "12 steps of 2 days" in sentence_of(run)
        assert "1 March 2026" in sentence_of(run)
    standing = ask()
    ask(category="sampah")
    assert set(LAYER.rows().values_list("run_number", flat=True)) == {standing.pk}


def test_a_wave_over_the_whole_city_is_no_history(bay):
    bay.scatter(30, (0, 0, 3000, 3000), seed=2)
    for number in range(60):
        bay.tell(60 + number * 48.0, 60 + (number * 7 % 60) * 48.0, day=20, who=f"w{number}")
    run = ask(**MARCH)
    assert run.summary["patterns"] == {}


def test_a_phone_counts_once_a_step(bay):
    bay.scatter(60, (0, 0, 3000, 3000), seed=2)
    for number in range(15):
        bay.tell(1500 + number, 2000, day=29 + number / 40, who="one phone")
    run = ask(**MARCH)
    assert not IncidentHistory.objects.of_run(run.pk).filter(side="hot").exists()


def test_a_category_with_many_reports_has_histories_of_its_own(heap):
    heap.scatter(60, (0, 0, 3000, 3000), seed=5, category="air-bersih")
    run = ask()
    assert run.summary["categories"] == ["air-bersih", "sampah"]
    named = {row.category for row in IncidentHistory.objects.of_run(run.pk)}
    assert named <= {"", "air-bersih", "sampah"}


def test_reports_before_the_first_step_alone_have_no_history(bay):
    bay.tell(100, 100, day=1)  # 23 days are twelve steps of one, and eleven that no step holds
    with pytest.raises(NoReportsThen):
        ask(**{"from": "2026-03-01", "to": "2026-03-23"})


def test_eleven_days_are_too_few_for_twelve_steps(bay):
    with pytest.raises(BadQuestion):
        ask(**{"from": "2026-03-01", "to": "2026-03-11"})
