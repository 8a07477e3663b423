"""What lies near a report: likely duplicates, and cameras whose view covers the place."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from django.contrib.gis.db.models.functions import Azimuth, Transform
from django.contrib.gis.geos import Point
from django.db.models import F, FloatField, Func, Q
from django.db.models.functions import Mod

from layers.catalog.cctv import CctvCamera
from layers.catalog.reports.models import Report, ReportQuerySet
from layers.catalog.reports.states import State
from layers.geography import city

METRES_PER_DEGREE = 111_320
CLOSED_STILL_COUNTS = timedelta(days=14)


def degrees(radius_m: float, lat: float) -> float:
    """Degrees that are at least `radius_m` metres in every direction at this latitude."""
    return radius_m / (METRES_PER_DEGREE * max(0.05, math.cos(math.radians(lat))))


def within(report: Report, radius_m: float) -> ReportQuerySet:
    """Other reports of the same category within `radius_m`, with `metres` to them."""
    place = report.geom
    if place is None or not radius_m:
        return Report.objects.none()
    metric = city().metric_srid
    return (
        Report.objects.filter(
            geom__dwithin=(place, degrees(radius_m, place.y)),  # index first, metres after
            category=report.category_id,
            practice=report.practice,
        )
        .exclude(pk=report.pk)
        .annotate(
            metres=Func(
                Transform("geom", metric),
                Transform(place, metric),
                function="ST_Distance",
                output_field=FloatField(),
            )
        )
        .filter(metres__lte=radius_m)
    )


def near(report: Report, *, limit: int = 5) -> list[Report]:
    """Likely duplicates, the nearest first."""
    return list(similar(report).order_by("metres", "-received_at")[:limit])


def similar(report: Report) -> ReportQuerySet:
    """Same category, within its radius and hours; open or lately closed, no duplicates itself."""
    at = report.received_at
    radius_m, hours = report.category.near
    span = timedelta(hours=hours)
    return within(report, radius_m).filter(
        Q(received_at__range=(at - span, at + span)),
        ~Q(state=State.CLOSED) | Q(received_at__gte=at - CLOSED_STILL_COUNTS),
        main_report__isnull=True,
    )


def cameras_on(place: Point | None, *, limit: int = 3) -> list[Any]:
    """Nearest cameras whose view (range, bearing, width) covers `place`, with `metres`."""
    if place is None:
        return []
    metric = city().metric_srid
    there = Transform(place, metric)
    rows = CctvCamera.objects.filter(geom__dwithin=(place, degrees(1000, place.y))).annotate(
        metres=Func(
            Transform("geom", metric), there, function="ST_Distance", output_field=FloatField()
        ),
        azimuth=Func(
            Azimuth(Transform("geom", metric), there),
            function="degrees",
            output_field=FloatField(),
        ),
    )
    turned = Mod(F("azimuth") - F("bearing_deg") + 540.0, 360.0) - 180.0
    rows = rows.filter(metres__lte=F("range_m")).annotate(turned=turned)
    seen = rows.filter(
        Q(metres__lt=1) | Q(turned__gte=F("view_deg") / -2.0, turned__lte=F("view_deg") / 2.0)
    )
    return list(seen.order_by("metres")[:limit])


__all__ = ["cameras_on", "degrees", "near", "similar", "within"]
