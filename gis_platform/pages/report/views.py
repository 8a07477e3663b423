"""`/lapor/`: text and place first, then photos; a bad photo never loses the text."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gis_platform.pages.report.forms import ReportForm
from layers.catalog import wifi_health
from layers.catalog.reports import doubt_facts, photos
from layers.catalog.reports.models import Door, PlaceSource, Report
from layers.catalog.reports.places import point
from layers.catalog.reports.report import NothingToldAboutPlace, Receipt, SameIdOtherWords, report
from layers.catalog.wifi import WifiHotspot
from layers.errors import PlatformError

PHONE_COOKIE, PHONE_COOKIE_DAYS = "hp", 90
WIFI_OFF = "wifi-mati"  # a category of categories.toml


@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest) -> HttpResponse:
    """The form, or the answer to it: 303 to the tracking page."""
    if request.method != "POST":
        return _page(request, ReportForm(initial=ReportForm.fresh() | _about(request.GET)))
    sent = ReportForm(request.POST, request.FILES)
    if not sent.is_valid():
        if not sent.names_a_place():  # all that is missing is said at once
            sent.add_error("kelurahan", NothingToldAboutPlace().said())
        return _page(request, sent, status=400)
    mark = request.COOKIES.get(PHONE_COOKIE) or uuid4().hex
    try:
        receipt = _take(sent.cleaned_data, mark)
    except PlatformError as refusal:
        return _again(request, sent, refusal)
    _photos(request, receipt.report)
    return _thanks(sent.cleaned_data["follow_key"], receipt, mark)


def _about(query: QueryDict) -> dict[str, str]:
    """What `?wifi=` says in advance: a wifi hotspot that is off."""
    spot = _spot(query.get("wifi", ""))
    return {"wifi": spot.code, "category": WIFI_OFF} if spot else {}


def _spot(code: str) -> WifiHotspot | None:
    return WifiHotspot.objects.filter(code=code).first() if code else None


def _page(request: HttpRequest, shown: ReportForm, status: int = 200) -> HttpResponse:
    spot = _spot(str(shown["wifi"].value() or ""))
    return render(request, "report/form.html", {"form": shown, "spot": spot}, status=status)


def _again(request: HttpRequest, sent: ReportForm, refusal: PlatformError) -> HttpResponse:
    """The form with the words kept and the sentence of the refusal; a used id is made new."""
    if isinstance(refusal, SameIdOtherWords):
        sent = ReportForm({**request.POST.dict(), **ReportForm.fresh()})
        sent.is_valid()
    at_place = isinstance(refusal, NothingToldAboutPlace)
    sent.add_error("kelurahan" if at_place else None, refusal.said())
    return _page(request, sent, status=409 if isinstance(refusal, SameIdOtherWords) else 400)


def _take(data: dict[str, Any], mark: str) -> Receipt:
    """One call of the action."""
    place, spot = None, _spot(data["wifi"])
    if spot is not None:
        place = spot.geom
    elif data["lon"] is not None and data["lat"] is not None:
        place = point(data["lon"], data["lat"])
    source = PlaceSource.NONE
    if place is not None:
        source = PlaceSource.TAP if spot else PlaceSource.PHONE
    elif data["kelurahan"] is not None:
        source = PlaceSource.KELURAHAN
    accuracy = data["accuracy_m"]
    receipt = report(
        client_id=data["client_id"],
        door=Door.FORM,
        category=data["category"],
        words=data["words"],
        place=place,
        place_source=source,
        kelurahan=None if place else data["kelurahan"],
        landmark=data["landmark"] or (spot.name if spot else ""),
        accuracy_m=round(accuracy) if accuracy is not None and 0 <= accuracy < 1e6 else None,
        follow_key=data["follow_key"],
        phone_mark=mark,
    )
    if spot is not None and data["category"] == WIFI_OFF:
        wifi_health.link_report(receipt.report, spot)
    return receipt


def _photos(request: HttpRequest, item: Report) -> None:
    """Keep the photos that came along; a bad one is named, the report stands."""
    for sent in request.FILES.getlist("photo")[: photos.MOST_PHOTOS]:
        try:
            photos.attach(item, photos.read(sent), at=timezone.now())
        except PlatformError as refusal:
            kept = _("Laporan tersimpan, tetapi fotonya tidak: %(why)s")
            messages.warning(request, kept % {"why": refusal.said()})
    doubt_facts.record(item)


def _thanks(follow_key: str, receipt: Receipt, mark: str) -> HttpResponse:
    address = reverse("lacak-nomor", args=[receipt.report.number])
    answer = HttpResponseRedirect(f"{address}?kunci={follow_key}&baru=1")
    answer.status_code = 303
    answer.set_cookie(
        PHONE_COOKIE,
        mark,
        max_age=PHONE_COOKIE_DAYS * 86400,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return answer
