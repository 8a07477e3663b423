"""A poster for the wall beside a wifi hotspot: its name, its hours, and a code to scan."""

from __future__ import annotations

import segno
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_platform.pages.planning.plan_pdf import (
    ACCENT,
    INK,
    MARGIN_MM,
    MUTED,
    WIDE_MM,
    Sheet,
    plain,
)
from layers.catalog.wifi import WifiHotspot
from layers.errors import NotFound
from layers.geography import city

CODE_MM = 110.0


@require_safe
def poster(request: HttpRequest, code: str) -> HttpResponse:
    """One page of A4 (PDF) for one wifi hotspot; the code opens its page."""
    spot = WifiHotspot.objects.select_related("kelurahan", "island").filter(code=code).first()
    if spot is None:
        raise NotFound
    address = request.build_absolute_uri(reverse("wifi-q", args=[spot.code]))
    answer = HttpResponse(poster_pdf(spot, address), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="poster-wifi-{spot.code}.pdf"'
    return answer


def poster_pdf(spot: WifiHotspot, address: str) -> bytes:
    """The poster; `address` is what the code says."""
    sheet = Sheet()
    sheet.set_title(plain(spot.name))
    sheet.add_page()
    sheet.ln(4)
    sheet.words(_("WiFi gratis"), 44, bold=True, ink=ACCENT)
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
    sheet.foot(address)
    return bytes(sheet.output())


def _three(sheet: Sheet, spot: WifiHotspot, size: float, ink: tuple[int, int, int]) -> None:
    """Three sentences in the language that holds now."""
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
