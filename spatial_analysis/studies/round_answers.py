"""The question of a day's rounds and its answer, before it becomes rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from layers.catalog.vehicles import Vehicle
from spatial_analysis.methods.ferries import DayTrip, Departure
from spatial_analysis.methods.fleet_sweep import Effort
from spatial_analysis.methods.reasons import Reason
from spatial_analysis.methods.tours import Timeline, Tour, TourProblem
from spatial_analysis.studies.round_places import IslandGround, Place
from spatial_analysis.studies.round_wishes import Wish


@dataclass(frozen=True, slots=True)
class Left:
    """A wish that nobody serves, with the proven reason."""

    wish: Wish
    island_id: int | None
    reason: Reason
    nearest_street_m: float | None = None


@dataclass(frozen=True, slots=True)
class GroundTour:
    """A tour on one island with its clock."""

    ground: IslandGround
    problem: TourProblem
    tour: Tour
    clock: Timeline
    wishes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FerryTrip:
    """A day trip of one vehicle: boats out, a tour on the island, boats back."""

    trip: DayTrip
    depot_place: int
    out_pier: int
    home_pier: int
    leaves_depot_s: int
    ashore: GroundTour


@dataclass(frozen=True, slots=True)
class VehicleDay:
    """What one vehicle does: a ferry trip first (or none), then a tour on its own island."""

    vehicle: Vehicle
    home: GroundTour | None
    ferry: FerryTrip | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """The answer: days of vehicles, wishes left out, and faults the checker found (none)."""

    days: tuple[VehicleDay, ...]
    left: tuple[Left, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """The question: what, by whom, with which tips, piers and boats of that day."""

    wishes: tuple[Wish, ...]
    vehicles: tuple[Vehicle, ...]
    tips: tuple[Place, ...]
    piers: tuple[Place, ...]
    departures: tuple[Departure, ...]
    timetable: tuple[Departure, ...] = ()  # of every day: does any boat ever go there?
    effort: Effort = field(default_factory=Effort)
    skills: Mapping[int, frozenset[str]] = field(default_factory=dict)  # by id of the vehicle

    def aboard(self, vehicle: Vehicle) -> frozenset[str]:
        """Skills of a vehicle and its crew that any stop of the day needs (the rest is alike)."""
        needed = frozenset().union(*(wish.needs for wish in self.wishes))
        return needed & self.skills.get(vehicle.pk, frozenset())
