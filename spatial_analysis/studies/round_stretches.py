"""What a crew still has to do, read back from its rows, cut at its boats.

Each stretch is one island, from where the crew stands (or
lands) to where it must be next, with the stops between. Boats keep their departures. What is
done, and the stop a crew is busy with, is no part of a stretch and is never touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from layers.catalog.facilities import Facility, FacilityKind
from layers.catalog.ferries import Pier
from layers.catalog.rounds.models import (
    LegKind,
    Round,
    RoundLeg,
    RoundStop,
    StopKind,
    StopState,
)
from layers.catalog.skills import skills_of
from spatial_analysis.methods.left_out import MUST_S
from spatial_analysis.methods.tour_check import faults_of
from spatial_analysis.methods.tours import (
    Tip,
    Tour,
    TourProblem,
    Truck,
    Visit,
)
from spatial_analysis.snapshots import Network
from spatial_analysis.studies.round_clock import midnight, seconds
from spatial_analysis.studies.round_places import IslandGround, Place, profile_of
from spatial_analysis.studies.round_wishes import Wish

FROZEN = (StopState.STARTED, StopState.DONE)


@dataclass(slots=True)
class Stretch:
    """What is left to do on one island; `boats` are taken after it.

    `starts_s` and `ends_s` are seconds of the day: when the crew can leave `start`, and when it
    must be at `end`. `stops` are open, tips among them, in their order.
    """

    island_id: int | None
    start: Place
    end: Place
    starts_s: int
    ends_s: int
    load_l: int
    load_kg: int
    tips: list[Place]
    stops: list[RoundStop] = field(default_factory=list)
    boats: list[RoundLeg] = field(default_factory=list)

    @property
    def wanted(self) -> list[RoundStop]:
        """Stops that somebody asked for."""
        return [stop for stop in self.stops if stop.kind != StopKind.TIP]


@dataclass(slots=True)
class Ahead:
    """A round as it stands: what is behind the crew, and the stretches ahead."""

    round: Round
    base: int
    behind: list[RoundStop]
    stretches: list[Stretch]

    def of_island(self, island_id: int | None) -> Stretch | None:
        """Return the last stretch on an island, or None."""
        found = [one for one in self.stretches if one.island_id == island_id]
        return found[-1] if found else None

    def holding(self, stop: RoundStop) -> Stretch | None:
        """Return the stretch that a stop lies in, or None."""
        return next((one for one in self.stretches if stop in one.stops), None)


def read(round_: Round, *, at: datetime, waiting: bool = True) -> Ahead:
    """Read what is ahead of a crew at a moment.

    A round that nobody has begun is taken as planned; with `waiting` off, a crew that should
    have left by now leaves now.
    """
    stops = list(round_.stops.order_by("order", "pk"))
    behind = [stop for stop in stops if not stop.is_open or stop.state in FROZEN]
    served = [stop for stop in behind if stop.state in FROZEN]
    base = max((stop.order for stop in served), default=0)
    legs = list(round_.legs.order_by("order"))
    sailed = [leg for leg in legs if leg.kind == LegKind.FERRY and leg.order <= base]
    boats = [leg for leg in legs if leg.kind == LegKind.FERRY and leg.order > base]
    rows: list[RoundLeg | RoundStop] = [*boats, *(s for s in stops if s not in behind)]
    rows.sort(key=lambda row: (row.order, isinstance(row, RoundStop)))
    stretches = [_first(round_, served, sailed, at, waiting)]
    for row in rows:
        last = stretches[-1]
        if isinstance(row, RoundLeg):
            last.boats.append(row)
        elif last.boats:
            stretches.append(_landed(round_, last))
            stretches[-1].stops.append(row)
        else:
            last.stops.append(row)
    if stretches[-1].boats:
        stretches.append(_landed(round_, stretches[-1]))
    for one in stretches:
        _aim(round_, one)
    return Ahead(round_, base, behind, stretches)


def _first(
    round_: Round, served: list[RoundStop], sailed: list[RoundLeg], at: datetime, waiting: bool
) -> Stretch:
    last = max(served, key=_when, default=None)
    vehicle = round_.vehicle
    island = _pier(sailed[-1].end_name).island_id if sailed else vehicle.island_id
    place = vehicle.geom if last is None else last.geom
    name = vehicle.depot.name if last is None else last.label
    load_l, load_kg = carried(served)
    return Stretch(
        island, Place(name, place.x, place.y, island), Place("", 0, 0, island),
        _leaves_s(round_, last, at, waiting), 0, load_l, load_kg, _tips(round_, island),
    )  # fmt: skip


def _leaves_s(round_: Round, last: RoundStop | None, at: datetime, waiting: bool) -> int:
    """Second of the day from which the crew can go on."""
    moment = round_.starts_at if last is None else last.leaves_at
    if timezone.localdate(at) == round_.plan.on:
        if last is None:
            moment = round_.starts_at if waiting else max(at, round_.starts_at)
        else:
            busy = last.leaves_at - last.arrives_at if last.state == StopState.STARTED else None
            moment = at if busy is None or last.state_at is None else max(at, last.state_at + busy)
    return round((moment - midnight(round_.plan.on)).total_seconds())


def _landed(round_: Round, before: Stretch) -> Stretch:
    """Return the stretch that begins where the boats of the one before land."""
    boat = before.boats[-1]
    pier = _pier(boat.end_name)
    lands = round((boat.arrives_at - midnight(round_.plan.on)).total_seconds())
    return Stretch(
        pier.island_id, pier, Place("", 0, 0, pier.island_id), lands, 0, 0, 0,
        _tips(round_, pier.island_id),
    )  # fmt: skip


def _aim(round_: Round, stretch: Stretch) -> None:
    """Say where a stretch ends and when: at its boat, or at home."""
    vehicle = round_.vehicle
    if stretch.boats:
        told = parse_datetime((stretch.boats[0].ferry or {}).get("be_there") or "")
        moment = told or stretch.boats[0].departs_at
        stretch.end = _pier(stretch.boats[0].start_name)
        stretch.ends_s = round((moment - midnight(round_.plan.on)).total_seconds())
        return
    home = vehicle.geom
    stretch.end = Place(vehicle.depot.name, home.x, home.y, vehicle.island_id)
    stretch.ends_s = seconds(vehicle.shift_end)


def _pier(name: str) -> Place:
    row = Pier.objects.get(name=name)
    return Place(row.name, row.geom.x, row.geom.y, row.island_id, row.pk)


def _tips(round_: Round, island: int | None) -> list[Place]:
    """Tips of the vehicle's own island; across the water it takes one load home."""
    if island != round_.vehicle.island_id:
        return []
    rows = Facility.objects.filter(kind=FacilityKind.DUMP, island_id=island).order_by("pk")
    return [
        Place(
            tip.name, tip.geom.x, tip.geom.y, island, tip.pk, round_.plan.queue_at_s(tip.code)
        )
        for tip in rows
    ]  # fmt: skip


