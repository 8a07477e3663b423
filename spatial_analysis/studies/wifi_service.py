"""What WiFi gives each place, and how evenly: share, hours, way beyond reach, bandwidth, Gini."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import BadInput
from spatial_analysis.frames import Floats, Ints
from spatial_analysis.methods import equity
from spatial_analysis.methods.accessibility import fca2_enhanced, gravity, steps
from spatial_analysis.methods.coverage import Reach, Snapped, nearest_walk, reach_walk
from spatial_analysis.methods.service_hours import DAY_H, best_hours
from spatial_analysis.studies.wifi_frames import Situation

# Catchment of the two steps: once, twice and three times the walk. Weights of Luo & Qi (2009).
ZONES, WEIGHTS = (1.0, 2.0, 3.0), (1.0, 0.68, 0.22)
GRAVITY_RANGE, GRAVITY_M = (0.5, 3.0), 10_000.0  # beyond 10 km of street nobody is counted


class BadGravity(BadInput):
    """Pangkat jarak harus bilangan antara 0,5 dan 3."""

    code = "BAD_GRAVITY"


def gravity_of(params: Mapping[str, Any]) -> float | None:
    """`gravity`: power of the distance by which bandwidth falls off; None: three zones.

    Raises BadGravity.
    """
    given = params.get("gravity")
    if given is None:
        return None
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if not number or not GRAVITY_RANGE[0] <= given <= GRAVITY_RANGE[1]:
        raise BadGravity
    return float(given)


@dataclass(frozen=True, slots=True)
class Supply:
    """Sites that work: where each is entered, hours of service a day, bandwidth."""

    doors: Snapped
    hours: Floats
    mbps: Floats

    def __add__(self, other: Supply) -> Supply:
        """Both together."""
        return Supply(
            Snapped(
                np.concatenate([self.doors.node, other.doors.node]),
                np.concatenate([self.doors.metres, other.doors.metres]),
            ),
            np.concatenate([self.hours, other.hours]),
            np.concatenate([self.mbps, other.mbps]),
        )

    def only(self, chosen: NDArray[np.bool_] | Ints) -> Supply:
        """Some of the sites."""
        doors = Snapped(self.doors.node[chosen], self.doors.metres[chosen])
        return Supply(doors, self.hours[chosen], self.mbps[chosen])


@dataclass(frozen=True, slots=True)
class Service:
    """What each population cell has.

    served : somebody works within the walk; hours : a day, of the best one within the walk;
    walk_m : to the nearest (inf: none on the way); mbps : bandwidth per person (E2SFCA, or
    gravity where that was asked), of sites weighted by the hours they serve
    """

    walk_limit_m: float
    served: NDArray[np.bool_]
    hours: Floats
    walk_m: Floats
    mbps: Floats


def standing(seen: Situation) -> Supply:
    """Return the hotspots that work now."""
    every = Supply(seen.site_doors, seen.sites.hours, seen.sites.mbps)
    return every.only(seen.sites.working)


def service(
    seen: Situation, supply: Supply, walk_m: float, *, beta: float | None = None
) -> Service:
    """Work out what `supply` gives every cell; with `beta`, bandwidth is by gravity."""
    wide = reach_walk(seen.streets, seen.doors, supply.doors, walk_m * ZONES[-1])
    near = wide.metres <= walk_m
    close = Reach(wide.places[near], wide.sites[near], wide.metres[near], wide.shape)
    served = np.zeros(wide.shape[0], dtype=bool)
    served[close.places] = True
    return Service(
        walk_limit_m=walk_m,
        served=served,
        hours=best_hours(close, supply.hours),
        walk_m=nearest_walk(seen.streets, seen.doors, supply.doors)[0],
        mbps=_bandwidth(seen, supply, wide, walk_m, beta),
    )


def _bandwidth(
    seen: Situation, supply: Supply, wide: Reach, walk_m: float, beta: float | None
) -> Floats:
    held = supply.mbps * supply.hours / DAY_H
    if beta is None:
        weight = steps(tuple(walk_m * zone for zone in ZONES), WEIGHTS)
        return fca2_enhanced(seen.cells.people, held, wide, weight)
    every = reach_walk(seen.streets, seen.doors, supply.doors, GRAVITY_M)
    return gravity(seen.cells.people, held, every, beta=beta)


def area_figures(people: Floats, given: Service, inside: NDArray[np.bool_]) -> dict[str, float]:
    """Figures of the cells `inside` as columns of a WifiService row."""
    heads = people[inside]
    far = equity.beyond(given.walk_m[inside], heads, given.walk_limit_m)
    whole = heads.sum()
    return {
        "hours_a_day": round(float((given.hours[inside] * heads).sum() / whole), 2) if whole else 0,
        "beyond_person_km": round(far.person_m / 1000, 1),
        "mbps_per_1000": round(1000 * float((given.mbps[inside] * heads).sum() / whole), 3)
        if whole
        else 0,
        "gini": round(equity.gini(given.mbps[inside], heads), 4),
    }


def equity_figures(seen: Situation, given: Service) -> dict[str, Any]:
    """How evenly the whole city is served, as plain data for a run's summary.

    The capital is the island with most people; outer islands are all others.
    """
    people, served = seen.cells.people, given.served
    everybody = np.ones(len(people), dtype=bool)
    far = equity.beyond(given.walk_m, people, given.walk_limit_m)
    capital = _capital(seen)
    inside = seen.cells.island == capital
    worst = _worst(seen, served)
    heads, held = equity.lorenz(given.mbps, people)
    return {
        **area_figures(people, given, everybody),
        "share_pct": _share(people, served, everybody),
        "day_pct": round(100 * float((given.hours * people).sum() / people.sum() / DAY_H), 1),
        "beyond_people": round(far.people),
        "beyond_mean_m": round(far.mean_m),
        "no_way": round(far.no_way),
        "lorenz": [
            round(float(share), 4) for share in np.interp(np.linspace(0, 1, 11), heads, held)
        ],
        "worst": worst,
        "capital": _group(seen, given, inside) | {"name": seen.islands[capital][1]},
        "outer": _group(seen, given, ~inside) | {"islands": len(seen.islands) - 1},
    }


def _capital(seen: Situation) -> int:
    numbers, at = np.unique(seen.cells.island, return_inverse=True)
    return int(numbers[int(np.argmax(np.bincount(at, weights=seen.cells.people)))])


def _share(people: Floats, served: NDArray[np.bool_], inside: NDArray[np.bool_]) -> float:
    whole = people[inside].sum()
    return round(100 * float(people[inside & served].sum() / whole), 1) if whole else 0.0


def _group(seen: Situation, given: Service, inside: NDArray[np.bool_]) -> dict[str, Any]:
    people = seen.cells.people
    figures = area_figures(people, given, inside)
    return {
        "people": round(float(people[inside].sum())),
        "share_pct": _share(people, given.served, inside),
        "hours_a_day": figures["hours_a_day"],
        "mbps_per_1000": figures["mbps_per_1000"],
    }


def _worst(seen: Situation, served: NDArray[np.bool_]) -> dict[str, Any]:
    """Kelurahan with the smallest share served; of equals the one with most people waiting."""
    numbers, at = np.unique(seen.cells.kelurahan, return_inverse=True)
    whole = np.bincount(at, weights=seen.cells.people)
    waiting = np.bincount(at, weights=np.where(served, 0.0, seen.cells.people))
    share = np.round(1 - waiting / np.maximum(whole, 1e-12), 6)
    worst = min(range(len(numbers)), key=lambda i: (share[i], -waiting[i], numbers[i]))
    home = seen.kelurahan.get(int(numbers[worst]), {})
    island = seen.islands.get(home.get("island_id", 0), ("", ""))[1]
    return {
        "name": home.get("name", ""),
        "island": island,
        "people": round(float(whole[worst])),
        "share_pct": round(100 * float(share[worst]), 1),
        "none_served": int((share == 0).sum()),
        "kelurahan": len(numbers),
    }
