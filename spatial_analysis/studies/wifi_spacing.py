"""How near to each other the sites of a wifi placement may stand, and to what works today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from layers.errors import BadInput
from spatial_analysis.methods.placement_conflicts import too_near
from spatial_analysis.methods.placement_rules import Rules
from spatial_analysis.studies.wifi_candidates import Candidates
from spatial_analysis.studies.wifi_frames import Situation

SPACING_RANGE_M = (10, 5_000)
KNOWN_M = 0.001  # places are no better known than this: 300 m apart on the map is 300 m apart


class BadSpacing(BadInput):
    """Jarak antartitik ditulis dalam meter, bilangan bulat 10 sampai 5.000."""

    code = "BAD_SPACING"


def spacing_of(params: Mapping[str, Any]) -> int | None:
    """`spacing_m`: least metres in a straight line between two sites. Raises BadSpacing."""
    given = params.get("spacing_m")
    if given is None:
        return None
    whole = isinstance(given, int) and not isinstance(given, bool)
    if not whole or not SPACING_RANGE_M[0] <= given <= SPACING_RANGE_M[1]:
        raise BadSpacing
    return int(given)


def spaced(rules: Rules, candidates: Candidates, seen: Situation, spacing_m: int | None) -> Rules:
    """The same rules, with sites of one island at least `spacing_m` from each other and from
    every hotspot that works.
    """
    if spacing_m is None:
        return rules
    working = seen.sites.working
    near = too_near(
        candidates.xy, spacing_m - KNOWN_M, island=candidates.island,
        standing=seen.sites.xy[working], standing_island=seen.sites.island[working],
    )  # fmt: skip
    return replace(rules, conflicts=near)
