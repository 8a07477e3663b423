"""The dispatcher's desk: choose, compute, look, publish, export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from gis_platform.maps import map_config
from gis_platform.pages.rounds import exports, sheet
from gis_platform.pages.rounds.describe import described_round, gantt
from gis_platform.pages.rounds.lookup import found
from layers.catalog.places import Island
from layers.catalog.rounds import actions
from layers.catalog.rounds.models import PlanState, Round, RoundPlan
from layers.catalog.vehicles import Vehicle
from spatial_analysis import study
from spatial_analysis.models import Run, RunState
from spatial_analysis.studies.round_wishes import Wish, wishes
from spatial_analysis.tasks import perform_run

STUDY = "bin_rounds"
LATE_ANSWER = timedelta(seconds=25)
DRAFTS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """A stop on offer: the wish, its island and whether it is chosen."""

    wish: Wish
    island: str
    chosen: bool


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return timezone.localdate()


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """What is due and who could fetch it, for one day."""
    on = _day(request.GET.get("tanggal", ""))
    like = request.GET.get("seperti", "")
    before = Run.objects.filter(study=STUDY, pk=int(like) if like.isdigit() else 0).first()
    params: dict[str, Any] = before.params if before else {}
    stops, vehicles = params.get("stops"), params.get("vehicles")
    due = wishes(timezone.now())
    islands = dict(Island.objects.values_list("pk", "name"))
    choices = [
        Choice(w, islands.get(w.island_id or 0, ""), stops is None or w.key in stops) for w in due
    ]
    fleet = Vehicle.objects.in_service()
    context = {
        "on": on,
        "choices": sorted(choices, key=lambda c: (-c.wish.prize_s, c.wish.label)),
        "litres": sum(c.wish.load_l for c in choices),
        "stale": sum(c.wish.stale for c in choices),
        "works": sum(c.wish.kind == "work" for c in choices),
        "fleet": [(v, vehicles is None or v.code in vehicles) for v in fleet],
        "plans": RoundPlan.objects.filter(on=on)[:DRAFTS_SHOWN],
        "seed": before.seed if before else 1,
    }
    return render(request, "rounds/desk.html", context)


@require_POST
def compute(request: HttpRequest) -> HttpResponse:
    """Ask for the rounds of a day; the worker answers."""
    params = {
        "on": _day(request.POST.get("tanggal", "")).isoformat(),
        "vehicles": request.POST.getlist("kendaraan"),
        "stops": request.POST.getlist("perhentian"),
    }
    seed = request.POST.get("benih", "1")
    run = study.ask(STUDY, params, seed=int(seed) if seed.isdigit() else 1, by=request.user)
    perform_run.enqueue(run.pk)
    return redirect("rute-hitung", run.pk)


@require_GET
def waiting(request: HttpRequest, run_id: int) -> HttpResponse:
    """How far the computation is; goes on to the plan by itself."""
    run = found(Run.objects.all(), pk=run_id, study=STUDY)
    if run.state == RunState.DONE:
        return redirect("rute-rencana", run.summary["plan"])
    ended = run.state in (RunState.REFUSED, RunState.FAILED)
    late = not ended and timezone.now() - run.asked_at > LATE_ANSWER
    context = {"run": run, "ended": ended, "late": late, "on": run.params["on"]}
    return render(request, "rounds/waiting.html", context)


def _plan(plan_id: int) -> RoundPlan:
    return found(RoundPlan.objects.all(), pk=plan_id)


def _rounds(plan: RoundPlan) -> list[Round]:
    rows = plan.rounds.select_related("vehicle", "plan").prefetch_related("legs", "stops")
    return list(rows.order_by("number"))


@require_GET
def plan_page(request: HttpRequest, plan_id: int) -> HttpResponse:
    """A plan: map, rounds with times and loads, what was left out and why."""
    plan = _plan(plan_id)
    rounds = _rounds(plan)
    unserved = list(plan.unserved.select_related("island"))
    extents = [r.geom.extent for r in rounds]
    bounds = None
    if extents:
        west, south, east, north = zip(*extents, strict=True)
        bounds = (min(west), min(south), max(east), max(north))
    context = {
        "plan": plan,
        "draft": plan.state == PlanState.DRAFT,
        "rounds": [described_round(r) for r in rounds],
        "gantt": gantt(rounds),
        "unserved": [(row, exports.reason_words(row)) for row in unserved],
        "served": plan.asked - len(unserved),
        "map_config": map_config(request, slugs=("streets", "ferry-lines"), bounds=bounds),
    }
    return render(request, "rounds/plan.html", context)


@require_POST
def publish(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Give the plan to the crews."""
    plan = actions.publish(plan=_plan(plan_id), at=timezone.now())
    messages.success(request, _("Rencana terbit; tiap regu melihat rutenya sendiri."))
    return redirect("rute-rencana", plan.pk)


@require_GET
def plan_data(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The plan's features for its map."""
    return JsonResponse(exports.plan_collection(_plan(plan_id)))


@require_GET
def plan_geojson(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Download the plan as GeoJSON."""
    plan = _plan(plan_id)
    return exports.as_geojson(exports.plan_collection(plan), exports.file_name(plan))


@require_GET
def plan_gpx(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Download all rounds of the plan as GPX."""
    plan = _plan(plan_id)
    return exports.as_gpx(_rounds(plan), exports.file_name(plan))


@require_GET
def round_gpx(request: HttpRequest, plan_id: int, number: int) -> HttpResponse:
    """Download one round as GPX."""
    plan = _plan(plan_id)
    round_ = found(plan.rounds.select_related("vehicle", "plan"), number=number)
    return exports.as_gpx([round_], exports.file_name(plan, round_))


@require_GET
def plan_sheet(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Print sheets: one page a round, then what was left out."""
    plan = _plan(plan_id)
    rounds = _rounds(plan)
    context = {
        "plan": plan,
        "sheets": [(described_round(r), sheet.drawing(r)) for r in rounds],
        "unserved": [(row, exports.reason_words(row)) for row in plan.unserved.all()],
        "printed_at": timezone.now(),
    }
    return render(request, "rounds/sheet.html", context)
