"""A round after a stop was skipped: the rest as the crew knows it, or clearly better."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.gis.geos import MultiLineString
from django.db import transaction
from django.utils import timezone

from layers.catalog.facilities import Facility, FacilityKind
from layers.catalog.rounds.models import LegKind, Round, RoundLeg, RoundStop, StopKind, StopState
from layers.columns import STORED_SRID
from spatial_analysis.methods.fleet_sweep import Effort, sweep
from spatial_analysis.methods.left_out import MUST_S
from spatial_analysis.methods.steady import steadied
from spatial_analysis.methods.tours import (
    DAY_S,
    Plan,
    Tip,
    Tour,
    TourProblem,
    Truck,
    Visit,
    timeline,
)
from spatial_analysis.snapshots import network
from spatial_analysis.studies.bin_rounds import midnight
from spatial_analysis.studies.round_answers import GroundTour
from spatial_analysis.studies.round_days import TIP_SERVICE_S
from spatial_analysis.studies.round_places import IslandGround, Place, profile_of
from spatial_analysis.studies.round_rows import Diary, tell_tour
from spatial_analysis.studies.round_wishes import Wish

EFFORT = Effort(iterations=300, patience=150)


@transaction.atomic
def replan(round_: Round, *, at: datetime) -> bool:
    """Order the open stops of a round anew from where it stands; True when that was done.

    The crew goes on from its last closed stop (or the depot) with the load it carries. A round
    with a ferry still ahead keeps its order: its boats decide it. Nothing is ever dropped: a
    crew that is late sees how late. The answer is seconds, not minutes: one truck, one island.
    """
    round_ = Round.objects.select_for_update(of=("self",)).get(pk=round_.pk)
    stops = list(round_.stops.order_by("order"))
    rest = [stop for stop in stops if stop.is_open and stop.kind != StopKind.TIP]
    done = [stop for stop in stops if stop.state == StopState.DONE]
    base = max((stop.order for stop in done), default=0)
    ahead = round_.legs.filter(order__gt=base)
    if ahead.filter(kind=LegKind.FERRY).exists() or not rest:
        return False
    last = max(done, key=_when, default=None)
    ground, truck = _ground(round_, rest, _carried(done), last, at)
    tips = range(2, len(ground.fixed))
    profile = profile_of(round_.vehicle)
    problem = TourProblem(
        drive_s=ground.drive_s(profile)[None],
        stops=tuple(ground.stop_of(i, [profile]) for i in range(len(rest))),
        trucks=(truck,),
        tips=tuple(Tip(place, TIP_SERVICE_S) for place in tips),
    )
    known = Tour(0, tuple(Visit(i) for i in range(len(rest))))
    plan = steadied(problem, known, sweep(problem, EFFORT))
    if plan.left_out:
        return False  # the old order still stands; better than a stop that nobody sees
    _write(round_, ground, problem, plan, stops, base)
    return True


def _when(stop: RoundStop) -> tuple[float, int]:
    """When a stop was closed."""
    return (stop.state_at.timestamp() if stop.state_at else 0.0), stop.order


def _carried(done: list[RoundStop]) -> tuple[int, int]:
    """Litres and kilograms on the truck after the stops that are done."""
    litres = kilograms = 0
    for stop in sorted(done, key=_when):
        if stop.kind == StopKind.TIP:
            litres = kilograms = 0
        else:
            litres, kilograms = litres + stop.load_l, kilograms + stop.load_kg
    return litres, kilograms


def _ground(
    round_: Round,
    rest: list[RoundStop],
    carried: tuple[int, int],
    last: RoundStop | None,
    at: datetime,
) -> tuple[IslandGround, Truck]:
    vehicle, island = round_.vehicle, round_.vehicle.island_id
    here = last.geom if last is not None else vehicle.geom
    name = last.label if last is not None else vehicle.depot.name
    tips = Facility.objects.filter(kind=FacilityKind.DUMP, island_id=island).order_by("pk")
    fixed = [
        Place(name, here.x, here.y, island),
        Place(vehicle.depot.name, vehicle.geom.x, vehicle.geom.y, island),
        *(Place(tip.name, tip.geom.x, tip.geom.y, island, tip.pk) for tip in tips),
    ]
    ground = IslandGround(network(), island, fixed, [_wish(stop) for stop in rest])
    now = _now_s(round_, last, at)
    truck = Truck(
        0, 1, vehicle.capacity_l, vehicle.capacity_kg, now, now + DAY_S,
        load_l=carried[0], load_kg=carried[1],
    )  # fmt: skip
    return ground, truck


def _now_s(round_: Round, last: RoundStop | None, at: datetime) -> int:
    """Second of the day from which to go on: now, on the day itself; else as planned."""
    same_day = timezone.localdate(at) == round_.plan.on
    planned = last.arrives_at if last is not None else round_.starts_at
    moment = max(at, round_.starts_at) if same_day else planned
    return round((moment - midnight(round_.plan.on)).total_seconds())


def _wish(stop: RoundStop) -> Wish:
    return Wish(
        kind=stop.kind,
        pk=stop.bin_id or stop.work_order_id or 0,
        code=stop.code,
        label=stop.label,
        lon=stop.geom.x,
        lat=stop.geom.y,
        island_id=None,
        load_l=stop.load_l,
        load_kg=stop.load_kg,
        service_s=stop.service_s,
        prize_s=MUST_S,
        fill_pct=stop.fill_pct,
        stale=stop.stale,
    )


def _write(
    round_: Round,
    ground: IslandGround,
    problem: TourProblem,
    plan: Plan,
    stops: list[RoundStop],
    base: int,
) -> None:
    """Put the new order into the rows; stops keep their rows, open tips are made anew.

    Skipped stops stand right after what is done (`base`), then comes the new order.
    """
    tour = plan.tours[0] if plan.tours else Tour(0, ())
    clock = timeline(problem, tour)
    if clock is None:
        raise ValueError("a plan that holds has a clock")
    diary = Diary(midnight(round_.plan.on), profile_of(round_.vehicle), (), {}, {})
    diary.order = base
    closed = [stop for stop in stops if not stop.is_open]
    for number, stop in enumerate(closed, start=1):
        order = stop.order if stop.order <= base else diary.next_order()
        RoundStop.objects.filter(pk=stop.pk).update(order=order, number=number)
    diary.number = len(closed)
    tell_tour(diary, GroundTour(ground, problem, tour, clock, tour.stops))
    round_.legs.filter(order__gt=base).delete()
    round_.stops.filter(kind=StopKind.TIP, state=StopState.PLANNED).delete()
    rows: dict[Any, RoundStop] = {(s.kind, s.code): s for s in stops if s.is_open}
    for fresh in diary.stops:
        is_tip = fresh.kind == StopKind.TIP
        row = fresh if is_tip else rows[fresh.kind, fresh.code]
        for name in ("order", "number", "arrives_at", "leaves_at", "load_after_l", "load_after_kg"):
            setattr(row, name, getattr(fresh, name))
        row.round = round_
        row.save()
    for leg in diary.legs:
        leg.round = round_
    RoundLeg.objects.bulk_create(diary.legs)
    legs = list(round_.legs.all())
    drawn = [leg.geom for leg in legs if leg.geom is not None]
    if drawn:
        round_.geom = MultiLineString(drawn, srid=STORED_SRID)
    round_.ends_at, round_.length_m = diary.at(clock.home_s), sum(leg.length_m for leg in legs)
    round_.save(update_fields=["ends_at", "geom", "length_m"])
