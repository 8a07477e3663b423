"""A published timetable: day trips between boats, each held to the independent checker.

The timetable is ../shared/truth/routing/ferry-ternate; it tells no crossing times, so 30 minutes
and 15 minutes of boarding are assumed for all. Earliest arrivals are compared with those of a
plain search through every chain of up to three boats, which shares no code with ours.
"""

from __future__ import annotations

import csv
from dataclasses import asdict
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks._row import Row, missing
from benchmarks.tours.sets import SHARED
from spatial_analysis.methods.ferries import Departure, day_trips, earliest_journey
from spatial_analysis.methods.tour_check import boat_faults

CROSSING_S, BOARDING_S = 1800, 900
SEED = 8271


def timetable(path: Path) -> tuple[list[str], list[Departure]]:
    """Piers by name, and their boats."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    piers = sorted({row[end] for row in rows for end in ("from_terminal", "to_terminal")})
    boats = []
    for row in rows:
        hour, minute = (int(part) for part in row["departure_local"].split(":"))
        ends = piers.index(row["from_terminal"]), piers.index(row["to_terminal"])
        boats.append(
            Departure(row["vessel"], *ends, hour * 3600 + minute * 60, CROSSING_S, BOARDING_S)
        )
    return piers, boats


def by_hand(boats: list[Departure], start_s: int, here: int, there: int) -> int | None:
    """Earliest arrival over every chain of one to three boats; None where none lands there."""
    best = None
    for count in (1, 2, 3):
        for chain in product(boats, repeat=count):
            now, pier = start_s, here
            for boat in chain:
                if boat.from_pier != pier or now > boat.leaves_s - boat.boarding_s:
                    break
                now, pier = boat.leaves_s + boat.crossing_s, boat.to_pier
            else:
                if pier == there and (best is None or now < best):
                    best = now
    return best


def goal() -> Row:
    """Day trips that the checker passes, and earliest arrivals that are the earliest."""
    words = "published timetable: day trips hold, arrivals are the earliest"
    path = SHARED / "ferry-ternate" / "departures.csv"
    if not path.is_file():
        return missing("*", words, "the timetable is absent")
    piers, boats = timetable(path)
    random, late, faulty, trips = np.random.default_rng(SEED), 0, 0, 0
    asked = random.integers(0, 22 * 3600, size=24).tolist()
    for start in asked:
        for here, there in product(range(len(piers)), repeat=2):
            if here == there:
                continue
            found = earliest_journey(
                boats, start_s=start, to_pier_s={here: 0}, between_piers_s={}, goal_piers={there: 0}
            )
            late += (None if found is None else found[0]) != by_hand(boats, start, here, there)
    for home, island in product(range(len(piers)), repeat=2):
        if home == island:
            continue
        for drive in (300, 1800):
            shift = (6 * 3600, 19 * 3600)
            for trip in day_trips(
                boats, home_piers={home: (drive, drive)}, island_piers=frozenset({island}),
                shift=shift, at_least_s=1200,
            ):  # fmt: skip
                trips += 1
                landed, leaves = trip.ashore_s
                reached = [shift[0] + drive, *(boat.arrives_s for boat in trip.out[:-1])]
                reached += [leaves, *(boat.arrives_s for boat in trip.back[:-1])]
                chain = [asdict(boat) for boat in (*trip.out, *trip.back)]
                faults = boat_faults(boats=chain, reached_s=reached, next_start_s=trip.home_pier_s)
                home_s = trip.back[-1].leaves_s + trip.back[-1].crossing_s + drive
                faulty += bool(faults) or home_s > shift[1] or leaves - landed < 1200
    journeys = len(asked) * len(piers) * (len(piers) - 1)
    told = f"{trips} day trips, {faulty} faulty; {late} of {journeys} arrivals differ"
    return Row("*", words, told, not faulty and not late)
