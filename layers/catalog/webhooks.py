"""Webhooks: who wants to be told which events, and the outbox of what is told to each."""

from __future__ import annotations

import secrets
import uuid
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Q

WENT_SILENT = "asset.went_silent"
EVENTS = {WENT_SILENT: "a device in the streets fell silent"}
OFF_AFTER = timedelta(days=5)
BACK_OFF_S = (5, 30, 120, 600, 1_800, 3_600)
LEASE = timedelta(seconds=60)
SECRET = "whsec_"  # noqa: S105  (the prefix of every secret, not one)


def new_secret() -> str:
    """A secret to sign with, as Standard Webhooks writes them."""
    return SECRET + b64encode(secrets.token_bytes(24)).decode()


class Webhook(models.Model):
    """One neighbour's address, entered by an administrator; told of the events it names."""

    name = models.CharField(max_length=80, unique=True)
    address = models.URLField(max_length=300, help_text="https://…; redirects are not followed")
    events = models.JSONField(default=list, help_text="names of events, as a list")
    secret = models.CharField(max_length=80, default=new_secret)
    secret_before = models.CharField(
        max_length=80, blank=True, default="", help_text="still signs while it is being changed"
    )
    local_allowed = models.BooleanField(
        default=False, help_text="the address may be on the local network"
    )
    is_on = models.BooleanField(default=True)
    failing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    """How far a message is."""

    WAITING = "waiting", "antre"
    SENT = "sent", "terkirim"


class WebhookDelivery(models.Model):
    """One event for one neighbour; its id is the key by which a second sending is known."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=40, unique=True)
    event = models.CharField(max_length=40)
    about = models.CharField(max_length=120, help_text="what happened, once")
    body = models.JSONField()
    state = models.CharField(
        max_length=8, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    next_at = models.DateTimeField()
    answer = models.CharField(max_length=120, blank=True, help_text="the last answer or fault")

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=("state", "next_at"), name="webhook_due")]
        constraints = [
            models.UniqueConstraint(fields=("webhook", "about"), name="one_message_an_event")
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.webhook_id} ({self.state})"


def announce(event: str, about: str, data: Mapping[str, Any], *, at: datetime) -> int:
    """Write a message for each neighbour that asked for `event`; call inside the change.

    `about` names what happened; said twice it makes no second message. Returns how many were new.
    """
    made = 0
    for webhook in Webhook.objects.filter(is_on=True, events__contains=[event]):
        known = {"event": event, "body": {}, "made_at": at, "next_at": at}
        row, new = WebhookDelivery.objects.get_or_create(
            webhook=webhook, about=about, defaults=known | {"message_id": f"msg_{uuid.uuid4().hex}"}
        )
        if new:
            row.body = {
                "id": row.message_id, "type": event, "at": at.isoformat(), "seq": row.pk,
                "data": dict(data),
            }  # fmt: skip
            row.save(update_fields=["body"])
            made += 1
    return made


def due(at: datetime, *, most: int = 50) -> list[WebhookDelivery]:
    """Take messages that wait, oldest first, for a minute; another sender passes them by."""
    with transaction.atomic():
        rows = list(
            WebhookDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state=DeliveryState.WAITING, next_at__lte=at, webhook__is_on=True)
            .select_related("webhook")[:most]
        )
        WebhookDelivery.objects.filter(pk__in=[row.pk for row in rows]).update(next_at=at + LEASE)
    return rows


@transaction.atomic
def record(delivery: WebhookDelivery, *, ok: bool, answer: str, at: datetime) -> None:
    """Write down what came of a sending; a neighbour that fails for five days is turned off."""
    webhook = Webhook.objects.select_for_update().get(pk=delivery.webhook_id)
    delivery.attempts += 1
    delivery.answer = answer[:120]
    if ok:
        delivery.state, webhook.failing_since = DeliveryState.SENT, None
    else:
        wait = BACK_OFF_S[min(delivery.attempts, len(BACK_OFF_S)) - 1]
        delivery.next_at = at + timedelta(seconds=wait)
        webhook.failing_since = webhook.failing_since or at
        webhook.is_on = at - webhook.failing_since < OFF_AFTER
    delivery.save(update_fields=["attempts", "answer", "state", "next_at"])
    webhook.save(update_fields=["failing_since", "is_on"])


def forget_old(at: datetime) -> int:
    """Drop messages that were taken, a month later; how many there were."""
    old = Q(state=DeliveryState.SENT, made_at__lt=at - timedelta(days=30))
    return WebhookDelivery.objects.filter(old).delete()[0]
