"""Ours, bare PyVRP, VROOM and OR-Tools on one problem for the same seconds, each one checked."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from pyvrp import Client, Depot, Location, ProblemData, VehicleType, solve
from pyvrp.stop import MaxRuntime

from benchmarks.tiles.peers import environment
from benchmarks.tours.sets import MUST
from spatial_analysis.methods.fleet_sweep import Effort, Search
from spatial_analysis.methods.tour_check import faults_of
from spatial_analysis.methods.tour_start import start_tours
from spatial_analysis.methods.tours import (
    Plan,
    Stop,
    Tip,
    Tour,
    TourProblem,
    Truck,
    Visit,
)

PEER = Path(__file__).with_name("peer.py")
SEED = 1
ENDLESS = 10**9


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one solver found: drive and worth left out, seconds taken, faults of the checker."""

    solver: str
    cost: int | None
    seconds: float
    faults: tuple[str, ...] = ()
    iterations: int = 0  # of our own start

    @property
    def holds(self) -> bool:
        """True where there is a plan without a fault."""
        return self.cost is not None and not self.faults


def plain(plan: Plan) -> list[tuple[int, list[tuple[str, int]]]]:
    """Tours as the checker reads them."""
    return [
        (t.truck, [("tip" if v.is_tip else "stop", v.index) for v in t.visits]) for t in plan.tours
    ]


def faults(problem: TourProblem, plan: Plan) -> list[str]:
    """What the independent checker finds."""
    return faults_of(
        drive_s=problem.drive_s.tolist(),
        stops=[asdict(s) for s in problem.stops],
        trucks=[asdict(t) for t in problem.trucks],
        tips=[asdict(t) for t in problem.tips],
        tours=plain(plan),
        left_out=plan.left_out,
    )


def drive_and_worth(problem: TourProblem, plan: Plan) -> int:
    """Cost of a plan, added up anew: every drive, and the worth of what is left out."""
    total = sum(problem.stops[i].prize_s for i in plan.left_out)
    for tour in plan.tours:
        truck = problem.trucks[tour.truck]
        places = [problem.target(visit).place for visit in tour.visits]
        way = [truck.start_place, *places, truck.end_place]
        matrix = problem.drive_s[truck.matrix]
        total += int(matrix[way[:-1], way[1:]].sum()) if places else 0
    return total


def outcome(name: str, problem: TourProblem, plan: Plan | None, took: float) -> Outcome:
    """Check a plan and add up its cost."""
    if plan is None:
        return Outcome(name, None, took, ("no plan",))
    found = faults(problem, plan)
    missed = [i for i in plan.left_out if problem.stops[i].prize_s >= MUST]
    if missed:
        found.append(f"{len(missed)} stops are not served")
    return Outcome(name, drive_and_worth(problem, plan), took, tuple(found))


@dataclass(frozen=True, slots=True)
class Searched:
    """A plan of ours, and how many iterations of our own start the clock allowed."""

    plan: Plan
    start_iterations: int


def compile_ours() -> None:
    """Compile our search once, as a first plan of the day does, outside any clock."""
    drive = np.ones((1, 4, 4), dtype=np.int64)
    stop = Stop(1, 1, 0, 0, MUST)
    problem = TourProblem(drive, (stop, stop), (Truck(0, 0, 1, 1, 0, 100),), (Tip(3, 0),))
    start_tours(problem, seed=1, iterations=2)


def by_the_clock(problem: TourProblem, seconds: float) -> Searched:
    """Start of our own and solver, within the time."""
    search = Search(problem, Effort(ENDLESS, ENDLESS, seeds=(SEED,), runtime_s=seconds))
    return Searched(search.best(), search.start_iterations)


def ours(problem: TourProblem, seconds: float) -> Outcome:
    """Ours, within the time."""
    began = time.monotonic()
    found = by_the_clock(problem, seconds)
    took = time.monotonic() - began
    return replace(outcome("ours", problem, found.plan, took), iterations=found.start_iterations)


