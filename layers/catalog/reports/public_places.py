"""The place that the public may know of a report: exact, somewhere in a blur cell, or none.

A blurred report stands at one secret random place in the cell of a grid that is fixed to the
world, drawn independently of the true place (an offset around it would average out) and kept as
long as the report stays in its cell. The database shows a cell's reports once it holds K_FLOOR
published ones of their category, all at once, and hides them when they are fewer (migration
0012): so every outlet, its filters and its counts obey.
"""

from __future__ import annotations

import math
import secrets
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction

from layers.catalog.categories import Category, Precision
from layers.catalog.reports import places
from layers.catalog.reports.models import Report
from layers.geography import STORED_SRID

K_FLOOR = 5  # also stands in migration 0012
METRES_PER_DEGREE = 111_320
BATCH = 1000


def cell_sides(lat: float, side_m: float) -> tuple[float, float]:
    """Width and height in degrees of the blur cells in the row of `lat`: `side_m` each way."""
    tall = side_m / METRES_PER_DEGREE
    row = math.floor(lat / tall)
    return tall / max(0.01, math.cos(math.radians((row + 0.5) * tall))), tall


def cell_of(place: Point, category: Category) -> str:
    """Name of the blur cell that holds `place`; each category has cells of its own."""
    wide, tall = cell_sides(place.y, category.public_cell_m)
    column, row = math.floor(place.x / wide), math.floor(place.y / tall)
    return f"{category.pk}/{category.public_cell_m}/{row}/{column}"


def somewhere_in_cell(place: Point, side_m: float) -> Point:
    """A secret random place in the cell that holds `place`; only the cell is read of it."""
    wide, tall = cell_sides(place.y, side_m)
    column, row = math.floor(place.x / wide), math.floor(place.y / tall)
    draw = secrets.SystemRandom().random
    return Point((column + draw()) * wide, (row + draw()) * tall, srid=STORED_SRID)


def place_for_public(item: Report) -> None:
    """Set what the public may know of a report's place (the caller saves)."""
    place, category = item.geom, item.category
    blurred = place is not None and category.public_precision == Precision.BLUR
    cell = cell_of(place, category) if place is not None and blurred else ""
    if cell and item.public_cell == cell and item.blurred_geom is not None:
        return
    item.public_cell, item.blurred_geom, item.public_geom = cell, None, None
    item.public_kelurahan = item.kelurahan
    if category.public_precision == Precision.NEVER:
        item.public_kelurahan = None
    if place is None:
        return
    match category.public_precision:
        case Precision.BLUR:
            item.blurred_geom = somewhere_in_cell(place, category.public_cell_m)
            item.public_kelurahan = places.locate(item.blurred_geom).kelurahan
        case Precision.KELURAHAN:
            item.public_geom = item.kelurahan.marker if item.kelurahan else None
        case Precision.EXACT:
            item.public_geom = Point(place.x, place.y, srid=STORED_SRID)


FIELDS = ("public_cell", "blurred_geom", "public_geom", "public_kelurahan")


@transaction.atomic
def place_anew(category: Category) -> int:
    """Give all reports of a category the public place that its rule now says; returns how many."""
    rows = Report.objects.filter(category=category).select_related("kelurahan", "category")
    done, last = 0, 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        for item in found:
            place_for_public(item)
        Report.objects.bulk_update(found, FIELDS)
        done, last = done + len(found), found[-1].pk
    return done


def place_what_waits() -> int:
    """Place the reports whose category blurs and that have no cell yet; returns how many."""
    waiting = Report.objects.filter(public_cell="", geom__isnull=False)
    blurred = Category.objects.filter(public_precision=Precision.BLUR)
    found = blurred.filter(pk__in=waiting.values("category"))
    return sum(place_anew(category) for category in found)


def on_category_saved(instance: Category, created: bool, **_: Any) -> None:
    """A category whose rule changed: its reports move to where the public may now see them.

    The database has hidden them the moment the rule changed (migration 0012).
    """
    if created or instance.public_precision == Precision.NEVER:
        return
    hidden = Report.objects.filter(category=instance, public_cell="", public_geom__isnull=True)
    if hidden.filter(geom__isnull=False).exists():
        place_anew(instance)
