"""Reports of the database as rows to count, a lot at a time: memory does not grow with them.

A lot is a stretch of numbers. Its name says which versions of which reports it holds, so that what
was counted of it can be kept: only a lot in which something changed has to be read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import (
    Count,
    F,
    FloatField,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Sum,
)
from pyproj import Transformer

from layers.catalog.reports.models import Report
from layers.columns import STORED_SRID
from layers.geography import city
from spatial_analysis.frames import RowVersion, copied, texts
from spatial_analysis.methods.frame import Ints
from spatial_analysis.place_tally import PlacePlan, PlaceTally, count_places
from spatial_analysis.studies.incident_frames import Islands
from spatial_analysis.studies.incident_question import NOT_COUNTED, Question, moment
from spatial_analysis.tally import MILLIMETRES, Rows, reporter_mark

AT_ONCE = 200_000
KINDS: dict[str, Any] = {
    "pk": np.int64, "_x": float, "_y": float, "island_id": float, "_day": np.int64,
    "category_id": "category", "phone_mark": "category", "origin": "category",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lot:
    """Reports with numbers in [start, start + AT_ONCE): how many, and a name of their versions."""

    start: int
    rows: int
    mark: int

    @property
    def name(self) -> str:
        """Equal reports in equal versions, equal name."""
        return f"lot-{self.start}-{self.rows}-{self.mark % 2**64:016x}"

    @property
    def inside(self) -> Q:
        """Which reports."""
        return Q(pk__gte=self.start, pk__lt=self.start + AT_ONCE)


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
    return reports.annotate(**place, _day=day).values_list(*KINDS)


def _axis(function: str) -> Func:
    return Func(F("geom"), function=function, output_field=FloatField())


def asked_reports(question: Question, categories: set[str]) -> QuerySet[Report]:
    """Reports of the period asked for and of the one before."""
    return countable().filter(
        received_at__gte=moment(question.before[0]),
        received_at__lt=moment(question.end),
        category__in=sorted(categories),
    )


def judged_reports(question: Question, categories: Sequence[str]) -> QuerySet[Report]:
    """Reports that places are judged by: of the period, on an island."""
    return countable().filter(
        received_at__gte=moment(question.first),
        received_at__lt=moment(question.end),
        category__in=sorted(categories),
        island__isnull=False,
    )


def places_of(reports: QuerySet[Report], plan: PlacePlan, read: int) -> PlaceTally:
    """These `read` reports by exact place and category, added up by the database."""
    each = (
        reports.order_by()
        .values(_x=_axis("ST_X"), _y=_axis("ST_Y"), _kind=F("category_id"))
        .annotate(_times=Count("pk"))
        .values_list("_x", "_y", "_kind", "_times")
    )
    kinds = {"_x": float, "_y": float, "_kind": "category", "_times": np.int64}
    found = copied(each, kinds)
    xy = in_millimetres(found["_x"].to_numpy(float), found["_y"].to_numpy(float))
    times = found["_times"].to_numpy(np.int64)
    return count_places(plan, xy[:, 0], xy[:, 1], texts(found["_kind"]), times, read=read)


def lots_of(reports: QuerySet[Report]) -> list[Lot]:
    """The lots that hold some of these reports, in order of their numbers."""
    found = (
        reports.order_by()
        .annotate(_lot=F("pk") / AT_ONCE)
        .values("_lot")
        .annotate(_rows=Count("pk"), _mark=Sum(RowVersion("pk", table=Report._meta.db_table)))
        .order_by("_lot")
        .values_list("_lot", "_rows", "_mark")
    )
    return [Lot(lot * AT_ONCE, rows, int(mark)) for lot, rows, mark in found]


def rows_of(reports: QuerySet[Report], islands: Islands) -> Rows:
    """These reports as arrays, places in whole millimetres of the city's frame."""
    rows, _ = rows_and_degrees(reports, islands)
    return rows


def rows_and_degrees(reports: QuerySet[Report], islands: Islands) -> tuple[Rows, Any]:
    """The same, with their places (n, 2) in degrees."""
    found = copied(told_columns(reports), KINDS)
    lon_lat = found[["_x", "_y"]].to_numpy(float)
    xy, island = in_millimetres(lon_lat[:, 0], lon_lat[:, 1]), found["island_id"].fillna(0)
    key = settings.SECRET_KEY.encode()
    marks = [reporter_mark(str(text), key) for text in found["phone_mark"].cat.categories]
    rows = Rows(
        id=found["pk"].to_numpy(np.int64),
        x_mm=xy[:, 0],
        y_mm=xy[:, 1],
        island=islands.index_of_all(island.to_numpy(np.int64)),
        day=found["_day"].to_numpy(np.int64),
        category=texts(found["category_id"]),
        reporter=np.array(marks, dtype=np.uint64)[found["phone_mark"].cat.codes.to_numpy()],
        synthetic=(found["origin"] == "synthetic").to_numpy(bool),
    )
    return rows, lon_lat


def in_millimetres(lon: Any, lat: Any) -> Ints:
    """(n, 2) whole millimetres in the city's metric frame."""
    frame = Transformer.from_crs(STORED_SRID, city().metric_srid, always_xy=True)
    return np.rint(np.column_stack(frame.transform(lon, lat)) * MILLIMETRES).astype(np.int64)
