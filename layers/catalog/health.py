"""Health of what the city has in the streets: counts, and the age of what we know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, Q

from layers.catalog.bins import FULL_ENOUGH_PCT, WasteBin, WasteBinQuerySet
from layers.catalog.cctv import CctvCamera, CctvHealth
from layers.catalog.wifi import WifiHotspot, WifiStatus


@dataclass(frozen=True, slots=True)
class WifiHealth:
    """Wifi hotspots by state; `known_on` is the day of the latest news of any."""

    works: int
    weak: int
    off: int
    unknown: int
    known_on: date | None


@dataclass(frozen=True, slots=True)
class CctvCount:
    """Cameras alive, dead, unknown; when one was last seen."""

    alive: int
    dead: int
    unknown: int
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class BinHealth:
    """Bins, how many are full enough to empty, how many sensors are silent, the newest reading."""

    total: int
    full: int
    silent: int
    sensed_at: datetime | None


def wifi() -> WifiHealth:
    """Wifi hotspots now."""
    named = {
        "works": WifiStatus.WORKS,
        "weak": WifiStatus.WEAK,
        "off": WifiStatus.OFF,
        "unknown": WifiStatus.UNKNOWN,
    }
    counts = {name: Count("pk", filter=Q(status=value)) for name, value in named.items()}
    return WifiHealth(**WifiHotspot.objects.aggregate(**counts, known_on=Max("status_since")))


def cctv() -> CctvCount:
    """Cameras now."""
    named = {"alive": CctvHealth.ALIVE, "dead": CctvHealth.DEAD, "unknown": CctvHealth.UNKNOWN}
    counts = {name: Count("pk", filter=Q(health=value)) for name, value in named.items()}
    return CctvCount(**CctvCamera.objects.aggregate(**counts, seen_at=Max("seen_at")))


def bins(at: datetime) -> BinHealth:
    """Waste bins at moment `at`."""
    found = WasteBin.objects.aggregate(
        total=Count("pk"),
        full=Count("pk", filter=Q(fill_pct__gte=FULL_ENOUGH_PCT)),
        silent=Count("pk", filter=WasteBinQuerySet.silent(at)),
        sensed_at=Max("sensed_at"),
    )
    return BinHealth(**found)
