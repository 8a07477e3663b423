"""Uptime of wifi hotspots by month: the share of the hours known in which each worked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from layers.catalog.devices import Device
from layers.catalog.wifi import WifiHotspot, WifiStatus, WifiStatusChange
from layers.catalog.wifi_health import (
    BY_BEAT,
    BY_REPORT,
    BY_SILENCE,
    SLOT,
    WifiBeatDay,
    WifiOutage,
)
from layers.geography import city

UNKNOWN, UP, DOWN = 0, 1, 2
LEAST_KNOWN = 0.1  # of a month's hours; less says nothing about the month
SHOWN_DAYS = 30
WORKING = (WifiStatus.WORKS, WifiStatus.WEAK)
States = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Uptime:
    """Hours of a period in which a wifi hotspot worked, did not, and nobody knows."""

    up_h: float
    down_h: float
    unknown_h: float

    @property
    def known_share(self) -> float:
        """Part of the period that somebody or something told about, 0-1."""
        whole = self.up_h + self.down_h + self.unknown_h
        return (self.up_h + self.down_h) / whole if whole else 0.0

    @property
    def share(self) -> float | None:
        """Part of the known hours in which it worked, 0-1; None: too little is known."""
        known = self.up_h + self.down_h
        return self.up_h / known if known and self.known_share >= LEAST_KNOWN else None

    @property
    def pct(self) -> float | None:
        """`share` in percent, one decimal."""
        return None if self.share is None else round(100 * self.share, 1)


def month_bounds(month: date) -> tuple[datetime, datetime]:
    """First moment of the city's month that holds `month`, and of the one after (UTC)."""
    zone = ZoneInfo(city().time_zone)
    first = datetime(month.year, month.month, 1, tzinfo=zone)
    later = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=zone)
    return first.astimezone(UTC), later.astimezone(UTC)


def uptime_share(hotspot: WifiHotspot, month: date, *, at: datetime | None = None) -> float | None:
    """Share of the known hours of a month in which `hotspot` worked; None: not enough known.

    A silent device is unknown, never off. `at`: the present (hours after it are not counted).
    """
    return uptimes(month, [hotspot.pk], at=at)[hotspot.pk].share


def uptimes(
    month: date, hotspots: Iterable[int], *, at: datetime | None = None
) -> dict[int, Uptime]:
    """Uptime in one month of the city of each hotspot (by key)."""
    start, end = month_bounds(month)
    return between(start, min(end, at or timezone.now()), hotspots)


def between(start: datetime, end: datetime, hotspots: Iterable[int]) -> dict[int, Uptime]:
    """Uptime from `start` to `end` (aware) of each hotspot (by key)."""
    return {
        key: Uptime(*(float((states == kind).sum()) / 12 for kind in (UP, DOWN, UNKNOWN)))
        for key, states in slot_states(start, end, hotspots).items()
    }


def slot_states(start: datetime, end: datetime, hotspots: Iterable[int]) -> dict[int, States]:
    """State in every five minutes: its own beats first, then verified reports, then people's word.

    What people wrote down counts as working only where no device could have spoken.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    count = max(round((end - start) / SLOT), 0)
    keys = list(hotspots)
    states = {key: np.zeros(count, dtype=np.uint8) for key in keys}
    _by_people(states, start, count, keys)
    _by_reports(states, start, count, keys)
    _by_beats(states, start, count, keys)
    return states


def _part(begin: datetime, end: datetime | None, start: datetime, count: int) -> slice:
    """Slots that the time from `begin` to `end` (None: goes on) covers."""
    first = max(int(np.ceil((begin - start) / SLOT)), 0)
    last = count if end is None else min(max(int((end - start) / SLOT), 0), count)
    return slice(min(first, count), last)


def _by_people(states: dict[int, States], start: datetime, count: int, keys: list[int]) -> None:
    zone = ZoneInfo(city().time_zone)
    heard = dict(
        Device.objects.filter(hotspot__in=keys, heard_at__isnull=False).values_list(
            "hotspot", "key_made_at"
        )
    )
    lines = (
        WifiStatusChange.objects.filter(hotspot__in=keys)
        .exclude(status=WifiStatus.OFF, source=BY_REPORT)  # its outage says so to the hour
        .order_by("hotspot", "on", "pk")
    )
    told: dict[int, list[tuple[datetime, str, str]]] = {}
    for key, on, status, source in lines.values_list("hotspot", "on", "status", "source"):
        moment = datetime(on.year, on.month, on.day, tzinfo=zone).astimezone(UTC)
        told.setdefault(key, []).append((moment, status, source))
    bare = WifiHotspot.objects.filter(pk__in=set(keys) - set(told), status_since__isnull=False)
    for key, since, status in bare.values_list("pk", "status_since", "status"):
        if since is None:
            continue
        moment = datetime(since.year, since.month, since.day, tzinfo=zone).astimezone(UTC)
        told[key] = [(moment, status, "")]
    for key, changes in told.items():
        ends = [moment for moment, _status, _source in changes[1:]]
        for (begin, status, source), end in zip(changes, [*ends, None], strict=True):
            if source in (BY_BEAT, BY_SILENCE):
                continue  # its beats say it by the minute
            if status == WifiStatus.OFF:
                states[key][_part(begin, end, start, count)] = DOWN
            elif status in WORKING:
                known = min(filter(None, (end, heard.get(key))), default=None)
                states[key][_part(begin, known, start, count)] = UP


def _by_reports(states: dict[int, States], start: datetime, count: int, keys: list[int]) -> None:
    rows = WifiOutage.objects.filter(hotspot__in=keys, confirmed_at__isnull=False)
    for key, told_at, ended_at in rows.values_list("hotspot", "told_at", "ended_at"):
        states[key][_part(told_at, ended_at, start, count)] = DOWN


def _by_beats(states: dict[int, States], start: datetime, count: int, keys: list[int]) -> None:
    last = start + count * SLOT
    rows = WifiBeatDay.objects.filter(hotspot__in=keys, day__gte=start.date(), day__lte=last.date())
    for key, day, heard, up in rows.values_list("hotspot", "day", "heard", "up"):
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        slots = np.arange(288) + round((midnight - start) / SLOT)
        spoke = np.unpackbits(np.frombuffer(bytes(heard), np.uint8)).astype(bool)
        worked = np.unpackbits(np.frombuffer(bytes(up), np.uint8)).astype(bool)
        inside = spoke & (slots >= 0) & (slots < count)
        states[key][slots[inside]] = np.where(worked[inside], UP, DOWN)


def refresh_shown(at: datetime) -> int:
    """Write the last 30 days' uptime beside each hotspot (for maps); how many changed."""
    spots = list(WifiHotspot.objects.all())
    found = between(at - timedelta(days=SHOWN_DAYS), at, [spot.pk for spot in spots])
    changed = [spot for spot in spots if spot.uptime_pct != found[spot.pk].pct]
    for spot in changed:
        spot.uptime_pct = found[spot.pk].pct
    WifiHotspot.objects.bulk_update(changed, ["uptime_pct"], batch_size=500)
    return len(changed)
