"""Where a new wifi hotspot could stand, at what cost, and under which floor it falls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyproj import Transformer

from layers.catalog.facilities import Facility, FacilityKind
from layers.catalog.places import Kelurahan
from layers.catalog.wifi import WifiHotspot, WifiStatus
from layers.catalog.wifi_candidates import WifiCandidate
from layers.columns import STORED_SRID
from layers.errors import PlatformError
from layers.geography import city
from spatial_analysis.frames import Floats, Ints, coordinates, in_metres, keys
from spatial_analysis.methods.coverage import nearest_walk
from spatial_analysis.studies.wifi_costs import Area, WifiCosts, areas_of
from spatial_analysis.studies.wifi_frames import Situation

NOT_PUBLIC = (FacilityKind.DUMP, FacilityKind.DEPOT)
COLUMNS = ("code", "name", "power_hours", "island_id", "kelurahan_id", "origin")


class NoCandidates(PlatformError):
    """Tidak ada tempat umum yang dapat menjadi titik WiFi; muat fasilitas umum dahulu."""

    code = "NO_CANDIDATES"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place: where it is and what the first year there costs."""

    code: str
    name: str
    island: int
    kelurahan: int
    power_hours: int
    cost_idr: int
    solar: bool
    area: str
    origin: str
    cable_m: int | None = None


@dataclass(frozen=True, slots=True)
class Candidates:
    """All places, ordered by code; `xy` (m, 2) metres; floor areas of the city.

    `dark`: codes left out for want of power.
    """

    rows: tuple[Candidate, ...]
    xy: Floats
    areas: tuple[Area, ...]
    dark: frozenset[str] = frozenset()

    @property
    def island(self) -> Ints:
        """(m,) island of each."""
        return np.array([row.island for row in self.rows], dtype=np.int64)

    @property
    def cost(self) -> Floats:
        """(m,) rupiah."""
        return np.array([row.cost_idr for row in self.rows], dtype=np.float64)

    def of_area(self, code: str) -> tuple[int, ...]:
        """Numbers of the places of a floor area."""
        return tuple(i for i, row in enumerate(self.rows) if row.area == code)

    def number_of(self, code: str) -> int | None:
        """Number of the place `code`."""
        return next((i for i, row in enumerate(self.rows) if row.code == code), None)


def read_candidates(seen: Situation, costs: WifiCosts, power: dict[int, int]) -> Candidates:
    """Facilities open to all, hotspots off or planned, what a planner drew or imported, and a
    point for each kelurahan without any.

    Raises NoCandidates.
    """
    areas = areas_of(costs, dict(seen.islands.values()))
    by_island = {island: area for area in areas for island in area.islands}
    every = [(kind, row, xy) for kind, row, xy in _places() if row[3] in seen.islands]
    cable = _cable_m(seen, every) if costs.lays_cable and every else [None] * len(every)
    found = [
        (_candidate(row, kind, costs, by_island, seen, power, metres), xy)
        for (kind, row, xy), metres in zip(every, cable, strict=True)
    ]
    if not found:
        raise NoCandidates
    found.sort(key=lambda pair: pair[0].code)
    rows, xy = zip(*found, strict=True)
    return Candidates(tuple(rows), np.array(xy), areas)


def places() -> Iterator[tuple[str, tuple[Any, ...], tuple[float, float]]]:
    """Every place a plan may choose: kind, row (see COLUMNS), degrees."""
    back = Transformer.from_crs(city().metric_srid, STORED_SRID, always_xy=True)
    for kind, row, xy in _places():
        yield kind, row, back.transform(*xy)


def _places() -> Iterator[tuple[str, tuple[Any, ...], Floats]]:
    facilities = Facility.objects.exclude(kind__in=NOT_PUBLIC)
    off = WifiHotspot.objects.filter(status=WifiStatus.OFF)
    housed = set(facilities.values_list("kelurahan_id", flat=True))
    housed |= set(off.values_list("kelurahan_id", flat=True))
    # One that an approved plan made stands at a candidate that is listed already.
    planned = WifiHotspot.objects.filter(status=WifiStatus.PLANNED, planned_from="")
    drawn = WifiCandidate.objects.all()
    housed |= set(drawn.values_list("kelurahan_id", flat=True))
    for kind, rows in (
        ("tempat", facilities),
        ("hidupkan", off),
        ("rencana", planned),
        ("calon", drawn),
    ):
        shapes, columns = in_metres(rows, *COLUMNS)
        yield from ((kind, row, xy) for row, xy in zip(columns, coordinates(shapes), strict=True))
    bare = Kelurahan.objects.exclude(pk__in={key for key in housed if key})
    shapes, columns = in_metres(bare, "code", "name", "island_id", "pk", geometry="marker")
    for (code, name, island, key), xy in zip(columns, coordinates(shapes), strict=True):
        yield "kelurahan", (code, f"Pusat Kelurahan {name}", 24, island, key, "schematic"), xy


def _cable_m(
    seen: Situation, places: Sequence[tuple[str, tuple[Any, ...], Floats]]
) -> list[float | None]:
    """Metres along the streets to the nearest working hotspot or office; None: no such way."""
    shapes, rows = in_metres(Facility.objects.filter(kind=FacilityKind.OFFICE), "island_id")
    working = seen.sites.working
    feeds = np.vstack([seen.sites.xy[working], coordinates(shapes)])
    home = np.concatenate([seen.sites.island[working], keys([row[0] for row in rows])])
    xy = np.array([place[2] for place in places])
    doors = seen.enter(xy, keys([place[1][3] for place in places]))
    metres = nearest_walk(seen.streets, doors, seen.enter(feeds, home))[0]
    return [float(one) if np.isfinite(one) else None for one in metres]


def _candidate(
    row: tuple[Any, ...],
    kind: str,
    costs: WifiCosts,
    by_island: dict[str, Area],
    seen: Situation,
    power: dict[int, int],
    cable_m: float | None,
) -> Candidate:
    code, name, hours, island, kelurahan, origin = row
    area = by_island[seen.islands[island][0]]
    hours = min(hours, power.get(kelurahan, 24))
    revived = kind == "hidupkan"
    first = costs.first_year(
        backhaul=area.backhaul, power_hours=hours, revived=revived, cable_m=cable_m
    )
    return Candidate(
        code=f"{kind}:{code}",
        name=f"{name} (hidupkan lagi)" if revived else name,
        island=island,
        kelurahan=kelurahan or 0,
        power_hours=hours,
        cost_idr=first.idr,
        solar=first.solar,
        area=area.code,
        origin=origin,
        cable_m=first.cable_m,
    )
