"""Reports of the database as rows to count, some at a time: memory does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import F, FloatField, Func, IntegerField, QuerySet
from pyproj import Transformer

from layers.catalog.reports.models import Report
from layers.columns import STORED_SRID
from layers.geography import city
from spatial_analysis.means import Say, silent
from spatial_analysis.methods.frame import Ints
from spatial_analysis.studies.incident_frames import Islands, held_now
from spatial_analysis.studies.incident_question import NOT_COUNTED, Question, moment
from spatial_analysis.tally import MILLIMETRES, Rows, reporter_mark

AT_ONCE = 200_000
NAMES = ("pk", "_x", "_y", "island_id", "_day", "category_id", "phone_mark", "origin")


class LocalDay(Func):
    """Day of the city's calendar, since 1970."""

    template = "((%(expressions)s AT TIME ZONE '%(zone)s')::date - DATE '1970-01-01')"
    output_field = IntegerField()


def countable() -> QuerySet[Report]:
    """Placed, real, no duplicates, not disproved: of every category."""
    return Report.objects.real().filter(geom__isnull=False).exclude(resolution__in=NOT_COUNTED)


def told_columns(reports: QuerySet[Report]) -> QuerySet[Report, Any]:
    """The columns that `rows_of` reads."""
    place = {"_x": _axis("ST_X"), "_y": _axis("ST_Y")}
    day = LocalDay("received_at", zone=city().time_zone)
    return reports.annotate(**place, _day=day).values_list(*NAMES)


def _axis(function: str) -> Func:
    return Func(F("geom"), function=function, output_field=FloatField())


def stored_rows(
    question: Question, islands: Islands, categories: set[str], *, say: Say = silent
) -> Iterator[Rows]:
    """Rows of the period asked for and of the one before, AT_ONCE at a time."""
    first, _ = question.before
    held = held_now()
    if held is not None and held.covers(first) and not question.category:
        yield held.rows_between(first, question.end)
        return
    reports = countable().filter(
        received_at__gte=moment(first),
        received_at__lt=moment(question.end),
        category__in=sorted(categories),
    )
    total, done = reports.count(), 0
    found = told_columns(reports.order_by()).iterator(chunk_size=20_000)
    while some := list(islice(found, AT_ONCE)):
        yield rows_of(some, islands)
        done += len(some)
        say(done, total)


def rows_of(found: list[tuple[Any, ...]], islands: Islands) -> Rows:
    """Rows of NAMES as arrays, places in whole millimetres of the city's frame; at least one."""
    pk, x, y, island, day, kind, mark, origin = zip(*found, strict=True)
    xy = in_millimetres(np.array(x), np.array(y))
    key = settings.SECRET_KEY.encode()
    known = {text: reporter_mark(text, key) for text in set(mark)}
    return Rows(
        id=np.array(pk, dtype=np.int64),
        x_mm=xy[:, 0],
        y_mm=xy[:, 1],
        island=islands.index_of(list(island)),
        day=np.array(day, dtype=np.int64),
        category=np.array(kind, dtype="U40"),
        reporter=np.array([known[text] for text in mark], dtype=np.uint64),
        synthetic=np.array([text == "synthetic" for text in origin], dtype=bool),
    )


def in_millimetres(lon: Any, lat: Any) -> Ints:
    """(n, 2) whole millimetres in the city's metric frame."""
    frame = Transformer.from_crs(STORED_SRID, city().metric_srid, always_xy=True)
    return np.rint(np.column_stack(frame.transform(lon, lat)) * MILLIMETRES).astype(np.int64)
