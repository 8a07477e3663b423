"""A round as KML 2.2: a folder a round, a line a leg, a numbered placemark a stop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from gis_platform.pages.rounds.describe import stops_of
from gis_platform.pages.rounds.exports import colour_of
from gis_platform.pages.rounds.xml_parts import child
from layers.catalog.rounds.models import LegKind, Round

KML = "http://www.opengis.net/kml/2.2"  # the name of the format, never fetched


def kml(rounds: Iterable[Round], title: str) -> bytes:
    """Rounds as one KML document; times are the city's own."""
    ElementTree.register_namespace("", KML)
    root = ElementTree.Element(f"{{{KML}}}kml")
    document = _child(root, "Document")
    _child(document, "name", title)
    told = list(rounds)
    for round_ in told:
        _style(document, round_)
    for round_ in told:
        folder = _child(document, "Folder")
        _child(folder, "name", f"{round_.vehicle.label} {round_.plan.on.isoformat()}")
        _legs(folder, round_)
        _stops(folder, round_)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _child(parent: ElementTree.Element, tag: str, text: str = "", **values: str) -> Any:
    return child(parent, f"{{{KML}}}{tag}", text, **values)


def _style(document: ElementTree.Element, round_: Round) -> None:
    """Colour of a round; KML writes alpha, blue, green, red."""
    red, green, blue = (colour_of(round_)[i : i + 2] for i in (1, 3, 5))
    style = _child(document, "Style", id=f"rute-{round_.number}")
    line = _child(style, "LineStyle")
    _child(line, "color", f"ff{blue}{green}{red}")
    _child(line, "width", "4")


def _legs(folder: ElementTree.Element, round_: Round) -> None:
    for leg in round_.legs.all():
        if leg.geom is None:
            continue
        mark = _child(folder, "Placemark")
        kind = _("feri") if leg.kind == LegKind.FERRY else _("jalan")
        _child(mark, "name", f"{leg.start_name} → {leg.end_name} ({kind})")
        _child(mark, "styleUrl", f"#rute-{round_.number}")
        line = _child(mark, "LineString")
        _child(line, "tessellate", "1")
        _child(line, "coordinates", " ".join(f"{x:.6f},{y:.6f},0" for x, y in leg.geom.coords))


def _stops(folder: ElementTree.Element, round_: Round) -> None:
    for stop in stops_of(round_):
        mark = _child(folder, "Placemark")
        _child(mark, "name", f"{stop.number} {stop.label}")
        at = date_format(timezone.localtime(stop.arrives_at), "H.i")
        words = _("tiba %(at)s, muatan %(litres)d liter") % {"at": at, "litres": stop.load_after_l}
        _child(mark, "description", words)
        point = _child(mark, "Point")
        _child(point, "coordinates", f"{stop.geom.x:.6f},{stop.geom.y:.6f},0")
