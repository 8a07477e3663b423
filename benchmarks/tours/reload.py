"""Several loads a shift with release dates: the solver inside ours, held to a checker of its own.

Our rounds know no release dates (rubbish waits, it is not baked), so these problems go to the
solver as they are; what is shown is that plans with trips to be emptied hold, and how near they
come. The checker reads the files anew and shares nothing with the solver.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import pyvrp
import vrplib
from pyvrp.stop import MaxRuntime

from benchmarks.tours.sets import SHARED, euclid

GROUP = "mtvrptw-reload"


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What was found: gap to the best known, %, and faults."""

    name: str
    gap_pct: float
    faults: tuple[str, ...]
    seconds: float
    trips: int


def solve(name: str, seconds: float) -> Reloaded:
    """Solve one instance and check it."""
    path = SHARED / GROUP / f"{name}.vrp"
    began = time.monotonic()
    data = pyvrp.read(path, round_func="dimacs")
    best = pyvrp.solve(data, stop=MaxRuntime(seconds), seed=1, collect_stats=False).best
    took = time.monotonic() - began
    depots = data.num_depots
    tours = []
    for route in best.routes():
        trips: list[list[int]] = [[]]
        for step in list(route)[1:-1]:
            if step.is_client():
                trips[-1].append(step.idx + depots)
            else:
                trips.append([])
        tours.append(trips)
    cost, faults = look_at(name, tours)
    told = vrplib.read_solution(SHARED / GROUP / f"{name}.sol")["cost"]
    trips_made = sum(bool(trip) for trips in tours for trip in trips)
    return Reloaded(name, 100 * (cost / told - 1), tuple(faults), took, trips_made)


def look_at(name: str, tours: list[list[list[int]]]) -> tuple[int, list[str]]:
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
