"""A way in words: streets one after another, and which way to turn between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.stop_paths import StopPath, cut
from spatial_analysis.methods.street_graph import WGS84, Streets


class Turn(StrEnum):
    """What one does at the start of a step."""

    DEPART = "depart"
    STRAIGHT = "straight"
    SLIGHT_LEFT = "slight_left"
    LEFT = "left"
    SHARP_LEFT = "sharp_left"
    SLIGHT_RIGHT = "slight_right"
    RIGHT = "right"
    SHARP_RIGHT = "sharp_right"
    U_TURN = "u_turn"
    ARRIVE = "arrive"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of directions: turn, then `length_m` along `street` ("" = no name)."""

    turn: Turn
    street: str
    length_m: float
    bearing_deg: float


_WORDS: dict[Turn, tuple[str, str]] = {
    Turn.DEPART: ("Berangkat di {street}", "Start on {street}"),
    Turn.STRAIGHT: ("Lurus ke {street}", "Straight on to {street}"),
    Turn.SLIGHT_LEFT: ("Serong kiri ke {street}", "Bear left onto {street}"),
    Turn.LEFT: ("Belok kiri ke {street}", "Turn left onto {street}"),
    Turn.SHARP_LEFT: ("Belok tajam ke kiri ke {street}", "Turn sharp left onto {street}"),
    Turn.SLIGHT_RIGHT: ("Serong kanan ke {street}", "Bear right onto {street}"),
    Turn.RIGHT: ("Belok kanan ke {street}", "Turn right onto {street}"),
    Turn.SHARP_RIGHT: ("Belok tajam ke kanan ke {street}", "Turn sharp right onto {street}"),
    Turn.U_TURN: ("Putar balik di {street}", "Make a U-turn on {street}"),
    Turn.ARRIVE: ("Tiba di {street}", "Arrive on {street}"),
}
_NAMELESS = ("jalan tanpa nama", "a street without a name")


def words(step: Step, language: str = "id") -> str:
    """The sentence of a step."""
    other = language.startswith("en")
    return _WORDS[step.turn][other].format(street=step.street or _NAMELESS[other])


def turn_of(before_deg: float, after_deg: float) -> Turn:
    """Turn between two bearings (degrees clockwise from north)."""
    change = (after_deg - before_deg + 180.0) % 360.0 - 180.0
    size, right = abs(change), change > 0
    if size < 20:
        return Turn.STRAIGHT
    if size > 165:
        return Turn.U_TURN
    if size < 50:
        return Turn.SLIGHT_RIGHT if right else Turn.SLIGHT_LEFT
    if size < 125:
        return Turn.RIGHT if right else Turn.LEFT
    return Turn.SHARP_RIGHT if right else Turn.SHARP_LEFT


def steps_of(streets: Streets, path: StopPath) -> list[Step]:
    """Directions along a way; pieces of one street in a straight line are one step.

    The lengths of the steps add up to the length of the way; the last step is the arrival.
    """
    steps: list[Step] = []
    leaving: float | None = None
    lines = [cut(streets.line(piece.edge), piece.start, piece.end) for piece in path.pieces]
    for piece, (first, last) in zip(path.pieces, _bearings(lines), strict=True):
        name = str(streets.names[piece.edge])
        metres = abs(piece.end - piece.start) * int(streets.length_mm[piece.edge]) / 1000.0
        turn = Turn.DEPART if leaving is None else turn_of(leaving, first)
        if steps and turn is Turn.STRAIGHT and steps[-1].street == name:
            was = steps[-1]
            steps[-1] = Step(was.turn, was.street, was.length_m + metres, was.bearing_deg)
        else:
            steps.append(Step(turn, name, metres, first))
        leaving = last
    if steps:
        steps.append(Step(Turn.ARRIVE, steps[-1].street, 0.0, leaving or 0.0))
    return steps


def _bearings(lines: Sequence[NDArray[np.float64]]) -> list[tuple[float, float]]:
    """First and last bearing of each line, degrees clockwise from north; one point: 0, 0."""
    long = [i for i, line in enumerate(lines) if len(line) > 1]
    found = [(0.0, 0.0)] * len(lines)
    if long:
        ends = np.array([(lines[i][:2], lines[i][-2:]) for i in long])  # (k, first last, 2, 2)
        azimuths = WGS84.inv(*ends.reshape(-1, 4).T)[0] % 360
        for i, (first, last) in zip(long, azimuths.reshape(-1, 2).tolist(), strict=True):
            found[i] = first, last
    return found
