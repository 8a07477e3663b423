"""A round after a stop was skipped: the rest as the crew knows it, or clearly better."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from layers.catalog.rounds.models import Round
from spatial_analysis.methods.fleet_sweep import Effort, sweep
from spatial_analysis.methods.steady import steadied
from spatial_analysis.methods.tours import Tour, TourProblem, Visit, timeline
from spatial_analysis.snapshots import Network, network
from spatial_analysis.studies.round_retold import Told, as_it_stands, patient, write
from spatial_analysis.studies.round_rules import settled
from spatial_analysis.studies.round_stretches import Stretch, problem_of, read, visits_of

EFFORT = Effort(iterations=300, patience=150)


@transaction.atomic
def replan(round_: Round, *, at: datetime) -> bool:
    """Order the open stops of a round anew from where it stands; True when that was done.

    The crew goes on from its last closed stop, or the one it is busy with, with the load it
    carries. Locked stops keep their places, boats their departures; an order that would miss a
    boat is not taken. Nothing is ever dropped: a crew that is late sees how late. The answer is
    seconds, not minutes: one truck, one island.
    """
    rows = Round.objects.select_for_update(of=("self",)).select_related("vehicle__depot", "plan")
    round_ = rows.get(pk=round_.pk)
    net = network()
    ahead = read(round_, at=at, waiting=False)
    if not any(one.wanted for one in ahead.stretches):
        return False
    found = [_ordered(net, round_, one) for one in ahead.stretches]
    if not any(found):
        return False  # the old order still stands; better than a stop that nobody sees
    told = [
        new or as_it_stands(net, round_, one)
        for new, one in zip(found, ahead.stretches, strict=True)
    ]
    write(ahead, told)
    return True


def _ordered(net: Network, round_: Round, stretch: Stretch) -> Told | None:
    """Return the best order of a stretch; None when there is none that serves all in time."""
    if not stretch.wanted:
        return None
    ground, problem = problem_of(net, round_, stretch)
    loose = problem if stretch.boats else patient(problem)
    known = Tour(0, visits_of(stretch))
    plan = steadied(loose, known, sweep(loose, EFFORT))
    if plan.left_out or not plan.tours:
        return None
    fixed = {i: i for i, stop in enumerate(stretch.wanted) if stop.locked}
    tour = holding(loose, plan.tours[0], fixed)
    if timeline(loose, tour) is None:
        return None
    return Told(stretch, ground, problem, tour, tuple(stretch.wanted))


def holding(problem: TourProblem, tour: Tour, fixed: Mapping[int, int]) -> Tour:
    """Return the tour with some stops put back at their places; `fixed` is stop -> place.

    The others keep their order around them; tips are put right.
    """
    if not fixed:
        return tour
    places = dict(sorted((place, stop) for stop, place in fixed.items()))
    free = iter([stop for stop in tour.stops if stop not in fixed])
    order: list[int] = []
    for place in range(len(tour.stops)):
        stop = places.pop(place, None)
        order.append(next(free) if stop is None else stop)
    return settled(problem, [Visit(stop) for stop in order], truck=tour.truck)
