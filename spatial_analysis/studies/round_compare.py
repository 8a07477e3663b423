"""Today's stops in yesterday's order: what the new plan saves in kilometres, fuel and minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from layers.catalog.rounds.models import (
    LegKind,
    PlanState,
    Round,
    RoundPlan,
    StopKind,
)
from layers.catalog.skills import skills_of
from layers.catalog.vehicles import Vehicle, VehicleKind
from spatial_analysis.methods.insertion import cheapest_insertion
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
from spatial_analysis.snapshots import Network
from spatial_analysis.studies.round_answers import Day
from spatial_analysis.studies.round_clock import seconds
from spatial_analysis.studies.round_places import IslandGround, Place, profile_of
from spatial_analysis.studies.round_rules import settled
from spatial_analysis.studies.round_wishes import Wish

# Rough figures for stop-and-go collecting; the page calls what follows from them an estimate.
FUEL_L_PER_100_KM = {
    VehicleKind.TRUCK: 28.0,
    VehicleKind.PICKUP: 12.0,
    VehicleKind.THREE_WHEELER: 5.0,
    VehicleKind.MOTORCYCLE: 3.0,
}


def fuel_l(kind: str, length_m: float) -> float:
    """Litres of fuel that a kind of vehicle burns over a length, as an estimate."""
    return FUEL_L_PER_100_KM[VehicleKind(kind)] * length_m / 100_000


@dataclass(slots=True)
class Effort:
    """What rounds cost: metres, litres of fuel, seconds of driving and of work."""

    length_m: float = 0.0
    fuel_l: float = 0.0
    drive_s: int = 0
    work_s: int = 0
    stops: int = 0
    vehicles: int = 0

    def told(self) -> dict[str, Any]:
        """Whole figures for a row's JSON."""
        return {
            "length_m": round(self.length_m), "fuel_l": round(self.fuel_l, 1),
            "drive_s": self.drive_s, "work_s": self.work_s, "stops": self.stops,
            "vehicles": self.vehicles,
        }  # fmt: skip


def plan_before(on: date) -> RoundPlan | None:
    """Return the last plan that crews drove before a day: yesterday's, or the one before a rest."""
    return RoundPlan.objects.filter(on__lt=on, state=PlanState.PUBLISHED).order_by("-on").first()


def effort_of(rounds: Sequence[Round]) -> Effort:
    """What rounds cost that cross no water; their legs and stops are at hand."""
    found = Effort()
    for round_ in rounds:
        if any(leg.kind == LegKind.FERRY for leg in round_.legs.all()):
            continue
        wanted = [s for s in round_.stops.all() if s.kind != StopKind.TIP and not s.is_withdrawn]
        found.length_m += round_.length_m
        found.fuel_l += fuel_l(round_.vehicle.kind, round_.length_m)
        found.drive_s += round_.drive_s
        found.work_s += round_.drive_s + round_.service_s
        found.stops += len(wanted)
        found.vehicles += bool(wanted)
    return found


def in_the_order_before(
    net: Network, day: Day, before: RoundPlan | None, tips: Sequence[Place]
) -> dict[str, Any]:
    """What today's served stops would cost in the order of the plan before; {} without one.

    Crews drive their stops of that day in that order, with trips to the tip as their load asks;
    stops that were not on it come in where they cost least. Islands reached by boat are left
    out on both sides: there the boats decide.
    """
    if before is None:
        return {}
    served: dict[int | None, list[Wish]] = {}
    for one in day.days:
        if one.ferry is None and one.home is not None:
            ground = one.home.ground
            wishes = served.setdefault(ground.island_id, [])
            wishes += [ground.wishes[i] for i in one.home.wishes]
    rows = before.rounds.select_related("vehicle__depot", "vehicle__island").order_by("number")
    rounds = [round_ for round_ in rows.prefetch_related("stops") if round_.vehicle.in_use]
    total, known, unfit = Effort(), 0, 0
    for island, wishes in served.items():
        crews = [round_ for round_ in rounds if round_.vehicle.island_id == island]
        if not crews:
            unfit += len(wishes)
            continue
        found = _on_island(net, island, wishes, crews, total, tips)
        known, unfit = known + found[0], unfit + found[1]
    if not known:
        return {}
    new = sum(map(len, served.values())) - known - unfit
    return {
        "on": before.on.isoformat(), "plan": before.pk, "known": known, "new": new,
        "unfit": unfit, **total.told(),
    }  # fmt: skip


