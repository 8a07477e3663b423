"""Between islands: earliest arrival by timetable, the last boat back, minutes to spare.

Streets never cross the sea, so a journey is: street to a pier, boarding time, wait, crossing,
and again. All times are seconds after midnight of the day of the round, in the city's time;
departures after midnight belong to the next day and are not looked at.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, pairwise

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Departure:
    """One boat on one day: from pier to pier, with the boarding time asked for."""

    service: str
    from_pier: int
    to_pier: int
    leaves_s: int
    crossing_s: int
    boarding_s: int = 0
    takes_vehicles: bool = True

    @property
    def arrives_s(self) -> int:
        """Moment at which it lands."""
        return self.leaves_s + self.crossing_s

    @property
    def be_there_s(self) -> int:
        """Last moment at which one may reach the pier."""
        return self.leaves_s - self.boarding_s


@dataclass(frozen=True, slots=True)
class Crossing:
    """A boat on a journey, with the time one reaches its pier."""

    departure: Departure
    reach_pier_s: int

    @property
    def spare_s(self) -> int:
        """Seconds between reaching the pier and the last moment to be there."""
        return self.departure.be_there_s - self.reach_pier_s


def sails_on(weekdays: int, weekday: int) -> bool:
    """True when bit `weekday` (0 = Monday) of the timetable's `weekdays` is set."""
    return bool(weekdays >> weekday & 1)


def earliest_journey(
    departures: Sequence[Departure],
    *,
    start_s: int,
    to_pier_s: Mapping[int, int],
    between_piers_s: Mapping[tuple[int, int], int],
    goal_piers: Mapping[int, int],
    vehicle: bool = True,
) -> tuple[int, tuple[Crossing, ...]] | None:
    """Return (arrival, boats taken) of the earliest journey, or None when no boat helps.

    Label setting over piers. `to_pier_s` says how long the street takes from the start to
    each pier on its island, `between_piers_s` from pier to pier by street, `goal_piers` from
    each pier of the last island to the goal. Ties go to fewer boats.
    """
    ticket = count()  # two boats may land at one pier at one moment: the first told goes first
    queue: list[tuple[int, int, int, int, tuple[Crossing, ...]]] = [
        (start_s + drive, 0, pier, next(ticket), ()) for pier, drive in sorted(to_pier_s.items())
    ]
    heapq.heapify(queue)
    settled: dict[tuple[int, bool], int] = {}
    best: tuple[int, tuple[Crossing, ...]] | None = None
    while queue:
        now, boats, pier, _, taken = heapq.heappop(queue)
        if (pier, bool(taken)) in settled or (best is not None and now >= best[0]):
            continue
        settled[pier, bool(taken)] = now
        if taken and pier in goal_piers:
            arrival = now + goal_piers[pier]
            if best is None or arrival < best[0]:
                best = (arrival, taken)
        for boat in departures:
            fits = boat.takes_vehicles or not vehicle
            if boat.from_pier == pier and fits and boat.be_there_s >= now:
                crossing = Crossing(boat, now)
                step = (boat.arrives_s, boats + 1, boat.to_pier, next(ticket), (*taken, crossing))
                heapq.heappush(queue, step)
        for (here, there), drive in between_piers_s.items():
            if here == pier and there != pier:
                heapq.heappush(queue, (now + drive, boats, there, next(ticket), taken))
    return best


@dataclass(frozen=True, slots=True)
class DayTrip:
    """Boats out to an island and back again within one shift."""

    out: tuple[Departure, ...]
    back: tuple[Departure, ...]
    leave_home_pier_s: int
    home_pier_s: int

    @property
    def ashore_s(self) -> tuple[int, int]:
        """From landing on the island to the last moment to be at its pier for the way back."""
        return self.out[-1].arrives_s, self.back[0].be_there_s


