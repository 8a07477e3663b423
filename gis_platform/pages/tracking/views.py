"""`/lacak/`: by number the ladder; with the follow key also one's own words and photos."""

from __future__ import annotations

from typing import Any

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from gis_platform import limits
from gis_platform.pages.tracking.ladder import rungs
from layers.catalog.reports import contest, numbers
from layers.catalog.reports.models import Report
from layers.catalog.reports.move import move
from layers.catalog.reports.photos import Photo
from layers.catalog.reports.report import keyed
from layers.catalog.reports.states import Actor, State
from layers.errors import BadInput, NotFound


class WrongNumber(BadInput):
    """Nomor itu salah tulis: periksa tiap hurufnya, tanda terakhir adalah tanda periksa."""

    code = "WRONG_NUMBER"


@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a number, and go to its page."""
    typed = request.GET.get("nomor", "")
    number = numbers.tidy(typed) if typed else None
    if number:
        return redirect("lacak-nomor", number)
    wrong = WrongNumber().said() if typed else ""
    return render(
        request, "tracking/ask.html", {"typed": typed, "wrong": wrong}, status=400 if wrong else 200
    )


@require_safe
def page(request: HttpRequest, number: str) -> HttpResponse:
    """The ladder of a report. A wrong number answers like one that is hidden.

    Raises NotFound, TooManyGuesses (never for who holds the key).
    """
    tidy = numbers.tidy(number)
    if tidy and tidy != number:
        return redirect("lacak-nomor", tidy)
    rows = Report.objects.select_related("category", "kelurahan", "island")
    report = rows.filter(number=tidy or "").first()
    key = request.GET.get("kunci", "")
    mine = bool(key and report and report.follow_key_hash == keyed(key))
    if not mine:
        limits.require_few(request)
    if report is None:
        limits.count_wrong(request)
        raise NotFound
    context: dict[str, Any] = {
        "report": report,
        "rungs": rungs(report),
        "photos": _public_photos(report),
        "agency": _agency(report),
        "new": mine and "baru" in request.GET,
    }
    if mine:
        context |= _own(request, report, key)
    return render(request, "tracking/page.html", context)


def _public_photos(report: Report) -> list[Photo]:
    return list(Photo.objects.public().filter(report=report))


def _agency(report: Report) -> str:
    held = report.assignments.exclude(state__in=("recalled", "handed_back")).first()
    return held.agency.label if held and report.published_at else ""


def _own(request: HttpRequest, report: Report, key: str) -> dict[str, Any]:
    """What the key opens: own words and photos, the question, the answer box, the QR."""
    address = request.build_absolute_uri(
        f"{reverse('lacak-nomor', args=[report.number])}?kunci={key}"
    )
    told = report.notes.filter(shown_to="reporter", erased_at=None)
    return {
        "mine": True,
        "key": key,
        "address": address,
        "qr": segno.make(address, error="m").svg_data_uri(scale=4, border=2),
        "own_photos": report.photos.filter(kind="report"),
        "notes": told,
        "may_answer": report.state == State.NEEDS_INFO,
        "may_contest": contest.may_contest(report, timezone.now()),
        "contest_until": contest.until(report),
        "thanked": report.history.filter(reason_code="terima kasih").exists(),
    }


def _back(number: str, key: str) -> HttpResponse:
    return redirect(f"{reverse('lacak-nomor', args=[number])}?kunci={key}")


@require_POST
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """The reporter's answer to the question."""
    key = request.POST.get("kunci", "")
    report = contest.of_reporter(number, key)
    words = request.POST.get("jawaban", "").strip()[:2000]
    move(report.pk, "jawab", actor=Actor.REPORTER, screen="lacak", note=words)
    return _back(number, key)


@require_POST
def object_to(request: HttpRequest, number: str) -> HttpResponse:
    """ "Belum beres", with words."""
    key = request.POST.get("kunci", "")
    contest.contest(contest.of_reporter(number, key), request.POST.get("alasan", "")[:2000])
    return _back(number, key)


@require_POST
def thank(request: HttpRequest, number: str) -> HttpResponse:
    """ "Terima kasih"."""
    key = request.POST.get("kunci", "")
    contest.thank(contest.of_reporter(number, key))
    return _back(number, key)
