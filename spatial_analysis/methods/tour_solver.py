"""Rounds by PyVRP: capacity in litres and kilograms, shifts, tips on the way, prizes.

Every stop is optional with a prize, so a plan always exists; how much a stop must be served
is how high its prize is. Count iterations, not seconds: the same seed then gives the same plan.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pyvrp import Client, Depot, Location, ProblemData, VehicleType, solve
from pyvrp.stop import MaxIterations, MultipleCriteria, NoImprovement

from spatial_analysis.methods.tours import (
    NEVER_S,
    Plan,
    TourProblem,
    Truck,
    Visit,
    closed_tour,
    plan_of,
)


def solve_tours(
    problem: TourProblem, *, iterations: int, seed: int, patience: int | None = None
) -> Plan:
    """Plan tours that serve what is worth its drive; see `tours.cost_s` for what is minimised.

    Stops after `iterations`, or after `patience` of them without a better plan. Deterministic
    for the same problem, seed and counts. Source: PyVRP 0.14 (iterated local search).
    """
    usable = [i for i, truck in enumerate(problem.trucks) if truck.ends_s > truck.starts_s]
    if not problem.stops or not usable:
        return plan_of(problem, [closed_tour(problem, i, ()) for i in usable])
    data = _data(problem, usable)
    stop = MultipleCriteria([MaxIterations(iterations), NoImprovement(patience or iterations)])
    best = solve(data, stop=stop, seed=seed, collect_stats=False, display=False).best
    tours = {i: closed_tour(problem, i, ()) for i in usable}
    tips_from = 2 * len(usable)
    for route in best.routes():
        truck = usable[route.vehicle_type()]
        inner = list(route)[1:-1]
        visits = tuple(
            Visit(step.idx) if step.is_client() else Visit(step.idx - tips_from, is_tip=True)
            for step in inner
        )
        tours[truck] = closed_tour(problem, truck, visits)
    return plan_of(problem, list(tours.values()))


def _data(problem: TourProblem, usable: list[int]) -> ProblemData:
    """Places, then one more place a truck: its end, whose way in leads over a tip."""
    places = problem.drive_s.shape[1]
    trucks = [problem.trucks[i] for i in usable]
    ends = range(places, places + len(trucks))
    locations = [Location(0, 0) for _ in range(places + len(trucks))]
    depots = [
        *(Depot(truck.start_place) for truck in trucks),
        *(Depot(end) for end in ends),
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
            prize=stop.prize_s,
            required=False,
        )
        for stop in problem.stops
    ]
    tips = list(range(2 * len(trucks), 2 * len(trucks) + len(problem.tips)))
    vehicles = [
        VehicleType(
            1,
            [truck.capacity_l, truck.capacity_kg],
            start_depot=k,
            end_depot=len(trucks) + k,
            tw_early=truck.starts_s,
            tw_late=truck.ends_s,
            profile=k,
            initial_load=[truck.load_l, truck.load_kg],
            reload_depots=tips,
        )
        for k, truck in enumerate(trucks)
    ]
    matrices = [_matrices(problem, i, len(trucks), k) for k, i in enumerate(usable)]
    distances, durations = zip(*matrices, strict=True)
    return ProblemData(locations, clients, depots, vehicles, list(distances), list(durations))


def _matrices(
    problem: TourProblem, index: int, trucks: int, k: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Driving seconds, and driving plus tipping seconds, of one truck."""
    truck = problem.trucks[index]
    places = problem.drive_s.shape[1]
    size = places + trucks
    drive = np.full((size, size), NEVER_S, dtype=np.int64)
    drive[:places, :places] = np.minimum(problem.drive_s[truck.matrix], NEVER_S)
    for stop in problem.stops:
        if not stop.may_be_served_by(index):
            drive[stop.place, :] = drive[:, stop.place] = NEVER_S
    np.fill_diagonal(drive, 0)
    home, last = _way_home(problem, truck)
    duration = drive.copy()
    drive[:places, places + k] = home
    duration[:places, places + k] = home + last
    return drive, duration


def _way_home(problem: TourProblem, truck: Truck) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) driving seconds from each place over its best tip home, and the tipping seconds."""
    drive = np.minimum(problem.drive_s[truck.matrix], NEVER_S)
    straight = drive[:, truck.end_place].copy()
    if not problem.tips:
        return straight, np.zeros_like(straight)
    places = np.array([tip.place for tip in problem.tips])
    service = np.array([tip.service_s for tip in problem.tips], dtype=np.int64)
    ways = drive[:, places] + drive[places, truck.end_place]
    best = np.argmin(ways + service, axis=1)
    rows = np.arange(len(straight))
    home, last = np.minimum(ways[rows, best], NEVER_S), service[best]
    home[places], last[places] = straight[places], 0
    return home, last