def day_trips(
    departures: Sequence[Departure],
    *,
    home_piers: Mapping[int, tuple[int, int]],
    island_piers: frozenset[int],
    shift: tuple[int, int],
    at_least_s: int = 0,
) -> list[DayTrip]:
    """All (out, back) chains of boats that carry a vehicle and fit into a shift.

    `home_piers` says for each pier of the home island how long the vehicle takes from its
    depot to it, and from it home. Chains change boats at most once, at the same pier. Trips
    with less than `at_least_s` ashore are left out; the longest stay comes first.
    """
    start, end = shift
    chains = _chains([d for d in departures if d.takes_vehicles])
    outs = [
        c for c in chains
        if c[0].from_pier in home_piers and c[-1].to_pier in island_piers
        and c[0].be_there_s >= start + home_piers[c[0].from_pier][0]
    ]  # fmt: skip
    backs = [
        c for c in chains
        if c[0].from_pier in island_piers and c[-1].to_pier in home_piers
        and c[-1].arrives_s + home_piers[c[-1].to_pier][1] <= end
    ]  # fmt: skip
    trips = [
        DayTrip(out, back, out[0].leaves_s, back[-1].arrives_s)
        for out in outs
        for back in backs
        if back[0].from_pier == out[-1].to_pier
        and back[0].be_there_s - out[-1].arrives_s >= max(at_least_s, 1)
    ]
    return sorted(trips, key=_longest_stay_first)


def _longest_stay_first(trip: DayTrip) -> tuple[int, int, int]:
    landed, leaves = trip.ashore_s
    return landed - leaves, trip.home_pier_s, trip.out[0].leaves_s


def _chains(departures: Sequence[Departure]) -> list[tuple[Departure, ...]]:
    """Single boats, and pairs of boats that meet at a pier in time."""
    pairs = [
        (first, second)
        for first in departures
        for second in departures
        if first.to_pier == second.from_pier
        and second.to_pier != first.from_pier
        and first.arrives_s <= second.be_there_s
    ]
    return [*((boat,) for boat in departures), *pairs]


def chain_holds(chain: Sequence[Departure]) -> bool:
    """True when every boat lands where and before the next one boards."""
    return all(a.to_pier == b.from_pier and a.arrives_s <= b.be_there_s for a, b in pairwise(chain))


def later_boats(
    departures: Sequence[Departure], boat: Departure
) -> tuple[Departure | None, Departure | None]:
    """Return (next boat, last boat of the day) on the same crossing after `boat`."""
    after = sorted(
        (
            d for d in departures
            if (d.from_pier, d.to_pier) == (boat.from_pier, boat.to_pier)
            and d.leaves_s > boat.leaves_s and d.takes_vehicles >= boat.takes_vehicles
        ),
        key=lambda d: d.leaves_s,
    )  # fmt: skip
    return (after[0], after[-1]) if after else (None, None)


def carries_between(
    departures: Sequence[Departure], home_piers: Iterable[int], island_piers: Iterable[int]
) -> bool:
    """True when boats that take vehicles lead from home to the island, whatever the hour."""
    reached, waiting = set(home_piers), list(home_piers)
    while waiting:
        pier = waiting.pop()
        for boat in departures:
            if boat.takes_vehicles and boat.from_pier == pier and boat.to_pier not in reached:
                reached.add(boat.to_pier)
                waiting.append(boat.to_pier)
    return not reached.isdisjoint(island_piers)


def boards_in_time(
    departures: Sequence[Departure],
    *,
    home_piers: Mapping[int, tuple[int, int]],
    island_piers: frozenset[int],
    shift: tuple[int, int],
) -> bool:
    """True when a boat out can be reached after the shift begins and lands before it ends."""
    chains = _chains([d for d in departures if d.takes_vehicles])
    return any(
        chain[0].from_pier in home_piers
        and chain[-1].to_pier in island_piers
        and chain[0].be_there_s >= shift[0] + home_piers[chain[0].from_pier][0]
        and chain[-1].arrives_s <= shift[1]
        for chain in chains
    )
