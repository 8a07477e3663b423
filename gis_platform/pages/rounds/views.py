"""A plan on its page: look, publish, take along, print."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_platform.maps import map_config
from gis_platform.pages.rounds import exports, sheet
from gis_platform.pages.rounds.describe import described_round, stops_of
from gis_platform.pages.rounds.kml import kml
from gis_platform.pages.rounds.lookup import found
from gis_platform.pages.rounds.plan_words import plan_words, rounds_of
from layers.catalog.rounds import actions
from layers.catalog.rounds.models import Round, RoundPlan


def _plan(plan_id: int) -> RoundPlan:
    return found(RoundPlan.objects.all(), pk=plan_id)


def first_view(rounds: list[Round]) -> tuple[float, float, float, float] | None:
    """Box of the rounds of the island with most stops; the others are a chip away."""
    stops: Counter[int] = Counter()
    for round_ in rounds:
        stops[round_.vehicle.island_id] += len(stops_of(round_))
    if not stops:
        return None
    ((island, _stops),) = stops.most_common(1)
    extents = [r.geom.extent for r in rounds if r.vehicle.island_id == island]
    west, south, east, north = zip(*extents, strict=True)
    return min(west), min(south), max(east), max(north)


@require_safe
def plan_page(request: HttpRequest, plan_id: int) -> HttpResponse:
    """A plan: map, rounds with times and loads, what was left out and why."""
    plan = _plan(plan_id)
    rounds = rounds_of(plan)
    maps = map_config(request, slugs=("streets", "ferry-lines"), bounds=first_view(rounds))
    return render(request, "rounds/plan.html", {**plan_words(plan, rounds), "map_config": maps})


@require_POST
def publish(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Give the plan to the crews."""
    plan = actions.publish(plan=_plan(plan_id), at=timezone.now())
    messages.success(request, _("Rencana terbit; tiap regu melihat rutenya sendiri."))
    return redirect("rute-rencana", plan.pk)


@require_safe
def plan_data(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The plan's features for its map."""
    return JsonResponse(exports.plan_collection(_plan(plan_id)))


@require_safe
def plan_geojson(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Download the plan as GeoJSON."""
    plan = _plan(plan_id)
    return exports.as_geojson(exports.plan_collection(plan), exports.file_name(plan))


@require_safe
def plan_gpx(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Download all rounds of the plan as GPX."""
    plan = _plan(plan_id)
    return exports.as_gpx(rounds_of(plan), exports.file_name(plan))


@require_safe
def plan_kml(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Download all rounds of the plan as KML."""
    plan = _plan(plan_id)
    name = exports.file_name(plan)
    return exports.as_file(kml(rounds_of(plan), name), exports.KML_TYPE, f"{name}.kml")


@require_safe
def round_gpx(request: HttpRequest, plan_id: int, number: int) -> HttpResponse:
    """Download one round as GPX."""
    plan = _plan(plan_id)
    round_ = found(plan.rounds.select_related("vehicle", "plan"), number=number)
    return exports.as_gpx([round_], exports.file_name(plan, round_))


@require_safe
def plan_sheet(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Print sheets: one page a round, then what was left out."""
    plan = _plan(plan_id)
    rounds = rounds_of(plan)
    context = {
        "plan": plan,
        "sheets": [
            (described_round(r), sheet.drawing(r), sheet.code(request, r))
            for r in rounds
            if stops_of(r)
        ],
        "unserved": [(row, exports.reason_words(row)) for row in plan.unserved.all()],
        "printed_at": timezone.now(),
    }
    return render(request, "rounds/sheet.html", context)
