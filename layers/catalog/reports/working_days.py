"""Working days: Monday to Friday, less the days a decree closes, plus those it opens. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

Calendar = Mapping[date, bool]


def is_working(day: date, calendar: Calendar) -> bool:
    """True on a working day; `calendar` holds exceptions (date -> working)."""
    return calendar.get(day, day.weekday() < 5)


def due(start: datetime, days: int, *, zone: ZoneInfo, calendar: Calendar) -> datetime:
    """Moment `days` working days after `start`, at the same local time of day.

    What begins on a day off counts from the start of the next working day.
    """
    local = start.astimezone(zone)
    if not is_working(local.date(), calendar):
        local = local.replace(hour=0, minute=0, second=0, microsecond=0)
        while not is_working(local.date(), calendar):
            local += timedelta(days=1)
    left = days
    while left > 0:
        local += timedelta(days=1)
        left -= is_working(local.date(), calendar)
    return local.astimezone(start.tzinfo)
