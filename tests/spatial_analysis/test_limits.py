"""Work in a process of its own: it ends at its limit of time or memory, and the worker goes on."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest
from django.db import connection

from spatial_analysis import limits, study, tasks
from spatial_analysis.models import Run, RunState
from spatial_analysis.study import Answer

LONG_S = 600.0


def test_work_that_keeps_to_its_limits_is_done_in_another_process(tmp_path):
    told = tmp_path / "told"
    ended = limits.apart(lambda: told.write_text(str(os.getpid())), most_s=LONG_S, most_mb=200)
    assert ended is limits.Ended.ITSELF
    assert int(told.read_text()) != os.getpid()


def test_more_memory_than_allowed_is_a_memory_error_there_and_nothing_here(tmp_path):
    told = tmp_path / "told"

    def greedy():
        small = np.ones(20 << 17)  # 20 MB
        try:
            np.ones(150 << 17)
        except MemoryError:
            told.write_text(f"{len(small)} and no more")

    assert limits.apart(greedy, most_s=LONG_S, most_mb=100) is limits.Ended.ITSELF
    assert told.read_text() == f"{20 << 17} and no more"
    assert len(np.ones(150 << 17)) == 150 << 17


def test_what_lasts_too_long_is_told_to_stop_even_if_it_catches_every_error():
    def stubborn():
        while True:
            try:
                time.sleep(LONG_S)
            except Exception:
                continue

    assert limits.apart(stubborn, most_s=0.1, most_mb=200) is limits.Ended.TOO_LONG


def test_what_cannot_be_told_is_killed(monkeypatch):
    monkeypatch.setattr(limits, "GRACE_S", 0.2)

    def deaf():
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        time.sleep(LONG_S)

    assert limits.apart(deaf, most_s=0.1, most_mb=200) is limits.Ended.TOO_LONG


@pytest.mark.parametrize("last", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: 1 // 0])
def test_a_process_that_dies_is_said_so(last):
    assert limits.apart(last, most_s=LONG_S, most_mb=200) is limits.Ended.DIED


@pytest.mark.django_db
def test_inside_a_transaction_nobody_parts():
    assert connection.in_atomic_block
    assert not limits.may_part()


@pytest.fixture
def parted(monkeypatch):
    """A worker outside any transaction, whose parted work is done here, and ends as told."""

    def ends(how: limits.Ended, study_of):
        def here(work, *, most_s, most_mb):
            assert (most_s, most_mb) == (7, 300)
            if how is limits.Ended.ITSELF or study_of is not None:
                work()
            return how

        monkeypatch.setattr(limits, "may_part", lambda: True)
        monkeypatch.setattr(limits, "apart", here)
        monkeypatch.setitem(study._studies(), "incident_heat", study_of)
        return study.ask("incident_heat", {})

    return ends


@pytest.fixture
def small(settings):
    settings.STUDY_MOST_S, settings.STUDY_MOST_MB = 7, 300


@pytest.mark.django_db
@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("how", "words"),
    [(limits.Ended.TOO_LONG, study.TOO_LONG), (limits.Ended.DIED, study.DIED)],
    ids=["too long", "died"],
)
def test_a_run_whose_process_was_stopped_fails_with_a_sentence(parted, how, words):
    run = parted(how, None)
    with pytest.raises(tasks.RunFailed, match=words[:20]):
        tasks.perform_run.func(run.pk)
    run.refresh_from_db()
    assert (run.state, run.sentence) == (RunState.FAILED, words)
    assert run.summary[study.STOPPED]
    assert run.finished_at is not None


@pytest.mark.django_db
@pytest.mark.usefixtures("small")
def test_a_run_that_ended_in_time_is_left_as_it_is(parted):
    run = parted(limits.Ended.TOO_LONG, lambda *_: Answer("selesai", {}, []))
    assert tasks.perform_run.func(run.pk) == RunState.DONE
    fine = parted(limits.Ended.ITSELF, lambda *_: Answer("selesai", {}, []))
    assert tasks.perform_run.func(fine.pk) == RunState.DONE


@pytest.mark.django_db
def test_a_study_that_needs_too_much_memory_writes_nothing_and_says_what_to_do(monkeypatch):
    def greedy(*_):
        Run.objects.create(study="half-written")
        raise MemoryError

    monkeypatch.setitem(study._studies(), "incident_heat", greedy)
    run = study.ask("incident_heat", {})
    with pytest.raises(MemoryError):
        tasks.perform_run.func(run.pk)
    run.refresh_from_db()
    assert (run.state, run.sentence) == (RunState.FAILED, study.TOO_LARGE)
    assert not Run.objects.filter(study="half-written").exists()
