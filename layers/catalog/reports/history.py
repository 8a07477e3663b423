"""The history of a report: append-only, chained by hashes; and the notes it points at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from layers.catalog.reports import states
from layers.catalog.reports.models import Report


class ReportMove(models.Model):
    """The allowed moves, filled from states.py; history has a foreign key to it."""

    move = models.CharField(max_length=20)
    from_state = models.CharField(max_length=17)
    to_state = models.CharField(max_length=17)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("move", "from_state", "to_state"), name="report_moves")
        ]

    def __str__(self) -> str:
        return f"{self.move}: {self.from_state} → {self.to_state}"


class ReportHistory(models.Model):
    """One line of a report's life. The database refuses UPDATE and DELETE."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="history")
    seq = models.PositiveIntegerField()
    prev_seq = models.PositiveIntegerField(null=True)
    move = models.CharField(max_length=20)
    from_state = models.CharField(max_length=17)
    to_state = models.CharField(max_length=17)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    actor_role = models.CharField(max_length=9)
    screen = models.CharField(max_length=40, blank=True)
    reason_code = models.CharField(max_length=60, blank=True)
    note_hash = models.CharField(max_length=64, blank=True)
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("report", "seq")
        verbose_name_plural = "report history"
        constraints = [
            models.UniqueConstraint(
                fields=("report", "prev_seq"), nulls_distinct=False, name="history_no_fork"
            ),
            models.UniqueConstraint(fields=("report", "seq", "to_state"), name="history_end"),
            models.CheckConstraint(
                condition=Q(prev_seq__isnull=True, seq=1) | Q(prev_seq=F("seq") - 1),
                name="history_no_gap",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id}/{self.seq} {self.move}"


class ReportNote(models.Model):
    """Words of a question, answer or reason. A note may be erased; history keeps its hash."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="notes")
    seq = models.PositiveIntegerField(help_text="history line it belongs to")
    words = models.TextField()
    shown_to = models.CharField(
        max_length=8,
        choices=[("reporter", "pelapor"), ("agency", "instansi"), ("desk", "meja")],
        default="desk",
    )
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("report", "seq")

    def __str__(self) -> str:
        return f"{self.report_id}/{self.seq}"


def sha256(text: str) -> str:
    """Hex SHA-256 of UTF-8 text."""
    return hashlib.sha256(text.encode()).hexdigest()


def line_hash(client_id: object, line: ReportHistory) -> str:
    """SHA-256 over the line's canonical JSON and the hash before it in the same report."""
    body = {
        "report": str(client_id),
        "seq": line.seq,
        "move": line.move,
        "from": line.from_state,
        "to": line.to_state,
        "at": line.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": line.actor_id,
        "role": line.actor_role,
        "screen": line.screen,
        "reason": line.reason_code,
        "note": line.note_hash,
        "before": line.prev_hash,
    }
    return sha256(json.dumps(body, sort_keys=True, separators=(",", ":")))


def next_line(
    report: Report,
    before: ReportHistory | None,
    *,
    move: str,
    to_state: str,
    at: datetime,
    actor_id: int | None,
    actor_role: str,
    screen: str = "",
    reason_code: str = "",
    note: str = "",
) -> ReportHistory:
    """The line after `before` (None: the first one), hashed but not yet saved."""
    line = ReportHistory(
        report=report,
        seq=before.seq + 1 if before else 1,
        prev_seq=before.seq if before else None,
        move=move,
        from_state=before.to_state if before else states.START,
        to_state=to_state,
        at=at,
        actor_id=actor_id,
        actor_role=actor_role,
        screen=screen,
        reason_code=reason_code[:60],
        note_hash=sha256(note) if note else "",
        prev_hash=before.hash if before else "",
    )
    line.hash = line_hash(report.client_id, line)
    return line


def broken_chains(lines: Iterable[ReportHistory]) -> Iterator[str]:
    """Sentence for each line whose hash does not follow; `lines` by report and seq, with report."""
    before: ReportHistory | None = None
    for line in lines:
        if before is None or before.report_id != line.report_id:
            before = None
        expected = before.hash if before else ""
        if line.prev_hash != expected or line.hash != line_hash(line.report.client_id, line):
            yield f"{line.report.number}: line {line.seq} was changed"
        before = line


def fill_moves() -> None:
    """Make the table of moves say what states.py says."""
    wanted = set(states.triples())
    known = set(ReportMove.objects.values_list("move", "from_state", "to_state"))
    ReportMove.objects.bulk_create(
        ReportMove(move=m, from_state=a, to_state=b) for m, a, b in sorted(wanted - known)
    )
    for m, a, b in known - wanted:
        ReportMove.objects.filter(move=m, from_state=a, to_state=b).delete()
