"""From here to there with one kind of vehicle: the way, its time, and the turns in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import PlatformError
from spatial_analysis.methods.directions import steps_of, words
from spatial_analysis.methods.reasons import Reason, sentence
from spatial_analysis.methods.snapping import REPORT_LIMIT_M, Refusal
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.snapshots import network

Place = tuple[float, float]


class NoWay(PlatformError):
    """Tidak ada jalan di antara kedua tempat itu untuk kendaraan ini."""

    code = "NO_WAY"


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A way between two places: seconds, metres, lon/lat line, turns with their lengths."""

    duration_s: int
    length_m: float
    line: NDArray[np.float64]
    steps: tuple[tuple[str, str, float], ...]
    network_version: str


def route(start: Place, end: Place, profile: Profile, *, language: str = "id") -> Way:
    """Return the quickest way between two places (lon, lat), each at most 150 m from a street.

    Raises NoWay with the sentence of its cause: too far from a street, no street for the
    vehicle, or no connection. Water is never crossed: between islands there are boats, not
    streets.
    """
    net = network()
    if not len(net.streets):
        raise NoWay(sentence(Reason.TOO_FAR_FROM_STREET, language))
    first, last = net.snap([start, end], profile, limit_m=REPORT_LIMIT_M)
    for snap in (first, last):
        if isinstance(snap, Refusal):
            raise NoWay(sentence(snap.reason, language))
    if isinstance(first, Refusal) or isinstance(last, Refusal):
        raise NoWay
    ways = net.ways(profile)
    last = replace(last, own_side=True)  # on a busy street a truck stops on its own side
    path = ways.route(first, last)
    if path is None:
        cut_off = net.first_closure(profile, first, last) is not None
        raise NoWay(*([sentence(Reason.CUT_OFF_BY_CLOSURE, language)] if cut_off else []))
    steps = tuple(
        (step.turn.value, words(step, language), step.length_m)
        for step in steps_of(net.streets, path)
    )
    seconds = -(-path.cost_ms // 1000)
    return Way(seconds, ways.length_m(path), ways.line(path), steps, net.version)


def as_feature(way: Way) -> dict[str, Any]:
    """A way as a GeoJSON feature (a point when both places are one)."""
    line = way.line.round(6).tolist()
    geometry = {"type": "LineString", "coordinates": line} if len(line) > 1 else None
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {
            "duration_s": way.duration_s,
            "length_m": round(way.length_m),
            "steps": [
                {"turn": turn, "words": said, "length_m": round(metres)}
                for turn, said, metres in way.steps
            ],
            "network_version": way.network_version,
        },
    }
