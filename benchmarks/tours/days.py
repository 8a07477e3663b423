"""Days of the real planner on the city's own streets: trucks, tips and a ferry, made-up bins.

Stops are drawn at random beside streets, one in fifteen on an island that a ferry with vehicles
serves and where no vehicle stands. Vehicles are copies of the city's own trucks.
"""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from django.utils import timezone

from benchmarks._row import Row, missing
from layers.catalog.facilities import Facility, FacilityKind
from layers.catalog.ferries import Pier
from layers.catalog.rounds.models import RoundPlan, RoundStop, StopState
from layers.catalog.vehicles import Vehicle
from layers.errors import PlatformError
from spatial_analysis import study
from spatial_analysis.methods.fleet_sweep import Effort
from spatial_analysis.snapshots import Network, network
from spatial_analysis.studies.bin_rounds import ITERATIONS, PATIENCE, departures_on
from spatial_analysis.studies.round_answers import Asked, Day
from spatial_analysis.studies.round_days import DayPlanner
from spatial_analysis.studies.round_places import Place
from spatial_analysis.studies.round_replan import replan
from spatial_analysis.studies.round_wishes import KG_PER_L, Wish, bin_prize_s

SEED = 8271
ON_THE_ISLAND = 15  # one stop in so many
FULL = Effort(ITERATIONS, PATIENCE, seeds=(0, 1))
FIRST = Effort(60, 30, seeds=(0,))


@dataclass(frozen=True, slots=True)
class Planned:
    """A day and how long it took."""

    day: Day
    seconds: float
    served: int
    by_ferry: int


