"""Power of candidates: hours a new site must have, whether panels may bring them, what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from layers.errors import BadInput
from spatial_analysis.methods.placement_rules import Relaxed, Rules, ways_out
from spatial_analysis.studies.wifi_candidates import Candidates
from spatial_analysis.studies.wifi_costs import WifiCosts

DAY_H = 24


class BadPower(BadInput):
    """Listrik paling sedikit ditulis dalam jam sehari, 0 sampai 24."""

    code = "BAD_POWER"


def power_of(params: Mapping[str, Any]) -> tuple[int | None, bool]:
    """`power_h` (hours a day each new site must have; None: the city's own price list) and
    `solar` (panels may bring them, default yes). Raises BadPower.
    """
    hours, solar = params.get("power_h"), params.get("solar", True)
    whole = isinstance(hours, int) and not isinstance(hours, bool)
    if not (hours is None or (whole and 0 <= hours <= DAY_H)) or not isinstance(solar, bool):
        raise BadPower
    return hours, solar


def priced(costs: WifiCosts, power_h: int | None) -> WifiCosts:
    """Prices in which a panel is part of every site with fewer hours than `power_h`."""
    return costs if power_h is None else replace(costs, solar_below_power_h=power_h)


def lit(candidates: Candidates, keep: tuple[str, ...]) -> Candidates:
    """Candidates that need no panel; those in `keep` (asked for by name) stay."""
    wanted = [i for i, row in enumerate(candidates.rows) if not row.solar or row.code in keep]
    left = frozenset(row.code for row in candidates.rows) - {
        candidates.rows[i].code for i in wanted
    }
    rows = tuple(candidates.rows[i] for i in wanted)
    return replace(candidates, rows=rows, xy=candidates.xy[wanted], dark=left)


def ways_with_power(
    ways: tuple[tuple[Relaxed, ...], ...], rules_with_panels: Rules, columns: int, power_h: int
) -> tuple[tuple[Relaxed, ...], ...]:
    """Smallest sets of rules to relax when panels, too, may be allowed.

    `ways`: those without panels; `rules_with_panels`: the same rules over all candidates.
    """
    panel = Relaxed("power", "", float(power_h))
    with_panels = ways_out(rules_with_panels, columns) or ((),)
    every = [*((panel, *way) for way in with_panels), *ways]
    least = min(len(way) for way in every)
    return tuple(way for way in every if len(way) == least)
