"""A day's answer as rows: plan, rounds, legs with their drawings, stops, what was left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.gis.geos import LineString, MultiLineString, Point
from django.utils import timezone

from layers.catalog.ferries import FerryLine, Pier
from layers.catalog.rounds.models import (
    LegKind,
    Round,
    RoundLeg,
    RoundPlan,
    RoundStop,
    StopKind,
    UnservedStop,
)
from layers.columns import STORED_SRID
from spatial_analysis.methods.directions import steps_of
from spatial_analysis.methods.ferries import Departure, later_boats
from spatial_analysis.methods.snapping import Snap
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.studies.round_answers import (
    Day,
    FerryTrip,
    GroundTour,
    Left,
    VehicleDay,
)
from spatial_analysis.studies.round_places import IslandGround, profile_of
from spatial_analysis.studies.round_wishes import Wish


@dataclass(slots=True)
class Diary:
    """Rows of one round while they are collected; `order` runs through legs and stops."""

    midnight: datetime
    profile: Profile
    boats: tuple[Departure, ...]
    lines: dict[str, FerryLine]
    piers: dict[int, str]
    legs: list[RoundLeg] = field(default_factory=list)
    stops: list[RoundStop] = field(default_factory=list)
    order: int = 0
    number: int = 0
    length_m: float = 0.0
    drive_s: int = 0
    wait_s: int = 0
    service_s: int = 0

    def at(self, second: int) -> datetime:
        """Moment of a second of the day."""
        return self.midnight + timedelta(seconds=second)

    def next_order(self) -> int:
        """Next place in the order."""
        self.order += 1
        return self.order

    def drive(self, ground: IslandGround, start: int, end: int, leaves: int, arrives: int) -> None:
        """Write down a drive, unless it goes nowhere."""
        way = ground.way(self.profile, start, end)
        self.drive_s += arrives - leaves
        if way is None or not way.pieces:
            return
        ways = ground.network.ways(self.profile)
        line, metres = ways.line(way), ways.length_m(way)
        self.length_m += metres
        self.legs.append(
            RoundLeg(
                order=self.next_order(),
                kind=LegKind.DRIVE,
                start_name=ground.name_of(start)[:120],
                end_name=ground.name_of(end)[:120],
                departs_at=self.at(leaves),
                arrives_at=self.at(arrives),
                length_m=round(metres),
                steps=[
                    {"turn": s.turn, "street": s.street, "length_m": round(s.length_m),
                     "bearing_deg": round(s.bearing_deg)}
                    for s in steps_of(ways.streets, way)
                ],
                geom=LineString(line.tolist(), srid=STORED_SRID) if len(line) > 1 else None,
            )
        )  # fmt: skip

    def sail(self, boat: Departure, reached: int) -> None:
        """Write down a crossing, with the minutes to spare and the boats after it."""
        following, last = later_boats(self.boats, boat)
        line = self.lines.get(boat.service)
        drawn = _drawn(line, boat) if line is not None else None
        clock = [None if b is None else self.at(b.leaves_s).isoformat() for b in (following, last)]
        self.wait_s += boat.leaves_s - reached
        self.legs.append(
            RoundLeg(
                order=self.next_order(),
                kind=LegKind.FERRY,
                start_name=self.piers.get(boat.from_pier, "")[:120],
                end_name=self.piers.get(boat.to_pier, "")[:120],
                departs_at=self.at(boat.leaves_s),
                arrives_at=self.at(boat.arrives_s),
                ferry={
                    "service": line.name if line is not None else boat.service,
                    "departure": self.at(boat.leaves_s).isoformat(),
                    "be_there": self.at(boat.be_there_s).isoformat(),
                    "next": clock[0],
                    "last": clock[1],
                    "spare_s": boat.be_there_s - reached,
                },
                geom=drawn,
            )
        )  # fmt: skip

    def halt(self, stop: RoundStop, waited: int) -> None:
        """Write down a stop or a tip."""
        self.number += 1
        stop.order, stop.number = self.next_order(), self.number
        self.wait_s += waited
        self.service_s += stop.service_s
        self.stops.append(stop)


def _drawn(line: FerryLine, boat: Departure) -> LineString:
    points = list(line.geom.coords)
    return LineString(
        points if boat.from_pier == line.from_pier_id else points[::-1], srid=STORED_SRID
    )


def write_plan(
    *, day: Day, on: date, plan: RoundPlan, midnight: datetime, boats: tuple[Departure, ...]
) -> list[Round]:
    """Store all rows of `day` under `plan` (already saved); returns its rounds."""
    lines = {line.code: line for line in FerryLine.objects.all()}
    piers = dict(Pier.objects.values_list("pk", "name"))
    rounds = []
    for number, entry in enumerate(day.days, start=1):
        diary = Diary(midnight, profile_of(entry.vehicle), boats, lines, piers)
        starts, ends = _tell(diary, entry)
        rounds.append(_save(diary, entry, plan, number, starts, ends))
    UnservedStop.objects.bulk_create([_unserved(left, plan) for left in day.left])
    return rounds


def _tell(diary: Diary, entry: VehicleDay) -> tuple[int, int]:
    """Write down the whole day of a vehicle; returns its first and last second."""
    starts: int | None = None
    if entry.ferry is not None:
        starts = entry.ferry.leaves_depot_s
        _tell_ferry(diary, entry.ferry, entry)
    home = entry.home
    if home is None:  # cannot be: a vehicle off the ferry has a way home
        raise ValueError("a round without a way home")
    begins = home.problem.trucks[home.tour.truck].starts_s
    tell_tour(diary, home)
    return (begins if starts is None else starts), home.clock.home_s


def _tell_ferry(diary: Diary, ferry: FerryTrip, entry: VehicleDay) -> None:
    assert entry.home is not None
    home, trip = entry.home.ground, ferry.trip
    drive = int(home.drive_s(diary.profile)[ferry.depot_place, ferry.out_pier])
    reached = ferry.leaves_depot_s + drive
    diary.drive(home, ferry.depot_place, ferry.out_pier, ferry.leaves_depot_s, reached)
    for boat in trip.out:
        diary.sail(boat, reached)
        reached = boat.arrives_s
    tell_tour(diary, ferry.ashore)
    reached = ferry.ashore.clock.home_s
    for boat in trip.back:
        diary.sail(boat, reached)
        reached = boat.arrives_s


def tell_tour(diary: Diary, told: GroundTour) -> None:
    """Write down a tour on one island: drives, stops and tips with their times."""
    problem, truck = told.problem, told.problem.trucks[told.tour.truck]
    here, now, stop_number = truck.start_place, truck.starts_s, 0
    for timed in told.clock.visits:
        target = problem.target(timed.visit)
        diary.drive(told.ground, here, target.place, now, timed.arrive_s)
        if timed.visit.is_tip:
            row = _tip_row(told.ground, target.place)
        else:
            wish = told.ground.wishes[told.wishes[stop_number]]
            row = stop_row(wish, told.ground.snaps(diary.profile)[target.place])
            stop_number += 1
        row.service_s = target.service_s
        row.arrives_at, row.leaves_at = diary.at(timed.arrive_s), diary.at(timed.leave_s)
        row.load_after_l, row.load_after_kg = timed.load_l, timed.load_kg
        diary.halt(row, timed.begin_s - timed.arrive_s)
        here, now = target.place, timed.leave_s
    diary.drive(told.ground, here, truck.end_place, now, told.clock.home_s)


def stop_row(wish: Wish, snap: object) -> RoundStop:
    """A wish as a stop of a round, not saved; its place in the order comes later."""
    return RoundStop(
        kind=wish.kind,
        code=wish.code[:60],
        label=wish.label[:160],
        bin_id=wish.pk if wish.kind == StopKind.BIN else None,
        work_order_id=wish.pk if wish.kind == StopKind.WORK else None,
        fill_pct=wish.fill_pct,
        stale=wish.stale,
        opens=wish.opens,
        closes=wish.closes,
        needs=sorted(wish.needs),
        load_l=wish.load_l,
        load_kg=wish.load_kg,
        side=snap.side if isinstance(snap, Snap) else 0,
        snap_m=round(snap.snap_m, 1) if isinstance(snap, Snap) else 0.0,
        geom=Point(wish.lon, wish.lat, srid=STORED_SRID),
    )


def _tip_row(ground: IslandGround, place: int) -> RoundStop:
    tip = ground.fixed[place]
    return RoundStop(
        kind=StopKind.TIP,
        code=f"tip-{tip.pk}"[:60],
        label=tip.name[:160],
        geom=Point(tip.lon, tip.lat, srid=STORED_SRID),
    )


def _save(
    diary: Diary, entry: VehicleDay, plan: RoundPlan, number: int, starts: int, ends: int
) -> Round:
    drawn = [leg.geom for leg in diary.legs if leg.geom is not None]
    if not drawn:  # every stop lies at the depot's own gate
        here = entry.vehicle.geom
        drawn = [LineString((here.x, here.y), (here.x + 1e-6, here.y), srid=STORED_SRID)]
    row = Round.objects.create(
        plan=plan,
        vehicle=entry.vehicle,
        number=number,
        starts_at=diary.at(starts),
        ends_at=diary.at(ends),
        drive_s=diary.drive_s,
        wait_s=diary.wait_s,
        service_s=diary.service_s,
        length_m=round(diary.length_m),
        load_max_l=max((s.load_after_l for s in diary.stops), default=0),
        load_max_kg=max((s.load_after_kg for s in diary.stops), default=0),
        geom=MultiLineString(drawn, srid=STORED_SRID),
    )
    for leg in diary.legs:
        leg.round = row
    for stop in diary.stops:
        stop.round = row
    RoundLeg.objects.bulk_create(diary.legs)
    RoundStop.objects.bulk_create(diary.stops)
    return row


def _unserved(left: Left, plan: RoundPlan) -> UnservedStop:
    wish = left.wish
    return UnservedStop(
        plan=plan,
        kind=wish.kind,
        code=wish.code[:60],
        label=wish.label[:160],
        island_id=left.island_id,
        reason=left.reason,
        nearest_street_m=None if left.nearest_street_m is None else round(left.nearest_street_m),
        fill_pct=wish.fill_pct,
        stale=wish.stale,
        opens=wish.opens,
        closes=wish.closes,
        needs=sorted(wish.needs),
        geom=Point(wish.lon, wish.lat, srid=STORED_SRID),
    )


def canonical(rounds: list[Round], day: Day) -> Any:
    """What an answer is, for its digest: who goes where in which order and when."""
    told = [
        [
            r.vehicle.code,
            [[s.kind, s.code, timezone.localtime(s.arrives_at).isoformat()] for s in r.stops.all()],
        ]
        for r in rounds
    ]
    return [told, sorted([left.wish.key, left.reason] for left in day.left)]
