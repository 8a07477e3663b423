"""The study behind the rounds: which vehicle fetches what today, when, and what stays behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from datetime import time as clock_time
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from layers.access import Role
from layers.catalog.facilities import Facility, FacilityKind
from layers.catalog.ferries import FerryDeparture, Pier
from layers.catalog.places import Island
from layers.catalog.rounds.models import Round, RoundPlan
from layers.catalog.skills import Skill, skills_of
from layers.catalog.vehicles import Vehicle
from layers.errors import BadInput, PlatformError
from spatial_analysis import progress
from spatial_analysis.methods.ferries import Departure, sails_on
from spatial_analysis.methods.fleet_sweep import Effort
from spatial_analysis.models import Run
from spatial_analysis.snapshots import network
from spatial_analysis.studies.round_answers import Asked, Day
from spatial_analysis.studies.round_clock import midnight, moment_of
from spatial_analysis.studies.round_compare import in_the_order_before, plan_before
from spatial_analysis.studies.round_days import DayPlanner
from spatial_analysis.studies.round_places import Place
from spatial_analysis.studies.round_rows import canonical, write_plan
from spatial_analysis.studies.round_wishes import Orders, Wish, wishes
from spatial_analysis.study import Answer, study

ITERATIONS = 700
PATIENCE = 300
MOST_STOPS = 600
MOST_QUEUE_MIN = 120


class NoVehicles(PlatformError):
    """Belum ada kendaraan yang dipilih; pilih paling sedikit satu."""

    code = "NO_VEHICLES"


class NothingToFetch(PlatformError):
    """Tidak ada yang perlu diangkut: tidak ada bak penuh, bak diam, atau perintah kerja terbuka."""

    code = "NOTHING_TO_FETCH"


class NoStreetNetwork(PlatformError):
    """Peta jalan masih kosong; muat dulu jalan kota ini."""

    code = "NO_STREET_NETWORK"


class PlanDoesNotHold(PlatformError):
    """Rencana gagal diperiksa ulang dan tidak ditampilkan; hitung lagi dengan benih lain."""

    code = "PLAN_DOES_NOT_HOLD"


class TooManyStops(BadInput):
    """Terlalu banyak perhentian untuk satu rencana; bagi menurut pulau atau kecamatan."""

    code = "TOO_MANY_STOPS"


@study("bin_rounds", first_answer=True)
def bin_rounds(run: Run, params: Mapping[str, Any]) -> Answer:
    """Plan the rounds of `params["on"]` (ISO date, local; default today).

    Further params, all optional: `vehicles` (codes; default all in service), `stops` (keys such
    as "bin:12"; default everything due), `crews` (vehicle code -> ids of who drives it that
    day), `at` (ISO moment that "due" is judged at; default now), `must` (keys that have to be
    served if they can be), `hours` (key -> ["08:00", "10:00"]: begun between these), `needs`
    (key -> codes of skills, in place of those of the bin or order),
    `tip_queue_min` (minutes of queue at a tip), `tip_queues_min` (the same of single tips, by
    code), `iterations`. Writes a draft RoundPlan with rounds, legs, stops and unserved stops.
    """
    began = time.perf_counter()
    on = _day(params.get("on"))
    progress.tell(run, 2, gettext_noop("Membaca jalan, bak, perintah kerja, dan jadwal feri"))
    asked = question(on, params, seed=run.seed)
    streets = network(moment_of(on))
    if not len(streets.streets):
        raise NoStreetNetwork
    day = DayPlanner(streets, asked, _teller(run)).plan()
    if day.faults:
        raise PlanDoesNotHold
    progress.tell(run, 85, gettext_noop("Menulis rute dan membandingkan dengan urutan kemarin"))
    plan = RoundPlan.objects.create(
        on=on,
        made_at=timezone.now(),
        made_by=run.asked_by,
        seed=run.seed,
        run_id=run.pk,
        network_version=streets.version,
        checked=True,
        asked=len(asked.wishes),
        tip_queue_s=_queue_s(params.get("tip_queue_min")),
        tip_queues_s=_queues_s(params),
        compared=in_the_order_before(streets, day, plan_before(on), asked.tips),
    )
    rounds = write_plan(day=day, on=on, plan=plan, midnight=midnight(on), boats=asked.departures)
    name_crews(rounds, params.get("crews") or {})
    plan.took_s = round(time.perf_counter() - began, 2)
    plan.save(update_fields=["took_s"])
    return Answer(
        sentence=_sentence(asked, day),
        summary=_summary(plan, asked, day),
        canonical=canonical(rounds, day),
        inputs={"streets": streets.version, "boats": len(asked.departures)},
    )


def name_crews(rounds: Sequence[Round], crews: Mapping[str, Sequence[int]]) -> None:
    """Say who drives each round; a vehicle that is not named keeps its own crew."""
    for round_ in rounds:
        people = [int(pk) for pk in crews.get(round_.vehicle.code, ())]
        round_.crew.set(User.objects.filter(pk__in=people, groups__name=Role.CREW))


def _teller(run: Run) -> Callable[[float, int | None], None]:
    """Tell how far the planner is, with the island it works on."""
    names = dict(Island.objects.values_list("pk", "name"))

    def tell(share: float, island: int | None) -> None:
        words = gettext_noop("Menyusun rute dan memeriksanya")
        progress.tell(run, round(10 + 70 * share), f"{words} · {names.get(island or 0, '')}")

    return tell


def question(on: date, params: Mapping[str, Any], *, seed: int = 0) -> Asked:
    """Gather everything the day's rounds depend on, as it is now."""
    vehicles = _vehicles(params.get("vehicles"))
    wanted = _wishes(params)
    iterations = int(params.get("iterations") or ITERATIONS)
    tips = Facility.objects.filter(kind=FacilityKind.DUMP).order_by("pk")
    anywhere_s, queues_s = _queue_s(params.get("tip_queue_min")), _queues_s(params)
    return Asked(
        wishes=tuple(wanted),
        vehicles=tuple(vehicles),
        tips=tuple(
            replace(_place(row), queue_s=queues_s.get(row.code, anywhere_s)) for row in tips
        ),
        piers=tuple(_place(row) for row in Pier.objects.order_by("pk")),
        departures=departures_on(on),
        timetable=tuple(_departure(row) for row in _timetable()),
        effort=Effort(iterations, min(PATIENCE, iterations), seeds=(seed, seed + 1)),
        skills=skills_of(vehicles, params.get("crews")),
    )


