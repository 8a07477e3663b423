"""Heavy work, done by the worker from the database; the Run row is the truth."""

from __future__ import annotations

from django_tasks import task

from layers.errors import PlatformError
from spatial_analysis import live, study
from spatial_analysis.models import Run


@task()
def perform_run(run_id: int) -> str:
    """Answer the recorded question `run_id`; returns its state."""
    study.close_deserted()
    run = Run.objects.get(pk=run_id)
    try:
        study.perform(run)
    except PlatformError:
        run.refresh_from_db()
    return run.state


@task()
def recount() -> list[str]:
    """Revise the standing answers by the reports that changed; queued by the database itself."""
    return live.recount()
