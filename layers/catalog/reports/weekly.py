"""The weekly report: figures of one week, Monday to Sunday, kept as they were counted."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import translation

from layers.catalog import health
from layers.catalog.incident_clusters import IncidentCluster
from layers.catalog.reports import figures, queue
from layers.errors import BadInput, NotFound
from layers.geography import city

FORMAT = 1
CUTS = ("agency", "category", "island", "kelurahan")
NAME = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
MOST_CLUSTERS = 5


class UnknownWeek(NotFound):
    """Minggu itu tidak ada; tulis tahun dan nomornya, misalnya 2026-W45."""

    code = "UNKNOWN_WEEK"


class WeekNotOver(BadInput):
    """Minggu itu belum berakhir; laporannya dibuat sesudah hari Minggu."""

    code = "WEEK_NOT_OVER"


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """Monday 00:00 to the next Monday 00:00, in the city's own time."""

    monday: date

    @classmethod
    def named(cls, name: str) -> Week:
        """The week called 2026-W45. Raises UnknownWeek."""
        found = NAME.fullmatch(name)
        try:
            return cls(date.fromisocalendar(int(found[1]), int(found[2]), 1))  # type: ignore[index]
        except (TypeError, ValueError):
            raise UnknownWeek from None

    @classmethod
    def over_by(cls, at: datetime) -> Week:
        """The last week that was over at moment `at`."""
        today = at.astimezone(ZoneInfo(city().time_zone)).date()
        return cls(today - timedelta(days=today.weekday() + 7))

    @property
    def name(self) -> str:
        """2026-W45."""
        year, number, _day = self.monday.isocalendar()
        return f"{year:04}-W{number:02}"

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    def back(self, weeks: int = 1) -> Week:
        """The week so many before."""
        return Week(self.monday - timedelta(weeks=weeks))

    def period(self) -> tuple[datetime, datetime]:
        """[from, until) as moments."""
        zone = ZoneInfo(city().time_zone)
        start = datetime.combine(self.monday, datetime.min.time(), zone)
        end = datetime.combine(self.monday + timedelta(days=7), datetime.min.time(), zone)
        return start, end


class WeeklyReport(models.Model):
    """One version of a week's report; none is ever changed."""

    week = models.CharField(max_length=8)
    version = models.PositiveSmallIntegerField(default=1)
    made_at = models.DateTimeField()
    frame = models.JSONField(help_text="every figure of the report, as it was counted")
    sha256 = models.CharField(max_length=64, help_text="of the frame's canonical JSON")

    class Meta:
        ordering = ("-week", "-version")
        constraints = [
            models.UniqueConstraint(fields=("week", "version"), name="weekly_report_once")
        ]

    def __str__(self) -> str:
        return f"{self.week} v{self.version}"

    @property
    def of(self) -> Week:
        """Its week."""
        return Week.named(self.week)

    @property
    def is_whole(self) -> bool:
        """False when the kept figures are not those that were counted."""
        return digest(self.frame) == self.sha256


