"""Figures about reports: the single source of every count on pages, in JSON, CSV and reports."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Aggregate,
    Case,
    Count,
    F,
    FilteredRelation,
    FloatField,
    Max,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Extract
from django.utils.translation import gettext as _

from layers.catalog.agencies import Agency
from layers.catalog.categories import Category, Precision
from layers.catalog.reports.history import ReportHistory
from layers.catalog.reports.models import Report, ReportQuerySet
from layers.catalog.reports.states import PublicState, Resolution, State
from layers.catalog.reports.work import Clock
from layers.errors import BadInput

CLOSING = "nyatakan_selesai"  # the one move that ends work: states.py
Period = tuple[datetime | None, datetime | None]
CUTS = {
    "island": ("island__code", "island__name"),
    "kelurahan": ("kelurahan__code", "kelurahan__name"),
    "category": ("category__code", "category__name"),
    "agency": ("held__agency__code", "held__agency__name"),
    "source": ("source", "source"),
}
BY_PLACE = {"island": "public_kelurahan__", "kelurahan": "public_"}


class UnknownCut(BadInput):
    """Potongan angka itu tidak dikenal."""

    code = "UNKNOWN_CUT"


@dataclass(frozen=True, slots=True)
class StateCounts:
    """Reports by public state; `fixed` is the part of `closed` that was really fixed."""

    key: str
    label: str
    unverified: int
    waiting: int
    in_process: int
    closed: int
    fixed: int
    not_told: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.unverified + self.waiting + self.in_process + self.closed

    def share(self, count: int) -> float:
        """Percent of the total, one decimal."""
        return round(100 * count / self.total, 1) if self.total else 0.0

    def as_row(self) -> dict[str, Any]:
        """Columns of JSON and CSV."""
        return {**asdict(self), "total": self.total}


def chosen(period: Period = (None, None), source: str = "") -> ReportQuerySet:
    """Real reports received in [from, to), of one source ("" = all)."""
    rows, (start, end) = Report.objects.real(), period
    if start is not None:
        rows = rows.filter(received_at__gte=start)
    if end is not None:
        rows = rows.filter(received_at__lt=end)
    return rows.filter(source=source) if source else rows


def _counted(rows: QuerySet[Any, Any]) -> Any:
    by = {
        "unverified": PublicState.UNVERIFIED,
        "waiting": PublicState.WAITING,
        "in_process": PublicState.IN_PROCESS,
        "closed": PublicState.CLOSED,
    }
    counts = {
        name: Count("pk", filter=Q(public_state=state), distinct=True) for name, state in by.items()
    }
    return {
        **counts,
        "fixed": Count("pk", filter=Q(resolution=Resolution.FIXED), distinct=True),
        "not_told": Count("pk", filter=Q(resolution=Resolution.NOT_TOLD), distinct=True),
    }


def _public(path: str) -> Case:
    """A column of island or kelurahan as the public may know it.

    Of blurred reports that of their public place; none of reports whose place is never told:
    with the map of the others beside it, their area could be had by taking away.
    """
    blurred = F(BY_PLACE[path.partition("__")[0]] + path)
    return Case(
        When(category__public_precision=Precision.NEVER, then=Value(None)),
        When(public_cell="", then=F(path)),
        default=blurred,
    )


def state_counts(
    period: Period = (None, None), cut: str = "", source: str = ""
) -> list[StateCounts]:
    """Counts by state; one row for all, or one for each value of `cut` (see CUTS), most first.

    Raises UnknownCut.
    """
    rows = chosen(period, source)
    if not cut:
        return [StateCounts("", _("Semua"), **rows.aggregate(**_counted(rows)))]
    if cut not in CUTS:
        raise UnknownCut
    key, label = CUTS[cut]
    if cut == "agency":
        held = Q(assignments__state__in=("open", "accepted", "done"))
        rows = rows.annotate(held=FilteredRelation("assignments", condition=held))
    nameless = _("tanpa instansi") if cut == "agency" else _("tanpa lokasi")
    column = _public if cut in BY_PLACE else F
    grouped = rows.order_by().values(_key=column(key), _label=column(label))
    grouped = grouped.annotate(**_counted(rows))
    words = words_of(cut)
    found = []
    for row in grouped:
        code, name = row.pop("_key") or "", row.pop("_label") or nameless
        found.append(StateCounts(code, words.get(code, name), **row))
    return sorted(found, key=lambda row: (-row.total, row.label))


def words_of(cut: str) -> dict[str, str]:
    """Names of a cut in the reader's language by code, where there are such."""
    tables: dict[str, type[Category] | type[Agency]] = {"category": Category, "agency": Agency}
    rows = tables[cut].objects.all() if cut in tables else ()
    return {row.code: row.label for row in rows}


