"""An independent look at a finished plan; it shares no code with what made the plan.

A plan that fails here is not shown to anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class _State:
    now: int
    at: int
    litres: int
    kilograms: int
    faults: list[str] = field(default_factory=list)


def faults_of(
    *,
    drive_s: Sequence[Sequence[Sequence[int]]],
    stops: Sequence[Mapping[str, Any]],
    trucks: Sequence[Mapping[str, Any]],
    tips: Sequence[Mapping[str, Any]],
    tours: Sequence[tuple[int, Sequence[tuple[str, int]]]],
    left_out: Sequence[int],
) -> list[str]:
    """List every fault of a plan; an empty list means that it holds.

    Parameters
    ----------
    drive_s : `drive_s[matrix][a][b]` seconds
    stops, trucks, tips : plain records with the fields of the problem
    tours : (truck, [("stop" | "tip", index), ...]) in order
    left_out : stops that no tour serves

    Held against the plan: each stop once, and served + left out = asked; the load at every
    place; emptied before home; opening hours; fit of vehicle and stop; skills that a stop needs;
    the shift; every drive possible.
    """
    faults = _once_each(len(stops), tours, left_out)
    if len({truck for truck, _ in tours}) != len(tours):
        faults.append("a truck has two tours")
    for truck, visits in tours:
        faults += _tour_faults(drive_s, stops, trucks, tips, truck, visits)
    return faults


def _once_each(
    asked: int, tours: Sequence[tuple[int, Sequence[tuple[str, int]]]], left_out: Sequence[int]
) -> list[str]:
    named = Counter(index for _, visits in tours for kind, index in visits if kind == "stop")
    named.update(left_out)
    faults = [f"stop {i} is named {n} times" for i, n in sorted(named.items()) if n != 1]
    faults += [f"stop {i} is forgotten" for i in range(asked) if i not in named]
    faults += [f"stop {i} was never asked for" for i in named if not 0 <= i < asked]
    return faults


def _tour_faults(
    drive_s: Sequence[Sequence[Sequence[int]]],
    stops: Sequence[Mapping[str, Any]],
    trucks: Sequence[Mapping[str, Any]],
    tips: Sequence[Mapping[str, Any]],
    truck: int,
    visits: Sequence[tuple[str, int]],
) -> list[str]:
    car = trucks[truck]
    ways = drive_s[car["matrix"]]
    state = _State(car["starts_s"], car["start_place"], car["load_l"], car["load_kg"])
    state.now = max(state.now, _goods_there(stops, visits, 0))
    for number, (kind, index) in enumerate(visits):
        goal = stops[index] if kind == "stop" else tips[index]
        name = f"truck {truck}, {kind} {index}"
        state.now += int(ways[state.at][goal["place"]])
        state.at = goal["place"]
        if state.now > goal["closes_s"]:
            state.faults.append(f"{name}: reached after it closed")
        state.now = max(state.now, goal["opens_s"]) + goal["service_s"]
        if kind == "tip":
            state.litres = state.kilograms = 0
            state.now = max(state.now, _goods_there(stops, visits, number + 1))
            continue
        state.litres += goal["load_l"]
        state.kilograms += goal["load_kg"]
        if state.litres > car["capacity_l"] or state.kilograms > car["capacity_kg"]:
            state.faults.append(f"{name}: overloaded")
        if goal["fits"] is not None and truck not in goal["fits"]:
            state.faults.append(f"{name}: the vehicle does not fit")
        for skill in sorted(set(goal.get("needs", ())) - set(car.get("skills", ()))):
            state.faults.append(f"{name}: nobody aboard has {skill}")
    if tips and (state.litres or state.kilograms):
        state.faults.append(f"truck {truck}: goes home without being emptied")
    if state.now + int(ways[state.at][car["end_place"]]) > car["ends_s"]:
        state.faults.append(f"truck {truck}: home after its shift")
    return state.faults


def _goods_there(
    stops: Sequence[Mapping[str, Any]], visits: Sequence[tuple[str, int]], first: int
) -> int:
    """When the last of what is brought before the next tip can be fetched."""
    latest = 0
    for kind, index in visits[first:]:
        if kind == "tip":
            break
        latest = max(latest, stops[index].get("ready_s", 0))
    return latest


def clock_of(
    *,
    drive_s: Sequence[Sequence[Sequence[int]]],
    stops: Sequence[Mapping[str, Any]],
    trucks: Sequence[Mapping[str, Any]],
    tips: Sequence[Mapping[str, Any]],
    truck: int,
    visits: Sequence[tuple[str, int]],
) -> tuple[list[int], int]:
    """Return the arrival at every visit and at home, worked out a second time."""
    car = trucks[truck]
    now, at, arrivals = car["starts_s"], car["start_place"], []
    now = max(now, _goods_there(stops, visits, 0))
    for number, (kind, index) in enumerate(visits):
        goal = stops[index] if kind == "stop" else tips[index]
        now += int(drive_s[car["matrix"]][at][goal["place"]])
        arrivals.append(now)
        now, at = max(now, goal["opens_s"]) + goal["service_s"], goal["place"]
        if kind == "tip":
            now = max(now, _goods_there(stops, visits, number + 1))
    return arrivals, now + int(drive_s[car["matrix"]][at][car["end_place"]])


def boat_faults(
    *,
    boats: Sequence[Mapping[str, Any]],
    reached_s: Sequence[int],
    next_start_s: int,
) -> list[str]:
    """List every fault of a chain of boats within one tour.

    `boats` are plain records of departures in the order taken, `reached_s` the moment at which
    the vehicle was at the pier of each, `next_start_s` when it goes on after the last one.
    """
    faults = []
    for boat, reached in zip(boats, reached_s, strict=True):
        if reached > boat["leaves_s"] - boat["boarding_s"]:
            faults.append(f"{boat['service']}: at the pier after boarding ended")
        if not boat["takes_vehicles"]:
            faults.append(f"{boat['service']}: carries no vehicles")
    if boats and next_start_s < boats[-1]["leaves_s"] + boats[-1]["crossing_s"]:
        faults.append(f"{boats[-1]['service']}: goes on before it has landed")
    return faults
