"""A round as GeoJSON and GPX 1.1; whoever may see its page may take it along."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from django.http import HttpResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gis_platform.pages.rounds.xml_parts import child
from layers.catalog.rounds.layer import ROUTE_COLOURS
from layers.catalog.rounds.models import Round, RoundLeg, RoundPlan, RoundStop, UnservedStop
from spatial_analysis.methods.reasons import Reason, sentence

KML_TYPE = "application/vnd.google-earth.kml+xml"
GPX = "http://www.topografix.com/GPX/1/1"  # the name of the format, never fetched


def colour_of(round_: Round) -> str:
    """Colour of a round on maps and in lists."""
    return ROUTE_COLOURS[(round_.number - 1) % len(ROUTE_COLOURS)]


def reason_words(row: UnservedStop) -> str:
    """The sentence of an unserved stop, in the reader's language."""
    told = sentence(Reason(row.reason), get_language() or "id")
    needs = row.needs_words
    return f"{told} {_('Butuh: {skills}.').format(skills=needs)}" if needs else told


def _geometry(geom: Any) -> dict[str, Any] | None:
    return None if geom is None else json.loads(geom.geojson)


def _feature(row: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": _geometry(row.geom), "properties": properties}


def _leg(leg: RoundLeg, round_: Round) -> dict[str, Any]:
    return _feature(
        leg, what="leg", round=round_.number, vehicle=round_.vehicle.label, kind=leg.kind,
        colour=colour_of(round_), order=leg.order, start=leg.start_name, end=leg.end_name,
        departs_at=timezone.localtime(leg.departs_at).isoformat(),
        arrives_at=timezone.localtime(leg.arrives_at).isoformat(),
        length_m=leg.length_m, ferry=leg.ferry,
    )  # fmt: skip


def _stop(stop: RoundStop, round_: Round) -> dict[str, Any]:
    return _feature(
        stop, what="stop", id=stop.pk, round=round_.number, vehicle=round_.vehicle.label,
        colour=colour_of(round_), number=stop.number, kind=stop.kind, code=stop.code,
        label=stop.label, state=stop.state, locked=stop.locked,
        opens=stop.opens and stop.opens.isoformat("minutes"),
        closes=stop.closes and stop.closes.isoformat("minutes"),
        fill_pct=stop.fill_pct, stale=stop.stale, needs=stop.needs,
        arrives_at=timezone.localtime(stop.arrives_at).isoformat(),
        load_after_l=stop.load_after_l, load_after_kg=stop.load_after_kg,
    )  # fmt: skip


def _left(row: UnservedStop) -> dict[str, Any]:
    return _feature(
        row, what="unserved", kind=row.kind, code=row.code, label=row.label, reason=row.reason,
        sentence=reason_words(row), nearest_street_m=row.nearest_street_m, stale=row.stale,
        needs=row.needs,
    )  # fmt: skip


def collection(rounds: Iterable[Round], unserved: Iterable[UnservedStop] = ()) -> dict[str, Any]:
    """Legs, stops and unserved stops as one FeatureCollection (WGS 84)."""
    features = []
    for round_ in rounds:
        features += [_leg(leg, round_) for leg in round_.legs.all()]
        features += [_stop(s, round_) for s in round_.stops.all() if not s.is_withdrawn]
    features += [_left(row) for row in unserved]
    return {"type": "FeatureCollection", "features": features}


def plan_collection(plan: RoundPlan) -> dict[str, Any]:
    """Everything that a plan says, as a FeatureCollection."""
    rounds = plan.rounds.select_related("vehicle").prefetch_related("legs", "stops")
    return collection(rounds, plan.unserved.all())


def as_geojson(body: dict[str, Any], name: str) -> HttpResponse:
    """A download of a FeatureCollection."""
    text = json.dumps(body, ensure_ascii=False)
    return as_file(text.encode(), "application/geo+json", f"{name}.geojson")


def gpx(rounds: Iterable[Round]) -> bytes:
    """GPX 1.1: a waypoint a stop, a track a round with a segment a leg, ferries too."""
    ElementTree.register_namespace("", GPX)
    root = ElementTree.Element(f"{{{GPX}}}gpx", version="1.1", creator="gis-platform")
    told = list(rounds)
    for round_ in told:
        for stop in (s for s in round_.stops.all() if not s.is_withdrawn):
            _waypoint(root, stop, round_)
    for round_ in told:
        _track(root, round_)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _child(parent: ElementTree.Element, tag: str, text: str = "", **values: str) -> Any:
    return child(parent, f"{{{GPX}}}{tag}", text, **values)


def _waypoint(root: ElementTree.Element, stop: RoundStop, round_: Round) -> None:
    point = _child(root, "wpt", lat=f"{stop.geom.y:.6f}", lon=f"{stop.geom.x:.6f}")
    _child(point, "time", stop.arrives_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    _child(point, "name", f"{stop.number} {stop.label}")
    _child(point, "desc", f"{round_.vehicle.label}, {stop.load_after_l} l")


def _track(root: ElementTree.Element, round_: Round) -> None:
    track = _child(root, "trk")
    _child(track, "name", f"{round_.vehicle.label} {round_.plan.on.isoformat()}")
    for leg in round_.legs.all():
        if leg.geom is None:
            continue
        segment = _child(track, "trkseg")
        for lon, lat in leg.geom.coords:
            _child(segment, "trkpt", lat=f"{lat:.6f}", lon=f"{lon:.6f}")


def as_gpx(rounds: Iterable[Round], name: str) -> HttpResponse:
    """A download of a GPX file."""
    return as_file(gpx(rounds), "application/gpx+xml", f"{name}.gpx")


def as_file(body: bytes, kind: str, name: str) -> HttpResponse:
    """A download of any file."""
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def file_name(plan: RoundPlan, round_: Round | None = None) -> str:
    """Name of an export, without its ending."""
    words = ["rute", plan.on.isoformat()]
    return "-".join([*words, slugify(round_.vehicle.code)] if round_ else words)
