"""The list twin: the same things as on the map, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.gis.db.models.functions import GeometryDistance
from django.contrib.gis.geos import Point
from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gis_platform.maps import localized
from gis_platform.pages.portal import wishes
from gis_platform.pages.portal.nearest import metres_to
from layers import registry
from layers.access import Face
from layers.catalog.reports.models import Report
from layers.catalog.wifi import WifiHotspot
from layers.column_words import column_values

Rows = QuerySet[Any, Any]
WIFI_STATES = {
    "works": "done", "weak": "waiting", "off": "off", "unknown": "stale", "planned": "stale",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list, and the mark on the map that it stands for."""

    pk: int
    layer: str
    title: str
    lon: float | None
    lat: float | None
    state: str = ""
    state_word: str = ""
    about: str = ""
    words: str = ""
    at: datetime | None = None
    metres: float | None = None
    url: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of the portal: its name in the address, its layer, how a row reads."""

    name: str
    layer: str
    title: Any
    rows: Callable[[wishes.Wish, datetime], Rows]
    line: Callable[[Any], Line]
    empty: Any


def page_of(name: str, *words: Any) -> str:
    """Address of a page, or nothing when it is not installed."""
    try:
        return reverse(name, args=words)
    except NoReverseMatch:
        return ""


def where(row: Any) -> str:
    """Kelurahan, else island, in words."""
    place = getattr(row, "kelurahan", None) or getattr(row, "island", None)
    return str(place) if place else ""


def _common(row: Any, layer: str, place: Point | None) -> dict[str, Any]:
    return {
        "pk": row.pk,
        "layer": layer,
        "lon": round(place.x, 6) if place else None,
        "lat": round(place.y, 6) if place else None,
        "origin": getattr(row, "origin", ""),
        "metres": getattr(row, "metres", None),
    }


def report_line(row: Report) -> Line:
    """A published report: category, state, public words, where and when."""
    state = row.public_state
    return Line(
        title=localized(row.category.name, row.category.name_en),
        state=state,
        state_word=str(wishes.STATES.get(state, state)),
        words=row.public_words,
        about=row.public_area,
        at=row.received_at,
        url=page_of("lacak-nomor", row.number),
        **_common(row, "reports", row.public_geom),
    )


def wifi_line(row: WifiHotspot) -> Line:
    """A wifi hotspot: works or not, hours of power."""
    state = WIFI_STATES[row.status]
    words = column_values(registry.get("wifi-hotspots"), "status")
    hours = gettext("listrik %(hours)s jam") % {"hours": row.power_hours}
    about = " · ".join(part for part in (where(row), hours if row.power_hours < 24 else "") if part)
    return Line(
        title=row.name,
        state=state,
        state_word=words[row.status],
        about=about,
        url=page_of("wifi-titik", row.code),
        **_common(row, "wifi-hotspots", row.geom),
    )


def bin_line(row: Any) -> Line:
    """A waste bin: how full."""
    known = row.fill_pct is not None
    full = (
        gettext("terisi %(fill)s %%") % {"fill": row.fill_pct} if known else gettext("tanpa kabar")
    )
    level = row.fill_pct or 0
    state = "stale" if not known else "new" if level > 95 else "waiting" if level >= 80 else "done"
    return Line(
        title=row.label,
        state=state,
        state_word=full if known else gettext("tanpa kabar"),
        about=where(row),
        **_common(row, "waste-bins", row.geom),
    )


def facility_line(row: Any) -> Line:
    """A public facility: what it is."""
    kinds = column_values(registry.get("facilities"), "kind")
    about = " · ".join(part for part in (kinds.get(row.kind, row.kind), where(row)) if part)
    return Line(title=row.name, about=about, **_common(row, "facilities", row.geom))


def dump_line(row: Any) -> Line:
    """A known dumping place, and who told of it."""
    return Line(title=row.name, about=row.source, **_common(row, "waste-places", row.geom))


def _rows_of(slug: str) -> Callable[[wishes.Wish, datetime], Rows]:
    """Public rows of a layer, cut by the island of the view."""

    def rows(wish: wishes.Wish, at: datetime) -> Rows:
        layer = registry.get(slug)
        found = layer.rows_of(Face.PUBLIC)
        has_island = "island" in {field.name for field in layer.model._meta.concrete_fields}
        if wish.island and has_island:
            found = found.filter(island__code=wish.island)
        return found

    return rows


LISTINGS = (
    Listing("laporan", "reports", _("Laporan"), wishes.reports, report_line,
            _("Tidak ada laporan yang diumumkan untuk saringan ini.")),
    Listing("wifi", "wifi-hotspots", _("WiFi gratis"), _rows_of("wifi-hotspots"), wifi_line,
            _("Belum ada WiFi gratis di pulau ini.")),
    Listing("bak", "waste-bins", _("Bak sampah"), _rows_of("waste-bins"), bin_line,
            _("Belum ada bak sampah bersensor di pulau ini.")),
    Listing("fasilitas", "facilities", _("Fasilitas"), _rows_of("facilities"), facility_line,
            _("Belum ada fasilitas tercatat di pulau ini.")),
    Listing("timbunan", "waste-places", _("Timbunan liar"), _rows_of("waste-places"), dump_line,
            _("Belum ada timbunan liar tercatat.")),
)  # fmt: skip
NAMES = tuple(listing.name for listing in LISTINGS)


def listing_called(name: str) -> Listing:
    """The list called `name` in the address (already checked)."""
    return next(listing for listing in LISTINGS if listing.name == name)


def by_distance(rows: Rows, layer: str, place: Point) -> Rows:
    """The same rows, nearest to `place` first, with `metres` in the city's metric SRID."""
    column = registry.get(layer).geometry_of(Face.PUBLIC)
    metres = metres_to(place, column)
    return rows.annotate(metres=metres).order_by(GeometryDistance(column, place), "pk")
