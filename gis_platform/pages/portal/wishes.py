"""What a visitor asks of the public map: the address of a view, read and refused aloud."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from layers.catalog.categories import ON_THE_PUBLIC_MAP, Category
from layers.catalog.places import Island
from layers.catalog.reports.models import Report, ReportQuerySet
from layers.catalog.reports.states import PublicState
from layers.errors import BadInput
from layers.gate.whole import whole

PERIODS: dict[str, tuple[Any, timedelta | None]] = {
    "3-jam": (_("3 jam"), timedelta(hours=3)),
    "24-jam": (_("24 jam"), timedelta(hours=24)),
    "7-hari": (_("7 hari"), timedelta(days=7)),
    "30-hari": (_("30 hari"), timedelta(days=30)),
    "semua": (_("sejak awal"), None),
}
FIRST_PERIODS = ("7-hari", "30-hari", "semua")
STATES: dict[str, Any] = {
    PublicState.WAITING.value: _("belum ditindaklanjuti"),
    PublicState.IN_PROCESS.value: _("proses"),
    PublicState.CLOSED.value: _("selesai"),
}
MOST_PAGES = 10_000
FIRST_YEAR, LAST_YEAR = 1970, 2200  # of a window: what lies beyond has no local time


@dataclass(frozen=True, slots=True)
class Wish:
    """A view of the public map."""

    listing: str
    period: str
    categories: tuple[str, ...]
    island: str
    state: str
    page: int
    near: str
    window: tuple[datetime, datetime] | None = None  # of a period that is no name: from, to

    @property
    def filters_on(self) -> int:
        """How many filters are set beside the period."""
        return len(self.categories) + bool(self.island) + bool(self.state)

    def query(self, **changes: str) -> str:
        """The view as a query string, with changes; empty values are left out."""
        wanted = QueryDict(mutable=True)
        plain = {
            "daftar": self.listing,
            "waktu": self.period,
            "pulau": self.island,
            "status": self.state,
            "dari": self.near,
        } | changes
        for name, value in plain.items():
            if value:
                wanted[name] = value
        if self.categories:
            wanted.setlist("kategori", list(self.categories))
        return wanted.urlencode()


def public_categories() -> list[Category]:
    """Categories whose reports the public map may show."""
    return list(Category.objects.filter(public_precision__in=ON_THE_PUBLIC_MAP))


def one_of(known: Any, value: str, name: str) -> str:
    """`value` if it is known or empty; raises BadInput naming the parameter."""
    if value and value not in known:
        raise BadInput(_("Nilai yang tidak dikenal untuk %(name)s.") % {"name": name})
    return value


def first_period(at: datetime) -> str:
    """The shortest of the first periods in which something was published."""
    for name in FIRST_PERIODS[:-1]:
        if reports_since(name, at).exists():
            return name
    return FIRST_PERIODS[-1]


def window_in(text: str) -> tuple[datetime, datetime] | None:
    """Moments of "2026-10-01T15:00Z/2026-10-08T15:00Z", on full hours; raises BadInput."""
    if "/" not in text:
        return None
    try:
        since, until = (datetime.fromisoformat(part) for part in text.split("/"))
        full_hours = all(
            at.tzinfo and not at.astimezone(UTC).timestamp() % 3600 for at in (since, until)
        )
    except (ValueError, OverflowError):
        full_hours = False
    if not full_hours or since >= until or since.year < FIRST_YEAR or until.year > LAST_YEAR:
        raise BadInput(_("Jangka waktu: tulis dua jam bulat, 2026-10-01T15:00Z/2026-10-08T15:00Z."))
    return since, until


def window_of(wish: Wish, at: datetime) -> tuple[datetime | None, datetime | None]:
    """From when until when the view's reports were received; None: no such end."""
    if wish.window:
        return wish.window
    span = PERIODS[wish.period][1]
    return (None if span is None else at - span), None


def reports_since(period: str, at: datetime) -> ReportQuerySet:
    """Published reports received within `period` before `at`."""
    rows = Report.objects.published()
    span = PERIODS[period][1]
    return rows if span is None else rows.filter(received_at__gte=at - span)


def read(query: QueryDict, listings: tuple[str, ...], at: datetime) -> Wish:
    """Read a view's address; raises BadInput for a value that is not on its list."""
    codes = {category.code for category in public_categories()}
    raw = [part for text in query.getlist("kategori") for part in text.split(",") if part]
    page = whole(query.get("hal", "1"))
    if page is None or not 1 <= page <= MOST_PAGES:
        raise BadInput(_("Nilai yang tidak dikenal untuk %(name)s.") % {"name": "hal"})
    islands = set(Island.objects.values_list("code", flat=True))
    period = query.get("waktu", "")
    window = window_in(period)
    return Wish(
        listing=one_of(listings, query.get("daftar", ""), "daftar") or listings[0],
        window=window,
        period=period if window else one_of(PERIODS, period, "waktu") or first_period(at),
        categories=tuple(one_of(codes, code, "kategori") for code in dict.fromkeys(raw)),
        island=one_of(islands, query.get("pulau", ""), "pulau"),
        state=one_of(STATES, query.get("status", ""), "status"),
        page=page,
        near=query.get("dari", "")[:20],
    )


def reports(wish: Wish, at: datetime) -> ReportQuerySet:
    """Published reports of the view, newest first."""
    since, until = window_of(wish, at)
    rows = at_all_times(wish)
    if since:
        rows = rows.filter(received_at__gte=since)
    if until:
        rows = rows.filter(received_at__lt=until)
    return rows.select_related("category", "island", "kelurahan", "public_kelurahan")


def at_all_times(wish: Wish) -> ReportQuerySet:
    """Published reports of the view, whenever they were received."""
    rows = Report.objects.published()
    if wish.categories:
        rows = rows.filter(category__in=wish.categories)
    if wish.island:
        rows = rows.on_public_island(wish.island)
    if wish.state:
        rows = rows.filter(public_state=wish.state)
    return rows
