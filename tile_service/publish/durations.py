"""ISO 8601 durations of time buckets, and the city's offset that days are counted in."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

PATTERN = re.compile(r"^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$")
PART_S = (7 * 86400, 86400, 3600, 60)


def seconds_of(duration: str) -> int:
    """Length of `duration` ("PT1H", "P1D") in seconds; raises ValueError."""
    match = PATTERN.match(duration)
    total = (
        sum(int(n or 0) * s for n, s in zip(match.groups(), PART_S, strict=True)) if match else 0
    )
    if total <= 0:
        raise ValueError(f"time bucket {duration!r}: write P1D, PT1H, PT15M or the like")
    return total


def offset_seconds(zone: str, at: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> int:
    """Seconds that clocks in `zone` are ahead of UTC at `at`."""
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds()) if offset else 0
