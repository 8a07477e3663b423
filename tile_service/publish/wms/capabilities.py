"""WMS capabilities, 1.3.0 and 1.1.1: what can be asked, and the layers that the caller may see."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.gis.geos import Polygon
from django.utils.translation import gettext

from layers.geography import STORED_SRID, city
from layers.provenance import source_of
from tile_service.publish.extents import NOTHING, boxes_of, extents_of, outer_box
from tile_service.publish.ows.frames import Box, served
from tile_service.publish.ows.seen import Seen
from tile_service.publish.ows.xml import HEAD, Xml, element, joined
from tile_service.publish.tilejson import description_of, title_of
from tile_service.publish.wms.info import FORMS as INFO_FORMS
from tile_service.publish.wms.request import BASE, FORMS, MOST_LAYERS, MOST_PX, VERSIONS
from tile_service.serve.extents import Extent

XLINK = {"xmlns:xlink": "http://www.w3.org/1999/xlink"}


def link(address: str) -> Xml:
    """An address."""
    return element("OnlineResource", **XLINK, xlink__type="simple", xlink__href=address)


def operation(name: str, formats: list[str], site: str) -> Xml:
    """An operation, asked by GET alone."""
    http = element("HTTP", element("Get", link(f"{site}/wms?")))
    return element(name, *(element("Format", one) for one in formats), element("DCPType", http))


def service(name: str, site: str, newer: bool) -> Xml:
    """Who offers it."""
    title = gettext("Peta %(city)s") % {"city": city().name}
    office = city().extra.get("contact_office", city().name)
    person = element("ContactPersonPrimary", element("ContactPerson", office),
                     element("ContactOrganization", city().name))  # fmt: skip
    parts = [
        element("Name", name),
        element("Title", title),
        link(f"{site}/"),
        element("ContactInformation", person),
        element("Fees", "none"),
        element("AccessConstraints", city().extra.get("licence", "none")),
    ]
    if newer:
        limits = {"LayerLimit": MOST_LAYERS, "MaxWidth": MOST_PX, "MaxHeight": MOST_PX}
        parts += [element(limit, value) for limit, value in limits.items()]
    return element("Service", *parts)


def frames(newer: bool) -> Xml:
    """Reference systems of all layers."""
    names = [f"EPSG:{srid}" for srid in served()] + (["CRS:84"] if newer else [])
    return joined(element("CRS" if newer else "SRS", name) for name in names)


def boxes(newer: bool, around: Box) -> Xml:
    """A box in each frame; 1.3.0 puts latitude first in EPSG:4326."""
    west, south, east, north = around
    found = [degrees(newer, around)]
    for srid in served():
        sides: tuple[float, ...] = (west, south, east, north)
        if srid != STORED_SRID:
            area = Polygon.from_bbox((west, south, east, north))
            area.srid = STORED_SRID
            sides = tuple(round(side, 2) for side in area.transform(srid, clone=True).extent)
        elif newer:
            sides = (south, west, north, east)
        sides_by_name = dict(zip(("minx", "miny", "maxx", "maxy"), sides, strict=True))
        named = {"CRS" if newer else "SRS": f"EPSG:{srid}"}
        found.append(element("BoundingBox", **named, **sides_by_name))
    return joined(found)


def degrees(newer: bool, around: Box) -> Xml:
    """A box in degrees, in the words of the version."""
    west, south, east, north = around
    if not newer:
        return element("LatLonBoundingBox", minx=west, miny=south, maxx=east, maxy=north)
    return element(
        "EX_GeographicBoundingBox",
        element("westBoundLongitude", west),
        element("eastBoundLongitude", east),
        element("southBoundLatitude", south),
        element("northBoundLatitude", north),
    )


def style(slug: str, site: str) -> Xml:
    """The one style, with its legend."""
    query = {
        "SERVICE": "WMS", "VERSION": VERSIONS[0], "REQUEST": "GetLegendGraphic",
        "FORMAT": "image/png", "LAYER": slug,
    }  # fmt: skip
    legend = element("LegendURL", element("Format", "image/png"),
                     link(f"{site}/wms?{urlencode(query)}"), width=200, height=100)  # fmt: skip
    return element("Style", element("Name", "default"), element("Title", "default"), legend)


def time_of(seen: Seen, newer: bool, of: Extent) -> Xml:
    """The dimension `time` of a layer that has one, from its first row to its last."""
    if seen.layer.time is None or of.first is None or of.last is None:
        return joined(())
    first, last = (at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in (of.first, of.last))
    values = f"{first}/{last}/{seen.layer.time.bucket}"
    told = {"name": "time", "default": f"{first}/{last}", "nearestValue": "0"}
    if newer:
        return element("Dimension", values, units="ISO8601", **told)
    named = element("Dimension", name="time", units="ISO8601")
    return joined((named, element("Extent", values, **told)))


def layer_of(seen: Seen, site: str, newer: bool, of: Extent, around: Box) -> Xml:
    """One layer; `of`: where and when its rows are, `around`: its box in degrees."""
    layer, licence = seen.layer, source_of(seen.layer).licence
    told = (description_of(layer), licence)
    return element(
        "Layer",
        element("Name", layer.slug),
        element("Title", title_of(layer)),
        element("Abstract", ". ".join(part.rstrip(". ") for part in told if part)),
        element("KeywordList", element("Keyword", layer.theme.value)),
        boxes(newer, around),
        time_of(seen, newer, of),
        element("Attribution", element("Title", layer.attribution)),
        element(
            "MetadataURL",
            element("Format", "text/html"),
            link(f"{site}/data/lapisan/{layer.slug}/"),
            type="TC211",
        ),
        style(layer.slug, site),
        queryable=1,
    )


def layers(shown: list[Seen], site: str, newer: bool) -> Xml:
    """All layers below one that has no name; the base map first."""
    keys = [(seen.layer, seen.face) for seen in shown]
    found, times = boxes_of(keys), extents_of(keys)
    base = element(
        "Layer", element("Name", BASE), element("Title", gettext("Peta dasar")), queryable=0
    )
    return element(
        "Layer",
        element("Title", city().name),
        frames(newer),
        boxes(newer, outer_box()),
        base,
        *(
            layer_of(seen, site, newer, times.get(key, NOTHING), found[key])
            for seen in shown
            for key in [(seen.layer.slug, seen.face)]
        ),
    )


def capability(shown: list[Seen], site: str, newer: bool) -> Xml:
    """Operations, exceptions, layers."""
    told: dict[str, Any] = {
        "GetCapabilities": ["text/xml"] if newer else ["application/vnd.ogc.wms_xml"]
    }
    told |= {"GetMap": list(FORMS), "GetFeatureInfo": list(INFO_FORMS)}
    requests = [operation(name, formats, site) for name, formats in told.items()]
    exceptions = "XML" if newer else "application/vnd.ogc.se_xml"
    return element(
        "Capability",
        element("Request", *requests),
        element("Exception", element("Format", exceptions)),
        layers(shown, site, newer),
    )


def document(shown: list[Seen], site: str, version: str) -> str:
    """The whole answer of GetCapabilities."""
    newer = version == VERSIONS[0]
    content = (
        service("WMS" if newer else "OGC:WMS", site, newer),
        capability(shown, site, newer),
    )
    if not newer:
        return HEAD + element("WMT_MS_Capabilities", *content, version=version)
    return HEAD + element(
        "WMS_Capabilities", *content, version=version, xmlns="http://www.opengis.net/wms", **XLINK
    )
