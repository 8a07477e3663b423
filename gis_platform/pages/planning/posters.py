"""Posters for the wall beside a wifi hotspot: its name, its hours, and a code to scan."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from layers.catalog.wifi import WifiHotspot, WifiStatus
from layers.catalog.wifi_dropped import note_posters
from layers.errors import NotFound, PlatformError

WORKING = frozenset({WifiStatus.WORKS, WifiStatus.WEAK})
STANDING = frozenset(WifiStatus) - {WifiStatus.PLANNED}  # whatever their state
PLANNED = frozenset({WifiStatus.PLANNED})


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
    from gis_platform.pages.planning.poster_sheets import posters_pdf  # fpdf: only when asked

    made = posters_pdf(spots, request.build_absolute_uri)
    note_posters(spots)
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
