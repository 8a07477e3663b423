"""What both wifi studies read: people, streets, wifi hotspots, candidates; in metres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.utils import timezone
from numpy.typing import NDArray

from layers.catalog.places import Island, Kelurahan
from layers.catalog.population import PopulationCell
from layers.catalog.streets import StreetEdge
from layers.catalog.wifi import WifiHotspot, WifiStatus
from layers.errors import PlatformError
from spatial_analysis.frames import Floats, Ints, coordinates, in_metres, keys, version_of
from spatial_analysis.methods.coverage import Snapped, StreetGraph, snap, street_graph
from spatial_analysis.methods.service_hours import hours_of
from spatial_analysis.studies.wifi_costs import read_costs
from spatial_analysis.studies.wifi_uptime import up_shares

PIECE_M = 50.0  # streets are cut this short, so that a door finds a node nearby
SAME_SHARE = 0.005
SNAP_M = 600.0  # a cell further from any street counts as out of reach


class NoPeopleKnown(PlatformError):
    """Belum ada data penduduk per sel; muat data kota dahulu."""

    code = "NO_PEOPLE_KNOWN"


class NoStreetsKnown(PlatformError):
    """Belum ada data jalan; muat data kota dahulu."""

    code = "NO_STREETS_KNOWN"


class StreetJoinsIslands(PlatformError):
    """Ada simpul jalan yang dipakai dua pulau; perbaiki data jalan, laut tidak dapat dijalani."""

    code = "STREET_JOINS_ISLANDS"


@dataclass(frozen=True, slots=True)
class People:
    """Population cells: place (n, 2) in metres, people, keys of island and kelurahan.

    cell_m : side of a cell; source : what was read, "" for the city's own cells
    """

    xy: Floats
    people: Floats
    island: Ints
    kelurahan: Ints
    cell_m: float = 100.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Sites:
    """Wifi hotspots that stand: place, whether each works, hours of power, island.

    hours : (m,) hours of service on a mean day, nought when it does not work
    mbps, radius_m : (m,) bandwidth and signal, the city's usual ones where they are not known
    """

    xy: Floats
    working: NDArray[np.bool_]
    power_hours: Ints
    island: Ints
    kelurahan: Ints
    hours: Floats
    mbps: Floats
    radius_m: Floats
    codes: tuple[tuple[str, str], ...]  # code, name


@dataclass(frozen=True, slots=True)
class Situation:
    """The city as the wifi studies see it."""

    cells: People
    sites: Sites
    streets: StreetGraph
    doors: Snapped  # where each cell's people enter the streets
    site_doors: Snapped
    islands: dict[int, tuple[str, str]]  # key -> code, name; only where people live
    kelurahan: dict[int, dict[str, Any]]
    versions: dict[str, str]
    lands: dict[int, shapely.Geometry]  # ground of each island, metres

    def enter(self, xy: Floats, island: Ints) -> Snapped:
        """Where points enter the streets of their own island, without crossing water."""
        return snap(xy, island, self.streets, most_m=SNAP_M, lands=self.lands)


def read_people() -> People:
    """The city's cells. Where a kelurahan's own count differs from the sum of its cells (real
    figures were imported), the count says how many and the cells only where.

    Raises NoPeopleKnown.
    """
    shapes, rows = in_metres(
        PopulationCell.objects.filter(people__gt=0), "people", "island_id", "kelurahan_id"
    )
    if not rows:
        raise NoPeopleKnown
    people, island, kelurahan = zip(*rows, strict=True)
    home = keys(list(kelurahan))
    counted = dict(Kelurahan.objects.filter(people__gt=0).values_list("pk", "people"))
    return People(
        coordinates(shapes), as_counted(np.array(people), home, counted), keys(list(island)), home
    )


def as_counted(people: Floats, kelurahan: Ints, counted: Mapping[int, int]) -> Floats:
    """Cells (n,) scaled so that each kelurahan holds the people counted there.

    A difference within SAME_SHARE is rounding and stays; so does a kelurahan without a count.
    """
    numbers, at = np.unique(kelurahan, return_inverse=True)
    summed = np.bincount(at, weights=people)
    told = np.array([counted.get(key, 0) for key in numbers.tolist()], dtype=float)
    differs = (told > 0) & (np.abs(told - summed) > SAME_SHARE * summed)
    factor = np.where(differs, told / summed, 1.0)
    return np.asarray(people * factor[at])


def read_sites(on: date | None = None) -> Sites:
    """Wifi hotspots except planned ones; `on` is the day on which the window of uptime ends."""
    costs = read_costs()
    shapes, rows = in_metres(
        WifiHotspot.objects.exclude(status=WifiStatus.PLANNED),
        "status", "power_hours", "island_id", "kelurahan_id", "bandwidth_mbps", "radius_m", "pk",
        "code", "name",
    )  # fmt: skip
    works = np.array([row[0] in (WifiStatus.WORKS, WifiStatus.WEAK) for row in rows], dtype=bool)
    power = np.array([row[1] for row in rows], dtype=np.int64)
    up = up_shares([row[6] for row in rows], on or timezone.localdate())
    return Sites(
        xy=coordinates(shapes),
        working=works,
        power_hours=power,
        island=keys([row[2] for row in rows]),
        kelurahan=keys([row[3] for row in rows]),
        hours=np.where(works, hours_of(power.astype(float), up), 0.0),
        mbps=np.array([row[4] or costs.bandwidth_mbps for row in rows], dtype=float),
        radius_m=np.array([row[5] or costs.radius_m for row in rows], dtype=float),
        codes=tuple((row[7], row[8]) for row in rows),
    )


def read_streets() -> StreetGraph:
    """Streets cut into pieces of at most PIECE_M, joined where they share a junction.

    Raises NoStreetsKnown, StreetJoinsIslands.
    """
    shapes, rows = in_metres(
        StreetEdge.objects.filter(island__isnull=False),
        "from_node", "to_node", "length_m", "island_id",
    )  # fmt: skip
    if not rows:
        raise NoStreetsKnown
    return graph_of(shapes, rows)


def graph_of(lines: NDArray[np.object_], rows: list[tuple]) -> StreetGraph:
    """Walking graph of lines; rows: junction at each end, length in metres, island.

    Raises StreetJoinsIslands.
    """
    cut = shapely.segmentize(lines, PIECE_M)
    xy, line = shapely.get_coordinates(cut, return_index=True)
    first = np.append(True, line[1:] != line[:-1])
    last = np.append(first[1:], True)
    names = [end for row in rows for end in row[:2]]
    _, junction = np.unique(np.array(names), return_inverse=True)
    node = np.zeros(len(xy), dtype=np.int64)
    inner = ~(first | last)
    node[first], node[last] = junction[0::2], junction[1::2]
    node[inner] = np.arange(inner.sum()) + junction.max() + 1
    island = np.zeros(int(node.max()) + 1, dtype=np.int64)
    place = np.zeros((len(island), 2))
    owner = keys([row[3] for row in rows])[line]
    island[node], place[node] = owner, xy
    step = np.flatnonzero(~last)
    pieces = np.hypot(*(xy[step + 1] - xy[step]).T)
    whole = np.bincount(line[step], weights=pieces, minlength=len(rows))
    scale = np.array([row[2] for row in rows]) / np.maximum(whole, 1e-9)  # metres on the ground
    edges = np.column_stack([node[step], node[step + 1]])
    if (island[node] != owner).any():
        raise StreetJoinsIslands
    return street_graph(place, island, edges, pieces * scale[line[step]])


def read_situation(people: People | None = None) -> Situation:
    """Everything, once; `people` from elsewhere than the city's own cells.

    Raises NoPeopleKnown, NoStreetsKnown.
    """
    cells = read_people() if people is None else people
    sites, streets = read_sites(), read_streets()
    names = {
        key: (code, name) for key, code, name in Island.objects.values_list("pk", "code", "name")
    }
    inhabited = {key: names[key] for key in np.unique(cells.island).tolist()}
    kelurahan: dict[int, dict[str, Any]] = {
        row["pk"]: dict(row)
        for row in Kelurahan.objects.values(
            "pk", "code", "name", "island_id", "kecamatan__code", "kecamatan__name"
        )
    }
    links = streets.lengths.tocoo()
    shapes, columns = in_metres(Island.objects.all(), "pk")
    lands = {row[0]: shape for row, shape in zip(columns, shapes, strict=True)}
    return Situation(
        cells=cells,
        sites=sites,
        streets=streets,
        doors=snap(cells.xy, cells.island, streets, most_m=SNAP_M, lands=lands),
        site_doors=snap(sites.xy, sites.island, streets, most_m=SNAP_M, lands=lands),
        islands=dict(sorted(inhabited.items(), key=lambda item: item[1][0])),
        kelurahan=kelurahan,
        versions={
            "population": version_of(cells.xy, cells.people, cells.island, cells.kelurahan),
            "wifi-hotspots": version_of(
                sites.xy, sites.working, sites.power_hours, sites.hours, sites.mbps, sites.radius_m
            ),
            "streets": version_of(streets.xy, links.data, links.coords[0]),
        },
        lands=lands,
    )
