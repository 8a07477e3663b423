"""Heavy work, done by the worker from the database; the Run row is the truth."""

from __future__ import annotations

from contextlib import suppress

from django.conf import settings
from django_tasks import task

from layers.errors import PlatformError
from spatial_analysis import limits, live, study
from spatial_analysis.models import Run, RunState


class RunFailed(RuntimeError):
    """A run ended without an answer; its row says why."""


@task()
def perform_run(run_id: int) -> str:
    """Answer the recorded question `run_id`; returns its state. Raises RunFailed.

    The worker does it in a process of its own, held to STUDY_MOST_S and STUDY_MOST_MB.
    """
    study.close_deserted()
    if limits.may_part():
        _apart(run_id)
    else:
        _performed(run_id)
    return str(Run.objects.values_list("state", flat=True).get(pk=run_id))


def _apart(run_id: int) -> None:
    ended = limits.apart(
        lambda: _performed(run_id), most_s=settings.STUDY_MOST_S, most_mb=settings.STUDY_MOST_MB
    )
    if ended is not limits.Ended.ITSELF:
        study.close_ended(run_id, too_long=ended is limits.Ended.TOO_LONG)
        run = Run.objects.get(pk=run_id)
        if run.state == RunState.FAILED:
            raise RunFailed(run.sentence)


def _performed(run_id: int) -> None:
    with suppress(PlatformError):  # the run says why
        study.perform(Run.objects.get(pk=run_id))


@task()
def recount() -> list[str]:
    """Revise the standing answers by the reports that changed; queued by the database itself."""
    return live.recount()
