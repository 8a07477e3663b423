"""An order that was dealt anew, taken back: every open stop to the round and place it had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.dateparse import parse_time

from layers.catalog.rounds.models import RoundPlan, RoundStop, StopMove, UnservedStop
from layers.columns import STORED_SRID
from layers.errors import ChangedMeanwhile
from spatial_analysis.methods.tours import Visit, timeline
from spatial_analysis.snapshots import Network, network
from spatial_analysis.studies.round_clock import moment_of
from spatial_analysis.studies.round_left import left_again
from spatial_analysis.studies.round_moves import MoveBreaksRule, held
from spatial_analysis.studies.round_retold import Told, as_it_stands, write
from spatial_analysis.studies.round_rules import allowing, broken_rule, settled
from spatial_analysis.studies.round_stretches import Ahead, faults, problem_of, read

_HOURS = ("opens", "closes")
_LEFT_FIELDS = (
    "kind", "code", "label", "island_id", "reason", "detail", "nearest_street_m", "fill_pct",
    "stale", "needs",
)  # fmt: skip


class OrderChanged(ChangedMeanwhile):
    """Urutannya sudah berubah lagi sejak itu; tidak ada yang diurungkan."""

    code = "ORDER_CHANGED"


@dataclass(frozen=True, slots=True)
class Order:
    """An order before and after it was dealt anew, as plain data that a page can hold.

    Stops go by kind and code: one that was out for a moment is another row.

    Attributes
    ----------
    before, after : number of a round -> its open stops, in order
    ends_s : number of a round -> second of the day by which it had to be home
    left : [stop, columns of the left-out row that it came from]
    """

    before: dict[str, list[str]]
    after: dict[str, list[str]]
    ends_s: dict[str, int]
    left: list[tuple[str, dict[str, Any]]]

    def told(self) -> dict[str, Any]:
        """The same as a dictionary."""
        return asdict(self)


def name_of(stop: RoundStop) -> str:
    """What a stop is called in an `Order`."""
    return f"{stop.kind}:{stop.code}"


def open_stops(aheads: Sequence[Ahead]) -> dict[str, list[str]]:
    """Open stops of each round's last island, in order."""
    return {str(a.round.number): [name_of(s) for s in a.stretches[-1].wanted] for a in aheads}


def left_columns(row: UnservedStop) -> dict[str, Any]:
    """What a left-out row said, for the day it is wanted back."""
    place = {"lon": row.geom.x, "lat": row.geom.y}
    hours = {name: getattr(row, name) and getattr(row, name).isoformat() for name in _HOURS}
    return {name: getattr(row, name) for name in _LEFT_FIELDS} | place | hours


@transaction.atomic
def put_back(*, plan: RoundPlan, order: Order, at: datetime, by: Any = None) -> int:
    """Give every stop that is still open the round and place it had; returns how many moved.

    What crews did meanwhile stays done, what was taken off stays off. Raises OrderChanged where
    somebody moved stops since, MoveBreaksRule where a crew would now come home later than it did
    then, PlanReplaced.
    """
    plan = held(plan)
    net = network(moment_of(plan.on))
    rounds = plan.rounds.select_related("plan", "vehicle__depot", "vehicle__island")
    aheads = [read(round_, at=at) for round_ in rounds.order_by("number")]
    stops = {name_of(stop): stop for ahead in aheads for stop in ahead.stretches[-1].wanted}
    after = {number: [one for one in told if one in stops] for number, told in order.after.items()}
    if after != open_stops(aheads):
        raise OrderChanged
    owner = {one: ahead.round for ahead in aheads for one in after[str(ahead.round.number)]}
    told, moved = [], 0
    for ahead in aheads:
        was = [stops[one] for one in order.before[str(ahead.round.number)] if one in stops]
        whole = [as_it_stands(net, ahead.round, one) for one in ahead.stretches[:-1]]
        told.append((ahead, [*whole, _as_before(net, ahead, was, order)]))
        for stop in was:
            source = owner[name_of(stop)]
            if source.pk != ahead.round.pk:
                moved += 1
                _note(stop, source, at, by)
    for one, columns in order.left:
        if one in stops:
            left_again(stops[one], _row(plan, columns))
    for ahead, whole in told:
        write(ahead, whole)
    return moved


def _as_before(net: Network, ahead: Ahead, was: list[RoundStop], order: Order) -> Told:
    """Return a round's last island with these stops in this order."""
    stretch = ahead.stretches[-1]
    stretch.stops = was
    ground, problem = problem_of(net, ahead.round, stretch)
    problem = allowing(problem, order.ends_s[str(ahead.round.number)])
    tour = settled(problem, [Visit(i) for i in range(len(was))])
    if timeline(problem, tour) is None or faults(problem, tour):
        raise MoveBreaksRule(broken_rule(ahead.round, stretch, ground, problem, tour))
    return Told(stretch, ground, problem, tour, tuple(was))


def _note(stop: RoundStop, source: Any, at: datetime, by: Any) -> None:
    person = by if getattr(by, "is_authenticated", False) else None
    StopMove.objects.create(stop=stop, from_round=source, at=at, by=person)


def _row(plan: RoundPlan, columns: dict[str, Any]) -> UnservedStop:
    place = Point(columns["lon"], columns["lat"], srid=STORED_SRID)
    known = {name: columns[name] for name in _LEFT_FIELDS}
    known |= {name: parse_time(columns.get(name) or "") for name in _HOURS}
    return UnservedStop(plan=plan, geom=place, **known)
