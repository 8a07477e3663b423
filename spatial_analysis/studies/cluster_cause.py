"""What a cluster may come from: read off its reports and what stands near, to be checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.gis.db.models.functions import Transform
from django.contrib.gis.geos import Point
from django.db.models import FloatField, Func, QuerySet
from scipy.special import betainc

from layers.catalog.bins import FULL_ENOUGH_PCT, WasteBin
from layers.catalog.facilities import Facility
from layers.catalog.hazards import HazardZone
from layers.catalog.incident_clusters import IncidentCluster
from layers.catalog.reports.candidates import degrees
from layers.catalog.reports.models import Report
from layers.geography import city

BIN_M, FACILITY_M = 60.0, 80.0
BURST_HOURS = 48.0
WASTE, WATER, DISASTER = "sampah", "air-bersih", "bencana-alam"
MOST_WORDS, MOST_OTHERS = 3, 500
SURE = 0.01
WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its kind, the figures of its sentence. The first of a list is the likeliest."""

    kind: str
    figures: dict[str, Any]


def causes_of(cluster: IncidentCluster, *, open_words: bool) -> list[Reason]:
    """Reasons of a cluster, likeliest first; empty when nothing stands out.

    What can be seen on the spot (a full bin, a place with a name, a hazard zone) comes before
    patterns in time and words. `open_words`: read what reporters wrote, else only what is public.
    """
    reports = list(cluster.reports.select_related("kelurahan", "island"))
    found = [
        _full_bin(cluster),
        _leak(cluster, reports),
        _hazard(cluster),
        _place(cluster.centre),
        *_times([report.received_at for report in reports]),
        _one_voice(reports),
        _words(cluster, reports, open_words),
    ]
    return [reason for reason in found if reason]


def _near(rows: QuerySet[Any], place: Point, reach_m: float) -> QuerySet[Any]:
    """Rows within reach, nearest first, with `metres`."""
    metric = city().metric_srid
    far = Func(Transform("geom", metric), Transform(place, metric), function="ST_Distance",
               output_field=FloatField())  # fmt: skip
    near = rows.filter(geom__dwithin=(place, degrees(reach_m, place.y)))
    return near.annotate(metres=far).filter(metres__lte=reach_m).order_by("metres", "pk")


def _full_bin(cluster: IncidentCluster) -> Reason | None:
    if cluster.category != WASTE:
        return None
    bins = _near(WasteBin.objects.all(), cluster.centre, BIN_M)
    full = bins.filter(fill_pct__gte=FULL_ENOUGH_PCT).first()
    if full is not None:
        return Reason("full_bin", {"name": full.label, "pct": full.fill_pct,
                                   "m": round(full.metres)})  # fmt: skip
    return None if bins.exists() else Reason("no_bin", {"m": round(BIN_M)})


def _leak(cluster: IncidentCluster, reports: list[Report]) -> Reason | None:
    if cluster.category != WATER:
        return None
    held = sum(report.category_id == WATER for report in reports)
    return Reason("leak", {"k": held, "n": len(reports)}) if 2 * held >= len(reports) else None


def _hazard(cluster: IncidentCluster) -> Reason | None:
    if cluster.category != DISASTER:
        return None
    zone = HazardZone.objects.filter(geom__covers=cluster.centre).order_by("-level", "pk").first()
    return Reason("hazard", {"name": zone.name}) if zone else None


def _place(centre: Point) -> Reason | None:
    near = _near(Facility.objects.all(), centre, FACILITY_M).first()
    return Reason("place", {"name": near.name, "m": round(near.metres)}) if near else None


def _times(moments: list[datetime]) -> list[Reason]:
    """A burst of two days, or else a weekday that keeps coming back."""
    zone = ZoneInfo(city().time_zone)
    at = sorted(moment.astimezone(zone) for moment in moments)
    most, since, end = 0, at[0] if at else None, 0
    for first, start in enumerate(at):
        while end < len(at) and (at[end] - start).total_seconds() <= BURST_HOURS * 3600:
            end += 1
        if end - first > most:
            most, since = end - first, start
    if since and 2 * most >= len(at):
        return [Reason("burst", {"k": most, "n": len(at), "since": since.date().isoformat()})]
    days = Counter(moment.weekday() for moment in at)
    day, k = min(days.items(), key=lambda one: (-one[1], one[0])) if days else (0, 0)
    by_chance = 7 * float(betainc(k, len(at) - k + 1, 1 / 7)) if k else 1.0
    return [Reason("weekday", {"k": k, "n": len(at), "day": day})] if by_chance <= SURE else []


def _one_voice(reports: list[Report]) -> Reason | None:
    marks = Counter(report.phone_mark for report in reports if report.phone_mark)
    most = max(marks.values(), default=0)
    return Reason("one_voice", {"k": most, "n": len(reports)}) if 2 * most > len(reports) else None


def _words(cluster: IncidentCluster, reports: list[Report], open_words: bool) -> Reason | None:
    """Words that these reporters use and others who tell of the same kind hardly do."""
    others = Report.objects.real().filter(category=cluster.category).exclude(
        pk__in=[report.pk for report in reports]
    )  # fmt: skip
    theirs = others.order_by("-received_at").values_list("words", "public_words")[:MOST_OTHERS]
    here = _told(report.words if open_words else report.public_words for report in reports)
    there = _told(words if open_words else public for words, public in theirs)
    n, m, areas = len(reports), max(1, len(theirs)), _names_of(reports)
    rated = [
        (k / n - there[word] / m, word, k)
        for word, k in here.items()
        if k >= 3 and 4 * k >= n and word not in areas and k / n > 2 * there[word] / m
    ]
    rated.sort(key=lambda one: (-one[0], one[1]))
    if not rated:
        return None
    words = ", ".join(word for _, word, _ in rated[:MOST_WORDS])
    return Reason("words", {"words": words, "k": rated[0][2], "n": n})


def _told(texts: Iterable[str]) -> Counter[str]:
    """In how many texts each word stands."""
    return Counter(word for text in texts for word in {w.lower() for w in WORD.findall(text or "")})


def _names_of(reports: list[Report]) -> set[str]:
    """Words of the kelurahan's name: that people name where they are is no cause."""
    return {word.lower() for report in reports for word in WORD.findall(report.area)}
