"""What bin sensors said: every reading once; only the newest is the bin's present."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from layers.catalog.bins import WasteBin
from layers.catalog.devices import Device


class BinReading(models.Model):
    """One reading of a bin's fill. Lines are added, never edited."""

    bin = models.ForeignKey(WasteBin, on_delete=models.CASCADE, related_name="readings")
    observed_at = models.DateTimeField()
    fill_pct = models.PositiveSmallIntegerField()
    battery_pct = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("bin", "observed_at")
        constraints = [
            models.UniqueConstraint(fields=("bin", "observed_at"), name="one_bin_reading_a_moment"),
            models.CheckConstraint(condition=Q(fill_pct__lte=100), name="bin_reading_fill_pct"),
        ]

    def __str__(self) -> str:
        return f"{self.bin_id} {self.observed_at:%Y-%m-%d %H:%M} {self.fill_pct} %"


@dataclass(frozen=True, slots=True)
class Fill:
    """One reading: the moment, percent of capacity (0-100), battery if it was told."""

    at: datetime
    fill_pct: int
    battery_pct: int | None = None


@transaction.atomic
def take_fills(device: Device, fills: Sequence[Fill]) -> list[bool]:
    """Keep these readings; True for each moment that was new.

    A late reading fills history, not the present; one from before the last emptying likewise.
    """
    held = WasteBin.objects.select_for_update(of=("self",)).get(pk=device.bin_id)
    moments = [fill.at for fill in fills]
    seen = set(held.readings.filter(observed_at__in=moments).values_list("observed_at", flat=True))
    news, rows = [], []
    for fill in fills:
        news.append(fill.at not in seen)
        if fill.at not in seen:
            seen.add(fill.at)
            rows.append(BinReading(bin=held, observed_at=fill.at, fill_pct=fill.fill_pct,
                                   battery_pct=fill.battery_pct))  # fmt: skip
    BinReading.objects.bulk_create(rows)
    newest = max(rows, key=lambda row: row.observed_at, default=None)
    if newest is not None and (held.sensed_at is None or newest.observed_at > held.sensed_at):
        _present(held, newest)
    if newest is not None and (device.heard_at is None or newest.observed_at > device.heard_at):
        device.heard_at = newest.observed_at
        device.save(update_fields=["heard_at"])
    return news


def _present(held: WasteBin, newest: BinReading) -> None:
    held.fill_pct, held.sensed_at = newest.fill_pct, newest.observed_at
    changed: list[Any] = ["fill_pct", "sensed_at"]
    if newest.battery_pct is not None:
        held.battery_pct = newest.battery_pct
        changed.append("battery_pct")
    held.save(update_fields=changed)
