"""A round's stretches put into another order: each row keeps its identity, each boat its hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.gis.geos import LineString, MultiLineString
from django.db.models import F
from django.utils.dateparse import parse_datetime

from layers.catalog.rounds.models import (
    WITHDRAWN,
    LegKind,
    PlanState,
    Round,
    RoundLeg,
    RoundStop,
    StopKind,
    StopState,
)
from layers.columns import STORED_SRID
from spatial_analysis.methods.tours import DAY_S, Tour, TourProblem, timeline
from spatial_analysis.snapshots import Network
from spatial_analysis.studies.round_answers import GroundTour
from spatial_analysis.studies.round_clock import midnight
from spatial_analysis.studies.round_places import IslandGround, profile_of
from spatial_analysis.studies.round_rows import Diary, tell_tour
from spatial_analysis.studies.round_rules import settled
from spatial_analysis.studies.round_stretches import Ahead, Stretch, problem_of, visits_of

ASIDE = 10_000  # where orders wait while they are given anew


@dataclass(frozen=True, slots=True)
class Told:
    """A stretch with the tour that was found for it; `stops[i]` is the row of wish i."""

    stretch: Stretch
    ground: IslandGround
    problem: TourProblem
    tour: Tour
    stops: tuple[RoundStop, ...]


def as_it_stands(net: Network, round_: Round, stretch: Stretch) -> Told:
    """A stretch in the order it has, which somebody accepted before; its tips put right."""
    ground, problem = problem_of(net, round_, stretch)
    tour = settled(problem, visits_of(stretch))
    return Told(stretch, ground, problem, tour, tuple(stretch.wanted))


def write(ahead: Ahead, told: Sequence[Told]) -> None:
    """Put an order into the rows of a round; stops keep their rows, boats their departures."""
    round_, on = ahead.round, ahead.round.plan.on
    diary = Diary(midnight(on), profile_of(round_.vehicle), (), {}, {})
    diary.order = ahead.base
    number = 0
    for stop in ahead.behind:
        number += not stop.is_withdrawn
        order = stop.order if stop.order <= ahead.base else diary.next_order()
        numbered = 0 if stop.is_withdrawn else number
        RoundStop.objects.filter(pk=stop.pk).update(order=order, number=numbered)
    diary.number = number
    round_.legs.filter(order__gt=ahead.base, kind=LegKind.DRIVE).delete()
    round_.legs.filter(order__gt=ahead.base).update(order=F("order") + ASIDE)
    open_tips = _open_tips(round_)
    for one in told:
        _write_stretch(diary, round_, one, open_tips)
    _withdraw(round_, open_tips)
    for leg in diary.legs:
        leg.round = round_
    RoundLeg.objects.bulk_create(diary.legs)
    _sum_up(round_)


def _open_tips(round_: Round) -> list[RoundStop]:
    rows = round_.stops.filter(kind=StopKind.TIP, state=StopState.PLANNED)
    return list(rows.order_by("order"))


def _write_stretch(diary: Diary, round_: Round, told: Told, tips: list[RoundStop]) -> None:
    clock = timeline(patient(told.problem), told.tour)
    if clock is None:
        raise ValueError("an order that was checked has a clock")
    first = len(diary.stops)
    tell_tour(diary, GroundTour(told.ground, told.problem, told.tour, clock, told.tour.stops))
    wanted = iter(told.tour.stops)
    for fresh in diary.stops[first:]:
        is_tip = fresh.kind == StopKind.TIP
        row = _tip_row(fresh, tips) if is_tip else told.stops[next(wanted)]
        for name in (
            "order", "number", "arrives_at", "leaves_at", "load_after_l", "load_after_kg",
            "side", "snap_m", "service_s",
        ):  # fmt: skip
            setattr(row, name, getattr(fresh, name))
        row.round = round_
        row.save()
    reached = diary.at(clock.home_s)
    for boat in told.stretch.boats:
        be_there = parse_datetime((boat.ferry or {}).get("be_there") or "") or boat.departs_at
        words = {**(boat.ferry or {}), "spare_s": round((be_there - reached).total_seconds())}
        boat.order, boat.ferry, reached = diary.next_order(), words, boat.arrives_at
        boat.save(update_fields=["order", "ferry"])


def patient(problem: TourProblem) -> TourProblem:
    """Return the problem without ends of shift and hours: a crew that is late sees how late."""
    trucks = tuple(replace(t, ends_s=max(t.ends_s, t.starts_s) + DAY_S) for t in problem.trucks)
    stops = tuple(replace(stop, closes_s=2 * DAY_S) for stop in problem.stops)
    return replace(problem, trucks=trucks, stops=stops)


def _tip_row(fresh: RoundStop, tips: list[RoundStop]) -> RoundStop:
    """Return the row of an open trip to the same tip, else the fresh one.

    A crew without a network may already have been there and speak of that row.
    """
    known = next((row for row in tips if row.code == fresh.code), None)
    if known is not None:
        tips.remove(known)
    return known or fresh


def _withdraw(round_: Round, tips: list[RoundStop]) -> None:
    """Take out trips to the tip that the order no longer needs."""
    rows = RoundStop.objects.filter(pk__in=[tip.pk for tip in tips])
    if round_.plan.state == PlanState.DRAFT:
        rows.delete()
    else:
        rows.update(state=StopState.SKIPPED, skip_reason=WITHDRAWN, number=0)


def _sum_up(round_: Round) -> None:
    """Write the round's own figures from its rows."""
    legs, stops = list(round_.legs.order_by("order")), list(round_.stops.all())
    driven = [leg for leg in legs if leg.kind == LegKind.DRIVE]
    kept = [stop for stop in stops if stop.state != StopState.SKIPPED]
    drawn = [leg.geom for leg in legs if leg.geom is not None]
    here = round_.vehicle.geom
    nowhere = LineString((here.x, here.y), (here.x + 1e-6, here.y), srid=STORED_SRID)
    ends = [leg.arrives_at for leg in legs] + [stop.leaves_at for stop in kept]
    figures: dict[str, Any] = {
        "geom": MultiLineString(drawn or [nowhere], srid=STORED_SRID),
        "ends_at": max([round_.starts_at, *ends]),
        "drive_s": sum(round((g.arrives_at - g.departs_at).total_seconds()) for g in driven),
        "service_s": sum(stop.service_s for stop in kept),
        "length_m": sum(leg.length_m for leg in driven),
        "load_max_l": max((stop.load_after_l for stop in kept), default=0),
        "load_max_kg": max((stop.load_after_kg for stop in kept), default=0),
    }
    whole = round((figures["ends_at"] - round_.starts_at).total_seconds())
    figures["wait_s"] = max(0, whole - figures["drive_s"] - figures["service_s"])
    for name, value in figures.items():
        setattr(round_, name, value)
    round_.save(update_fields=list(figures))
