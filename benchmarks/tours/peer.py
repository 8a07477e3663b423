"""One tour problem by VROOM or OR-Tools, in a process and an environment of their own.

`python peer.py vroom|ortools PROBLEM.npz SECONDS` prints the tours as JSON: [[truck, [stop, ...]]].
The problem: one matrix, stops (place, load, service, opens, closes, prize), trucks (start, end,
holds, from, to); what each of the two can be told of it is told. Nothing of ours is imported.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

import numpy as np

MUST = 10_000_000
Tours = list[list[Any]]  # [truck, [stop, ...]]


def by_vroom(drive: np.ndarray, stops: np.ndarray, trucks: np.ndarray, seconds: float) -> Tours:
    import vroom

    asked = vroom.Input()
    asked.set_durations_matrix("car", drive.astype(np.uint32))
    for i, (start, end, holds, begins, ends) in enumerate(trucks.tolist()):
        asked.add_vehicle(
            vroom.Vehicle(i, start=start, end=end, capacity=[holds],
                          time_window=vroom.TimeWindow(begins, ends))
        )  # fmt: skip
    for i, (place, load, service, opens, closes, _) in enumerate(stops.tolist()):
        asked.add_job(
            vroom.Job(i, location=place, default_service=service, delivery=[load],
                      time_windows=[vroom.TimeWindow(opens, closes)])
        )  # fmt: skip
    found = asked.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=seconds))
    rows = found.routes[found.routes["type"] == "job"]
    return [[int(t), [int(i) for i in part["id"]]] for t, part in rows.groupby("vehicle_id")]


def by_ortools(drive: np.ndarray, stops: np.ndarray, trucks: np.ndarray, seconds: float) -> Tours:
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    nodes = [int(s[0]) for s in stops] + [int(trucks[0][0])]  # the depot comes last
    depot = len(stops)
    manager = pywrapcp.RoutingIndexManager(len(nodes), len(trucks), depot)
    model = pywrapcp.RoutingModel(manager)
    table = drive[np.ix_(nodes, nodes)].tolist()
    service = [int(s[2]) for s in stops] + [0]
    loads = [int(s[1]) for s in stops] + [0]
    node = manager.IndexToNode
    cost = model.RegisterTransitMatrix(table)
    model.SetArcCostEvaluatorOfAllVehicles(cost)
    load = model.RegisterUnaryTransitVector(loads)
    model.AddDimensionWithVehicleCapacity(load, 0, [int(t[2]) for t in trucks], True, "load")
    begins, ends = int(trucks[0][3]), int(trucks[0][4])
    if ends < 100_000_000 or any(service):
        timed = [[c + service[i] for c in row] for i, row in enumerate(table)]
        clock = model.RegisterTransitMatrix(timed)
        model.AddDimension(clock, ends, ends, False, "time")
        time = model.GetDimensionOrDie("time")
        for i, stop in enumerate(stops):
            time.CumulVar(manager.NodeToIndex(i)).SetRange(int(stop[3]), min(int(stop[4]), ends))
        for k in range(len(trucks)):
            time.CumulVar(model.Start(k)).SetRange(begins, ends)
            time.CumulVar(model.End(k)).SetRange(begins, ends)
    for i, stop in enumerate(stops):
        if stop[5] < MUST:
            model.AddDisjunction([manager.NodeToIndex(i)], int(stop[5]))
    how = pywrapcp.DefaultRoutingSearchParameters()
    how.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    how.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    how.time_limit.FromMilliseconds(int(seconds * 1000))
    found = model.SolveWithParameters(how)
    if found is None:
        return []
    tours = []
    for k in range(len(trucks)):
        at, told = found.Value(model.NextVar(model.Start(k))), []
        while not model.IsEnd(at):
            told.append(node(at))
            at = found.Value(model.NextVar(at))
        if told:
            tours.append([k, told])
    return tours


if __name__ == "__main__":
    name, path, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    given = np.load(path)
    work = by_vroom if name == "vroom" else by_ortools
    print(json.dumps(work(given["drive"], given["stops"], given["trucks"], seconds)))
