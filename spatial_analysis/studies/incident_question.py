"""What an operator or planner asks of the reports: which, where, when, measured against what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop as _

from layers.catalog.categories import ON_THE_PUBLIC_MAP, Category
from layers.catalog.incident_cells import OffsetKind
from layers.catalog.places import Island
from layers.catalog.reports.models import Report
from layers.catalog.reports.states import Resolution
from layers.errors import BadInput, PlatformError
from layers.geography import city
from spatial_analysis.study import digest_of

STANDING_DAYS = 90
LONGEST_DAYS = 3 * 366
FIRST_YEAR, LAST_YEAR = 1900, 2199
NOT_COUNTED = (Resolution.DUPLICATE, Resolution.UNPROVEN)
LIMITS: dict[str, tuple[float, float, float]] = {  # default, least, most
    "sigma_m": (300, 100, 2000),
    "spacing_m": (300, 100, 2000),
    "eps_m": (75, 20, 1000),
    "min_pts": (8, 3, 100),
    "alpha": (0.05, 0.001, 0.05),
    "replications": (99, 19, 9999),
}


FOR_ONE_CATEGORY = {"eps_m": 100.0, "min_pts": 5.0}  # fewer reports, so a wider reach


class BadQuestion(BadInput):
    """Pertanyaan ini belum jelas; periksa kategori, pulau, tanggal, dan angkanya."""

    code = "BAD_INCIDENT_QUESTION"


class NoReportsThen(PlatformError):
    """Tidak ada laporan bertempat pada pilihan ini; perpanjang periode atau ganti kategori."""

    code = "NO_REPORTS_THEN"


class OnlyDefaultAddressesThen(NoReportsThen):
    """Semua laporan pada pilihan ini berada di alamat baku; sertakan alamat baku, atau perlebar."""

    code = "ONLY_DEFAULT_ADDRESSES_THEN"


@dataclass(frozen=True, slots=True)
class Question:
    """Reports of one category (or all whose places are open) on one island (or all), by day.

    `first` and `end` are days of the city's calendar; `end` is not counted any more. `rolling`
    names those of them that nobody fixed: they move on with the newest report, and the question
    stays the same. With `piles`, reports at default addresses count like any other.
    """

    category: str
    island: str
    first: date
    end: date
    offset: str
    sigma_m: float
    spacing_m: float
    eps_m: float
    min_pts: int
    alpha: float
    replications: int
    piles: bool
    rolling: tuple[str, ...]
    standing: bool
    hidden: bool

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Question:
        """Read category, island, from, to (both counted, YYYY-MM-DD) or days, offset, LIMITS.

        Without a period: the 90 days up to the newest report. Raises BadQuestion, NoReportsThen.
        """
        known = {"category", "island", "from", "to", "days", "offset", "piles", *LIMITS}
        if extra := set(params) - known:
            raise BadQuestion(_("Tidak dikenal: %(names)s."), names=", ".join(sorted(extra)))
        category, island = str(params.get("category") or ""), str(params.get("island") or "")
        kind = Category.objects.filter(pk=category).first()
        if (category and kind is None) or (island and not _island(island)):
            raise BadQuestion
        offset = str(params.get("offset") or OffsetKind.PEOPLE)
        if offset not in OffsetKind.values or (offset == OffsetKind.REPORTS and not category):
            raise BadQuestion(_("Pembanding 'semua laporan' memerlukan satu kategori."))
        first, end = _period(params, category)
        numbers = {name: _number(params, name) for name in LIMITS}
        return cls(
            category=category,
            island=island,
            first=first,
            end=end,
            offset=offset,
            sigma_m=numbers["sigma_m"],
            spacing_m=numbers["spacing_m"],
            eps_m=numbers["eps_m"],
            min_pts=int(numbers["min_pts"]),
            alpha=numbers["alpha"],
            replications=int(numbers["replications"]),
            piles=str(params.get("piles") or "") in ("1", "True", "true"),
            rolling=_rolling(params),
            standing=all(params.get(name) in (None, "", False) for name in known),
            hidden=kind is not None and kind.public_precision not in ON_THE_PUBLIC_MAP,
        )

    @property
    def days(self) -> int:
        """Length of the period."""
        return (self.end - self.first).days

    @property
    def before(self) -> tuple[date, date]:
        """The period of equal length just before."""
        return self.first - timedelta(days=self.days), self.first

    def key(self, study: str) -> str:
        """Digest of the question as it was understood; addresses and rows carry it.

        Days that roll on are left out: tomorrow's answer takes the place of today's, and its
        clusters go on under their names.
        """
        asked = {name: said for name, said in asdict(self).items() if name not in self.rolling}
        return digest_of(study, asked, self.days if "first" in self.rolling else 0)[:16]


def moment(day: date) -> datetime:
    """Beginning of a day of the city's calendar (UTC)."""
    return datetime.combine(day, time(), ZoneInfo(city().time_zone)).astimezone(UTC)