def _on_island(
    net: Network,
    island: int | None,
    wishes: list[Wish],
    crews: list[Round],
    total: Effort,
    tips: Sequence[Place],
) -> tuple[int, int]:
    """Add what one island costs; returns how many stops were known, and how many found no place."""
    ground, problem = _problem(net, island, wishes, [round_.vehicle for round_ in crews], tips)
    number = {(wish.kind, wish.code): i for i, wish in enumerate(wishes)}
    tours, placed = [], set[int]()
    for truck, round_ in enumerate(crews):
        order = [number.get((stop.kind, stop.code)) for stop in round_.stops.all()]
        kept = [i for i in order if i is not None and i not in placed]
        tour = _drivable(problem, truck, kept)
        placed |= set(tour.stops)
        tours.append(tour)
    known = len(placed)
    plan = Plan(tuple(tours), tuple(i for i in range(len(wishes)) if i not in placed))
    for stop in plan.left_out:
        found = cheapest_insertion(problem, plan, stop)
        if found is not None:
            others = [tour for tour in plan.tours if tour.truck != found.tour.truck]
            left = tuple(i for i in plan.left_out if i != stop)
            plan = Plan(tuple(sorted((*others, found.tour), key=lambda t: t.truck)), left)
    for tour in plan.tours:
        _add(total, ground, problem, tour, crews[tour.truck].vehicle)
    return known, len(plan.left_out)


def _problem(
    net: Network,
    island: int | None,
    wishes: list[Wish],
    vehicles: list[Vehicle],
    known_tips: Sequence[Place],
) -> tuple[IslandGround, TourProblem]:
    """One island with yesterday's vehicles; no ends, since late is shown, not forbidden."""
    depots = [Place(v.depot.name, v.geom.x, v.geom.y, island) for v in vehicles]
    tips = [tip for tip in known_tips if tip.island_id == island]
    ground = IslandGround(net, island, [*depots, *tips], wishes)
    profiles = [profile_of(vehicle) for vehicle in vehicles]
    held = skills_of(vehicles)
    skills = [held[vehicle.pk] for vehicle in vehicles]
    trucks = tuple(
        Truck(
            k, k, v.capacity_l, v.capacity_kg, seconds(v.shift_start),
            seconds(v.shift_end) + DAY_S, k, skills=skills[k],
        )
        for k, v in enumerate(vehicles)
    )  # fmt: skip
    problem = TourProblem(
        drive_s=np.stack([ground.drive_s(profile) for profile in profiles]),
        stops=tuple(
            replace(ground.stop_of(i, profiles, skills), closes_s=2 * DAY_S)
            for i in range(len(wishes))
        ),
        trucks=trucks,
        tips=tuple(Tip(len(depots) + i, tip.tip_s) for i, tip in enumerate(tips)),
    )
    return ground, problem


def _drivable(problem: TourProblem, truck: int, order: list[int]) -> Tour:
    """Return the tour in this order, less the stops that its vehicle cannot get to today."""
    tour = settled(problem, [Visit(i) for i in order], truck=truck)
    if timeline(problem, tour) is not None:
        return tour
    alone = [
        i for i in order
        if timeline(problem, settled(problem, [Visit(i)], truck=truck)) is not None
    ]  # fmt: skip
    tour = settled(problem, [Visit(i) for i in alone], truck=truck)
    return tour if timeline(problem, tour) is not None else replace(tour, visits=())


def _add(
    total: Effort, ground: IslandGround, problem: TourProblem, tour: Tour, vehicle: Vehicle
) -> None:
    clock = timeline(problem, tour)
    if clock is None or not tour.stops:
        return
    truck, profile = problem.trucks[tour.truck], profile_of(vehicle)
    targets = [problem.target(visit) for visit in tour.visits]
    places = [truck.start_place, *(target.place for target in targets), truck.end_place]
    ways = ground.network.ways(profile)
    metres = 0.0
    for start, end in pairwise(places):
        way = ground.way(profile, start, end)
        metres += 0.0 if way is None or not way.pieces else ways.length_m(way)
    total.length_m += metres
    total.fuel_l += fuel_l(vehicle.kind, metres)
    total.drive_s += clock.drive_s
    total.work_s += clock.drive_s + sum(target.service_s for target in targets)
    total.stops += len(tour.stops)
    total.vehicles += 1
