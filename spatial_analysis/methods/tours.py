"""The problem of the rounds: stops, trucks, tips; and the clock of one tour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.errors import MethodError

DAY_S = 86_400
NEVER_S = 10 * DAY_S  # a drive this long means: no way; it breaks every shift


class BadTourProblem(MethodError):
    """This tour problem contradicts itself."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A place to serve; `prize_s` is how many seconds of driving it is worth.

    `fits` names the trucks (by index) that may serve it; None means any. `ready_s` is when what
    it gets can be fetched: the truck begins the trip that serves it no earlier. `needs` are
    skills that its truck must have; `fits` has left out those without them already.
    """

    place: int
    load_l: int
    load_kg: int
    service_s: int
    prize_s: int
    opens_s: int = 0
    closes_s: int = 2 * DAY_S
    fits: frozenset[int] | None = None
    ready_s: int = 0
    needs: frozenset[str] = frozenset()

    def may_be_served_by(self, truck: int) -> bool:
        """True when the truck (by index) fits."""
        return self.fits is None or truck in self.fits


@dataclass(frozen=True, slots=True)
class Truck:
    """A vehicle with its crew's shift (seconds after midnight) and what it holds."""

    start_place: int
    end_place: int
    capacity_l: int
    capacity_kg: int
    starts_s: int
    ends_s: int
    matrix: int = 0
    load_l: int = 0
    load_kg: int = 0
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Tip:
    """A place where a truck is emptied; `service_s` is weighing and tipping."""

    place: int
    service_s: int
    opens_s: int = 0
    closes_s: int = 2 * DAY_S