def _places(net: Network, island: int, count: int, random: np.random.Generator) -> np.ndarray:
    mine = np.flatnonzero((net.streets.island == island) & ~net.index.pocket)
    edges = random.choice(mine, count)
    points = [net.streets.line(int(edge)) for edge in edges]
    return np.array([line[len(line) // 2] for line in points])


def asked(net: Network, stops: int, trucks: int, effort: Effort) -> Asked | None:
    """The question of a day; None where the city has no truck or no ferry for vehicles."""
    on = timezone.localdate()
    boats = departures_on(on) or departures_on(on + timedelta(days=1))
    fleet = list(Vehicle.objects.in_service().filter(kind="truck").order_by("code"))
    home = max((v.island_id for v in fleet), key=[v.island_id for v in fleet].count, default=None)
    fleet = [v for v in fleet if v.island_id == home]
    piers = {pier.pk: pier for pier in Pier.objects.order_by("pk")}
    outer = [
        piers[boat.to_pier].island_id for boat in boats
        if boat.takes_vehicles and piers[boat.from_pier].island_id == home
        and piers[boat.to_pier].island_id not in {home, None}
        and (net.streets.island == piers[boat.to_pier].island_id).any()
    ]  # fmt: skip
    if home is None or not fleet or not outer:
        return None
    random = np.random.default_rng(SEED)
    away = stops // ON_THE_ISLAND
    lon_lat = np.vstack(
        (_places(net, home, stops - away, random), _places(net, outer[0], away, random))
    )
    islands = [home] * (stops - away) + [outer[0]] * away
    wishes = [
        _wish(i, lon, lat, islands[i], random) for i, (lon, lat) in enumerate(lon_lat.tolist())
    ]
    tips = Facility.objects.filter(kind=FacilityKind.DUMP, island_id=home).order_by("pk")
    told = [Place(t.name, t.geom.x, t.geom.y, home, t.pk) for t in tips]
    second = _places(net, home, 1, random)[0]
    told.append(Place("TPA 2", float(second[0]), float(second[1]), home, 10_000_000))
    return Asked(
        wishes=tuple(wishes),
        vehicles=tuple(_vehicle(fleet[i % len(fleet)], i) for i in range(trucks)),
        tips=tuple(told[:2]),
        piers=tuple(Place(p.name, p.geom.x, p.geom.y, p.island_id, p.pk) for p in piers.values()),
        departures=boats,
        timetable=boats,
        effort=effort,
    )


def _wish(i: int, lon: float, lat: float, island: int, random: np.random.Generator) -> Wish:
    litres, fill = int(random.integers(150, 1100)), int(random.integers(80, 101))
    return Wish(
        "bin", i + 1, f"bench-{i}", f"Bak {i}", float(lon), float(lat), island, litres,
        round(litres * KG_PER_L), 120 + round(litres * 0.06), bin_prize_s(fill, stale=False), fill,
    )  # fmt: skip


def _vehicle(like: Vehicle, number: int) -> Vehicle:
    made = copy.copy(like)
    made.pk, made.code = 20_000_000 + number, f"bench-{number}"
    return made


def planned(net: Network, question: Asked, effort: Effort) -> Planned:
    """Plan the day and count."""
    began = time.perf_counter()
    day = DayPlanner(net, replace(question, effort=effort)).plan()
    took = time.perf_counter() - began
    ferry = sum(len(d.ferry.ashore.wishes) for d in day.days if d.ferry is not None)
    return Planned(day, took, len(question.wishes) - len(day.left), ferry)


def goals() -> list[Row]:
    """Goal 10 and 12: days of the planner, and a round planned anew on the road."""
    net = network()
    rows = []
    for stops, trucks, most in ((120, 6, 10.0), (300, 8, 30.0)):
        goal = f"{stops} stops x {trucks} trucks, 2 TPA, 1 ferry <= {most:.0f} s"
        question = asked(net, stops, trucks, FULL)
        if question is None:
            rows.append(missing("10", goal, "the city has no truck or no ferry for vehicles"))
            continue
        first = planned(net, question, FIRST)
        final = planned(net, question, FULL)
        faults = len(first.day.faults) + len(final.day.faults)
        told = (
            f"{final.seconds:.1f} s: {final.served} served, {final.by_ferry} by ferry, "
            f"{faults} faults"
        )
        rows.append(Row("10", goal, told, final.seconds <= most and not faults))
        if stops == 300:
            told = f"{first.seconds:.1f} s, {first.served} served"
            rows.append(Row("10", "300 bins: first plan <= 2 s", told, first.seconds <= 2))
        else:
            again = planned(net, question, FULL)
            same = _told(final.day) == _told(again.day)
            rows.append(
                Row("12", "same inputs, seed, iterations -> same plan",
                    "the same" if same else "they differ", same)
            )  # fmt: skip
    rows.append(_anew())
    return rows


def _told(day: Day) -> str:
    return repr(
        [
            (d.vehicle.code, d.home and (d.home.tour, d.home.clock),
             d.ferry and (d.ferry.trip, d.ferry.ashore.tour, d.ferry.ashore.clock))
            for d in day.days
        ] + [(left.wish.key, left.reason) for left in day.left]
    )  # fmt: skip


def _open_stops(plan: RoundPlan) -> list[tuple[int, int]]:
    rows = RoundStop.objects.filter(round__plan=plan).exclude(kind="tip").order_by("round", "order")
    return [(row.round_id, row.pk) for row in rows if row.is_open]


def _anew() -> Row:
    """A day of the city's own bins: a third of each round done, one stop skipped in each."""
    goal = "re-plan <= 3 s, >= 80 % of untouched stops keep crew and order"
    try:
        run = study.perform(study.ask("bin_rounds", {}, seed=SEED))
    except PlatformError as refusal:
        return missing("10", goal, str(refusal))
    plan = RoundPlan.objects.get(pk=run.summary["plan"])
    slowest, kept, untouched = 0.0, 0, 0
    for round_ in plan.rounds.order_by("pk"):
        stops = [s for s in round_.stops.order_by("order") if s.kind != "tip"]
        done = max(len(stops) // 3, 1)
        if len(stops) < 4:
            continue
        at = stops[done - 1].leaves_at
        RoundStop.objects.filter(pk__in=[s.pk for s in stops[:done]]).update(
            state=StopState.DONE, state_at=at, photo="bench.jpg"
        )
        RoundStop.objects.filter(pk=stops[done].pk).update(
            state=StopState.SKIPPED, state_at=at, skip_reason="bench"
        )
        before = [pk for _, pk in _open_stops(plan) if pk in {s.pk for s in stops}]
        began = time.perf_counter()
        replan(round_, at=at)
        slowest = max(slowest, time.perf_counter() - began)
        after = [pk for number, pk in _open_stops(plan) if number == round_.pk]
        kept += longest_common(before, after)
        untouched += len(before)
    if not untouched:
        return missing("10", goal, "the city's rounds are too short")
    share = 100 * kept / untouched
    told = f"{slowest:.2f} s the slowest round; {share:.0f} % of {untouched} stops"
    return Row("10", goal, told, slowest <= 3 and share >= 80)


def longest_common(a: list[int], b: list[int]) -> int:
    """Length of the longest order that two lists share."""
    row = [0] * (len(b) + 1)
    for x in a:
        before = row[:]
        for j, y in enumerate(b):
            row[j + 1] = before[j] + 1 if x == y else max(row[j], before[j + 1])
    return row[-1]
