"""Rounds by PyVRP: capacity in litres and kilograms, shifts, tips on the way, prizes.

Every stop is optional with a prize, so a plan always exists; how much a stop must be served
is how high its prize is. Count iterations, not seconds: the same seed then gives the same plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyvrp import (
    Activity,
    ActivityType,
    Client,
    Depot,
    Location,
    ProblemData,
    Route,
    Solution,
    SolveParams,
    VehicleType,
    solve,
)
from pyvrp.search import NeighbourhoodParams, PerturbationParams
from pyvrp.stop import (
    MaxIterations,
    MaxRuntime,
    MultipleCriteria,
    NoImprovement,
    StoppingCriterion,
)

from spatial_analysis.methods.tours import (
    NEVER_S,
    Plan,
    Tour,
    TourProblem,
    Truck,
    Visit,
    closed_tour,
    plan_of,
)

# Trips that wait for their goods make each move dear to weigh: smaller shakes among fewer
# neighbours give three to six times the iterations, which gain more than they lose.
SMALL_SHAKES = SolveParams(
    neighbourhood=NeighbourhoodParams(num_neighbours=25),
    perturbation=PerturbationParams(max_perturbations=10),
)


def solve_tours(
    problem: TourProblem,
    *,
    iterations: int,
    seed: int,
    patience: int | None = None,
    runtime_s: float | None = None,
    start: Sequence[Tour] = (),
) -> Plan:
    """Plan tours that serve what is worth its drive; see `tours.cost_s` for what is minimised.

    Stops after `iterations`, or after `patience` of them without a better plan. Deterministic
    for the same problem, seed and counts; with `runtime_s` (seconds of the clock) it is not.
    `start` are tours to begin with, where there are any. Source: PyVRP 0.14 (iterated local
    search).
    """
    usable = [i for i, truck in enumerate(problem.trucks) if truck.ends_s > truck.starts_s]
    if not problem.stops or not usable:
        return plan_of(problem, [closed_tour(problem, i, ()) for i in usable])
    kinds = kinds_of(problem, usable)
    data = _data(problem, kinds)
    stops: list[StoppingCriterion] = [
        MaxIterations(iterations), NoImprovement(patience or iterations)
    ]  # fmt: skip
    if runtime_s is not None:
        stops.append(MaxRuntime(runtime_s))
    stop = MultipleCriteria(stops)
    first = _solution(problem, data, kinds, start) if start else None
    waits = any(asked.ready_s > 0 for asked in problem.stops)
    best = solve(
        data, stop=stop, seed=seed, collect_stats=False, display=False, initial_solution=first,
        params=SMALL_SHAKES if waits else SolveParams(),
    ).best  # fmt: skip
    tours = {i: closed_tour(problem, i, ()) for i in usable}
    tips_from = len(data.depots()) - len(problem.tips)
    free = [iter(kind.trucks) for kind in kinds]
    for route in best.routes():
        truck = next(free[route.vehicle_type()])
        visits = tuple(
            Visit(step.idx) if step.is_client() else Visit(step.idx - tips_from, is_tip=True)
            for step in list(route)[1:-1]
        )
        tours[truck] = closed_tour(problem, truck, visits)
    return plan_of(problem, list(tours.values()))


@dataclass(frozen=True, slots=True)
class Kind:
    """Trucks that may stand in for each other: one row of the solver instead of many."""

    trucks: tuple[int, ...]
    like: Truck
    barred: frozenset[int]  # stops that these trucks do not fit


def kinds_of(problem: TourProblem, usable: Sequence[int]) -> list[Kind]:
    """Group trucks with the same shift, load, places and stops that they fit."""
    found: dict[tuple[Truck, frozenset[int]], list[int]] = {}
    for i in usable:
        barred = frozenset(
            s for s, stop in enumerate(problem.stops) if not stop.may_be_served_by(i)
        )
        found.setdefault((problem.trucks[i], barred), []).append(i)
    return [Kind(tuple(trucks), *key) for key, trucks in found.items()]


def _data(problem: TourProblem, kinds: Sequence[Kind]) -> ProblemData:
    """Places, then one more place a way home: an end, whose way in leads over a tip."""
    places = problem.drive_s.shape[1]
    ways = list(dict.fromkeys((k.like.matrix, k.like.end_place, k.barred) for k in kinds))
    starts = list(dict.fromkeys(k.like.start_place for k in kinds))
    ends_from, tips_from = len(starts), len(starts) + len(ways)
    locations = [Location(0, 0) for _ in range(places + len(ways))]
    depots = [
        *(Depot(place) for place in starts),
        *(Depot(places + w) for w in range(len(ways))),
        *(
            Depot(tip.place, tip.opens_s, tip.closes_s, service_duration=tip.service_s)
            for tip in problem.tips
        ),
    ]
    clients = [
        Client(
            stop.place,
            pickup=[stop.load_l, stop.load_kg],
            service_duration=stop.service_s,
            tw_early=stop.opens_s,
            tw_late=stop.closes_s,
            release_time=stop.ready_s,
            prize=stop.prize_s,
            required=False,
        )
        for stop in problem.stops
    ]
    tips = list(range(tips_from, tips_from + len(problem.tips)))
    vehicles = []
    for kind in kinds:
        truck = kind.like
        way = ways.index((truck.matrix, truck.end_place, kind.barred))
        vehicles.append(
            VehicleType(
                len(kind.trucks),
                [truck.capacity_l, truck.capacity_kg],
                start_depot=starts.index(truck.start_place),
                end_depot=ends_from + way,
                tw_early=truck.starts_s,
                tw_late=truck.ends_s,
                profile=way,
                initial_load=[truck.load_l, truck.load_kg],
                reload_depots=tips,
            )
        )
    matrices = [
        _matrices(problem, matrix, end, barred, len(ways), w)
        for w, (matrix, end, barred) in enumerate(ways)
    ]
    distances, durations = zip(*matrices, strict=True)
    return ProblemData(locations, clients, depots, vehicles, list(distances), list(durations))


def _solution(
    problem: TourProblem, data: ProblemData, kinds: Sequence[Kind], start: Sequence[Tour]
) -> Solution:
    """Tours as the solver writes them: without the last tip, which its way home leads over."""
    kind_of = {truck: k for k, kind in enumerate(kinds) for truck in kind.trucks}
    tips_from = len(data.depots()) - len(problem.tips)
    routes = []
    for tour in start:
        visits = list(tour.visits)
        while visits and visits[-1].is_tip:
            visits.pop()
        if visits and tour.truck in kind_of:
            steps = [
                Activity(ActivityType.DEPOT, tips_from + visit.index)
                if visit.is_tip
                else Activity(ActivityType.CLIENT, visit.index)
                for visit in visits
            ]
            routes.append(Route(data, steps, kind_of[tour.truck]))
    return Solution(data, routes)


def _matrices(
    problem: TourProblem, matrix: int, end_place: int, barred: frozenset[int], ways: int, way: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Driving seconds, and driving plus tipping seconds, on one way home."""
    places = problem.drive_s.shape[1]
    size = places + ways
    drive = np.full((size, size), NEVER_S, dtype=np.int64)
    drive[:places, :places] = np.minimum(problem.drive_s[matrix], NEVER_S)
    shut = [problem.stops[s].place for s in sorted(barred)]
    drive[shut, :] = NEVER_S
    drive[:, shut] = NEVER_S
    np.fill_diagonal(drive, 0)
    home, last = _way_home(problem, matrix, end_place)
    duration = drive.copy()
    drive[:places, places + way] = home
    duration[:places, places + way] = home + last
    return drive, duration


def _way_home(
    problem: TourProblem, matrix: int, end_place: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) driving seconds from each place over its best tip home, and the tipping seconds."""
    drive = np.minimum(problem.drive_s[matrix], NEVER_S)
    straight = drive[:, end_place].copy()
    if not problem.tips:
        return straight, np.zeros_like(straight)
    places = np.array([tip.place for tip in problem.tips])
    service = np.array([tip.service_s for tip in problem.tips], dtype=np.int64)
    ways = drive[:, places] + drive[places, end_place]
    best = np.argmin(ways + service, axis=1)
    rows = np.arange(len(straight))
    home, last = np.minimum(ways[rows, best], NEVER_S), service[best]
    home[places], last[places] = straight[places], 0
    return home, last
