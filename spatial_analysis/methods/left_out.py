"""Proves why a stop is in no tour: each answer is tested against the problem, not guessed."""

from __future__ import annotations

from spatial_analysis.methods.insertion import cheapest_insertion
from spatial_analysis.methods.reasons import Reason
from spatial_analysis.methods.tours import NEVER_S, Plan, Stop, TourProblem, Truck

MUST_S = 100_000  # a prize from here on means: must be served if it can be


def reason_left_out(problem: TourProblem, plan: Plan, stop: int, *, stale: bool = False) -> Reason:
    """Return the proven reason why `stop` (in `plan.left_out`) is not served.

    The order is from causes that no plan can mend (no truck, skill, load, no way, hours) to those
    that this plan made (shift full, not worth it).
    """
    wanted = problem.stops[stop]
    fitting = [
        truck for i, truck in enumerate(problem.trucks)
        if wanted.may_be_served_by(i) and truck.ends_s > truck.starts_s
    ]  # fmt: skip
    if problem.trucks and not any(wanted.needs <= truck.skills for truck in problem.trucks):
        return Reason.NO_VEHICLE_WITH_SKILL
    if not fitting:
        return Reason.NO_VEHICLE_ON_ISLAND if not problem.trucks else Reason.NO_STREET_FOR_VEHICLE
    roomy = [t for t in fitting if _holds(t, wanted)]
    if not roomy:
        return Reason.LOAD_TOO_BIG
    joined = [t for t in roomy if _reaches(problem, t, wanted)]
    if not joined:
        return Reason.NO_CONNECTION
    if not any(_in_hours(problem, t, wanted) for t in joined):
        return Reason.WINDOW_CLOSED
    unsure = stale and wanted.prize_s < MUST_S
    if cheapest_insertion(problem, plan, stop) is None:
        return Reason.STALE_READING if unsure else Reason.SHIFT_FULL
    return Reason.STALE_READING if unsure else Reason.NOT_WORTH_IT


def _holds(truck: Truck, stop: Stop) -> bool:
    return stop.load_l <= truck.capacity_l and stop.load_kg <= truck.capacity_kg


def _reaches(problem: TourProblem, truck: Truck, stop: Stop) -> bool:
    there = problem.drive(truck, truck.start_place, stop.place)
    return there < NEVER_S and problem.drive(truck, stop.place, truck.end_place) < NEVER_S


def _in_hours(problem: TourProblem, truck: Truck, stop: Stop) -> bool:
    """True when a truck that drives straight there arrives before the stop's hours end."""
    return truck.starts_s + problem.drive(truck, truck.start_place, stop.place) <= stop.closes_s
