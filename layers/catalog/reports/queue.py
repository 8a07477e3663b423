"""The desk's queue: what waits, what nobody owns, what is late; never hidden by a doubt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from layers.catalog.reports.history import ReportHistory
from layers.catalog.reports.models import Report, ReportQuerySet
from layers.catalog.reports.states import UNVERIFIED, ClockKind, State
from layers.catalog.reports.work import LIVE, Assignment, Clock, DoubtSignal
from layers.errors import BadInput

TO_DECIDE = (*sorted(UNVERIFIED), State.VERIFIED)
VIEWS = ("meja", "tanpa-pemilik", "lewat-waktu", "digugat", "validasi", "semua")
MOST_SHOWN = 200


class UnknownView(BadInput):
    """Saringan itu tidak dikenal."""

    code = "UNKNOWN_QUEUE_VIEW"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the desk looks at."""

    view: str = "meja"
    category: str = ""
    island: str = ""
    state: str = ""
    order: str = "baru"  # newest on top, or "tenggat": the clock that ends first


@dataclass(frozen=True, slots=True)
class Counters:
    """Work not done, beside every queue."""

    to_decide: int
    without_owner: int
    overdue: int
    contested: int
    to_check: int


def without_owner() -> Q:
    """Verified, or handed back, and with no agency."""
    held = Exists(Assignment.objects.filter(report=OuterRef("pk"), state__in=LIVE))
    return Q(state=State.VERIFIED) | (Q(state=State.FORWARDED) & ~Q(held))


def _running() -> QuerySet[Clock]:
    return Clock.objects.filter(
        report=OuterRef("pk"), stopped_at__isnull=True, paused_at__isnull=True
    ).exclude(kind=ClockKind.CONTEST)


def overdue(at: datetime) -> Q:
    """Past a promise that still runs."""
    return Q(Exists(_running().filter(due_at__lt=at)))


def counters(at: datetime) -> Counters:
    """Counts of the desk at moment `at`."""
    rows = Report.objects.real()
    return Counters(
        to_decide=rows.filter(state__in=UNVERIFIED).count(),
        without_owner=rows.filter(without_owner()).count(),
        overdue=rows.filter(overdue(at)).count(),
        contested=rows.filter(contested_at__isnull=False).count(),
        to_check=rows.filter(state=State.AWAITS_CHECK).count(),
    )


def queue(filters: Filters, at: datetime) -> ReportQuerySet:
    """Reports that the filters let through, with points of doubt and the clock that ends first."""
    rows = Report.objects.real()
    match filters.view:
        case "meja":
            rows = rows.filter(state__in=TO_DECIDE)
        case "tanpa-pemilik":
            rows = rows.filter(without_owner())
        case "lewat-waktu":
            rows = rows.filter(overdue(at))
        case "digugat":
            rows = rows.filter(contested_at__isnull=False)
        case "validasi":
            rows = rows.filter(state=State.AWAITS_CHECK)
        case "semua":
            pass
        case _:
            raise UnknownView
    if filters.category:
        rows = rows.filter(category=filters.category)
    if filters.island:
        rows = rows.filter(island__code=filters.island)
    if filters.state:
        rows = rows.filter(state=filters.state)
    points = DoubtSignal.objects.filter(report=OuterRef("pk")).order_by().values("report")
    rows = rows.select_related("category", "kelurahan", "island").annotate(
        points=Coalesce(Subquery(points.annotate(n=Sum("points")).values("n")), 0),
        kinds=Subquery(points.filter(points__gt=0).annotate(k=ArrayAgg("kind")).values("k")),
        due_at=Subquery(_running().order_by("due_at").values("due_at")[:1]),
    )
    if filters.order == "tenggat":
        return rows.order_by(F("due_at").asc(nulls_last=True), "received_at")
    return rows.order_by("-received_at", "-id")


def last_change() -> int:
    """Id of the newest line of any history: the queue is unchanged while this is."""
    newest = ReportHistory.objects.order_by("-id").values_list("id", flat=True).first()
    return newest or 0
