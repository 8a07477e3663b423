"""The register of studies, and the one way to run one: recorded, seeded, all or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

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
REFUSAL = "refusal"  # in the summary of a refused run: its sentence with open holes, its figures
LIVE = "live"  # in the summary of a revised run: its full answer, and how often revised since
_STUDIES: dict[str, Study] = {}
FIRST_ANSWERS: dict[str, Mapping[str, Any]] = {}


def study(name: str, *, first_answer: bool | Mapping[str, Any] = False) -> Callable[[Study], Study]:
    """Register a function as the study `name`: (run, params) -> Answer.

    It writes its rows as layers inside the caller's transaction and names `run` on them.
    With `first_answer`, a city that is set up asks it once, with these parameters or none.
    """

    def add(function: Study) -> Study:
        _STUDIES[name] = function
        if first_answer is not False:
            FIRST_ANSWERS[name] = {} if first_answer is True else first_answer
        return function

    return add


def names() -> list[str]:
    """Names of all studies."""
    return sorted(_STUDIES)


def digest_of(*parts: Any) -> str:
    """SHA-256 of the parts' canonical JSON."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def ask(name: str, params: Mapping[str, Any], *, seed: int = 0, by: Any = None) -> Run:
    """Record the question; `perform` answers it. Raises UnknownStudy."""
    if name not in _STUDIES:
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
    run.state, run.started_at = RunState.RUNNING, timezone.now()
    run.save(update_fields=["state", "started_at"])
    try:
        with transaction.atomic():
            if not run.params:
                one_at_a_time(run.study)
            answer = _STUDIES[run.study](run, run.params)
            _done(run, answer)
    except RunCancelled as error:
        run.refresh_from_db(fields=["cancel_asked_at"])
        _close(run, RunState.CANCELLED, str(error))
        raise
    except PlatformError as error:
        run.summary = getattr(error, "facts", {}) | {REFUSAL: [error.sentence, error.figures]}
        _close(run, RunState.REFUSED, str(error))
        raise
    except Exception as error:
        _close(run, RunState.FAILED, f"{type(error).__name__}: {error}"[:500])
        raise
    return run


def one_at_a_time(name: str) -> None:
    """Wait until nobody else is writing the standing answer of study `name`, till the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7219040, hashtext(%s))", [name])


def revise(run: Run) -> bool:
    """Answer a standing question again in place of its last answer, inside a transaction.

    The run stays the same one; False when the answer is the same too.
    """
    answer, before = _STUDIES[run.study](run, run.params), run.digest
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
