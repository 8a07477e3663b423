"""How far a run is, told while it works; and the person's word that it may stop.

A study works inside one transaction, which nobody sees until it ends. So its steps are written
over a second connection, and the wish to stop is read from the first: it sees what others commit.
"""

from __future__ import annotations

import time

from django.db import connection, transaction
from django.utils import timezone

from layers.errors import PlatformError
from spatial_analysis.means import Say
from spatial_analysis.models import Run, RunState

EVERY_S = 2.0
WORKING = (RunState.QUEUED, RunState.RUNNING)


class RunCancelled(PlatformError):
    """Perhitungan dibatalkan; tidak ada yang berubah."""

    code = "RUN_CANCELLED"


def tell(run: Run, pct: int, words: str = "") -> None:
    """Say how far a run is. Raises RunCancelled when somebody wants it to stop."""
    if wants_to_stop(run):
        raise RunCancelled
    if not connection.in_atomic_block:
        Run.objects.filter(pk=run.pk).update(progress_pct=pct, sentence=words)
        return
    aside = connection.copy()
    try:
        with aside.cursor() as cursor:
            cursor.execute("SET lock_timeout = '500ms'")
            cursor.execute(
                "UPDATE spatial_analysis_run SET progress_pct = %s, sentence = %s "
                "WHERE id = %s AND state = 'running'",
                [pct, words, run.pk],
            )
    finally:
        aside.close()


def told_to(run: Run, say: Say, words: str) -> Say:
    """Return `say` that tells the run too, now and then. It raises RunCancelled like `tell`."""
    last = time.monotonic()

    def both(done: int, total: int) -> None:
        nonlocal last
        say(done, total)
        if total and time.monotonic() - last >= EVERY_S:
            last = time.monotonic()
            tell(run, min(95, 95 * done // total), words)

    return both


def wants_to_stop(run: Run) -> bool:
    """True when somebody asked for the end of a run."""
    return Run.objects.filter(pk=run.pk, cancel_asked_at__isnull=False).exists()


@transaction.atomic
def cancel(run: Run) -> Run:
    """Ask for the end of a run; one that waits ends at once. One that ended stays as it is."""
    run = Run.objects.select_for_update().get(pk=run.pk)
    if run.state not in WORKING or run.cancel_asked_at is not None:
        return run
    run.cancel_asked_at = timezone.now()
    if run.state == RunState.QUEUED:
        run.state, run.sentence = RunState.CANCELLED, str(RunCancelled())
        run.finished_at = run.cancel_asked_at
    run.save(update_fields=["cancel_asked_at", "state", "sentence", "finished_at"])
    return run
