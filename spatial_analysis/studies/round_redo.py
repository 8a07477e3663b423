"""The rest of a plan put in order anew during the shift: what is done and what is locked stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction

from layers.catalog.rounds.models import RoundPlan, RoundStop, StopMove, UnservedStop
from layers.errors import NotFound
from spatial_analysis.methods.fleet_sweep import Effort, sweep
from spatial_analysis.methods.reasons import Reason
from spatial_analysis.methods.tour_check import faults_of
from spatial_analysis.methods.tours import Plan, Tip, Tour, TourProblem, Truck, Visit, timeline
from spatial_analysis.snapshots import Network, network
from spatial_analysis.studies.round_clock import moment_of
from spatial_analysis.studies.round_left import wish_again
from spatial_analysis.studies.round_moves import held
from spatial_analysis.studies.round_places import IslandGround, profile_of
from spatial_analysis.studies.round_replan import holding
from spatial_analysis.studies.round_retold import Told, as_it_stands, patient, write
from spatial_analysis.studies.round_rows import stop_row
from spatial_analysis.studies.round_rules import settled
from spatial_analysis.studies.round_stretches import Ahead, Stretch, aboard, read, wish_of
from spatial_analysis.studies.round_undo import Order, left_columns, name_of, open_stops

EFFORT = Effort(iterations=400, patience=200)
WORTH_IT_S = 120  # a crew is not given another order for less
CHANGING_CREWS_S = 600  # and stops do not change their crew for less than this on top


@dataclass(frozen=True, slots=True)
class Redone:
    """What putting the rest in order anew came to."""

    saved_s: int
    moved: int
    served_more: int
    order: Order | None = None  # before and after; None where nothing changed


@dataclass(frozen=True, slots=True)
class _Yard:
    """The open stretches of one island as one problem; truck k is `stretches[k]`."""

    aheads: tuple[Ahead, ...]
    stretches: tuple[Stretch, ...]
    stops: tuple[RoundStop, ...]
    left: tuple[UnservedStop, ...]
    ground: IslandGround
    problem: TourProblem
    before: tuple[Tour, ...]


@transaction.atomic
def redo(*, plan: RoundPlan, at: datetime, by: Any = None) -> Redone:
    """Deal the open stops of a plan anew between its crews, from where each stands now.

    Done stops and the one a crew is busy with stay; locked stops keep vehicle and place; boats
    and what lies before them stay. Stops left out are tried again, save those the desk left out.
    An order that saves less than two minutes and serves nobody more is not worth a crew's trust.
    Raises PlanReplaced.
    """
    plan = held(plan)
    net = network(moment_of(plan.on))
    rows = plan.rounds.select_related("plan", "vehicle__depot", "vehicle__island")
    aheads = [read(round_, at=at) for round_ in rows.order_by("number")]
    told: dict[int, Told] = {}
    before, ends_s = open_stops(aheads), dict[str, int]()
    fresh: list[tuple[RoundStop, dict[str, Any]]] = []
    saved = moved = 0
    islands = dict.fromkeys(a.stretches[-1].island_id for a in aheads)
    for island in islands:
        yard = _yard(net, [a for a in aheads if a.stretches[-1].island_id == island], plan, at)
        for ahead, truck in zip(yard.aheads, yard.problem.trucks, strict=True):
            ends_s[str(ahead.round.number)] = truck.ends_s
        tours = _better(yard)
        if tours is None:
            continue
        saved += _drive_s(yard.problem, yard.before) - _drive_s(yard.problem, tours)
        changed, served = _dealt(yard, tours, at, by)
        moved, fresh = moved + changed, fresh + served
        for stretch, tour in zip(yard.stretches, tours, strict=True):
            told[id(stretch)] = Told(stretch, yard.ground, yard.problem, tour, yard.stops)
    for ahead in aheads:
        if any(id(one) in told for one in ahead.stretches):
            kept = [
                told.get(id(one)) or as_it_stands(net, ahead.round, one) for one in ahead.stretches
            ]
            write(ahead, kept)
    if not told:
        return Redone(saved, moved, 0)
    left = [(name_of(stop), columns) for stop, columns in fresh]
    after = open_stops([read(ahead.round, at=at) for ahead in aheads])
    return Redone(saved, moved, len(fresh), Order(before, after, ends_s, left))


def _yard(net: Network, aheads: Sequence[Ahead], plan: RoundPlan, at: datetime) -> _Yard:
    stretches = tuple(ahead.stretches[-1] for ahead in aheads)
    island = stretches[0].island_id
    left, wishes = _left(plan, island, at)
    known = [stop for stretch in stretches for stop in stretch.wanted]
    stops = (*known, *(stop_row(wish, None) for wish in wishes))
    tips = next((one.tips for one in stretches if one.tips), [])
    ends = [place for one in stretches for place in (one.start, one.end)]
    ground = IslandGround(net, island, [*ends, *tips], [*(wish_of(s) for s in known), *wishes])
    vehicles = [ahead.round.vehicle for ahead in aheads]
    profiles = [profile_of(vehicle) for vehicle in vehicles]
    skills = [aboard(ahead.round) for ahead in aheads]
    trucks = tuple(
        Truck(
            2 * k, 2 * k + 1, vehicle.capacity_l, vehicle.capacity_kg, one.starts_s, one.ends_s,
            k, one.load_l, one.load_kg, skills[k],
        )
        for k, (vehicle, one) in enumerate(zip(vehicles, stretches, strict=True))
    )  # fmt: skip
    owner = {id(stop): k for k, one in enumerate(stretches) for stop in one.wanted}
    asked = [ground.stop_of(i, profiles, skills) for i in range(len(stops))]
    problem = TourProblem(
        drive_s=np.stack([ground.drive_s(profile) for profile in profiles]),
        stops=tuple(
            replace(stop, fits=frozenset({owner[id(row)]})) if row.locked else stop
            for stop, row in zip(asked, stops, strict=True)
        ),
        trucks=trucks,
        tips=tuple(Tip(len(ends) + i, tip.tip_s) for i, tip in enumerate(tips)),
    )
    number = {id(stop): i for i, stop in enumerate(stops)}
    before = tuple(
        settled(problem, [Visit(number[id(stop)]) for stop in one.wanted], truck=k)
        for k, one in enumerate(stretches)
    )
    homes = [timeline(patient(problem), tour) for tour in before]
    late = [0 if clock is None else clock.home_s for clock in homes]
    trucks = tuple(
        replace(t, ends_s=max(t.ends_s, home)) for t, home in zip(trucks, late, strict=True)
    )
    return _Yard(
        tuple(aheads), stretches, stops, left, ground, replace(problem, trucks=trucks), before
    )


def _left(
    plan: RoundPlan, island: int | None, at: datetime
) -> tuple[tuple[UnservedStop, ...], list[Any]]:
    """Left-out stops of an island that are still there, and what they ask for."""
    rows, wishes = [], []
    for row in plan.unserved.filter(island_id=island).exclude(reason=Reason.LEFT_BY_DESK):
        try:
            wishes.append(wish_again(row, at))
        except NotFound:
            continue
        rows.append(row)
    return tuple(rows), wishes


def _better(yard: _Yard) -> tuple[Tour, ...] | None:
    """Return tours that are worth a new order, one a truck; None when there are none.

    Stops change their crew only where that saves clearly more than a better order in each crew.
    """
    if not yard.stops:
        return None
    known, now = len(yard.stops) - len(yard.left), _drive_s(yard.problem, yard.before)
    found: list[tuple[int, int, tuple[Tour, ...]]] = []
    for problem, price_s in ((_settled_crews(yard), 0), (yard.problem, CHANGING_CREWS_S)):
        tours = _tours(yard, problem)
        if tours is not None:
            more = sum(stop >= known for tour in tours for stop in tour.stops)
            found.append((more, now - _drive_s(yard.problem, tours) - price_s, tours))
    if not found:
        return None
    more, saved_s, tours = max(found, key=lambda one: one[:2])
    return tours if more or saved_s >= WORTH_IT_S else None


def _settled_crews(yard: _Yard) -> TourProblem:
    """Return the problem in which every stop stays with its crew; left-out ones are free."""
    owner = {id(stop): k for k, one in enumerate(yard.stretches) for stop in one.wanted}
    stops = [
        replace(stop, fits=frozenset({owner[id(row)]})) if id(row) in owner else stop
        for stop, row in zip(yard.problem.stops, yard.stops, strict=True)
    ]
    return replace(yard.problem, stops=tuple(stops))


def _tours(yard: _Yard, problem: TourProblem) -> tuple[Tour, ...] | None:
    """Return the best tours found for a problem, one a truck; None unless all that was served
    still is, and the checker agrees.
    """
    plan = sweep(problem, EFFORT)
    found = {tour.truck: tour for tour in plan.tours}
    tours = tuple(
        holding(yard.problem, found.get(k, Tour(k, ())), _fixed(yard, k))
        for k in range(len(yard.stretches))
    )
    served = {stop for tour in tours for stop in tour.stops}
    known = len(yard.stops) - len(yard.left)
    whole = set(range(known)) <= served and not _faults(yard.problem, tours)
    return tours if whole else None


def _fixed(yard: _Yard, truck: int) -> dict[int, int]:
    """Locked stops of a truck -> their places in its order."""
    number = {id(stop): i for i, stop in enumerate(yard.stops)}
    wanted = yard.stretches[truck].wanted
    return {number[id(stop)]: place for place, stop in enumerate(wanted) if stop.locked}


def _faults(problem: TourProblem, tours: Sequence[Tour]) -> list[str]:
    served = {stop for tour in tours for stop in tour.stops}
    plan = Plan(tuple(tours), tuple(i for i in range(len(problem.stops)) if i not in served))
    return faults_of(
        drive_s=problem.drive_s.tolist(),
        stops=[asdict(stop) for stop in problem.stops],
        trucks=[asdict(truck) for truck in problem.trucks],
        tips=[asdict(tip) for tip in problem.tips],
        tours=[
            (t.truck, [("tip" if v.is_tip else "stop", v.index) for v in t.visits])
            for t in plan.tours
        ],
        left_out=plan.left_out,
    )


def _drive_s(problem: TourProblem, tours: Sequence[Tour]) -> int:
    clocks = [timeline(patient(problem), tour) for tour in tours if tour.visits]
    return sum(clock.drive_s for clock in clocks if clock is not None)


def _dealt(
    yard: _Yard, tours: Sequence[Tour], at: datetime, by: Any
) -> tuple[int, list[tuple[RoundStop, dict[str, Any]]]]:
    """Note each stop that changes its crew; returns how many, and those served only now."""
    known, moved = len(yard.stops) - len(yard.left), 0
    fresh: list[tuple[RoundStop, dict[str, Any]]] = []
    for ahead, stretch, tour in zip(yard.aheads, yard.stretches, tours, strict=True):
        mine = {id(stop) for stop in stretch.wanted}
        for i in tour.stops:
            stop = yard.stops[i]
            if i >= known:
                row = yard.left[i - known]
                fresh.append((stop, left_columns(row)))
                row.delete()
            elif id(stop) not in mine:
                person = by if getattr(by, "is_authenticated", False) else None
                StopMove.objects.create(stop=stop, from_round=stop.round, at=at, by=person)
                moved += ahead.round.pk != stop.round_id
    return moved, fresh
