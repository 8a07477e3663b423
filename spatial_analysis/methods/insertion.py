"""Cheapest checked insertion: what a stop left out would cost, and what is worth putting in."""

from __future__ import annotations

from dataclasses import dataclass

from spatial_analysis.methods.tours import (
    Plan,
    Timeline,
    Tour,
    TourProblem,
    Visit,
    closed_tour,
    timeline,
)


@dataclass(frozen=True, slots=True)
class Insertion:
    """A tour with one more stop in it, and the driving seconds that this adds."""

    tour: Tour
    extra_s: int


def cheapest_insertion(
    problem: TourProblem, plan: Plan, stop: int, *, below_s: int | None = None
) -> Insertion | None:
    """Return the insertion that adds the least driving and still holds, or None.

    Every place in every tour is tried, and an empty tour of every truck that has none; each
    also with a tip just before the stop. Ties go to the lower truck and the earlier place.
    `below_s` spares the search for one that adds as much or more.
    """
    by_truck = {tour.truck: tour for tour in plan.tours}
    best: Insertion | None = None
    for truck in range(len(problem.trucks)):
        if not problem.stops[stop].may_be_served_by(truck):
            continue
        tour = by_truck.get(truck, Tour(truck, ()))
        before = timeline(problem, tour)
        base = before.drive_s if before is not None and tour.visits else 0
        for at in range(len(tour.visits) + 1):
            most = below_s if best is None else best.extra_s
            if most is not None and not problem.tips and _extra_s(problem, tour, at, stop) >= most:
                continue
            for visits in _candidates(problem, tour, stop, at):
                longer = closed_tour(problem, truck, visits)
                clock: Timeline | None = timeline(problem, longer)
                if clock is None:
                    continue
                extra = clock.drive_s - base
                if best is None or extra < best.extra_s:
                    best = Insertion(longer, extra)
    return best


def _extra_s(problem: TourProblem, tour: Tour, at: int, stop: int) -> int:
    """Driving that a stop adds at a place of a tour where nothing is tipped on the way."""
    truck, place = problem.trucks[tour.truck], problem.stops[stop].place
    here = problem.target(tour.visits[at - 1]).place if at else truck.start_place
    there = problem.target(tour.visits[at]).place if at < len(tour.visits) else truck.end_place
    skipped = problem.drive(truck, here, there) if tour.visits else 0
    return problem.drive(truck, here, place) + problem.drive(truck, place, there) - skipped


def _candidates(problem: TourProblem, tour: Tour, stop: int, at: int) -> list[tuple[Visit, ...]]:
    """Visits with the stop at a place of a tour, and with each tip before it."""
    head, tail = tour.visits[:at], tour.visits[at:]
    tips = [Visit(i, is_tip=True) for i in range(len(problem.tips))] if at else []
    return [(*head, Visit(stop), *tail), *((*head, tip, Visit(stop), *tail) for tip in tips)]


def insert_worthwhile(problem: TourProblem, plan: Plan) -> Plan:
    """Put in, dearest first, every left-out stop that is worth its cheapest insertion."""
    for stop in sorted(plan.left_out, key=lambda s: (-problem.stops[s].prize_s, s)):
        worth = problem.stops[stop].prize_s
        found = cheapest_insertion(problem, plan, stop, below_s=worth)
        if found is None or found.extra_s >= worth:
            continue
        others = tuple(t for t in plan.tours if t.truck != found.tour.truck)
        tours = tuple(sorted((*others, found.tour), key=lambda t: t.truck))
        plan = Plan(tours, tuple(s for s in plan.left_out if s != stop))
    return plan
