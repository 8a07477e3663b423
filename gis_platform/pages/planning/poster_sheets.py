"""The pages of posters, drawn; apart because fpdf takes a second to load."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import segno
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

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
from layers.geography import city

CODE_MM = 110.0

Address = Callable[[str], str]  # path on the city's server -> what the code says


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
