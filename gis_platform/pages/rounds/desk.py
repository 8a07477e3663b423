"""The dispatcher's morning: what is due, who fetches it (yesterday's crews first), the wait."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from gis_platform.pages.rounds.lookup import found
from layers.access import Role
from layers.catalog.bins import FULL_ENOUGH_PCT
from layers.catalog.facilities import Facility, FacilityKind
from layers.catalog.places import Island
from layers.catalog.rounds.models import RoundPlan
from layers.catalog.skills import Skill, names_of, skills_of
from layers.catalog.vehicles import Vehicle
from layers.catalog.work_orders import WorkOrder
from layers.errors import BadInput
from layers.gate.whole import whole
from spatial_analysis import progress, study
from spatial_analysis.methods.left_out import MUST_S
from spatial_analysis.models import Run, RunState
from spatial_analysis.studies.round_compare import plan_before
from spatial_analysis.studies.round_wishes import Wish, wishes
from spatial_analysis.tasks import perform_run

STUDY = "bin_rounds"
LATE_ANSWER = timedelta(seconds=25)
DRAFTS_SHOWN = 6
HOURS = re.compile(r"(\d{1,2})(?:[.:](\d{2}))?\s*[-–]\s*(\d{1,2})(?:[.:](\d{2}))?")
WHY = {
    "full": gettext_lazy("penuh"),
    "likely": gettext_lazy("diperkirakan meluap"),
    "silent": gettext_lazy("sensor diam"),
    "work": gettext_lazy("perintah kerja"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A stop on offer: the wish, its island, why it is proposed, and whether it is chosen."""

    wish: Wish
    island: str
    why: str
    reports: int
    chosen: bool
    must: bool = False
    hours: str = ""
    needs: frozenset[str] = frozenset()

    @property
    def why_words(self) -> str:
        """Why it is proposed, in the reader's language."""
        return str(WHY[self.why])


@dataclass(frozen=True, slots=True)
class Offer:
    """A vehicle on offer: whether it drives, who drives it that day (empty: its own crew)."""

    vehicle: Vehicle
    chosen: bool
    crew: frozenset[int]
    own_crew: str
    skills: str = ""


class BadDay(BadInput):
    """Tanggal tidak terbaca; tulis seperti 2026-11-22."""

    code = "BAD_DAY"


@dataclass(frozen=True, slots=True)
class Queue:
    """A tip, and how many minutes trucks queue there."""

    tip: Facility
    minutes: int


class BadHours(BadInput):
    """Tulis jam seperti 08.00–10.00; yang pertama lebih awal."""

    code = "BAD_HOURS"


def why_of(wish: Wish) -> str:
    """Why a stop is proposed."""
    if wish.kind == "work":
        return "work"
    if wish.stale:
        return "silent"
    return "full" if (wish.fill_pct or 0) >= FULL_ENOUGH_PCT else "likely"


