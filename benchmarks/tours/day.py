"""Rounds of trucks: how long planning takes, and what our own start before the solver saves.

The peer is one run of the solver with all trucks and the same number of iterations. Every plan
passes the independent checker, or its row says so. Seed 8271, made-up town of 900 junctions.
"""

from __future__ import annotations

import time

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.tours.solvers import faults
from spatial_analysis.methods.fleet_sweep import Effort, sweep
from spatial_analysis.methods.paths_cch import build_topology
from spatial_analysis.methods.tour_solver import solve_tours
from spatial_analysis.methods.tours import Stop, Tip, TourProblem, Truck, cost_s

SIDE = 30
SEED = 8271
HOUR = 3600
SIZES = ((60, 3), (120, 6), (300, 8))
EFFORT = Effort(iterations=700, patience=300, seeds=(1, 2))


def problem(stops: int, trucks: int) -> TourProblem:
    """Stops at random junctions of a grid of 10 to 40 second streets; the tip far outside."""
    random = np.random.default_rng(SEED)
    node = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    east = np.column_stack((node[:, :-1].ravel(), node[:, 1:].ravel()))
    north = np.column_stack((node[:-1].ravel(), node[1:].ravel()))
    pairs = np.concatenate((east, north, east[:, ::-1], north[:, ::-1]))
    weight = random.integers(10_000, 40_000, size=len(pairs))
    y, x = np.divmod(np.arange(SIDE * SIDE), SIDE)
    paths = build_topology(pairs[:, 0], pairs[:, 1], x * 1e-3, y * 1e-3).paths(weight)
    places = np.concatenate(([0, SIDE * SIDE - 1], random.choice(SIDE * SIDE, stops)))
    drive = -(-paths.matrix(places, places).astype(np.int64) // 1000)
    loads = random.integers(100, 1100, size=stops)
    return TourProblem(
        drive[None],
        tuple(
            Stop(2 + i, int(litres), int(litres * 0.18), 150, 100_000)
            for i, litres in enumerate(loads)
        ),
        tuple(Truck(0, 0, 8000, 5000, 6 * HOUR, 14 * HOUR) for _ in range(trucks)),
        (Tip(1, 900),),
    )


def main() -> None:
    """Print the table."""
    heads = (
        "stops x trucks",
        "way",
        "seconds",
        "CPU s",
        "trucks used",
        "left out",
        "cost, s",
        "faults",
    )
    table = Table(*heads, title="rounds of one day, cost = driving + worth left out")
    for stops, trucks in SIZES:
        asked = problem(stops, trucks)
        ways = {
            "one run": lambda p=asked: solve_tours(p, iterations=700, patience=300, seed=1),
            "from our start": lambda p=asked: sweep(p, EFFORT),
        }
        for name, work in ways.items():
            began, busy = time.perf_counter(), time.process_time()
            plan = work()
            took, busy = time.perf_counter() - began, time.process_time() - busy
            used = sum(bool(tour.stops) for tour in plan.tours)
            row = (
                f"{took:.1f}",
                f"{busy:.1f}",
                used,
                len(plan.left_out),
                cost_s(asked, plan),
                len(faults(asked, plan)),
            )
            table.add_row(f"{stops} x {trucks}", name, *(str(value) for value in row))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
