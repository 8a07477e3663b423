"""Forwards to agencies: an outbox row written with the report's change, sent afterwards."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import models

from layers.catalog.agencies import Agency


class ForwardState(models.TextChoices):
    """How far a forward is."""

    WAITING = "waiting", "antre"
    SENT = "sent", "terkirim"
    RECALLED = "recalled", "ditarik"
    FAILED = "failed", "gagal"


class Forward(models.Model):
    """One message to one agency. The channel "inbox" is this house: written is delivered."""

    report = models.ForeignKey("layers.Report", on_delete=models.PROTECT, related_name="forwards")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="forwards")
    channel = models.CharField(max_length=20)
    unverified = models.BooleanField(default=False, help_text="urgent: sent before a verdict")
    payload_hash = models.CharField(max_length=64)
    state = models.CharField(
        max_length=8, choices=ForwardState.choices, default=ForwardState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    receipt = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=("state", "next_at"), name="forward_due")]

    def __str__(self) -> str:
        return f"{self.report} → {self.agency} ({self.state})"


def enqueue(report: Any, agency: Agency, *, at: Any, unverified: bool = False) -> Forward:
    """Write the outbox row for `report` to `agency`; call it inside the change's transaction."""
    body = {"number": report.number, "agency": agency.code, "seq": report.history_seq}
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    inbox = agency.channel == "inbox"
    return Forward.objects.create(
        report=report,
        agency=agency,
        channel=agency.channel,
        unverified=unverified,
        payload_hash=digest,
        state=ForwardState.SENT if inbox else ForwardState.WAITING,
        made_at=at,
        next_at=None if inbox else at,
        receipt=f"inbox:{report.number}" if inbox else "",
    )
