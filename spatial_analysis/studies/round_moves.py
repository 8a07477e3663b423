"""A dispatcher's hand on a plan: move a stop, take one out, put one in, lock; checked at once.

A change that breaks a rule is not made: the sentence says which rule and by how much. The plan
that stays is one that the independent checker passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from layers.catalog.places import Island
from layers.catalog.rounds.actions import StopClosed
from layers.catalog.rounds.models import (
    PlanState,
    Round,
    RoundPlan,
    RoundStop,
    StopKind,
    StopMove,
    StopState,
    UnservedStop,
)
from layers.errors import BadInput, ChangedMeanwhile, NotFound
from spatial_analysis.methods.tours import Tour, TourProblem, timeline
from spatial_analysis.snapshots import Network, network
from spatial_analysis.studies.round_clock import moment_of
from spatial_analysis.studies.round_left import left_by_desk, row_of
from spatial_analysis.studies.round_retold import Told, as_it_stands, patient, write
from spatial_analysis.studies.round_rules import allowing, broken_rule, lacking, settled
from spatial_analysis.studies.round_stretches import (
    Ahead,
    Stretch,
    faults,
    problem_of,
    read,
    visits_of,
)


class MoveBreaksRule(BadInput):
    """Perubahan ini melanggar aturan; urutan lama tetap."""

    code = "MOVE_BREAKS_RULE"


class StopLocked(ChangedMeanwhile):
    """Perhentian ini terkunci; buka kuncinya dulu, lalu pindahkan."""

    code = "STOP_LOCKED"


class PlanReplaced(ChangedMeanwhile):
    """Rencana ini sudah diganti; buka rencana terbaru."""

    code = "PLAN_REPLACED"


@dataclass(frozen=True, slots=True)
class Change:
    """What a change did to the rounds it touched."""

    stop: RoundStop
    round: Round
    length_m: int
    drive_s: int


@transaction.atomic
def move(
    *,
    plan: RoundPlan,
    stop_id: int,
    number: int,
    at: datetime,
    before_id: int | None = None,
    cheapest: bool = False,
    by: Any = None,
) -> Change:
    """Put a stop into round `number`: before another stop of it (None: last), or where it costs
    least.

    Raises MoveBreaksRule, StopLocked, StopClosed, PlanReplaced, NotFound.
    """
    plan = held(plan)
    stop = _stop_of(plan, stop_id)
    target = round_of(plan, number)
    source = target if stop.round_id == target.pk else stop.round
    net = network(moment_of(plan.on))
    behind = {
        round_.pk: read(round_, at=at) for round_ in {source.pk: source, target.pk: target}.values()
    }
    home, goal = behind[source.pk], behind[target.pk]
    figures = _figures(source, target)
    left = home.holding(stop)
    if left is None:
        raise StopClosed
    before = {
        id(one): as_it_stands(net, a.round, one) for a in behind.values() for one in a.stretches
    }
    stretch = left if goal is home else goal.of_island(left.island_id)
    if stretch is None or (stop.kind == StopKind.TIP and goal is not home):
        raise MoveBreaksRule(_not_there(target, left.island_id))
    left.stops.remove(stop)
    place = _place(goal, stretch, before_id)
    changed = {id(stretch): _with(net, target, stretch, stop, None if cheapest else place, before)}
    if left is not stretch:
        changed[id(left)] = _kept(net, source, left, before[id(left)])
    for ahead in behind.values():
        write(ahead, [changed.get(id(one), before[id(one)]) for one in ahead.stretches])
    if source.pk != target.pk:
        StopMove.objects.create(stop=stop, from_round=source, at=at, by=_person(by))
    return _change(stop, target, figures, (source, target))


@transaction.atomic
def put_in(
    *, plan: RoundPlan, unserved_id: int, number: int, at: datetime, before_id: int | None = None
) -> Change:
    """Put a stop that nobody serves into a round, where it costs least unless `before_id` says.

    Raises MoveBreaksRule, PlanReplaced, NotFound.
    """
    plan = held(plan)
    row = plan.unserved.filter(pk=unserved_id).first()
    if row is None:
        raise NotFound
    target = round_of(plan, number)
    net = network(moment_of(plan.on))
    ahead = read(target, at=at)
    before = {id(one): as_it_stands(net, target, one) for one in ahead.stretches}
    stretch = ahead.of_island(row.island_id)
    if stretch is None:
        raise MoveBreaksRule(_not_there(target, row.island_id))
    figures = _figures(target)
    stop = row_of(row, at)
    place = None if before_id is None else _place(ahead, stretch, before_id)
    told = _with(net, target, stretch, stop, place, before)
    write(ahead, [told if one is stretch else before[id(one)] for one in ahead.stretches])
    row.delete()
    return _change(stop, target, figures, (target,))


@transaction.atomic
def take_out(*, plan: RoundPlan, stop_id: int, at: datetime) -> UnservedStop:
    """Leave a stop out of today's rounds; it stays listed as left out by the desk.

    Raises StopLocked, StopClosed, PlanReplaced, NotFound.
    """
    plan = held(plan)
    stop = _stop_of(plan, stop_id)
    if stop.kind == StopKind.TIP:
        raise MoveBreaksRule(
            _("Bongkar diatur sendiri menurut muatan; pindahkan bak atau perintahnya.")
        )
    ahead = read(stop.round, at=at)
    net = network(moment_of(plan.on))
    before = {id(one): as_it_stands(net, ahead.round, one) for one in ahead.stretches}
    left = ahead.holding(stop)
    if left is None:
        raise StopClosed
    left.stops.remove(stop)
    told = _kept(net, ahead.round, left, before[id(left)])
    row = left_by_desk(stop, left.island_id)
    write(ahead, [told if one is left else before[id(one)] for one in ahead.stretches])
    return row


@transaction.atomic
def lock(*, plan: RoundPlan, stop_ids: Sequence[int], locked: bool) -> int:
    """Lock open stops to their vehicle and place, or let them go; returns how many."""
    plan = held(plan)
    rows = RoundStop.objects.filter(round__plan=plan, pk__in=stop_ids, state=StopState.PLANNED)
    return rows.update(locked=locked)


# ---------------------------------------------------------------- rows


def held(plan: RoundPlan) -> RoundPlan:
    """Return the plan, locked against other desks. Raises PlanReplaced."""
    plan = RoundPlan.objects.select_for_update().get(pk=plan.pk)
    if plan.state == PlanState.REPLACED:
        raise PlanReplaced
    return plan


def _stop_of(plan: RoundPlan, stop_id: int) -> RoundStop:
    rows = RoundStop.objects.select_for_update(of=("self",)).select_related(
        "round__plan", "round__vehicle__depot", "round__vehicle__island"
    )
    stop = rows.filter(pk=stop_id, round__plan=plan).first()
    if stop is None:
        raise NotFound
    if stop.state != StopState.PLANNED:
        raise StopClosed
    if stop.locked:
        raise StopLocked
    return stop


def round_of(plan: RoundPlan, number: int) -> Round:
    """Round `number` of a plan. Raises NotFound."""
    rows = plan.rounds.select_related("plan", "vehicle__depot", "vehicle__island")
    found = rows.filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def _place(ahead: Ahead, stretch: Stretch, before_id: int | None) -> int:
    """Place in a stretch that lies before a stop of the round; a stop elsewhere: first or last."""
    for i, stop in enumerate(stretch.stops):
        if stop.pk == before_id:
            return i
    passed = any(stop.pk == before_id for stop in ahead.behind)
    for one in ahead.stretches[: ahead.stretches.index(stretch)]:
        passed = passed or any(stop.pk == before_id for stop in one.stops)
    return 0 if passed else len(stretch.stops)


def _figures(*rounds: Round) -> tuple[int, int]:
    once = {round_.pk: round_ for round_ in rounds}.values()
    return sum(r.length_m for r in once), sum(r.drive_s for r in once)


def _change(
    stop: RoundStop, target: Round, before: tuple[int, int], rounds: Sequence[Round]
) -> Change:
    length_m, drive_s = _figures(*rounds)
    return Change(stop, target, length_m - before[0], drive_s - before[1])


def _person(by: Any) -> Any:
    return by if getattr(by, "is_authenticated", False) else None


# ---------------------------------------------------------------- rules


def _with(
    net: Network,
    round_: Round,
    stretch: Stretch,
    stop: RoundStop,
    place: int | None,
    before: dict[int, Told],
) -> Told:
    """Find the order of a stretch with one more stop: at a place, or where it costs least."""
    if refused := lacking(round_, stop):
        raise MoveBreaksRule(refused)
    late_s = _late(before[id(stretch)])
    places = range(len(stretch.stops) + 1) if place is None else (place,)
    stops = list(stretch.stops)
    stretch.stops = [*stops, stop]
    ground, problem = problem_of(net, round_, stretch)
    problem = allowing(problem, late_s)
    number = {id(row): i for i, row in enumerate(stretch.wanted)}
    plain = visits_of(stretch)
    tours = []
    for i in places:
        order = (*plain[:i], plain[-1], *plain[i:-1])
        tours.append((settled(problem, order), i))
    held_ones = [(timeline(problem, tour), tour, i) for tour, i in tours]
    good = [(clock.drive_s, i, tour) for clock, tour, i in held_ones if clock is not None]
    if not good:
        raise MoveBreaksRule(broken_rule(round_, stretch, ground, problem, tours[-1][0]))
    _drive, _i, best = min(good, key=lambda one: one[:2])
    _must_hold(problem, best)
    rows = sorted(stretch.wanted, key=lambda row: number[id(row)])
    return Told(stretch, ground, problem, best, tuple(rows))


def _kept(net: Network, round_: Round, stretch: Stretch, before: Told) -> Told:
    """Return the order of a stretch that a stop has left."""
    ground, problem = problem_of(net, round_, stretch)
    problem = allowing(problem, _late(before))
    tour = settled(problem, visits_of(stretch))
    if timeline(problem, tour) is None:
        raise MoveBreaksRule(broken_rule(round_, stretch, ground, problem, tour))
    _must_hold(problem, tour)
    return Told(stretch, ground, problem, tour, tuple(stretch.wanted))


def _late(before: Told) -> int:
    """When a stretch ends as it stands: a crew that is late already may not get later."""
    clock = timeline(patient(before.problem), before.tour)
    return 0 if clock is None else clock.home_s


def _must_hold(problem: TourProblem, tour: Tour) -> None:
    if faults(problem, tour):
        raise MoveBreaksRule


def _not_there(round_: Round, island_id: int | None) -> str:
    island = Island.objects.filter(pk=island_id).first()
    return _("%(vehicle)s tidak ke %(island)s hari ini; urutan lama tetap.") % {
        "vehicle": round_.vehicle.label,
        "island": island.name if island is not None else "?",
    }
