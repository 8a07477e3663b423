"""The register of studies, and the one way to run one: recorded, seeded, all or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from layers.errors import PlatformError
from spatial_analysis.models import Run, RunState
from spatial_analysis.progress import RunCancelled


class UnknownStudy(PlatformError):
    """There is no study of this name."""

    code = "UNKNOWN_STUDY"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a study found: a sentence, figures, and the rows' canonical form for the digest."""

    sentence: str
    summary: dict[str, Any]
    canonical: Any
    inputs: dict[str, Any] = field(default_factory=dict)


Study = Callable[[Run, Mapping[str, Any]], Answer]
AT_WORK = 7219041  # class of the advisory locks that working runs hold
WORKER_DIED = gettext_noop("Pekerja berhenti di tengah hitungan; tanyakan sekali lagi.")
TOO_LONG = gettext_noop(
    "Hitungan dihentikan pada batas waktunya; tidak ada yang berubah. Persempit periode, wilayah "
    "atau kategorinya, atau minta administrator menaikkan STUDY_MOST_S."
)
DIED = gettext_noop(
    "Proses hitungan mati mendadak, kemungkinan kehabisan memori; tidak ada yang berubah. "
    "Persempit periode, wilayah atau kategorinya, lalu tanyakan sekali lagi."
)
TOO_LARGE = gettext_noop(
    "Hitungan dihentikan pada batas memorinya; tidak ada yang berubah. Persempit periode, wilayah "
    "atau kategorinya, atau minta administrator menaikkan STUDY_MOST_MB."
)
# A run that ends between the look at its row and the look at its lock is seen as it is then: the
# database looks at a changed row's state again before it writes.
DESERTED = """
UPDATE spatial_analysis_run AS run
SET state = 'failed', sentence = %(words)s, finished_at = now(), progress_pct = 100
WHERE run.state = 'running' AND NOT EXISTS (
  SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
  WHERE datname = current_database() AND locktype = 'advisory' AND objsubid = 2
    AND classid = %(lock)s AND objid = run.id %% 2147483648)
"""
REFUSAL = "refusal"  # in the summary of a refused run: its sentence with open holes, its figures
STOPPED = "stopped"  # in the summary of a run that was stopped at a limit, or whose process died
LIVE = "live"  # in the summary of a revised run: its full answer, and how often revised since
_STUDIES: dict[str, Study] = {}
_FIRST_ANSWERS: dict[str, Mapping[str, Any]] = {}


def study(name: str, *, first_answer: bool | Mapping[str, Any] = False) -> Callable[[Study], Study]:
    """Register a function as the study `name`: (run, params) -> Answer.

    It writes its rows as layers inside the caller's transaction and names `run` on them.
    With `first_answer`, a city that is set up asks it once, with these parameters or none.
    """

    def add(function: Study) -> Study:
        _STUDIES[name] = function
        if first_answer is not False:
            _FIRST_ANSWERS[name] = {} if first_answer is True else first_answer
        return function

    return add


@cache
def _studies() -> dict[str, Study]:
    """All studies: each registers itself as it is loaded, here, when the first one is asked for.

    Their mathematics take a second to load, which a command that asks none does not wait for.
    """
    from spatial_analysis import studies

    for module in iter_modules(studies.__path__):
        import_module(f"{studies.__name__}.{module.name}")
    return _STUDIES


def names() -> list[str]:
    """Names of all studies."""
    return sorted(_studies())


def first_answers() -> dict[str, Mapping[str, Any]]:
    """Studies that a city that is set up asks once, with their parameters."""
    return {name: _FIRST_ANSWERS[name] for name in names() if name in _FIRST_ANSWERS}