def _day(text: str) -> date:
    """A day as the address or form says it; today when it says none. Raises BadDay."""
    try:
        return date.fromisoformat(text) if text else timezone.localdate()
    except ValueError:
        raise BadDay from None


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What is due and who could fetch it, for one day."""
    on = _day(request.GET.get("tanggal", ""))
    like = request.GET.get("seperti", "")
    before = Run.objects.filter(study=STUDY, pk=whole(like)).first()
    params: dict[str, Any] = before.params if before else {}
    choices = _choices(params)
    yesterday = plan_before(on)
    context = {
        "on": on,
        "choices": choices,
        "litres": sum(c.wish.load_l for c in choices),
        "kilograms": sum(c.wish.load_kg for c in choices),
        "skills": list(Skill.objects.all()),
        "queues": _queues(params, yesterday),
        "counts": {why: sum(c.why == why for c in choices) for why in WHY},
        "fleet": _fleet(params, yesterday),
        "people": User.objects.filter(groups__name=Role.CREW, is_active=True).order_by("username"),
        "like_before": None if before else yesterday,
        "plans": RoundPlan.objects.filter(on=on)[:DRAFTS_SHOWN],
        "seed": before.seed if before else 1,
    }
    return render(request, "rounds/desk.html", context)


def _choices(params: Mapping[str, Any]) -> list[Choice]:
    """Stops that are due, as asked before, the most pressing first."""
    chosen, must = params.get("stops"), params.get("must") or ()
    hours, needs = params.get("hours") or {}, params.get("needs") or {}
    due = wishes(timezone.now())  # whatever the day: sensors speak of now
    islands = dict(Island.objects.values_list("pk", "name"))
    orders = WorkOrder.objects.filter(pk__in=[w.pk for w in due if w.kind == "work"])
    reports = {order.pk: order.reports.count() for order in orders}
    choices = [
        Choice(
            w, islands.get(w.island_id or 0, ""), why_of(w),
            reports.get(w.pk, 0) if w.kind == "work" else 0, chosen is None or w.key in chosen,
            w.key in must or w.prize_s >= MUST_S, hours_words(hours.get(w.key, ())),
            frozenset(needs.get(w.key, w.needs)),
        )
        for w in due
    ]  # fmt: skip
    return sorted(choices, key=lambda c: (-c.wish.prize_s, c.wish.label))


def _fleet(params: Mapping[str, Any], yesterday: RoundPlan | None) -> list[Offer]:
    """Vehicles in service as asked before, else as yesterday, else all with their own crews."""
    vehicles, crews = params.get("vehicles"), params.get("crews")
    if vehicles is None and yesterday is not None:
        vehicles, crews = _of_plan(yesterday)
    fleet = list(Vehicle.objects.in_service().prefetch_related("crew"))
    aboard = skills_of(fleet, crews)
    return [
        Offer(
            v, vehicles is None or v.code in vehicles,
            frozenset((crews or {}).get(v.code) or ()),
            ", ".join(person.get_full_name() or person.username for person in v.crew.all()),
            names_of(sorted(aboard[v.pk])),
        )
        for v in fleet
    ]  # fmt: skip


def _queues(params: Mapping[str, Any], yesterday: RoundPlan | None) -> list[Queue]:
    """Minutes of queue at each tip as asked before, else as yesterday."""
    tips = Facility.objects.filter(kind=FacilityKind.DUMP).select_related("island").order_by("pk")
    anywhere, single = params.get("tip_queue_min"), params.get("tip_queues_min") or {}
    found = []
    for tip in tips:
        before = 0 if yesterday is None else yesterday.queue_at_s(tip.code) // 60
        asked = single.get(tip.code, anywhere)
        found.append(Queue(tip, before if asked is None else int(asked)))
    return found


def _of_plan(plan: RoundPlan) -> tuple[list[str] | None, dict[str, list[int]]]:
    """Vehicles that a plan was asked for (None: all), and who drove those that went out."""
    run = Run.objects.filter(pk=plan.run_id or 0).first()
    rounds = list(plan.rounds.select_related("vehicle").prefetch_related("crew"))
    asked = run.params.get("vehicles") if run else [r.vehicle.code for r in rounds]
    crews = {r.vehicle.code: [person.pk for person in r.crew.all()] for r in rounds}
    return asked, {code: people for code, people in crews.items() if people}


@require_POST
def compute(request: HttpRequest) -> HttpResponse:
    """Ask for the rounds of a day; the worker answers."""
    vehicles = request.POST.getlist("kendaraan")
    params: dict[str, Any] = {
        "on": _day(request.POST.get("tanggal", "")).isoformat(),
        "vehicles": vehicles,
        "stops": request.POST.getlist("perhentian"),
        "crews": {
            code: people for code in vehicles
            if (people := _people(request.POST.getlist(f"regu-{code}")))
        },
    }  # fmt: skip
    params |= _orders(request.POST)
    seed = whole(request.POST.get("benih"))
    run = study.ask(STUDY, params, seed=1 if seed is None else seed, by=request.user)
    perform_run.enqueue(run.pk)
    return redirect("rute-hitung", run.pk)


def _people(texts: list[str]) -> list[int]:
    """Keys of the people named for a vehicle."""
    return [pk for pk in map(whole, texts) if pk is not None]


def _orders(sent: QueryDict) -> dict[str, Any]:
    """What must be served, between which hours, and the queue at each tip; raises BadInput."""
    hours = {
        name.removeprefix("jam-"): read_hours(text)
        for name, text in sent.items()
        if name.startswith("jam-") and str(text).strip()
    }
    queues = {
        name.removeprefix("antre-"): _minutes(text)
        for name, text in sent.items()
        if name.startswith("antre-")
    }
    needs = {
        key: sent.getlist(f"butuh-{key}")
        for key in (sent.getlist("perhentian") if "keahlian" in sent else ())
    }
    told = {"must": sent.getlist("wajib"), "hours": hours, "tip_queues_min": queues}
    return told | ({"needs": needs} if needs else {})


def _minutes(text: object) -> int:
    """Whole minutes of a queue, 0 when nothing is written; raises BadInput."""
    minutes = whole(str(text).strip() or "0")
    if minutes is None:
        raise BadInput(_("Antrean di TPA antara 0 dan 120 menit."))
    return minutes


def read_hours(text: object) -> list[str]:
    """Read "08.00-10.00" (also with colons, or hours alone) as ISO times; raises BadHours."""
    found = HOURS.fullmatch(str(text).strip())
    if found is None:
        raise BadHours
    first, first_min, last, last_min = (int(part or 0) for part in found.groups())
    if max(first, last) > 23 or max(first_min, last_min) > 59:
        raise BadHours
    opens, closes = time(first, first_min), time(last, last_min)
    if opens >= closes:
        raise BadHours
    return [opens.isoformat("minutes"), closes.isoformat("minutes")]


def hours_words(hours: Sequence[str]) -> str:
    """The same hours as the desk writes them; "" without any."""
    return "–".join(time_format(time.fromisoformat(one), "H.i") for one in hours)


def _run(run_id: int) -> Run:
    study.close_deserted()
    return found(Run.objects.all(), pk=run_id, study=STUDY)


@require_safe
def waiting(request: HttpRequest, run_id: int) -> HttpResponse:
    """How far the computation is; goes on to the plan by itself."""
    run = _run(run_id)
    if run.state == RunState.DONE:
        return redirect("rute-rencana", run.summary["plan"])
    ended = run.state in (RunState.REFUSED, RunState.FAILED, RunState.CANCELLED)
    context = {"run": run, "ended": ended, "on": run.params["on"], "now": _how_far(run)}
    return render(request, "rounds/waiting.html", context)


@require_safe
def how_far(request: HttpRequest, run_id: int) -> HttpResponse:
    """The same as data, for a page that waits."""
    return JsonResponse(_how_far(_run(run_id)))


@require_POST
def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Stop the computation; nothing of it is kept."""
    run = progress.cancel(_run(run_id))
    return redirect("rute-hitung", run.pk)


def _how_far(run: Run) -> dict[str, Any]:
    step, _dot, detail = run.sentence.partition(" · ")
    waits = run.state in (RunState.QUEUED, RunState.RUNNING)
    if run.cancel_asked_at is not None and waits:
        words = _("Membatalkan…")
    elif run.state == RunState.RUNNING:
        told = _(step) if step else _("Menyusun urutan, muatan, feri, lalu memeriksa ulang…")
        words = f"{told}: {detail}" if detail else told
    else:
        words = _("Menunggu giliran…")
    seconds = (timezone.now() - run.asked_at).total_seconds()
    return {
        "ended": not waits,
        "pct": run.progress_pct,
        "words": words,
        "seconds": round(seconds),
        "late": waits and seconds > LATE_ANSWER.total_seconds(),
    }
