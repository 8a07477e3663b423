"""`/lacak/<number>/data/`: what is kept about a reporter, to see, to take along, to delete."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_platform import limits
from layers.catalog.reports import contest, own_data
from layers.catalog.reports.models import Report
from layers.catalog.reports.states import State
from layers.errors import BadInput, NotFound


class NotConfirmed(BadInput):
    """Beri tanda bahwa Anda mengerti; sesudah dihapus tidak ada yang dapat dikembalikan."""

    code = "NOT_CONFIRMED"


def _of_reporter(request: HttpRequest, number: str, key: str) -> Report:
    """The report of who holds the key. Raises NotFound, TooManyGuesses."""
    try:
        return contest.of_reporter(number, key)
    except NotFound:
        limits.require_few(request)
        limits.count_wrong(request)
        raise


@require_safe
def page(request: HttpRequest, number: str) -> HttpResponse:
    """Everything that is kept, and the form that ends it."""
    key = request.GET.get("kunci", "")
    report = _of_reporter(request, number, key)
    context = {
        "report": report,
        "key": key,
        "kept": own_data.kept(report),
        "left": own_data.words_left(report),
        "open": report.state != State.CLOSED,
        "contested": report.contested_at is not None,
    }
    return render(request, "tracking/own_data.html", context)


@require_safe
def as_json(request: HttpRequest, number: str) -> JsonResponse:
    """The same as a file to take along."""
    report = _of_reporter(request, number, request.GET.get("kunci", ""))
    answer = JsonResponse(
        asdict(own_data.kept(report)), json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    answer["Content-Disposition"] = f'attachment; filename="{report.number}.json"'
    return answer


@require_POST
def erase(request: HttpRequest, number: str) -> HttpResponse:
    """Delete it. Raises NotConfirmed."""
    report = _of_reporter(request, number, request.POST.get("kunci", ""))
    if not request.POST.get("mengerti"):
        raise NotConfirmed
    own_data.erase(report, with_photos=bool(request.POST.get("foto")))
    messages.success(request, _("Data Anda sudah dihapus. Laporannya tetap berjalan tanpa Anda."))
    return redirect(reverse("lacak-nomor", args=[report.number]))
