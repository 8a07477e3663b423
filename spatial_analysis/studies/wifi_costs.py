"""What a wifi hotspot costs and where floors apply: the [wifi] table of the city's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from layers.geography import city


@dataclass(frozen=True, slots=True)
class Area:
    """Islands that a floor counts together, with what they are known for."""

    code: str
    name: str
    islands: tuple[str, ...]
    power_hours: int = 24
    backhaul: str = "fiber"


@dataclass(frozen=True, slots=True)
class Backhaul:
    """A way to the internet: extra building cost, extra monthly cost (rupiah).

    capex_idr_per_m : for each metre of cable along the streets from the nearest place that has it
    reach_m, beyond : no cable is laid further than this; the way named `beyond` is used there
    """

    capex_idr: int = 0
    opex_idr_per_month: int = 0
    capex_idr_per_m: int = 0
    reach_m: int | None = None
    beyond: str = ""


@dataclass(frozen=True, slots=True)
class FirstYear:
    """Rupiah of building and twelve months, whether a panel is in it, metres of cable laid."""

    idr: int
    solar: bool
    cable_m: int | None = None


@dataclass(frozen=True, slots=True)
class WifiCosts:
    """Prices of the first year, in rupiah; every figure can be set in city.toml.

    radius_m, bandwidth_mbps : of a new site, and of one whose own is not known
    mast_m, person_m : antenna and telephone over their ground, for lines of sight
    """

    capex_idr: int = 7_500_000
    opex_idr_per_month: int = 350_000
    revive_capex_idr: int = 3_000_000
    solar_capex_idr: int = 9_500_000
    solar_below_power_h: int = 12
    radius_m: int = 60
    mast_m: float = 6.0
    person_m: float = 1.5
    bandwidth_mbps: int = 20
    source: str = ""
    backhaul: Mapping[str, Backhaul] = field(default_factory=dict)
    areas: tuple[Area, ...] = ()

    def first_year(
        self, *, backhaul: str, power_hours: int, revived: bool, cable_m: float | None = None
    ) -> FirstYear:
        """Cost of building and twelve months of a site; a revived one has its cable already.

        `cable_m`: metres of street to the nearest place with that way; None: nobody knows.
        """
        way = self.backhaul.get(backhaul, Backhaul())
        metres = None if revived or not way.capex_idr_per_m else cable_m
        if not revived and way.reach_m is not None and (cable_m or 0) > way.reach_m:
            way, metres = self.backhaul.get(way.beyond, Backhaul()), None
        solar = power_hours < self.solar_below_power_h
        build = self.revive_capex_idr if revived else self.capex_idr + way.capex_idr
        build += self.solar_capex_idr if solar else 0
        build += 1_000 * round(way.capex_idr_per_m * (metres or 0.0) / 1_000)
        idr = build + 12 * (self.opex_idr_per_month + way.opex_idr_per_month)
        return FirstYear(idr, solar, None if metres is None else round(metres))

    @property
    def lays_cable(self) -> bool:
        """True when the distance to the nearest cable changes a price."""
        return any(way.capex_idr_per_m or way.reach_m for way in self.backhaul.values())


def read_costs(extra: Mapping[str, Any] | None = None) -> WifiCosts:
    """Read the city's own prices and areas; what it does not say keeps its default."""
    table = dict((city().extra if extra is None else extra).get("wifi", {}))
    ways = {name: Backhaul(**given) for name, given in table.pop("backhaul", {}).items()}
    areas = tuple(
        Area(**{**given, "islands": tuple(given["islands"])}) for given in table.pop("areas", ())
    )
    return WifiCosts(**table, backhaul=ways, areas=areas)


def areas_of(costs: WifiCosts, islands: Mapping[str, str]) -> tuple[Area, ...]:
    """Floor areas of the inhabited `islands` (code -> name): the city's, then one each."""
    named = tuple(area for area in costs.areas if set(area.islands) & set(islands))
    taken = {code for area in named for code in area.islands}
    others = (Area(code, name, (code,)) for code, name in islands.items() if code not in taken)
    return (*named, *others)
