"""The catalogue of the map services: addresses of all, and each layer that a person may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gis_platform.maps import localized, origins_of
from gis_platform.pages.services.lines import (
    QUAD,
    Line,
    archive_line,
    lines_for,
    private_lines,
    time_line,
)
from layers import registry
from layers.access import Face, Role, face_for
from layers.provenance import source_of
from layers.spec import Layer, RasterTiles
from tile_service.publish import addresses, pmtiles
from tile_service.publish.downloads.forms import FORMS
from tile_service.publish.extents import NOTHING, extents_of

GET_CAPABILITIES = "?SERVICE={}&REQUEST=GetCapabilities"
FIRST_CHOICE = "wifi-hotspots"  # the layer whose lines are shown at first, where it may be seen


@dataclass(frozen=True, slots=True)
class Service:
    """One protocol: its name, its address below the site, what it is for."""

    name: str
    path: str
    words: Any

    @property
    def bare(self) -> str:
        """Address without its question: what most programs ask for."""
        return self.path.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Entry:
    """One layer as the catalogue shows it."""

    layer: Layer
    face: Face
    site: str

    @property
    def raster(self) -> bool:
        """True for pictures."""
        return isinstance(self.layer.tiles, RasterTiles)

    @property
    def open(self) -> bool:
        """True when a visitor sees it just so."""
        return self.layer.is_public and self.face is Face.PUBLIC

    @property
    def title(self) -> str:
        """Title in the reader's language."""
        return localized(self.layer.title, self.layer.title_en)

    def raster_tiles(self) -> str:
        """Address template of an open layer's pictures; "" where there is none to keep."""
        if not (self.raster and self.open):
            return ""
        ticket = addresses.ticket(self.layer, self.face)
        path = addresses.tile_address(self.layer, self.face, ticket.token)
        return self.site + path if path else ""

    def links(self) -> dict[str, str]:
        """Addresses by what stands there."""
        slug, site = self.layer.slug, self.site
        found = {
            "tilejson": f"{site}{reverse('tilejson', args=[slug])}",
            "style": f"{site}{reverse('layer-style', args=[slug])}",
            "page": f"{site}{reverse('data-lapisan', args=[slug])}",
        }
        if not self.raster:
            stem = f"{site}/ogc/collections/{slug}"
            found |= {
                "collection": stem,
                "items": f"{stem}/items",
                "queryables": f"{stem}/queryables",
                "tiles": f"{stem}/tiles/{QUAD}/{{z}}/{{y}}/{{x}}",
            }
            for form in FORMS:
                found[form] = f"{site}{reverse(f'layer-{form}', args=[slug])}"
        elif tiles := self.raster_tiles():
            found["tiles"] = tiles
        if self.layer.time is not None:
            found["counts"] = f"{site}{reverse('lapis-waktu', args=[slug])}"
        if self.open and pmtiles.newest(slug):
            found["pmtiles"] = f"{site}{reverse('layer-pmtiles', args=[slug])}"
        return found

    def legend(self) -> list[dict[str, str]]:
        """Lines of the legend: words and colour."""
        return [
            {"label": localized(one.label, one.label_en), "colour": one.colour}
            for one in self.layer.symbol.entries
        ]

    def lines(self) -> list[Line]:
        """Lines to copy."""
        if not self.open and not self.raster:
            return private_lines(self.layer, self.site)
        found = lines_for(self.layer, self.site, self.raster_tiles())
        last = extents_of([(self.layer, self.face)]).get((self.layer.slug, self.face), NOTHING).last
        if last:
            found.append(time_line(self.layer, self.site, last.date()))
        if pmtiles.newest(self.layer.slug):
            found.append(archive_line(self.layer.slug, self.site))
        return found

    def told(self) -> dict[str, Any]:
        """All that the page and the JSON say of it."""
        source = source_of(self.layer)
        return {
            "id": self.layer.slug,
            "title": self.title,
            "summary": gettext(self.layer.summary),
            "kind": "raster" if self.raster else "vector",
            "face": self.face.value,
            "open": self.open,
            "count": self.layer.rows_of(self.face).count(),
            "attribution": gettext(self.layer.attribution),
            "licence": source.licence,
            "source": source.source,
            "origins": origins_of(self.layer, self.face),
            "zooms": [self.layer.tiles.min_zoom, self.layer.tiles.max_zoom],
            "legend": self.legend(),
            "links": self.links(),
        }


def entries(roles: frozenset[Role], site: str) -> list[Entry]:
    """Layers that somebody with `roles` sees, in the catalogue's order."""
    return [
        Entry(layer, face, site)
        for layer in registry.all_layers()
        if (face := face_for(layer, roles)) and layer.symbol.kind != "hidden"
    ]


def chosen(listed: list[Entry], slug: str) -> Entry | None:
    """The entry called `slug`, else the usual first one."""
    by_slug = {entry.layer.slug: entry for entry in listed}
    return by_slug.get(slug) or by_slug.get(FIRST_CHOICE) or next(iter(listed), None)


def services() -> list[Service]:
    """Protocols that are installed, by address below the site."""
    found = [
        Service(
            "OGC API",
            "/ogc",
            _("Fitur dan ubin; saringan CQL2. Terbaik untuk QGIS dan GDAL."),
        ),
        Service("OpenAPI", "/ogc/api?f=html", _("Semua alamat OGC API dan parameternya.")),
        Service("MapLibre", reverse("base-style"), _("Gaya peta dasar.")),
    ]  # fmt: skip
    for name, words in (
        ("WMS", _("Gambar peta 1.3.0 dan 1.1.1 dengan TIME, untuk geoportal.")),
        ("WMTS", _("Ubin gambar, untuk geoportal.")),
        ("WFS", _("Fitur 2.0 dan 1.1.0, untuk program lama.")),
    ):
        try:
            path = reverse(name.lower())
        except NoReverseMatch:
            continue
        found.append(Service(name, path + GET_CAPABILITIES.format(name), words))
    if pmtiles.newest(pmtiles.BASE):
        path = reverse("layer-pmtiles", args=[pmtiles.BASE])
        found.append(Service("PMTiles", path, _("Peta dasar sebagai satu berkas, untuk luring.")))
    return found