def _when(stop: RoundStop) -> tuple[float, int]:
    """When a stop was begun or done."""
    return (stop.state_at.timestamp() if stop.state_at else 0.0), stop.order


def carried(served: Sequence[RoundStop]) -> tuple[int, int]:
    """Litres and kilograms on the truck after these stops."""
    litres = kilograms = 0
    for stop in sorted(served, key=_when):
        if stop.kind == StopKind.TIP:
            litres = kilograms = 0
        else:
            litres, kilograms = litres + stop.load_l, kilograms + stop.load_kg
    return litres, kilograms


def wish_of(stop: RoundStop) -> Wish:
    """A stop as the wish it grew from; what is on a round must be served.

    Hours that the crew is already too late for bind no longer: the stop is shown late.
    """
    told = stop.arrives_at
    late = bool(stop.closes and told and timezone.localtime(told).time() > stop.closes)
    return Wish(
        kind=stop.kind, pk=stop.bin_id or stop.work_order_id or 0, code=stop.code,
        label=stop.label, lon=stop.geom.x, lat=stop.geom.y, island_id=None, load_l=stop.load_l,
        load_kg=stop.load_kg, service_s=stop.service_s, prize_s=MUST_S, fill_pct=stop.fill_pct,
        stale=stop.stale, opens=stop.opens, closes=None if late else stop.closes,
        needs=frozenset(stop.needs),
    )  # fmt: skip


# ---------------------------------------------------------------- the question of one stretch


def aboard(round_: Round) -> frozenset[str]:
    """Skills of a round's vehicle and of who drives it that day."""
    crew = [person.pk for person in round_.crew.all()]
    return skills_of([round_.vehicle], {round_.vehicle.code: crew})[round_.vehicle_id]


def problem_of(
    net: Network, round_: Round, stretch: Stretch, *, more: Sequence[RoundStop] = ()
) -> tuple[IslandGround, TourProblem]:
    """One stretch as a tour problem of one truck; `more` stops are known, but in no order yet.

    Places: start, end, tips, then the wanted stops in their order, then `more`.
    """
    vehicle = round_.vehicle
    fixed = [stretch.start, stretch.end, *stretch.tips]
    wishes = [wish_of(stop) for stop in (*stretch.wanted, *more)]
    ground = IslandGround(net, stretch.island_id, fixed, wishes)
    profile, skills = profile_of(vehicle), aboard(round_)
    truck = Truck(
        0, 1, vehicle.capacity_l, vehicle.capacity_kg, stretch.starts_s, stretch.ends_s,
        load_l=stretch.load_l, load_kg=stretch.load_kg, skills=skills,
    )  # fmt: skip
    problem = TourProblem(
        drive_s=ground.drive_s(profile)[None],
        stops=tuple(ground.stop_of(i, [profile], [skills]) for i in range(len(wishes))),
        trucks=(truck,),
        tips=tuple(Tip(2 + i, tip.tip_s) for i, tip in enumerate(stretch.tips)),
    )
    return ground, problem


def visits_of(stretch: Stretch) -> tuple[Visit, ...]:
    """Visits of a stretch in its present order; tips by their place among its tips."""
    tips = {f"tip-{tip.pk}": i for i, tip in enumerate(stretch.tips)}
    number, visits = 0, []
    for stop in stretch.stops:
        if stop.kind != StopKind.TIP:
            visits.append(Visit(number))
            number += 1
        elif stop.code in tips:
            visits.append(Visit(tips[stop.code], is_tip=True))
    return tuple(visits)


def faults(problem: TourProblem, tour: Tour) -> list[str]:
    """Say what the independent checker finds wrong with a tour of the one truck."""
    named = set(tour.stops)
    return faults_of(
        drive_s=problem.drive_s.tolist(),
        stops=[asdict(stop) for stop in problem.stops],
        trucks=[asdict(truck) for truck in problem.trucks],
        tips=[asdict(tip) for tip in problem.tips],
        tours=[(0, [("tip" if v.is_tip else "stop", v.index) for v in tour.visits])],
        left_out=[i for i in range(len(problem.stops)) if i not in named],
    )
