"""Devices that speak for themselves: the key of each, and how often it may call."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import models, transaction

from layers.catalog.bins import WasteBin
from layers.catalog.wifi import WifiHotspot
from layers.errors import NotAllowed, NotFound, TooOften

PREFIX = "dev_"
CALLS_A_MINUTE = 60
BEAT, FILL = "wifi.heartbeat", "bin.fill_pct"


class KeyNotKnown(NotAllowed):
    """Kunci alat ini tidak dikenal atau sudah diganti; minta kunci baru kepada admin kota."""

    code = "KEY_NOT_KNOWN"


class TooManyCalls(TooOften):
    """Alat ini memanggil lebih dari 60 kali semenit; kumpulkan bacaan lalu kirim sekaligus."""

    code = "TOO_MANY_CALLS"


class Device(models.Model):
    """A router or sensor with a key of its own: it may write of one thing and reads nothing."""

    code = models.SlugField(max_length=60, unique=True)
    hotspot = models.OneToOneField(
        WifiHotspot, null=True, blank=True, on_delete=models.CASCADE, related_name="device"
    )
    bin = models.OneToOneField(
        WasteBin, null=True, blank=True, on_delete=models.CASCADE, related_name="device"
    )
    key_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256; no key is kept")
    key_made_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True, blank=True, help_text="newest moment it spoke of")
    minute = models.DateTimeField(null=True, blank=True, help_text="minute that calls counts")
    calls = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("code",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hotspot__isnull=False, bin__isnull=True)
                | models.Q(hotspot__isnull=True, bin__isnull=False),
                name="device_speaks_for_one_thing",
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def kind(self) -> str:
        """The one kind of reading that its key may write."""
        return BEAT if self.hotspot_id else FILL


def hashed(key: str) -> str:
    """What is stored of a key; its 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def issue_key(code: str, *, at: datetime) -> str:
    """Make a key for the wifi hotspot or bin called `code`; told this once, the old one ends.

    Raises NotFound.
    """
    spot = WifiHotspot.objects.filter(code=code).first()
    held = None if spot else WasteBin.objects.filter(label__iexact=code).first()
    if spot is None and held is None:
        raise NotFound
    key = PREFIX + secrets.token_urlsafe(32)
    made = {"code": code.lower(), "key_hash": hashed(key), "key_made_at": at}
    Device.objects.update_or_create(hotspot=spot, bin=held, defaults=made)
    return key


def of_key(key: str) -> Device:
    """The device of `key`, locked until the transaction ends. Raises KeyNotKnown."""
    found = Device.objects.select_for_update().filter(key_hash=hashed(key)).first()
    if found is None:
        raise KeyNotKnown
    return found


def admitted(key: str, *, at: datetime) -> Device:
    """The device of `key`, locked, its call counted. Raises KeyNotKnown, TooManyCalls.

    Call inside a transaction.
    """
    found = of_key(key)
    minute = at.replace(second=0, microsecond=0)
    found.calls = found.calls + 1 if found.minute == minute else 1
    found.minute = minute
    if found.calls > CALLS_A_MINUTE:
        raise TooManyCalls
    found.save(update_fields=["calls", "minute"])
    return found


def is_silent(heard_at: datetime | None, at: datetime, *, after: timedelta) -> bool:
    """True when a device that once spoke has said nothing for `after`."""
    return heard_at is not None and heard_at < at - after