def canonical(frame: dict[str, Any]) -> str:
    """The one text of a frame: sorted keys, no spaces."""
    return json.dumps(frame, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(frame: dict[str, Any]) -> str:
    """SHA-256 of the canonical text."""
    return hashlib.sha256(canonical(frame).encode()).hexdigest()


def _numbers(week: Week, at: datetime) -> dict[str, float | None]:
    """What came in, what was promised and kept of it, what was closed in the week, how fast."""
    period = week.period()
    (counts,) = figures.state_counts(period)
    in_time = [c.share for c in figures.clocks_met(at, period) if c.kind == "verifikasi"]
    closed = figures.closed_in(period)
    times = figures.closing_times(closed=period)
    return {
        "came_in": counts.total,
        "verified_in_time_pct": in_time[0] if in_time else None,
        "closed": closed.closed,
        "fixed": closed.fixed,
        "median_days": times.median_days,
        "p90_days": times.p90_days,
    }


def _cut(week: Week, cut: str) -> list[dict[str, Any]]:
    """Rows of a cut with last week's total beside; those that only last week had, too."""
    now = {row.key: row.as_row() for row in figures.state_counts(week.period(), cut)}
    before = {row.key: row for row in figures.state_counts(week.back().period(), cut)}
    for key, row in before.items():
        if key not in now:
            gone = dict.fromkeys(row.as_row(), 0)
            now[key] = gone | {"key": key, "label": row.label}
    rows = [row | {"before": before[key].total if key in before else 0} for key, row in now.items()]
    return sorted(rows, key=lambda row: (-row["total"], row["label"]))


def _clusters() -> list[dict[str, Any]]:
    """The strongest clusters of the standing answer, which covers more than the week."""
    rows = IncidentCluster.objects.standing().order_by("rank")[:MOST_CLUSTERS]
    return [
        {
            "rank": row.rank, "area": row.area, "island": row.island, "category": row.category,
            "n": row.n, "p": round(row.p, 4), "first_at": row.first_at.isoformat(),
            "last_at": row.last_at.isoformat(), "trend": row.trend,
        }
        for row in rows
    ]  # fmt: skip


def count(week: Week, at: datetime) -> dict[str, Any]:
    """Every figure of the week's report as it stands at moment `at`, fit for JSON.

    `desk` is for those who work there; the rest is what `/kinerja/` shows to everybody.
    """
    numbers, before = _numbers(week, at), _numbers(week.back(), at)
    (states,) = figures.state_counts(week.period())
    start, end = week.period()
    frame = {
        "format": FORMAT,
        "week": week.name,
        "from": start,
        "until": end,
        "counted_at": at,
        "numbers": {key: [value, before[key]] for key, value in numbers.items()},
        "states": states.as_row(),
        "clocks": [
            asdict(clock) | {"share_pct": clock.share}
            for clock in figures.clocks_met(at, week.period())
        ],
        "cuts": {cut: _cut(week, cut) for cut in CUTS},
        "assets": {
            "wifi": asdict(health.wifi()),
            "cctv": asdict(health.cctv()),
            "bins": asdict(health.bins(at)),
        },
        "desk": {"undone": asdict(queue.counters(at)), "clusters": _clusters()},
    }
    found: dict[str, Any] = json.loads(json.dumps(frame, default=lambda moment: moment.isoformat()))
    return found


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Equal but for the moment of counting."""
    return {**one, "counted_at": ""} == {**other, "counted_at": ""}


def issue(week: Week, at: datetime, *, again: bool = False) -> tuple[WeeklyReport, bool]:
    """The newest version of a week's report, and whether it was made now.

    The first call makes version 1; later ones return it. With `again` the figures are counted anew,
    and another version is kept where they differ. Raises WeekNotOver.
    """
    if week.period()[1] > at:
        raise WeekNotOver
    known = newest(week)
    if known is not None and not again:
        return known, False
    within = connection.in_atomic_block
    with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
        if not within:  # one moment for all figures; only a transaction's first words may say so
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        frame = count(week, at)
        if known is not None and _same(known.frame, frame):
            return known, False
        made = WeeklyReport.objects.create(
            week=week.name, version=known.version + 1 if known else 1, made_at=at, frame=frame,
            sha256=digest(frame),
        )  # fmt: skip
    return made, True


def newest(week: Week) -> WeeklyReport | None:
    """The newest version of a week's report."""
    return WeeklyReport.objects.filter(week=week.name).order_by("-version").first()


def version(week: Week, number: int | None = None) -> WeeklyReport:
    """A version of a week's report, the newest where none is named. Raises UnknownWeek."""
    rows = WeeklyReport.objects.filter(week=week.name)
    found = (rows if number is None else rows.filter(version=number)).order_by("-version").first()
    if found is None:
        raise UnknownWeek
    return found


def changed(report: WeeklyReport) -> list[tuple[str, Any, Any]]:
    """(figure, before, after) of the numbers and states that another version said otherwise."""
    if report.version == 1:
        return []
    before = version(report.of, report.version - 1).frame
    now = report.frame
    pairs = [(key, before["numbers"][key][0], now["numbers"][key][0]) for key in now["numbers"]]
    states = ("unverified", "waiting", "in_process", "closed", "fixed")
    pairs += [(f"state {key}", before["states"][key], now["states"][key]) for key in states]
    return [pair for pair in pairs if pair[1] != pair[2]]
