"""Streets as they are now: draw closures, open them again, ask for nearest crews and reach."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import shapely
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gis_platform.maps import map_config
from gis_platform.pages.json_bodies import json_of
from gis_platform.pages.rounds.lookup import found
from gis_platform.pages.rounds.way import VEHICLES, place_of, profile_of
from layers.catalog.closures import Cause, RoadClosure, actions
from layers.catalog.hazards import HazardZone
from layers.errors import BadInput
from layers.gate.refusal import Refusal
from spatial_analysis.snapshots import network
from spatial_analysis.studies.nearest_crew import Coming, nearest_crews, words_of
from spatial_analysis.studies.reach_areas import MINUTES, ReachArea, reach_areas

MOST_BYTES = 64_000
MOST_SIZE = 100_000
HOURS = (1, 3, 6, 12, 24)


@require_safe
def roads_page(request: HttpRequest) -> HttpResponse:
    """The map on which closures are drawn and questions asked."""
    context = {
        "causes": [(cause.value, _(cause.label)) for cause in Cause],
        "hours": HOURS,
        "zones": HazardZone.objects.order_by("kind", "-level", "code"),
        "vehicles": VEHICLES,
        "map_config": map_config(request, slugs=("streets", "hazard-zones")),
    }
    return render(request, "rounds/roads.html", context)


@require_http_methods(["GET", "POST"])
def closures(request: HttpRequest) -> HttpResponse:
    """All closures that hold or will (GET); close the streets under a drawing (POST)."""
    if request.method == "POST":
        asked = _asked(request)
        now = timezone.now()
        row = actions.close(
            **_drawing(asked),
            by=request.user,
            at=now,
            note=str(asked.get("note", "")),
            starts_at=_moment(asked.get("starts_at")),
            ends_at=_end(asked.get("hours"), now),
        )
        return JsonResponse(_closure(row), status=201)
    rows = RoadClosure.objects.not_over(timezone.now())
    return JsonResponse({"type": "FeatureCollection", "features": [_closure(r) for r in rows]})


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What a drawing would close; nothing is kept."""
    shown = actions.closing(**_drawing(_asked(request)))
    return JsonResponse(
        {
            "type": "Feature",
            "geometry": json.loads(shown.lines.geojson),
            "properties": {
                "streets": len(shown.streets),
                "length_m": shown.length_m,
                "names": sorted({s.name for s in shown.streets if s.name})[:8],
            },
        }
    )


@require_POST
def open_again(request: HttpRequest, closure_id: int) -> HttpResponse:
    """Lift a closure."""
    row = found(RoadClosure.objects.all(), pk=closure_id)
    return JsonResponse(_closure(actions.lift(closure=row, by=request.user, at=timezone.now())))


@require_safe
def crews(request: HttpRequest) -> HttpResponse:
    """Every crew by its arrival at `tempat` (lon,lat), with the closures of this moment."""
    at = timezone.now()
    coming = nearest_crews(place_of(request.GET.get("tempat", "")), at)
    language = get_language() or "id"
    body = {
        "crews": [_coming(one, language) for one in coming],
        "network_version": network(at).version,
    }
    return JsonResponse(body)


@require_safe
def reach(request: HttpRequest) -> HttpResponse:
    """Areas within 5, 10 and 15 minutes of `dari` (lon,lat) for `kendaraan`."""
    place = place_of(request.GET.get("dari", ""))
    profile = profile_of(request.GET.get("kendaraan", ""))
    areas = reach_areas(place, profile, timezone.now(), MINUTES)
    features = [_area(area) for area in reversed(areas)]  # the largest is drawn first
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _asked(request: HttpRequest) -> dict[str, Any]:
    try:
        asked = json_of(request, max_bytes=MOST_BYTES)
    except Refusal as refusal:
        raise actions.BadShape from refusal
    if not isinstance(asked, dict):
        raise actions.BadShape
    return asked


def _drawing(asked: dict[str, Any]) -> dict[str, Any]:
    radius_m, cause = asked.get("radius_m", 50), asked.get("cause")
    if not isinstance(cause, str) or cause not in set(Cause) or not _is_size(radius_m):
        raise actions.BadShape
    zone = str(asked.get("zone") or "")
    drawn = found(HazardZone.objects.all(), code=zone).geom if zone else asked.get("shape")
    return {"drawn": drawn, "cause": Cause(cause), "radius_m": float(radius_m)}


def _is_size(value: object) -> bool:
    """True for a number that a measure may have; what is sensible is for the action to say."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= MOST_SIZE


def _end(hours: object, now: datetime) -> datetime | None:
    """When a closure of so many hours ends; None: nobody said."""
    if not hours:
        return None
    if not _is_size(hours):
        raise actions.BadHours
    return now + timedelta(hours=float(hours))  # type: ignore[arg-type]


def _moment(text: object) -> datetime | None:
    if not text:
        return None
    try:
        moment = parse_datetime(str(text))
    except ValueError:  # well written, and no day of any calendar
        moment = None
    if moment is None or timezone.is_naive(moment):
        raise BadInput(_("Waktu harus menyebut zonanya."))
    return moment


def _closure(row: RoadClosure) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": row.pk,
        "geometry": json.loads(row.geom.geojson),
        "properties": {
            "id": row.pk,
            "cause": row.cause,
            "cause_words": _(Cause(row.cause).label),
            "note": row.note,
            "length_m": row.length_m,
            "starts_at": row.starts_at.isoformat(),
            "ends_at": row.ends_at.isoformat() if row.ends_at else None,
            "lifted_at": row.lifted_at.isoformat() if row.lifted_at else None,
            "in_force": row.lifted_at is None and row.starts_at <= timezone.now(),
        },
    }


def _coming(one: Coming, language: str) -> dict[str, Any]:
    standing = one.standing
    return {
        "vehicle": standing.vehicle.label,
        "code": standing.vehicle.code,
        "kind": standing.vehicle.kind,
        "island": standing.vehicle.island.name,
        "where": standing.where,
        "place": standing.place,
        "since": standing.since.isoformat() if standing.since else None,
        "free_in_s": standing.free_in_s,
        "drive_s": one.drive_s,
        "arrives_in_s": one.arrives_in_s,
        "reason": one.reason.value if one.reason else None,
        "words": words_of(one, language),
        "closure": one.closure,
    }


def _area(area: ReachArea) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": json.loads(shapely.to_geojson(area.area)),
        "properties": {
            "minutes": area.minutes,
            "street_m": area.street_m,
            "people": area.people,
        },
    }
