"""Health of wifi hotspots: what each says itself, what people report, and the status it has now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.db.models import Q

from layers.catalog import webhooks
from layers.catalog.devices import Device
from layers.catalog.reports.models import Report
from layers.catalog.reports.states import Resolution
from layers.catalog.wifi import WifiHotspot, WifiStatus, WifiStatusChange
from layers.geography import city

SLOT = timedelta(minutes=5)
SLOTS_A_DAY = 288
BYTES_A_DAY = SLOTS_A_DAY // 8
STALE_AFTER = timedelta(minutes=30)  # six beats missed: unknown, not off
WEAK_BELOW_KBIT_S = 512
STILL_TRUE = (None, Resolution.FIXED, Resolution.CANNOT)
BY_BEAT, BY_REPORT, BY_SILENCE = "detak alat", "laporan warga", "alat diam"


class WifiBeatDay(models.Model):
    """Beats of one wifi hotspot on one day (UTC), a bit for every five minutes.

    Bits are only ever set, so that order, repeats and gaps of beats lead to one final state.
    """

    hotspot = models.ForeignKey(WifiHotspot, on_delete=models.CASCADE, related_name="beat_days")
    day = models.DateField(help_text="UTC")
    heard = models.BinaryField(max_length=BYTES_A_DAY, help_text="it spoke")
    up = models.BinaryField(max_length=BYTES_A_DAY, help_text="it spoke and had internet")

    class Meta:
        ordering = ("hotspot", "day")
        constraints = [
            models.UniqueConstraint(fields=("hotspot", "day"), name="one_beat_day_a_hotspot")
        ]

    def __str__(self) -> str:
        return f"{self.hotspot_id} {self.day}"


class WifiOutage(models.Model):
    """A "WiFi mati" report about a wifi hotspot; it counts once an operator verified it."""

    hotspot = models.ForeignKey(WifiHotspot, on_delete=models.CASCADE, related_name="outages")
    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="wifi_outage")
    told_at = models.DateTimeField(help_text="when it was seen off")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="verdict; empty: none")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-told_at",)

    def __str__(self) -> str:
        return f"{self.hotspot_id} {self.told_at:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat: the moment, whether there was internet, and its speed if it was told."""

    at: datetime
    up: bool
    kbit_s: float | None = None

    @property
    def status(self) -> WifiStatus:
        """What people meet."""
        if not self.up:
            return WifiStatus.OFF
        slow = self.kbit_s is not None and self.kbit_s < WEAK_BELOW_KBIT_S
        return WifiStatus.WEAK if slow else WifiStatus.WORKS


def slot_of(moment: datetime) -> int:
    """Number of the five minutes of the day (UTC) that hold an aware `moment`, 0-287."""
    passed = moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return int(passed / SLOT)


@transaction.atomic
def take_beats(device: Device, beats: Sequence[Beat], *, at: datetime) -> list[bool]:
    """Set the bits of these beats (UTC); True for each that said something new.

    Only a beat newer than all before tells of the present; a late one fills history.
    """
    spot = WifiHotspot.objects.select_for_update(of=("self",)).get(pk=device.hotspot_id)
    days: dict[date, WifiBeatDay] = {}
    news = [_set(_day(days, spot, beat.at.date()), beat) for beat in beats]
    for row in days.values():
        row.save()
    newest = max(beats, key=lambda beat: (beat.at, beat.up), default=None)
    if newest is not None and (device.heard_at is None or newest.at > device.heard_at):
        device.heard_at = newest.at
        device.save(update_fields=["heard_at"])
        if newest.at > at - STALE_AFTER:
            set_status(spot, newest.status, at=newest.at, source=BY_BEAT)
            if newest.up:
                spot.outages.filter(ended_at=None, told_at__lt=newest.at).update(ended_at=newest.at)
    return news


def _day(days: dict[date, WifiBeatDay], spot: WifiHotspot, day: date) -> WifiBeatDay:
    if day not in days:
        empty = bytes(BYTES_A_DAY)
        days[day] = WifiBeatDay.objects.filter(hotspot=spot, day=day).first() or WifiBeatDay(
            hotspot=spot, day=day, heard=empty, up=empty
        )
    return days[day]


