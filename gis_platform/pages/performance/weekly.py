"""`/kinerja/mingguan/`: the kept reports of the weeks as page, paper, JSON, workbook and feed."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_platform.pages.performance import weekly_words as words
from layers.access import DESK, Role, roles_of
from layers.api import defused
from layers.catalog.reports import figures, weekly
from layers.catalog.reports.weekly import Week, WeeklyReport
from layers.gate.whole import whole
from layers.geography import city

MOST_LISTED, MOST_IN_FEED = 60, 20
MOST_KELURAHAN = 10
INSIDERS = DESK | {Role.AGENCY}
STATES = ("unverified", "waiting", "in_process", "closed", "fixed", "total")


def title_of(report: WeeklyReport) -> str:
    """Minggu 45 · 2–8 November 2026, in the reader's language."""
    week = report.of
    first, last = week.monday, week.sunday
    same = (first.year, first.month) == (last.year, last.month)
    start = str(first.day) if same else date_format(first, "j F Y")
    return _("Minggu %(number)s: %(first)s – %(last)s") % {
        "number": week.monday.isocalendar().week,
        "first": start,
        "last": date_format(last, "j F Y"),
    }


@require_safe
def weeks(request: HttpRequest) -> HttpResponse:
    """The kept weeks, newest first, each with its main figures."""
    rows = list(WeeklyReport.objects.order_by("-week", "-version").distinct("week")[:MOST_LISTED])
    listed = [
        {"report": row, "title": title_of(row), "numbers": row.frame["numbers"]} for row in rows
    ]
    return render(request, "performance/weeks.html", {"listed": listed})


def _asked(request: HttpRequest, name: str) -> WeeklyReport:
    """The version asked for (`?versi=1`), else the newest. Raises UnknownWeek."""
    return weekly.version(Week.named(name), whole(request.GET.get("versi")))


@require_safe
def week(request: HttpRequest, name: str) -> HttpResponse:
    """One week on two sheets of paper; the desk's part for those who work there."""
    report = _asked(request, name)
    frame = report.frame
    inside = bool(roles_of(request.user) & INSIDERS)
    kelurahan = sorted(
        words.named(frame, "kelurahan"), key=lambda row: -abs(row["total"] - row["before"])
    )
    context = {
        "report": report,
        "title": title_of(report),
        "frame": frame,
        "numbers": words.numbers(frame),
        "sentences": words.sentences(frame),
        "clocks": [clock | {"label": words.CLOCKS[clock["kind"]]} for clock in frame["clocks"]],
        "cuts": [
            {"title": words.CUTS[cut], "rows": words.named(frame, cut)}
            for cut in ("agency", "category", "island")
        ],
        "kelurahan": kelurahan[:MOST_KELURAHAN],
        "changed": words.changed_words(weekly.changed(report)),
        "versions": list(
            WeeklyReport.objects.filter(week=report.week).values_list("version", flat=True)
        ),
        "desk": frame["desk"] if inside else None,
        "clusters": _clusters(frame) if inside else [],
        "before": weekly.newest(report.of.back()),
        "after": weekly.newest(report.of.back(-1)),
        "until": moment(frame["until"]),
        "counted_at": moment(frame["counted_at"]),
    }
    return render(request, "performance/week.html", context)


def moment(text: str) -> datetime:
    """A kept moment."""
    return datetime.fromisoformat(text)


def _clusters(frame: dict[str, Any]) -> list[dict[str, Any]]:
    names = figures.words_of("category")
    return [
        row
        | {
            "category": names.get(row["category"], row["category"]),
            "first": moment(row["first_at"]),
            "last": moment(row["last_at"]),
        }
        for row in frame["desk"]["clusters"]
    ]


def _open_part(report: WeeklyReport) -> dict[str, Any]:
    return {key: value for key, value in report.frame.items() if key != "desk"}


@require_safe
def week_json(request: HttpRequest, name: str) -> JsonResponse:
    """The open part of the kept figures; the hash is that of the whole frame."""
    report = _asked(request, name)
    body = {"version": report.version, "sha256": report.sha256, **_open_part(report)}
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


@require_safe
def week_xlsx(request: HttpRequest, name: str) -> HttpResponse:
    """The open part as a workbook."""
    report = _asked(request, name)
    answer = HttpResponse(
        workbook(report),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    answer["Content-Disposition"] = f'attachment; filename="{report.week}-v{report.version}.xlsx"'
    return answer


def workbook(report: WeeklyReport) -> bytes:
    """Sheets: numbers, promises, one a cut; words of the reader, figures as figures."""
    from openpyxl import Workbook  # only when asked

    frame, book = report.frame, Workbook()
    sheet = book.active
    sheet.title = _("Ringkasan")
    sheet.append([_("angka"), _("minggu ini"), _("minggu sebelumnya")])
    for row in words.numbers(frame):
        sheet.append([f"{row['label']}{row['unit']}", row["value"], row["before"]])
    for key in STATES[:4]:
        sheet.append([str(words.STATES[f"state {key}"]), frame["states"][key]])
    for pair in (
        (_("minggu"), report.week), (_("versi"), report.version),
        (_("dihitung"), frame["counted_at"]), ("SHA-256", report.sha256),
    ):  # fmt: skip
        sheet.append(list(pair))
    sheet = book.create_sheet(_("Janji waktu"))
    sheet.append([_("Langkah"), _("tepat"), _("lewat"), _("masih lewat"), _("tepat waktu") + " %"])
    for clock in frame["clocks"]:
        told = [clock[key] for key in ("met", "missed", "overdue", "share_pct")]
        sheet.append([str(words.CLOCKS[clock["kind"]]), *told])
    for cut, title in words.CUTS.items():
        sheet = book.create_sheet(str(title))
        heads = [*(words.STATES[f"state {key}"] for key in STATES[:5]), _("jumlah")]
        sheet.append([_("Nama"), *map(str, heads), _("minggu sebelumnya")])
        for row in words.named(frame, cut):
            sheet.append([defused(str(row["label"])), *(row[key] for key in STATES), row["before"]])
    for sheet in book:
        sheet.column_dimensions["A"].width = 44
        sheet.freeze_panes = "A2"
    holder = io.BytesIO()
    book.save(holder)
    return holder.getvalue()


class WeeklyFeed(Feed[Any, Any]):
    """Atom: one entry a kept version, newest first."""

    feed_type = Atom1Feed

    def title(self) -> str:
        """Name of the feed."""
        return _("Laporan mingguan %(city)s") % {"city": city().name}

    def link(self) -> str:
        """The page behind it."""
        return reverse("kinerja-mingguan")

    def items(self) -> list[WeeklyReport]:
        """The newest versions."""
        return list(WeeklyReport.objects.order_by("-made_at", "-pk")[:MOST_IN_FEED])

    def item_title(self, item: WeeklyReport) -> str:
        """Week and version."""
        again = f" ({_('versi')} {item.version})" if item.version > 1 else ""
        return title_of(item) + again

    def item_description(self, item: WeeklyReport) -> str:
        """Figures and sentences."""
        told = [f"{row['label']}: {row['value']}{row['unit']}" for row in words.numbers(item.frame)]
        return "; ".join(told) + ". " + " ".join(words.sentences(item.frame))

    def item_link(self, item: WeeklyReport) -> str:
        """The version's page."""
        address = reverse("kinerja-minggu", args=[item.week])
        return f"{address}?versi={item.version}"

    def item_pubdate(self, item: WeeklyReport) -> datetime:
        """When it was made."""
        return item.made_at

    item_updateddate = item_pubdate