def counted(category: str, first: date, end: date) -> QuerySet[Report]:
    """Reports of the days [first, end) that count: placed, real, no duplicates, not disproved.

    Without a category: all whose places may be shown; hidden ones are asked for by name.
    """
    rows = _placed(first, end)
    return rows.filter(category=category) if category else rows.filter(SHOWN)


def counted_beside(category: str, first: date, end: date) -> QuerySet[Report]:
    """The same for a category together with all whose places may be shown."""
    return _placed(first, end).filter(SHOWN | Q(category=category))


SHOWN = Q(category__public_precision__in=ON_THE_PUBLIC_MAP)


def _placed(first: date, end: date) -> QuerySet[Report]:
    rows = Report.objects.real().filter(
        geom__isnull=False, received_at__gte=moment(first), received_at__lt=moment(end)
    )
    return rows.exclude(resolution__in=NOT_COUNTED)


def _island(code: str) -> bool:
    return Island.objects.filter(code=code).exists()


def _number(params: Mapping[str, Any], name: str) -> float:
    normal, least, most = LIMITS[name]
    if params.get("category"):
        normal = FOR_ONE_CATEGORY.get(name, normal)
    given = params.get(name)
    try:
        value = normal if given in (None, "") else float(given)
    except (TypeError, ValueError):
        raise BadQuestion from None
    if not least <= value <= most:
        raise BadQuestion(
            _("%(name)s: %(least)s sampai %(most)s."), name=name, least=f"{least:g}",
            most=f"{most:g}",
        )  # fmt: skip
    return value


def day_of(text: Any) -> date:
    """A day written YYYY-MM-DD, of a year that calendars reach beyond. Raises BadQuestion."""
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        day = date.min
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadQuestion(_("Tanggal ditulis TTTT-BB-HH, misalnya 2026-03-31."))
    return day


def _period(params: Mapping[str, Any], category: str) -> tuple[date, date]:
    if params.get("to"):
        end = day_of(params["to"]) + timedelta(days=1)
    else:
        end = _newest(category) + timedelta(days=1)
    if params.get("from"):
        first = day_of(params["from"])
    else:
        asked = _whole(params["days"]) if params.get("days") not in (None, "") else STANDING_DAYS
        first = end - timedelta(days=min(max(asked, 0), LONGEST_DAYS + 1))
    if not 0 < (end - first).days <= LONGEST_DAYS:
        raise BadQuestion(_("Tanggal akhir harus sesudah tanggal awal, paling lama tiga tahun."))
    return first, end


def _rolling(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Which ends of the period nobody fixed."""
    if params.get("to"):
        return ()
    return ("end",) if params.get("from") else ("first", "end")


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise BadQuestion from None


def _newest(category: str) -> date:
    """Day of the newest report; by the index from its end, where max() would read every row."""
    rows = counted(category, date(FIRST_YEAR, 1, 1), date(LAST_YEAR + 1, 1, 1))
    newest = rows.order_by("-received_at").values_list("received_at", flat=True).first()
    if newest is None:
        raise NoReportsThen
    local: datetime = newest.astimezone(ZoneInfo(city().time_zone))
    return local.date()
