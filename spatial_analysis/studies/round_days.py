"""One day's rounds over all islands: tours where vehicles stand, day trips by ferry elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import numpy as np

from layers.catalog.vehicles import Vehicle
from spatial_analysis.methods.ferries import (
    DayTrip,
    boards_in_time,
    carries_between,
    day_trips,
)
from spatial_analysis.methods.fleet_sweep import sweep
from spatial_analysis.methods.left_out import reason_left_out
from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.reasons import Reason
from spatial_analysis.methods.snapping import Snap
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.methods.tour_check import boat_faults, faults_of
from spatial_analysis.methods.tours import (
    NEVER_S,
    Plan,
    Timeline,
    Tip,
    Tour,
    TourProblem,
    Truck,
    timeline,
)
from spatial_analysis.snapshots import Network
from spatial_analysis.studies.round_answers import (
    Asked,
    Day,
    FerryTrip,
    GroundTour,
    Left,
    VehicleDay,
)
from spatial_analysis.studies.round_clock import seconds
from spatial_analysis.studies.round_places import (
    IslandGround,
    Place,
    island_of_wish,
    profile_of,
)
from spatial_analysis.studies.round_wishes import Wish

SPARE_AT_PIER_S = 15 * 60
LEAST_ASHORE_S = 20 * 60
TRIPS_TRIED = 4


class DayPlanner:
    """Plans one day; islands are natural parts, since no street crosses the sea."""

    def __init__(
        self,
        network: Network,
        asked: Asked,
        tell: Callable[[float, int | None], None] | None = None,
    ) -> None:
        self.network, self.asked = network, asked
        self.tell = tell or (lambda _share, _island: None)
        self.grounds = self._grounds()
        self.left: list[Left] = []
        self.faults: list[str] = []
        self.notes: list[str] = []
        self.trips: dict[int, FerryTrip] = {}

    def plan(self) -> Day:
        """Return the day; each wish is in one tour, or left out with its reason."""
        usable = [v for v in self.asked.vehicles if self._stands_at_a_street(v)]
        home = {v.island_id for v in usable}
        outer = [island for island in self.grounds if island not in home and self._asks(island)]
        if None in outer:
            outer.remove(None)
            self._nowhere()
        steps = max(1, len(outer) + len(home))
        for step, island in enumerate(sorted(outer, key=self._worth, reverse=True)):
            self.tell(step / steps, island)
            self._by_ferry(island, usable)
        days: list[VehicleDay] = []
        for island in self.grounds:
            if island in home:
                self.tell((steps - len(home)) / steps, island)
                home.remove(island)
                days += self._at_home(island, [v for v in usable if v.island_id == island])
        order = {v.pk: i for i, v in enumerate(self.asked.vehicles)}
        days.sort(key=lambda day: order[day.vehicle.pk])
        return Day(tuple(days), tuple(self.left), tuple(self.faults), tuple(self.notes))

    # ------------------------------------------------------------- ground

    def _grounds(self) -> dict[int | None, IslandGround]:
        by_island: dict[int | None, list[Wish]] = {}
        for wish in self.asked.wishes:
            by_island.setdefault(island_of_wish(self.network, wish), []).append(wish)
        islands = dict.fromkeys([*(v.island_id for v in self.asked.vehicles), *by_island])
        return {i: self._ground(i, by_island.get(i, [])) for i in islands}

    def _ground(self, island: int | None, wishes: list[Wish]) -> IslandGround:
        depots = [
            Place(v.depot.name, v.geom.x, v.geom.y, v.island_id)
            for v in self.asked.vehicles
            if v.island_id == island
        ]
        tips = [p for p in self.asked.tips if p.island_id == island]
        piers = [p for p in self.asked.piers if p.island_id == island]
        return IslandGround(self.network, island, [*depots, *tips, *piers], wishes)

    def _depot(self, vehicle: Vehicle) -> int:
        """Place number of a vehicle's depot on its own island; one yard is one place."""
        standing = [v for v in self.asked.vehicles if v.island_id == vehicle.island_id]
        return [(v.depot, v.geom) for v in standing].index((vehicle.depot, vehicle.geom))

    def _fixed(self, island: int | None, places: Sequence[Place]) -> dict[int, int]:
        """Place number on the island of each of its tips or piers, by id."""
        ground = self.grounds[island]
        known = {id(place): i for i, place in enumerate(ground.fixed)}
        return {p.pk: known[id(p)] for p in places if id(p) in known}

    def _tips(self, island: int | None) -> tuple[Tip, ...]:
        """The tips of an island, each with its own queue."""
        places = self._fixed(island, self.asked.tips)
        return tuple(Tip(places[t.pk], t.tip_s) for t in self.asked.tips if t.pk in places)

    def _stands_at_a_street(self, vehicle: Vehicle) -> bool:
        ground = self.grounds[vehicle.island_id]
        stands = isinstance(ground.snaps(profile_of(vehicle))[self._depot(vehicle)], Snap)
        if not stands:
            self.notes.append(f"{vehicle.label}: {vehicle.depot.name} jauh dari jalan")
        return stands

    def _asks(self, island: int | None) -> bool:
        return bool(self.grounds[island].wishes)

    def _worth(self, island: int | None) -> int:
        return sum(wish.prize_s for wish in self.grounds[island].wishes)

    def _nowhere(self) -> None:
        """Leave out the wishes that lie on no island: no street is near them."""
        ground = self.grounds[None]
        for i, wish in enumerate(ground.wishes):
            refusal = ground.refusal(i, [Profile.FOOT])
            reason = Reason.NO_CONNECTION if refusal is None else refusal.reason
            away = None if refusal is None else refusal.nearest_street_m
            self.left.append(Left(wish, None, reason, away))

    # ------------------------------------------------------------- home islands

    def _at_home(self, island: int | None, vehicles: list[Vehicle]) -> list[VehicleDay]:
        ground = self.grounds[island]
        profiles = [profile_of(v) for v in vehicles]
        asked = self._snapped(ground, profiles)
        skills = [self.asked.aboard(v) for v in vehicles]
        kinds = list(dict.fromkeys(profiles))
        problem = TourProblem(
            drive_s=np.stack([ground.drive_s(p) for p in kinds]),
            stops=tuple(ground.stop_of(i, profiles, skills) for i in asked),
            trucks=tuple(
                self._truck(v, kinds.index(p)) for v, p in zip(vehicles, profiles, strict=True)
            ),
            tips=self._tips(island),
        )
        plan = sweep(problem, self.asked.effort)
        self._check(problem, plan)
        self._leave_out(ground, problem, plan, asked)
        tours = {tour.truck: self._timed(ground, problem, tour, asked) for tour in plan.tours}
        found = [
            VehicleDay(vehicle, tours.get(k), self.trips.get(vehicle.pk))
            for k, vehicle in enumerate(vehicles)
        ]
        return [
            replace(day, home=self._timed(ground, problem, Tour(k, ()), []))
            if day.ferry is not None and day.home is None
            else day
            for k, day in enumerate(found)
            if day.home is not None or day.ferry is not None
        ]

    def _truck(self, vehicle: Vehicle, matrix: int) -> Truck:
        depot, trip = self._depot(vehicle), self.trips.get(vehicle.pk)
        ends = seconds(vehicle.shift_end)
        if trip is None:
            return Truck(
                depot, depot, vehicle.capacity_l, vehicle.capacity_kg,
                seconds(vehicle.shift_start), ends, matrix, skills=self.asked.aboard(vehicle),
            )  # fmt: skip
        carried = [trip.ashore.ground.wishes[i] for i in trip.ashore.wishes]
        return Truck(
            trip.home_pier, depot, vehicle.capacity_l, vehicle.capacity_kg,
            trip.trip.home_pier_s, ends, matrix,
            load_l=sum(w.load_l for w in carried), load_kg=sum(w.load_kg for w in carried),
            skills=self.asked.aboard(vehicle),
        )  # fmt: skip

    def _snapped(self, ground: IslandGround, profiles: list[Profile]) -> list[int]:
        """Wishes that a vehicle can stop at; the others are left out with their refusal."""
        kept = []
        for i, wish in enumerate(ground.wishes):
            refusal = ground.refusal(i, profiles)
            if refusal is None:
                kept.append(i)
            else:
                left = Left(wish, ground.island_id, refusal.reason, refusal.nearest_street_m)
                self.left.append(left)
        return kept

    def _leave_out(
        self, ground: IslandGround, problem: TourProblem, plan: Plan, asked: list[int]
    ) -> None:
        for stop in plan.left_out:
            wish = ground.wishes[asked[stop]]
            reason = reason_left_out(problem, plan, stop, stale=wish.stale)
            if reason is Reason.NO_CONNECTION and self._cut_off(ground, asked[stop]):
                reason = Reason.CUT_OFF_BY_CLOSURE
            self.left.append(Left(wish, ground.island_id, reason))

    def _cut_off(self, ground: IslandGround, wish: int) -> bool:
        """True when a vehicle of the island would reach the wish with every street open."""
        vehicles = [v for v in self.asked.vehicles if v.island_id == ground.island_id]
        if self.network.whole is None:
            return False
        for vehicle in vehicles:
            profile, depot = profile_of(vehicle), self._depot(vehicle)
            home, there = ground.snaps(profile)[depot], ground.snaps(profile)[ground.place_of(wish)]
            if isinstance(home, Snap) and isinstance(there, Snap):
                ways = self.network.whole.ways(profile)
                if ways.costs_ms([home], [there])[0, 0] < UNREACHABLE:
                    return True
        return False

    def _timed(
        self, ground: IslandGround, problem: TourProblem, tour: Tour, asked: list[int]
    ) -> GroundTour:
        clock = timeline(problem, tour)
        if clock is None:
            self.faults.append(f"tour of truck {tour.truck} cannot be driven")
            clock = Timeline((), 0, problem.trucks[tour.truck].starts_s)
        return GroundTour(ground, problem, tour, clock, tuple(asked[s] for s in tour.stops))

    def _check(self, problem: TourProblem, plan: Plan) -> None:
        self.faults += faults_of(
            drive_s=problem.drive_s.tolist(),
            stops=[asdict(s) for s in problem.stops],
            trucks=[asdict(t) for t in problem.trucks],
            tips=[asdict(t) for t in problem.tips],
            tours=[
                (t.truck, [("tip" if v.is_tip else "stop", v.index) for v in t.visits])
                for t in plan.tours
            ],
            left_out=plan.left_out,
        )

    # ------------------------------------------------------------- other islands

    def _by_ferry(self, island: int | None, vehicles: list[Vehicle]) -> None:
        """Send one vehicle over, or leave the island's wishes out with the reason."""
        free = sorted(self._spare(vehicles), key=lambda v: -self._skilled_worth(island, v))
        reasons = [Reason.SHIFT_FULL] if vehicles and not free else [Reason.NO_VEHICLE_ON_ISLAND]
        for vehicle in free:
            options, reason = self._options(island, vehicle)
            if not options:
                reasons.append(reason)
                continue
            best = max(options, key=lambda o: (self._served_worth(o[0]), -o[0].trip.home_pier_s))
            if not best[0].ashore.wishes:
                reasons.append(Reason.SHIFT_FULL)
                continue
            trip, problem, plan, asked = best
            self.trips[vehicle.pk] = trip
            self._check(problem, plan)
            self._check_boats(trip)
            self._leave_out(trip.ashore.ground, problem, plan, asked)
            self._snapped(trip.ashore.ground, [profile_of(vehicle)])
            return
        worst = max(reasons, key=_nearest_to_served.index)
        for wish in self.grounds[island].wishes:
            able = any(wish.needs <= self.asked.aboard(v) for v in vehicles) or not vehicles
            self.left.append(Left(wish, island, worst if able else Reason.NO_VEHICLE_WITH_SKILL))

    def _spare(self, vehicles: list[Vehicle]) -> list[Vehicle]:
        """Vehicles that may go over: largest first; one stays where its island asks too."""
        free = [v for v in vehicles if v.pk not in self.trips]
        spare = []
        for vehicle in sorted(free, key=lambda v: (-v.capacity_l, v.pk)):
            staying = [v for v in free if v.island_id == vehicle.island_id and v is not vehicle]
            if staying or not self._asks(vehicle.island_id):
                spare.append(vehicle)
        return spare

    def _skilled_worth(self, island: int | None, vehicle: Vehicle) -> int:
        """Worth of the island's wishes whose needs the vehicle meets."""
        has = self.asked.aboard(vehicle)
        return sum(w.prize_s for w in self.grounds[island].wishes if w.needs <= has)

    def _served_worth(self, trip: FerryTrip) -> int:
        return sum(trip.ashore.ground.wishes[i].prize_s for i in trip.ashore.wishes)

    def _options(
        self, island: int | None, vehicle: Vehicle
    ) -> tuple[list[tuple[FerryTrip, TourProblem, Plan, list[int]]], Reason]:
        """Ferry trips of a vehicle to an island, each solved; or the reason why there is none."""
        profile, depot = profile_of(vehicle), self._depot(vehicle)
        home = self.grounds[vehicle.island_id]
        drive = home.drive_s(profile)
        tips = self._tips(vehicle.island_id)
        piers = self._fixed(vehicle.island_id, self.asked.piers)
        to_home = {
            pier: (int(drive[depot, place]), _way_home_s(drive, place, depot, tips))
            for pier, place in piers.items()
            if drive[depot, place] < NEVER_S and drive[place, depot] < NEVER_S
        }
        goal = frozenset(self._fixed(island, self.asked.piers))
        shift = seconds(vehicle.shift_start), seconds(vehicle.shift_end)
        boats = self.asked.departures
        trips = day_trips(
            boats, home_piers=to_home, island_piers=goal, shift=shift, at_least_s=LEAST_ASHORE_S
        )
        if not carries_between(self.asked.timetable, to_home, goal):
            return [], Reason.NO_VEHICLE_ON_ISLAND
        if not boards_in_time(boats, home_piers=to_home, island_piers=goal, shift=shift):
            return [], Reason.NO_BOAT_IN_TIME
        solved = [
            self._ashore(island, vehicle, trip, int(to_home[trip.out[0].from_pier][0]))
            for trip in trips[:TRIPS_TRIED]
        ]
        return [option for option in solved if option is not None], Reason.NO_BOAT_BACK

    def _ashore(
        self, island: int | None, vehicle: Vehicle, trip: DayTrip, to_pier_s: int
    ) -> tuple[FerryTrip, TourProblem, Plan, list[int]] | None:
        """Solve the tour on the island between two boats: one load, from its pier and back."""
        ground, profile = self.grounds[island], profile_of(vehicle)
        pier = self._fixed(island, self.asked.piers)[trip.out[-1].to_pier]
        if not isinstance(ground.snaps(profile)[pier], Snap):
            return None
        kept = [i for i in range(len(ground.wishes)) if ground.refusal(i, [profile]) is None]
        landed, leaves = trip.ashore_s
        skills, room = self.asked.aboard(vehicle), (vehicle.capacity_l, vehicle.capacity_kg)
        problem = TourProblem(
            drive_s=ground.drive_s(profile)[None],
            stops=tuple(ground.stop_of(i, [profile], [skills]) for i in kept),
            trucks=(Truck(pier, pier, *room, landed, leaves, skills=skills),),
        )
        plan = sweep(problem, self.asked.effort)
        tour = plan.tours[0] if plan.tours else Tour(0, ())
        piers = self._fixed(vehicle.island_id, self.asked.piers)
        start = seconds(vehicle.shift_start)
        ferry = FerryTrip(
            trip=trip,
            depot_place=self._depot(vehicle),
            out_pier=piers[trip.out[0].from_pier],
            home_pier=piers[trip.back[-1].to_pier],
            leaves_depot_s=max(start, trip.out[0].be_there_s - to_pier_s - SPARE_AT_PIER_S),
            ashore=self._timed(ground, problem, tour, kept),
        )
        return ferry, problem, plan, kept

    def _check_boats(self, trip: FerryTrip) -> None:
        first = trip.trip.out[0].be_there_s
        reached = [first, *(boat.arrives_s for boat in trip.trip.out[:-1])]
        reached += [trip.ashore.clock.home_s, *(boat.arrives_s for boat in trip.trip.back[:-1])]
        self.faults += boat_faults(
            boats=[asdict(boat) for boat in (*trip.trip.out, *trip.trip.back)],
            reached_s=reached,
            next_start_s=trip.trip.home_pier_s,
        )


_nearest_to_served = (
    Reason.NO_VEHICLE_ON_ISLAND,
    Reason.NO_BOAT_IN_TIME,
    Reason.NO_BOAT_BACK,
    Reason.SHIFT_FULL,
)


def _way_home_s(drive: np.ndarray, pier: int, depot: int, tips: Sequence[Tip]) -> int:
    """Seconds from a pier home, over the quickest tip where there is one."""
    ways = [
        int(drive[pier, tip.place]) + tip.service_s + int(drive[tip.place, depot]) for tip in tips
    ]
    return min(ways) if ways else int(drive[pier, depot])