def _set(row: WifiBeatDay, beat: Beat) -> bool:
    """Set the bits of a beat; False when they were set."""
    place, bit = divmod(slot_of(beat.at), 8)
    news = False
    for name in ("heard", "up") if beat.up else ("heard",):
        bits = bytearray(getattr(row, name))
        news |= not bits[place] & (128 >> bit)
        bits[place] |= 128 >> bit
        setattr(row, name, bytes(bits))
    return news


def local_day(moment: datetime) -> date:
    """The city's day of an aware moment."""
    return moment.astimezone(ZoneInfo(city().time_zone)).date()


def set_status(spot: WifiHotspot, status: str, *, at: datetime, source: str) -> None:
    """Give a hotspot a status, with a line of history; nothing happens when it has it already."""
    if spot.status == status:
        return
    spot.status, spot.status_since = status, local_day(at)
    spot.save(update_fields=["status", "status_since"])
    WifiStatusChange.objects.get_or_create(
        hotspot=spot, status=status, on=spot.status_since, defaults={"source": source}
    )


@transaction.atomic
def mark_silent(at: datetime) -> int:
    """Hotspots whose own voice fell silent become unknown; how many there were.

    Neighbours that asked for it are told of each silence once.
    """
    silent = WifiHotspot.objects.select_for_update(of=("self",)).filter(
        device__heard_at__lte=at - STALE_AFTER, status__in=(WifiStatus.WORKS, WifiStatus.WEAK)
    )
    for spot in (rows := list(silent.select_related("device"))):
        set_status(spot, WifiStatus.UNKNOWN, at=at, source=BY_SILENCE)
        heard_at = spot.device.heard_at.isoformat() if spot.device.heard_at else ""
        data = {"kind": "wifi-hotspot", "code": spot.code, "last_heard_at": heard_at,
                "link": f"/wifi/{spot.code}/"}  # fmt: skip
        webhooks.announce(webhooks.WENT_SILENT, f"wifi:{spot.code}:silent:{heard_at}", data, at=at)
    return len(rows)


def link_report(report: Report, spot: WifiHotspot) -> WifiOutage:
    """Say that `report` tells of `spot`; a second sending of one report changes nothing."""
    return WifiOutage.objects.get_or_create(
        report=report, defaults={"hotspot": spot, "told_at": report.observed_at}
    )[0]


def follow_report(report: Report, *, at: datetime) -> None:
    """What a move of a report means for its hotspot: verified = off, fixed = works again.

    One that turns out unproven, double or not ours says nothing; one that cannot be fixed stays.
    """
    outage = WifiOutage.objects.select_related("hotspot").filter(report=report).first()
    if outage is None:
        return
    fixed = report.resolution == Resolution.FIXED
    verified = report.published_at is not None and report.resolution in STILL_TRUE
    outage.confirmed_at = (outage.confirmed_at or at) if verified else None
    if fixed:
        outage.ended_at = outage.ended_at or at
    elif not _heard_up_since(outage):
        outage.ended_at = None
    outage.save(update_fields=["confirmed_at", "ended_at"])
    _status_after(outage, at, fixed=fixed)


def _heard_up_since(outage: WifiOutage) -> bool:
    """True when the hotspot's own beat, newer than the report, said that it works."""
    beat = Q(device__heard_at__gt=outage.told_at, status__in=(WifiStatus.WORKS, WifiStatus.WEAK))
    return WifiHotspot.objects.filter(beat, pk=outage.hotspot_id).exists()


def _status_after(outage: WifiOutage, at: datetime, *, fixed: bool) -> None:
    spot = WifiHotspot.objects.select_for_update(of=("self",)).get(pk=outage.hotspot_id)
    if outage.confirmed_at and outage.ended_at is None and not _heard_up_since(outage):
        set_status(spot, WifiStatus.OFF, at=outage.told_at, source=BY_REPORT)
    elif fixed and spot.status == WifiStatus.OFF:
        set_status(spot, WifiStatus.WORKS, at=at, source=BY_REPORT)
    elif outage.confirmed_at is None and not open_outages(spot).exists():
        lines = list(spot.history.order_by("-on", "-pk")[:2])
        if lines and lines[0].source == BY_REPORT and spot.status == WifiStatus.OFF:
            before = lines[1].status if len(lines) > 1 else WifiStatus.WORKS
            set_status(spot, before, at=at, source=BY_REPORT)


def open_outages(spot: WifiHotspot) -> models.QuerySet[Any]:
    """Verified reports that nobody has answered yet."""
    return WifiOutage.objects.filter(hotspot=spot, confirmed_at__isnull=False, ended_at=None)
