"""Posters for the wall beside a wifi hotspot: its name, its hours, and a code to scan."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import segno
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_platform.pages.planning.plan_pdf import (
    ACCENT,
    INK,
    LOW_MM,
    MARGIN_MM,
    MUTED,
    WIDE_MM,
    Sheet,
    plain,
)
from layers.catalog.wifi import WifiHotspot, WifiStatus
from layers.errors import NotFound, PlatformError
from layers.geography import city

CODE_MM = 110.0
WORKING = frozenset({WifiStatus.WORKS, WifiStatus.WEAK})
STANDING = frozenset(WifiStatus) - {WifiStatus.PLANNED}  # whatever their state
PLANNED = frozenset({WifiStatus.PLANNED})


Address = Callable[[str], str]  # path on the city's server -> what the code says


class NoPosters(PlatformError):
    """Tidak ada titik WiFi yang cocok; periksa nama pulau atau kelurahan."""

    code = "NO_POSTERS"


@require_safe
def poster(request: HttpRequest, code: str) -> HttpResponse:
    """One page of A4 (PDF) for one wifi hotspot; the code opens its page."""
    spot = WifiHotspot.objects.select_related("kelurahan", "island").filter(code=code).first()
    if spot is None:
        raise NotFound
    return _answer([spot], request, f"poster-wifi-{spot.code}.pdf")


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Posters of all hotspots that work, one a page; `?pulau=` and `?kelurahan=` name a part,
    `?rencana` asks for those of the approved plan.
    """
    part = request.GET.get("pulau", ""), request.GET.get("kelurahan", "")
    spots = chosen(*part, states=PLANNED if "rencana" in request.GET else WORKING)
    return _answer(spots, request, "poster-wifi.pdf")


def _answer(spots: list[WifiHotspot], request: HttpRequest, name: str) -> HttpResponse:
    made = posters_pdf(spots, request.build_absolute_uri)
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


def chosen(
    island: str = "", kelurahan: str = "", *, states: frozenset[str] = WORKING
) -> list[WifiHotspot]:
    """Hotspots in one of `states`, by island, kelurahan and name.

    `island`, `kelurahan`: code or name, in any case; empty means every one. Raises NoPosters.
    """
    rows = WifiHotspot.objects.select_related("kelurahan", "island").filter(status__in=states)
    for field, word in (("island", island), ("kelurahan", kelurahan)):
        if word.strip():
            same = Q(**{f"{field}__code__iexact": word.strip()})
            rows = rows.filter(same | Q(**{f"{field}__name__iexact": word.strip()}))
    found = list(rows.order_by("island__name", "kelurahan__name", "name"))
    if not found:
        raise NoPosters
    return found


def posters_pdf(spots: Iterable[WifiHotspot], address_of: Address) -> bytes:
    """A page for each hotspot; its code says `address_of` its short path."""
    sheet = Sheet()
    sheet.set_title(plain(_("Poster WiFi gratis")))
    for spot in spots:
        _page(sheet, spot, address_of(reverse("wifi-q", args=[spot.code])))
    return bytes(sheet.output())


def _page(sheet: Sheet, spot: WifiHotspot, address: str) -> None:
    sheet.add_page()
    sheet.ln(4)
    planned = spot.status == WifiStatus.PLANNED
    head = _("Segera: WiFi gratis") if planned else _("WiFi gratis")
    sheet.words(head, 36 if planned else 44, bold=True, ink=ACCENT)
    sheet.ln(3)
    sheet.words(spot.name, 22, bold=True)
    where = ", ".join(str(one) for one in (spot.kelurahan, spot.island) if one)
    sheet.words(f"{where} - {city().name}" if where else city().name, 13, ink=MUTED)
    top = sheet.get_y() + 8
    _code(sheet, address, MARGIN_MM + (WIDE_MM - CODE_MM) / 2, top)
    sheet.set_xy(MARGIN_MM, top + CODE_MM + 6)
    mine = get_language() or "id"
    _three(sheet, spot, 13, INK)
    with translation.override("en" if mine.startswith("id") else "id"):
        sheet.ln(5)
        sheet.line(MARGIN_MM, sheet.get_y(), MARGIN_MM + WIDE_MM, sheet.get_y())
        sheet.ln(4)
        _three(sheet, spot, 11, MUTED)
    sheet.set_xy(MARGIN_MM, LOW_MM - 8)
    sheet.words(address, 13, ink=INK)  # for those who type it


def _three(sheet: Sheet, spot: WifiHotspot, size: float, ink: tuple[int, int, int]) -> None:
    """Three sentences in the language that holds now; two for one that is only planned."""
    if spot.status == WifiStatus.PLANNED:
        told = _("Titik ini direncanakan. Pindai untuk melihat apakah sudah hidup.")
        sheet.words(told, size, bold=True, ink=ink)
        sheet.ln(1.5)
        sheet.words(_("Listrik {h} jam sehari.").format(h=spot.power_hours), size, ink=ink)
        return
    sheet.words(_("Pindai untuk melihat apakah titik ini hidup."), size, bold=True, ink=ink)
    sheet.ln(1.5)
    sheet.words(_("Listrik {h} jam sehari.").format(h=spot.power_hours), size, ink=ink)
    sheet.ln(1.5)
    sheet.words(_("WiFi mati? Laporkan di halaman yang sama, tanpa akun."), size, ink=ink)


def _code(sheet: Sheet, address: str, left: float, top: float) -> None:
    """The QR code as squares: sharp at any size, no picture in the file."""
    code = segno.make(address, error="q", micro=False)
    rows = list(code.matrix_iter(border=4))
    side = CODE_MM / len(rows)
    sheet.set_fill_color(*INK)
    for y, row in enumerate(rows):
        start = None
        for x, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                wide = (x - start) * side
                sheet.rect(left + start * side, top + y * side, wide, side, style="F")
                start = None