def bare(problem: TourProblem, seconds: float) -> Outcome:
    """PyVRP as its documentation uses it: required stops, one kind of truck, its own start."""
    began = time.monotonic()
    data = _bare_data(problem)
    best = solve(data, stop=MaxRuntime(seconds), seed=SEED, collect_stats=False).best
    took = time.monotonic() - began
    if not best.is_feasible():
        return outcome("PyVRP", problem, None, took)
    tips = 2 if problem.tips else 1
    tours = []
    for truck, route in enumerate(best.routes()):
        visits = [
            Visit(step.idx) if step.is_client() else Visit(step.idx - tips, is_tip=True)
            for step in list(route)[1:-1]
        ]
        last = [Visit(0, is_tip=True)] if problem.tips and visits else []
        tours.append(Tour(truck, (*visits, *last)))
    served = {stop for tour in tours for stop in tour.stops}
    left = tuple(i for i in range(len(problem.stops)) if i not in served)
    return outcome("PyVRP", problem, Plan(tuple(tours), left), took)


def _bare_data(problem: TourProblem) -> ProblemData:
    """All trucks are alike in the published sets; the last tip lies on the way home."""
    truck, places = problem.trucks[0], problem.drive_s.shape[1]
    size = places + bool(problem.tips)
    drive = np.full((size, size), 10_000_000, dtype=np.int64)
    drive[:places, :places] = problem.drive_s[truck.matrix]
    np.fill_diagonal(drive, 0)
    duration = drive.copy()
    depots = [Depot(truck.start_place)]
    if problem.tips:
        tip = problem.tips[0]
        over = drive[:places, tip.place] + drive[tip.place, truck.end_place]
        drive[:places, places], duration[:places, places] = over, over + tip.service_s
        straight = drive[tip.place, truck.end_place]
        drive[tip.place, places] = duration[tip.place, places] = straight
        depots += [
            Depot(places),
            Depot(tip.place, tip.opens_s, tip.closes_s, service_duration=tip.service_s),
        ]
    clients = [
        Client(
            s.place, pickup=[s.load_l], service_duration=s.service_s, tw_early=s.opens_s,
            tw_late=s.closes_s, prize=0 if _must(s.prize_s) else s.prize_s,
            required=_must(s.prize_s),
        )
        for s in problem.stops
    ]  # fmt: skip
    kind = VehicleType(
        len(problem.trucks), [truck.capacity_l], end_depot=len(depots[:2]) - 1,
        tw_early=truck.starts_s, tw_late=truck.ends_s, reload_depots=[2] if problem.tips else [],
    )  # fmt: skip
    locations = [Location(0, 0) for _ in range(size)]
    return ProblemData(locations, clients, depots, [kind], [drive], [duration])


def _must(prize_s: int) -> bool:
    return prize_s >= 100_000


def peer(name: str, problem: TourProblem, seconds: float) -> Outcome | None:
    """VROOM or OR-Tools in an environment of their own; None where it cannot be had."""
    folder = environment()
    if folder is None or problem.tips:
        return None
    rows = [(s.place, s.load_l, s.service_s, s.opens_s, s.closes_s, s.prize_s)
            for s in problem.stops]  # fmt: skip
    trucks = [(t.start_place, t.end_place, t.capacity_l, t.starts_s, t.ends_s)
              for t in problem.trucks]  # fmt: skip
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / "problem.npz"
        np.savez(path, drive=problem.drive_s[0], stops=np.array(rows), trucks=np.array(trucks))
        command = [str(folder / "bin" / "python"), str(PEER), name, str(path), str(seconds)]
        began = time.monotonic()
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=True, timeout=5 * seconds + 60
            )
        except subprocess.SubprocessError:
            return outcome(name, problem, None, time.monotonic() - began)
        took = time.monotonic() - began
    told = json.loads(done.stdout.splitlines()[-1])
    tours = tuple(Tour(truck, tuple(Visit(i) for i in stops)) for truck, stops in sorted(told))
    served = {i for tour in tours for i in tour.stops}
    left = tuple(i for i in range(len(problem.stops)) if i not in served)
    return outcome(name, problem, Plan(tours, left) if tours else None, took)