def digest_of(*parts: Any) -> str:
    """SHA-256 of the parts' canonical JSON."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def ask(name: str, params: Mapping[str, Any], *, seed: int = 0, by: Any = None) -> Run:
    """Record the question; `perform` answers it. Raises UnknownStudy."""
    if name not in _studies():
        raise UnknownStudy
    asked_by = by if getattr(by, "is_authenticated", False) else None
    return Run.objects.create(study=name, params=dict(params), seed=seed, asked_by=asked_by)


def perform(run: Run) -> Run:
    """Answer a recorded question. A refusal is recorded with its sentence, then raised.

    A question that somebody took back meanwhile is not answered.
    """
    if Run.objects.filter(pk=run.pk, state=RunState.CANCELLED).exists():
        run.refresh_from_db()
        return run
    with _at_work(run):
        return _performed(run)


def _performed(run: Run) -> Run:
    run.state, run.started_at = RunState.RUNNING, timezone.now()
    run.save(update_fields=["state", "started_at"])
    try:
        with transaction.atomic():
            if not run.params:
                one_at_a_time(run.study)
            answer = _studies()[run.study](run, run.params)
            _done(run, answer)
    except RunCancelled as error:
        run.refresh_from_db(fields=["cancel_asked_at"])
        _close(run, RunState.CANCELLED, str(error))
        raise
    except PlatformError as error:
        run.summary = getattr(error, "facts", {}) | {REFUSAL: [error.sentence, error.figures]}
        _close(run, RunState.REFUSED, str(error))
        raise
    except MemoryError:
        _stopped(run, TOO_LARGE)
        raise
    except Exception as error:
        _close(run, RunState.FAILED, f"{type(error).__name__}: {error}"[:500])
        raise
    return run


@contextmanager
def _at_work(run: Run) -> Iterator[None]:
    """Hold the run's lock: the database gives it back when this process dies, however it dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [AT_WORK, run.pk % 2**31])
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:  # gone with its connection
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [AT_WORK, run.pk % 2**31])


def close_deserted() -> int:
    """Close runs that are said to be worked on while nobody does; how many there were.

    Their worker was killed, or lost the database; whoever waits is told to ask again.
    """
    with connection.cursor() as cursor:
        cursor.execute(DESERTED, {"words": WORKER_DIED, "lock": AT_WORK})
        return cursor.rowcount


def close_ended(number: int, *, too_long: bool) -> None:
    """Close a run whose process was stopped at its limit of time, or died, unless it is closed."""
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=number)
        if run.state in (RunState.QUEUED, RunState.RUNNING):
            _stopped(run, TOO_LONG if too_long else DIED)


def _stopped(run: Run, words: str) -> None:
    run.summary = run.summary | {REFUSAL: [words, {}], STOPPED: True}
    _close(run, RunState.FAILED, words)


def one_at_a_time(name: str) -> None:
    """Wait until nobody else is writing the standing answer of study `name`, till the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7219040, hashtext(%s))", [name])


def revise(run: Run) -> bool:
    """Answer a standing question again in place of its last answer, inside a transaction.

    The run stays the same one; False when the answer is the same too.
    """
    answer, before = _studies()[run.study](run, run.params), run.digest
    full = run.summary.get(LIVE, {"full_at": str(run.finished_at), "full_digest": before, "n": 0})
    _done(run, answer)
    if run.digest == before:
        return False
    run.summary = run.summary | {LIVE: full | {"n": full["n"] + 1}}
    run.save(update_fields=["summary"])
    return True


def _done(run: Run, answer: Answer) -> None:
    run.summary, run.inputs = answer.summary, answer.inputs
    run.digest = digest_of(run.study, run.params, run.seed, answer.canonical)
    _close(run, RunState.DONE, answer.sentence)


def _close(run: Run, state: RunState, sentence: str) -> None:
    run.state, run.sentence, run.finished_at = state, sentence, timezone.now()
    run.progress_pct = 100
    run.save()


def latest(name: str) -> Run | None:
    """The newest finished run of a study."""
    return Run.objects.filter(study=name, state=RunState.DONE).first()