@dataclass(frozen=True, slots=True, eq=False)
class TourProblem:
    """Who may serve what, and how long every drive takes.

    Attributes
    ----------
    drive_s : (k, n, n) whole seconds; `drive_s[m, a, b]` from place a to b for trucks whose
        `matrix` is m; NEVER_S where no way leads. Not symmetric.
    tips : where trucks are emptied on the way and before home; with none, a truck takes one
        load home.
    """

    drive_s: NDArray[np.int64]
    stops: tuple[Stop, ...]
    trucks: tuple[Truck, ...]
    tips: tuple[Tip, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a problem that contradicts itself."""
        shape = self.drive_s.shape
        if len(shape) != 3 or shape[1] != shape[2] or (self.drive_s < 0).any():
            raise BadTourProblem("drive_s is (matrices, places, places), never negative")
        places = [s.place for s in self.stops] + [t.place for t in self.tips]
        places += [p for t in self.trucks for p in (t.start_place, t.end_place)]
        if places and not 0 <= min(places) <= max(places) < shape[1]:
            raise BadTourProblem("a place lies outside the matrix")
        if any(not 0 <= t.matrix < shape[0] for t in self.trucks):
            raise BadTourProblem("a truck names a matrix that does not exist")

    def drive(self, truck: Truck, start: int, end: int) -> int:
        """Seconds from place to place for a truck."""
        return int(self.drive_s[truck.matrix, start, end])

    def target(self, visit: Visit) -> Stop | Tip:
        """Stop or tip that a visit goes to."""
        return self.tips[visit.index] if visit.is_tip else self.stops[visit.index]


@dataclass(frozen=True, slots=True)
class Visit:
    """One place on a tour: a stop or a tip, by its index in the problem."""

    index: int
    is_tip: bool = False


@dataclass(frozen=True, slots=True)
class Tour:
    """What one truck does, in order; a tour that collected anything ends with a tip."""

    truck: int
    visits: tuple[Visit, ...]

    @property
    def stops(self) -> tuple[int, ...]:
        """Stops served, in order."""
        return tuple(visit.index for visit in self.visits if not visit.is_tip)


@dataclass(frozen=True, slots=True)
class Plan:
    """Tours of all trucks that leave, and the stops that none of them serves."""

    tours: tuple[Tour, ...]
    left_out: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TimedVisit:
    """A visit with its clock and the load after it."""

    visit: Visit
    drive_s: int
    arrive_s: int
    begin_s: int
    leave_s: int
    load_l: int
    load_kg: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A tour with its clock; `home_s` is the moment it is back."""

    visits: tuple[TimedVisit, ...]
    drive_s: int
    home_s: int


def timeline(problem: TourProblem, tour: Tour) -> Timeline | None:
    """Return the clock of a tour that leaves at the start of its shift; None if it cannot be."""
    truck = problem.trucks[tour.truck]
    ready = _ready_s(problem, tour)
    now, here, drive = max(truck.starts_s, next(ready)), truck.start_place, 0
    load_l, load_kg = truck.load_l, truck.load_kg
    timed = []
    for visit in tour.visits:
        target = problem.target(visit)
        step = problem.drive(truck, here, target.place)
        arrive = now + step
        begin = max(arrive, target.opens_s)
        if step >= NEVER_S or begin > target.closes_s:
            return None
        if isinstance(target, Tip):
            load_l = load_kg = 0
        else:
            load_l, load_kg = load_l + target.load_l, load_kg + target.load_kg
            if load_l > truck.capacity_l or load_kg > truck.capacity_kg:
                return None
            if not target.may_be_served_by(tour.truck):
                return None
        now, here, drive = begin + target.service_s, target.place, drive + step
        now = max(now, next(ready)) if visit.is_tip else now
        timed.append(TimedVisit(visit, step, arrive, begin, now, load_l, load_kg))
    if problem.tips and (load_l or load_kg):
        return None
    step = problem.drive(truck, here, truck.end_place)
    if step >= NEVER_S or now + step > truck.ends_s:
        return None
    return Timeline(tuple(timed), drive + step, now + step)


def _ready_s(problem: TourProblem, tour: Tour) -> Iterator[int]:
    """For each trip of a tour, when all that its stops get is there."""
    latest = 0
    moments = []
    for visit in tour.visits:
        if visit.is_tip:
            moments.append(latest)
            latest = 0
        else:
            latest = max(latest, problem.stops[visit.index].ready_s)
    return iter((*moments, latest))


def closed_tour(problem: TourProblem, truck: int, visits: tuple[Visit, ...]) -> Tour:
    """Return a tour with needless tips taken out and the last one put in where it costs least."""
    vehicle = problem.trucks[truck]
    kept: list[Visit] = []
    loaded = bool(vehicle.load_l or vehicle.load_kg)
    for visit in visits:
        if visit.is_tip and not loaded:
            continue
        kept.append(visit)
        loaded = not visit.is_tip
    if loaded and problem.tips:
        kept.append(Visit(best_tip(problem, vehicle, _place(problem, vehicle, kept)), is_tip=True))
    return Tour(truck, tuple(kept))


def best_tip(problem: TourProblem, truck: Truck, here: int) -> int:
    """Tip with the shortest way from `here` over it to the truck's end; ties to the first."""
    costs = [
        problem.drive(truck, here, tip.place)
        + tip.service_s
        + problem.drive(truck, tip.place, truck.end_place)
        for tip in problem.tips
    ]
    return int(np.argmin(costs))


def _place(problem: TourProblem, truck: Truck, visits: list[Visit]) -> int:
    if not visits:
        return truck.start_place
    return problem.target(visits[-1]).place


def without(tour: Tour, problem: TourProblem, stop: int) -> Tour:
    """Return the tour without one stop, with its tips put right."""
    kept = tuple(v for v in tour.visits if v.is_tip or v.index != stop)
    return closed_tour(problem, tour.truck, kept)


def trimmed(problem: TourProblem, tour: Tour) -> Tour:
    """Return the tour, less the stops worth least until it can be driven.

    A solver's clock and ours may differ by a tip's hours; what is shown must hold.
    """
    while timeline(problem, tour) is None and tour.stops:
        least = min(tour.stops, key=lambda s: (problem.stops[s].prize_s, -s))
        tour = without(tour, problem, least)
    return tour


def plan_of(problem: TourProblem, tours: list[Tour]) -> Plan:
    """Return a plan of tours that can be driven; whatever they do not serve is left out."""
    held = [trimmed(problem, tour) for tour in tours]
    kept = tuple(tour for tour in sorted(held, key=lambda t: t.truck) if tour.visits)
    served = {stop for tour in kept for stop in tour.stops}
    left = tuple(i for i in range(len(problem.stops)) if i not in served)
    return Plan(kept, left)


def cost_s(problem: TourProblem, plan: Plan) -> int:
    """What a plan costs: seconds of driving, plus the worth of the stops it leaves out."""
    clocks = [timeline(problem, tour) for tour in plan.tours]
    drive = sum(NEVER_S if clock is None else clock.drive_s for clock in clocks)
    return drive + sum(problem.stops[i].prize_s for i in plan.left_out)


def with_trucks(problem: TourProblem, kept: frozenset[int]) -> TourProblem:
    """Return the problem with every other truck's shift made empty (indices stay)."""
    trucks = tuple(
        truck if i in kept else replace(truck, ends_s=truck.starts_s)
        for i, truck in enumerate(problem.trucks)
    )
    return replace(problem, trucks=trucks)
