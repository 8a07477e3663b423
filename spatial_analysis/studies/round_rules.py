"""The rules of a tour in people's words: what it breaks first, and by how much; tips put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from layers.catalog.rounds.models import Round, RoundStop
from layers.catalog.skills import names_of
from layers.catalog.vehicles import Vehicle
from spatial_analysis.methods.reasons import sentence
from spatial_analysis.methods.snapping import Refusal
from spatial_analysis.methods.tours import (
    NEVER_S,
    Tour,
    TourProblem,
    Truck,
    Visit,
    best_tip,
    closed_tour,
)
from spatial_analysis.studies.round_clock import midnight
from spatial_analysis.studies.round_places import IslandGround, profile_of
from spatial_analysis.studies.round_stretches import Stretch, aboard


def allowing(problem: TourProblem, home_s: int) -> TourProblem:
    """Return the problem with a shift that lasts at least until `home_s`."""
    trucks = tuple(replace(truck, ends_s=max(truck.ends_s, home_s)) for truck in problem.trucks)
    return replace(problem, trucks=trucks)


def settled(problem: TourProblem, visits: Sequence[Visit], *, truck: int = 0) -> Tour:
    """Return a tour in this order with its tips put right: none needless, none missing."""
    tour = closed_tour(problem, truck, tuple(visits))
    if not problem.tips or not _overloaded(problem, tour):
        return tour
    car, kept = problem.trucks[truck], list[Visit]()
    litres, kilograms, here = car.load_l, car.load_kg, car.start_place
    for visit in (v for v in visits if not v.is_tip):
        litres, kilograms = _with(problem, visit, litres, kilograms)
        if litres > car.capacity_l or kilograms > car.capacity_kg:
            kept.append(Visit(best_tip(problem, car, here), is_tip=True))
            litres, kilograms = _with(problem, visit, 0, 0)
        kept.append(visit)
        here = problem.target(visit).place
    return closed_tour(problem, truck, tuple(kept))


def _with(problem: TourProblem, visit: Visit, litres: int, kilograms: int) -> tuple[int, int]:
    """Litres and kilograms on the truck after a visit."""
    if visit.is_tip:
        return 0, 0
    stop = problem.stops[visit.index]
    return litres + stop.load_l, kilograms + stop.load_kg


def _overloaded(problem: TourProblem, tour: Tour) -> bool:
    truck = problem.trucks[tour.truck]
    litres, kilograms = truck.load_l, truck.load_kg
    for visit in tour.visits:
        litres, kilograms = _with(problem, visit, litres, kilograms)
        if litres > truck.capacity_l or kilograms > truck.capacity_kg:
            return True
    return False


def lacking(round_: Round, stop: RoundStop) -> str:
    """Say which skills a stop needs that nobody aboard a round has; "" when none is missing."""
    missing = sorted(set(stop.needs) - aboard(round_))
    text = _("%(vehicle)s tidak membawa %(skills)s yang dibutuhkan %(stop)s; urutan lama tetap.")
    words = {
        "vehicle": round_.vehicle.label, "skills": names_of(missing), "stop": stop.label,
    }  # fmt: skip
    return text % words if missing else ""


def _clock(round_: Round, second: int) -> str:
    moment = midnight(round_.plan.on) + timedelta(seconds=second)
    return date_format(timezone.localtime(moment), "H.i")


def broken_rule(
    round_: Round, stretch: Stretch, ground: IslandGround, problem: TourProblem, tour: Tour
) -> str:
    """Say which rule a tour breaks first, and by how much."""
    truck = problem.trucks[0]
    now, here, litres, kilograms = truck.starts_s, truck.start_place, truck.load_l, truck.load_kg
    for visit in tour.visits:
        target = problem.target(visit)
        step = problem.drive(truck, here, target.place)
        if step >= NEVER_S:
            return _no_way(round_.vehicle, ground, target.place)
        now, here = max(now + step, target.opens_s), target.place
        words: dict[str, object] = {"vehicle": round_.vehicle.label, "stop": ground.name_of(here)}
        if now > target.closes_s:
            return _(
                "%(vehicle)s baru tiba di %(stop)s %(reached)s, padahal harus sebelum %(closes)s; "
                "urutan lama tetap."
            ) % (
                words | {"reached": _clock(round_, now), "closes": _clock(round_, target.closes_s)}
            )
        now += target.service_s
        litres, kilograms = _with(problem, visit, litres, kilograms)
        if litres > truck.capacity_l:
            return _(
                "%(vehicle)s kelebihan %(over)d liter di %(stop)s (daya muat %(capacity)d liter); "
                "urutan lama tetap."
            ) % (words | {"over": litres - truck.capacity_l, "capacity": truck.capacity_l})
        if kilograms > truck.capacity_kg:
            return _(
                "%(vehicle)s kelebihan %(over)d kg di %(stop)s (daya angkut %(capacity)d kg); "
                "urutan lama tetap."
            ) % (words | {"over": kilograms - truck.capacity_kg, "capacity": truck.capacity_kg})
    return _too_late(round_, stretch, truck, now + problem.drive(truck, here, truck.end_place))


def _no_way(vehicle: Vehicle, ground: IslandGround, place: int) -> str:
    """No way leads to a place, and why where the map says so."""
    text = _("%(vehicle)s tidak dapat sampai ke %(stop)s; urutan lama tetap.")
    told = text % {"vehicle": vehicle.label, "stop": ground.name_of(place)}
    found = ground.snaps(profile_of(vehicle))[place]
    if isinstance(found, Refusal):
        return f"{told} {sentence(found.reason, get_language() or 'id')}"
    return told


def _too_late(round_: Round, stretch: Stretch, truck: Truck, ends_s: int) -> str:
    """The truck is back after its shift, or on the quay after its boat stopped loading."""
    words: dict[str, object] = {
        "vehicle": round_.vehicle.label, "reached": _clock(round_, ends_s),
        "ends": _clock(round_, truck.ends_s), "late": -(-(ends_s - truck.ends_s) // 60),
    }  # fmt: skip
    if stretch.boats:
        text = _(
            "%(vehicle)s baru tiba di dermaga %(reached)s, %(late)d menit setelah %(boat)s "
            "menutup muatan (%(ends)s); urutan lama tetap."
        )
        words["boat"] = (stretch.boats[0].ferry or {}).get("service", "")
    elif truck.ends_s > stretch.ends_s:
        text = _(
            "%(vehicle)s sudah terlambat dan akan pulang %(late)d menit lebih lambat lagi "
            "(%(reached)s); urutan lama tetap."
        )
    else:
        text = _(
            "%(vehicle)s baru pulang %(reached)s, %(late)d menit setelah jam kerjanya berakhir "
            "(%(ends)s); urutan lama tetap."
        )
    return text % words
