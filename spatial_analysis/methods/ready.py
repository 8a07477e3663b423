"""Compile every loop before anybody waits for it (`manage.py compile_loops`).

Numba compiles a loop when it is first called, which takes the better part of a minute for all of
them, and keeps the machine code on disk beside the modules. Each problem below is the smallest
that comes past every loop of its family, with the types of the real calls.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from spatial_analysis.methods.allocation import capacitated_p_median
from spatial_analysis.methods.compiled import HAS_NUMBA
from spatial_analysis.methods.density_cluster import dbscan
from spatial_analysis.methods.p_median import p_median
from spatial_analysis.methods.paths_sweep import Sweep, contract
from spatial_analysis.methods.placement import Rules, place
from spatial_analysis.methods.scan import ScanRules, scan_bernoulli, scan_poisson
from spatial_analysis.methods.tour_start import start_tours
from spatial_analysis.methods.tours import Stop, Tip, TourProblem, Truck

PLACES = 40
ITERATIONS = 200
Work = Callable[[], object]


def compile_loops() -> Iterator[tuple[str, float]]:
    """Call each family of loops once; yields its name and the seconds it took."""
    if not HAS_NUMBA:
        return
    for name, work in families().items():
        began = time.perf_counter()
        work()
        yield name, time.perf_counter() - began


def families() -> dict[str, Work]:
    """Smallest problems by name, seeded; metres and seconds."""
    dice = np.random.default_rng(1)
    xy = dice.uniform(0, 1_000, (PLACES, 2))
    metres = np.hypot(*(xy[:, None, :] - xy[None, :, :]).transpose(2, 0, 1))
    people, cases = np.arange(1.0, PLACES + 1), np.arange(PLACES) % 5
    cost = dice.integers(1, 1_000, (PLACES, PLACES)).astype(float)  # no plane: bounds leave a gap
    load = dice.integers(3, 9, PLACES)
    scanned = ScanRules(radius_m=300.0, replications=9)
    return {
        "placement": lambda: place(people, metres <= 250, Rules(count=3), prune=True),
        "p-median": lambda: p_median(cost, 5, seconds=5),
        "capacitated p-median": lambda: capacitated_p_median(
            metres.round(), load, int(load.sum()) // 4, 5, seconds=10
        ),
        "clusters": lambda: dbscan(xy, 150.0, 3, engine="compiled"),
        "scan of rates": lambda: scan_poisson(xy, cases, people, rules=scanned),
        "scan of shares": lambda: scan_bernoulli(xy, cases, cases + 5, rules=scanned),
        "street matrices": lambda: _street_matrix(metres),
        "rounds": lambda: start_tours(_rounds(metres), seed=1, iterations=ITERATIONS),
    }


def _street_matrix(metres: np.ndarray) -> object:
    """Costs between all places of a small street network."""
    tail, head = np.nonzero((metres > 0) & (metres < 300))
    sweep = Sweep(contract(tail, head, np.arange(PLACES)), metres[tail, head].astype(np.uint32))
    return sweep.matrix(np.arange(PLACES), np.arange(PLACES))


def _rounds(metres: np.ndarray) -> TourProblem:
    """Two trucks that are emptied on the way, stops with hours, one that must wait for its load."""
    stops = tuple(
        Stop(i, 200, 50, 60, 900, opens_s=0, closes_s=40_000 - 500 * i, ready_s=600 * (i == 3))
        for i in range(2, PLACES)
    )
    trucks = tuple(Truck(0, 0, 1_500, 900, 0, 30_000) for _ in range(2))
    return TourProblem(metres.astype(np.int64)[None], stops, trucks, (Tip(1, 300),))
