"""The clock of a day's rounds: its first moment, and when its streets are looked at."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from layers.geography import city

TIP_SERVICE_S = 15 * 60  # weighing and tipping, without the queue


def midnight(on: date) -> datetime:
    """The first moment of a day, in the city's own time."""
    return datetime(on.year, on.month, on.day, tzinfo=ZoneInfo(city().time_zone))


def moment_of(on: date) -> datetime:
    """When closures are looked at: now for today's rounds, the middle of another day."""
    now = timezone.now()
    return now if timezone.localdate(now) == on else midnight(on) + timedelta(hours=12)


def seconds(moment: time) -> int:
    """Seconds after midnight of a time of day."""
    return moment.hour * 3600 + moment.minute * 60 + moment.second
