"""A run whose worker died ends in a sentence; one that somebody works on stays."""

from __future__ import annotations

import pytest
from django.db import connection

from spatial_analysis import study, tasks
from spatial_analysis.models import Run, RunState
from spatial_analysis.study import Answer, UnknownStudy

pytestmark = pytest.mark.django_db


def left_behind() -> Run:
    return Run.objects.create(study="incident_heat", state=RunState.RUNNING, progress_pct=40)


def test_a_run_that_nobody_works_on_any_more_is_closed_with_a_sentence():
    dead, waiting = left_behind(), Run.objects.create(study="incident_heat")
    assert study.close_deserted() == 1
    dead.refresh_from_db()
    waiting.refresh_from_db()
    assert (dead.state, dead.sentence) == (RunState.FAILED, study.WORKER_DIED)
    assert dead.finished_at is not None
    assert waiting.state == RunState.QUEUED
    assert study.close_deserted() == 0


def test_a_run_at_work_is_left_alone_and_its_lock_is_given_back(monkeypatch):
    seen = []

    def looks(run, _params):
        seen.append((run.state, study.close_deserted()))
        return Answer("selesai", {}, [])

    monkeypatch.setitem(study._STUDIES, "incident_heat", looks)
    run = study.perform(study.ask("incident_heat", {}))
    assert seen == [(RunState.RUNNING, 0)]
    assert run.state == RunState.DONE
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
                       "AND classid = %s AND database = (SELECT oid FROM pg_database "
                       "WHERE datname = current_database())", [study.AT_WORK])  # fmt: skip
        assert cursor.fetchone() == (0,)


def test_the_next_task_of_a_worker_closes_what_the_last_one_left(monkeypatch):
    dead = left_behind()
    monkeypatch.setitem(study._STUDIES, "incident_heat", lambda *_: Answer("selesai", {}, []))
    assert tasks.perform_run.func(study.ask("incident_heat", {}).pk) == RunState.DONE
    dead.refresh_from_db()
    assert dead.state == RunState.FAILED


def test_a_study_that_does_not_exist_leaves_no_run_behind():
    with pytest.raises(UnknownStudy):
        study.ask("crystal_ball", {})
    assert not Run.objects.exists()