def _day(text: object) -> date:
    if text is None:
        return timezone.localdate()
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise BadInput(_("Tanggal tidak dikenal; tulis seperti 2026-11-02.")) from error


def _vehicles(codes: Sequence[str] | None) -> list[Vehicle]:
    rows = Vehicle.objects.in_service().order_by("code")
    found = list(rows if codes is None else rows.filter(code__in=codes))
    if not found:
        raise NoVehicles
    return found


def _wishes(params: Mapping[str, Any]) -> list[Wish]:
    try:
        at = datetime.fromisoformat(str(params["at"])) if params.get("at") else timezone.now()
    except ValueError:
        raise BadInput(_("Waktu harus menyebut zonanya.")) from None
    if timezone.is_naive(at):
        raise BadInput(_("Waktu harus menyebut zonanya."))
    due = wishes(at)
    chosen = params.get("stops")
    found = due if chosen is None else [wish for wish in due if wish.key in set(chosen)]
    if not found:
        raise NothingToFetch
    orders = _orders(params)
    if len(found) > MOST_STOPS:
        raise TooManyStops
    return [orders.on(wish) for wish in found]


def _orders(params: Mapping[str, Any]) -> Orders:
    """What the desk wants of single stops."""
    hours = {}
    for key, (opens, closes) in (params.get("hours") or {}).items():
        hours[str(key)] = clock_time.fromisoformat(opens), clock_time.fromisoformat(closes)
    needs = {str(key): frozenset(codes) for key, codes in (params.get("needs") or {}).items()}
    known = set(Skill.objects.values_list("code", flat=True))
    if unknown := sorted(frozenset().union(*needs.values()) - known):
        raise BadInput(_("Tidak ada keahlian bernama {name}.").format(name=unknown[0]))
    return Orders(frozenset(params.get("must") or ()), hours, needs)


def _queue_s(minutes: object) -> int:
    """Seconds of queue at a tip; raises BadInput outside 0 to 120 minutes."""
    if minutes is None:
        return 0
    if not isinstance(minutes, int) or not 0 <= minutes <= MOST_QUEUE_MIN:
        raise BadInput(_("Antrean di TPA antara 0 dan 120 menit."))
    return minutes * 60


def _queues_s(params: Mapping[str, Any]) -> dict[str, int]:
    """Seconds of queue of single tips by code; raises BadInput, also for what is no tip."""
    told = params.get("tip_queues_min") or {}
    known = Facility.objects.filter(kind=FacilityKind.DUMP).values_list("code", flat=True)
    if unknown := sorted(set(told) - set(known)):
        raise BadInput(_("Tidak ada TPA bernama {name}.").format(name=unknown[0]))
    return {str(code): _queue_s(minutes) for code, minutes in told.items()}


def _place(row: Facility | Pier) -> Place:
    return Place(row.name, row.geom.x, row.geom.y, row.island_id, row.pk)


def departures_on(on: date) -> tuple[Departure, ...]:
    """Boats of one day, in the city's own time."""
    return tuple(_departure(r) for r in _timetable() if sails_on(r.weekdays, on.weekday()))


def _timetable() -> list[FerryDeparture]:
    return list(FerryDeparture.objects.select_related("line").order_by("departs_at", "pk"))


def _departure(row: FerryDeparture) -> Departure:
    line = row.line
    ends = (line.from_pier_id, line.to_pier_id)
    start, end = ends if row.outward else ends[::-1]
    leaves = row.departs_at.hour * 3600 + row.departs_at.minute * 60 + row.departs_at.second
    return Departure(
        service=line.code,
        from_pier=start,
        to_pier=end,
        leaves_s=leaves,
        crossing_s=row.crossing_min * 60,
        boarding_s=row.boarding_min * 60,
        takes_vehicles=line.carries_vehicles,
    )


def _summary(plan: RoundPlan, asked: Asked, day: Day) -> dict[str, Any]:
    reasons: dict[str, int] = {}
    for left in day.left:
        reasons[left.reason] = reasons.get(left.reason, 0) + 1
    return {
        "plan": plan.pk,
        "asked": len(asked.wishes),
        "served": len(asked.wishes) - len(day.left),
        "unserved": len(day.left),
        "reasons": reasons,
        "rounds": len(day.days),
        "ferry_rounds": sum(entry.ferry is not None for entry in day.days),
        "took_s": plan.took_s,
        "notes": list(day.notes),
    }


def _sentence(asked: Asked, day: Day) -> str:
    return ngettext(
        "%(served)d dari %(asked)d perhentian dilayani oleh %(rounds)d kendaraan; "
        "%(left)d tidak, dengan sebabnya.",
        "%(served)d dari %(asked)d perhentian dilayani oleh %(rounds)d kendaraan; "
        "%(left)d tidak, dengan sebabnya.",
        len(day.days),
    ) % {
        "served": len(asked.wishes) - len(day.left),
        "asked": len(asked.wishes),
        "rounds": len(day.days),
        "left": len(day.left),
    }
