"""A row or more of every layer, made from the models themselves, near the city's centre."""

from __future__ import annotations

import itertools
import math
import uuid
from datetime import UTC, date, datetime, time
from typing import Any

from django.contrib.auth.models import User
from django.contrib.gis.db import models as gis
from django.contrib.gis.geos import (
    GEOSGeometry,
    LineString,
    MultiLineString,
    MultiPolygon,
    Point,
    Polygon,
)
from django.db import IntegrityError, models, transaction

from layers.catalog.categories import Category, Precision
from layers.catalog.reports.models import Door, PlaceSource, Report
from layers.catalog.reports.report import report
from layers.catalog.reports.states import Actor, State
from layers.geography import city
from layers.spec import Layer

AT = datetime(2026, 11, 2, 3, tzinfo=UTC)
COUNT = itertools.count(1)
MINUTE = itertools.count()
STEP_DEG = 0.0001
SPECIAL: dict[str, dict[str, Any]] = {"CctvCamera": {"bearing_deg": 10}}  # angles end at 360
ZOOM = 14  # one tile of this zoom holds the whole toy city


def column_and_row(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    """Tile coordinates of a place, with fractions."""
    size = 1 << zoom
    down = math.asinh(math.tan(math.radians(lat))) / math.pi
    return (lon + 180) / 360 * size, (1 - down) / 2 * size


def middle() -> tuple[float, float]:
    """Middle (lon, lat) of the tile of ZOOM in which the city's centre lies."""
    x, y = (math.floor(part) + 0.5 for part in column_and_row(*city().centre, ZOOM))
    size = 1 << ZOOM
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / size))))
    return x / size * 360 - 180, lat


def place() -> tuple[float, float]:
    """A new place (lon, lat) on a small grid in the middle of that tile (1,000, then anew)."""
    number = next(COUNT)
    lon, lat = middle()
    return lon + STEP_DEG * (number % 10), lat + STEP_DEG * (number // 10 % 100)


def geometry(field: gis.GeometryField) -> GEOSGeometry:
    """A small valid geometry of the field's type."""
    lon, lat = place()
    area = Polygon.from_bbox((lon, lat, lon + STEP_DEG, lat + STEP_DEG))
    line = LineString((lon, lat), (lon + STEP_DEG, lat))
    made = {
        "POINT": Point(lon, lat),
        "LINESTRING": line,
        "POLYGON": area,
        "MULTILINESTRING": MultiLineString(line),
        "MULTIPOLYGON": MultiPolygon(area),
        "GEOMETRY": area,
    }
    return made[field.geom_type]


PLAIN: tuple[tuple[type[models.Field], Any], ...] = (
    (models.UUIDField, uuid.uuid4),
    (models.BooleanField, lambda: False),
    (models.DateTimeField, lambda: AT),
    (models.DateField, lambda: date(2026, 11, 2)),
    (models.TimeField, lambda: time(6 + (minute := next(MINUTE)) // 60, minute % 60)),
    (models.JSONField, dict),
    (models.FloatField, lambda: 1.0),
    (models.IntegerField, lambda: next(COUNT)),
    (models.DurationField, lambda: AT - AT),
)


def in_a_unique_rule(field: models.Field) -> bool:
    """True when rows may not share the field's value (alone or with others)."""
    rules = field.model._meta.constraints
    together = (rule.fields for rule in rules if isinstance(rule, models.UniqueConstraint))
    return field.unique or any(field.name in names for names in together)


def value(field: models.Field) -> Any:
    """A value that fits the field."""
    if isinstance(field, gis.GeometryField):
        return geometry(field)
    if isinstance(field, models.ForeignKey):
        known = None if in_a_unique_rule(field) else field.related_model.objects.first()
        return known or make(field.related_model)
    if field.choices:
        return field.flatchoices[0][0]
    for kind, maker in PLAIN:
        if isinstance(field, kind):
            return maker()
    return f"a{next(COUNT)}"[: field.max_length or 40]


def needed(field: models.Field) -> bool:
    """True for a column that must be given, or that a map wants."""
    if field.auto_created or isinstance(field, models.GeneratedField):
        return False
    if isinstance(field, gis.GeometryField):
        return True
    return not (field.has_default() or field.null or field.blank)


def make(model: type[models.Model], **more: Any) -> Any:
    """A saved row of `model`."""
    if model is Report:
        return published_report()
    given = SPECIAL.get(model.__name__, {}) | more
    found = {
        field.name: value(field)
        for field in model._meta.concrete_fields
        if field.name not in given and needed(field)
    }
    return model._default_manager.create(**found | given)


def published_report() -> Report:
    """A report that the public map shows, told by an officer at `AT`."""
    kind = Category.objects.filter(public_precision=Precision.EXACT).first()
    lon, lat = place()
    told = report(
        client_id=uuid.uuid4(),
        door=Door.OFFICER,
        category=kind.pk,
        words="contoh",
        place=Point(lon, lat, srid=4326),
        place_source=PlaceSource.TAP,
        received_at=AT,
        by=User.objects.get_or_create(username="petugas-uji")[0],
        actor=Actor.OPERATOR,
        start=State.VERIFIED,
    ).report
    Report.objects.filter(pk=told.pk).update(public_geom=told.geom)
    return told


def add_rows(layer: Layer, count: int = 3) -> bool:
    """Add `count` rows to a layer's table; False where its rules ask for more than types tell."""
    try:
        with transaction.atomic():
            for _ in range(count):
                make(layer.model)
    except IntegrityError:
        return False
    return True


def hold_back(report: Report) -> Report:
    """Take a report off the public map."""
    Report.objects.filter(pk=report.pk).update(published_at=None)
    return report