def sources() -> list[str]:
    """Names of the files that reports were imported from."""
    return list(
        Report.objects.real().exclude(source="").order_by("source")
        .values_list("source", flat=True).distinct()
    )  # fmt: skip


class Percentile(Aggregate):
    """percentile_cont over a number: Percentile("hours", 0.9)."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: Any, share: float, **extra: Any) -> None:
        super().__init__(expression, share=float(share), **extra)


@dataclass(frozen=True, slots=True)
class Times:
    """Days from receipt to closing by work done (median, nine of ten), and over how many."""

    n: int
    median_days: float | None
    p90_days: float | None


def closing_times(
    period: Period = (None, None), source: str = "", *, closed: Period = (None, None)
) -> Times:
    """How long fixed reports took, to their last closing (a note after it is none).

    Of those received in `period` and closed in `closed`. Imported closings tell no time and are
    left out.
    """
    rows = chosen(period, source).filter(resolution=Resolution.FIXED, history__move=CLOSING)
    rows = rows.order_by().annotate(closed_at=Max("history__at"))
    start, end = closed
    if start is not None:
        rows = rows.filter(closed_at__gte=start)
    if end is not None:
        rows = rows.filter(closed_at__lt=end)
    took = Extract(F("closed_at") - F("received_at"), "epoch", output_field=FloatField())
    days = rows.annotate(days=took / 86400.0)
    found = days.aggregate(
        n=Count("pk"), median=Percentile("days", 0.5), p90=Percentile("days", 0.9)
    )
    return Times(found["n"], _one(found["median"]), _one(found["p90"]))


def _one(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


@dataclass(frozen=True, slots=True)
class Closed:
    """Reports closed in a period, however long ago they came, and those of them really fixed."""

    closed: int
    fixed: int


def closed_in(period: Period) -> Closed:
    """Real reports that are closed and whose last closing lies in [from, to).

    Imported closings tell no time and are left out; so are notes on what was closed before.
    """
    closings = ReportHistory.objects.filter(
        to_state=State.CLOSED, report__state=State.CLOSED, report__practice=False
    ).exclude(Q(from_state=State.CLOSED) | Q(move="impor"))
    rows = closings.order_by().values("report").annotate(closed_at=Max("at"))
    start, end = period
    if start is not None:
        rows = rows.filter(closed_at__gte=start)
    if end is not None:
        rows = rows.filter(closed_at__lt=end)
    how = list(rows.values_list("report__resolution", flat=True))
    return Closed(len(how), how.count(Resolution.FIXED))


@dataclass(frozen=True, slots=True)
class ClocksMet:
    """How often a promise was kept; `overdue` still run past their moment."""

    kind: str
    met: int
    missed: int
    overdue: int

    @property
    def share(self) -> float | None:
        """Percent kept of those that ended or should have; None without any."""
        n = self.met + self.missed + self.overdue
        return round(100 * self.met / n, 1) if n else None


def clocks_met(at: datetime, period: Period = (None, None), source: str = "") -> list[ClocksMet]:
    """Promises kept at moment `at`, by kind."""
    rows = Clock.objects.filter(report__in=chosen(period, source).order_by()).exclude(
        outcome="void"
    )
    grouped = rows.order_by().values("kind").annotate(
        met=Count("pk", filter=Q(outcome="met")),
        missed=Count("pk", filter=Q(outcome="missed")),
        overdue=Count(
            "pk",
            filter=Q(stopped_at__isnull=True, paused_at__isnull=True, due_at__lt=at),
        ),
    )  # fmt: skip
    order = ("verifikasi", "rencana", "kerja", "validasi")
    found = {row["kind"]: ClocksMet(**row) for row in grouped}
    return [found[kind] for kind in order if kind in found]
