"""Several loads a shift with windows and release dates: ours beside bare PyVRP, at equal time.

A load is fetched at the depot, which is a tip of no service in our words; a trip begins when the
last of its goods is there. Both plans are held to a checker that reads the files anew and shares
nothing with either; ours is held to the one of the product too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyvrp
import vrplib
from pyvrp.stop import MaxRuntime

from benchmarks.tours.sets import MUST, SHARED, euclid
from benchmarks.tours.solvers import SEED, by_the_clock, faults
from spatial_analysis.methods.tours import Stop, Tip, TourProblem, Truck

GROUP = "mtvrptw-reload"
Tours = list[list[list[int]]]  # of each vehicle, its trips; places 1.. are stops


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What one solver found: gap to the best known, %, and faults."""

    name: str
    solver: str
    gap_pct: float
    faults: tuple[str, ...]
    seconds: float
    trips: int
    load: float


def measure(sample: Sequence[tuple[str, float]]) -> Iterator[Reloaded]:
    """Each instance by ours and by bare PyVRP, each for its seconds; checked."""
    ways: dict[str, Callable[[str, float], tuple[Tours, list[str]]]] = {"ours": ours, "PyVRP": bare}
    for name, seconds in sample:
        for solver, way in ways.items():
            began = time.monotonic()
            tours, known = way(name, seconds)
            took = time.monotonic() - began
            cost, found = look_at(name, tours)
            best = vrplib.read_solution(SHARED / GROUP / f"{name}.sol")["cost"]
            trips = sum(bool(trip) for trips in tours for trip in trips)
            gap = 100 * (cost / best - 1)
            load = os.getloadavg()[0]
            yield Reloaded(name, solver, gap, (*known, *found), took, trips, load)


def ours(name: str, seconds: float) -> tuple[Tours, list[str]]:
    """Tours of ours, and what the product's checker finds."""
    asked = problem(name)
    plan = by_the_clock(asked, seconds).plan
    tours: Tours = []
    for tour in plan.tours:
        trips: list[list[int]] = [[]]
        for visit in tour.visits:
            if visit.is_tip:
                trips.append([])
            else:
                trips[-1].append(visit.index + 1)
        tours.append(trips)
    return tours, faults(asked, plan)


def problem(name: str) -> TourProblem:
    """One instance as a problem of ours: tenths, truncated, as times and as distances."""
    given = vrplib.read_instance(SHARED / GROUP / f"{name}.vrp")
    drive = np.floor(10 * euclid(np.asarray(given["node_coord"], float))).astype(np.int64)
    demand = np.asarray(given["demand"], dtype=int)
    hours = 10 * np.asarray(given["time_window"], dtype=int)
    service = 10 * np.broadcast_to(np.asarray(given["service_time"], dtype=int), len(demand))
    release = 10 * np.asarray(given["release_time"], dtype=int)
    stops = tuple(
        Stop(i, int(demand[i]), 0, int(service[i]), MUST, int(hours[i, 0]), int(hours[i, 1]),
             ready_s=int(release[i]))
        for i in range(1, len(demand))
    )  # fmt: skip
    shift = int(hours[0, 0]), int(hours[0, 1])
    truck = Truck(0, 0, int(given["capacity"]), 1, *shift)
    tip = Tip(0, 0, 0, shift[1])
    return TourProblem(drive[None], stops, (truck,) * int(given["vehicles"]), (tip,))


def bare(name: str, seconds: float) -> tuple[Tours, list[str]]:
    """PyVRP on the file as it reads it."""
    data = pyvrp.read(SHARED / GROUP / f"{name}.vrp", round_func="dimacs")
    best = pyvrp.solve(data, stop=MaxRuntime(seconds), seed=SEED, collect_stats=False).best
    tours: Tours = []
    for route in best.routes():
        trips: list[list[int]] = [[]]
        for step in list(route)[1:-1]:
            if step.is_client():
                trips[-1].append(step.idx + data.num_depots)
            else:
                trips.append([])
        tours.append(trips)
    return tours, []


def look_at(name: str, tours: Tours) -> tuple[int, list[str]]:
    """Cost (ten times the truncated distance) and faults of tours of trips; places 1.. are stops.

    A trip leaves the depot when the vehicle is back, and not before the last of its goods is
    there; then hours, load, shift and fleet.
    """
    given = vrplib.read_instance(SHARED / GROUP / f"{name}.vrp")
    drive = np.floor(10 * euclid(np.asarray(given["node_coord"], float))).astype(int)
    demand = np.asarray(given["demand"], dtype=int)
    hours = 10 * np.asarray(given["time_window"], dtype=int)
    service = 10 * np.broadcast_to(np.asarray(given["service_time"], dtype=int), len(demand))
    release = 10 * np.asarray(given["release_time"], dtype=int)
    faults, cost = [], 0
    served = sorted(stop for trips in tours for trip in trips for stop in trip)
    if served != list(range(1, len(demand))):
        faults.append("a stop is forgotten or served twice")
    if len(tours) > int(given["vehicles"]):
        faults.append("more vehicles than there are")
    for trips in tours:
        now = int(hours[0, 0])
        for trip in filter(None, trips):
            now = max(now, int(release[trip].max()))
            if demand[trip].sum() > int(given["capacity"]):
                faults.append("overloaded")
            here = 0
            for stop in trip:
                cost += int(drive[here, stop])
                now = max(now + int(drive[here, stop]), int(hours[stop, 0]))
                if now > hours[stop, 1]:
                    faults.append(f"stop {stop}: after its hours")
                now, here = now + int(service[stop]), stop
            cost, now = cost + int(drive[here, 0]), now + int(drive[here, 0])
        if now > hours[0, 1]:
            faults.append("back after the shift")
    return cost, faults
