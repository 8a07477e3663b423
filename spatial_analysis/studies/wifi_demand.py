"""Demand besides residents: reports, schools, health posts, piers, offices; in people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray
from scipy import sparse

from layers.catalog.facilities import Facility, FacilityKind
from layers.catalog.ferries import Pier
from layers.catalog.reports.models import Report
from layers.errors import BadInput
from spatial_analysis.frames import Floats, Ints, coordinates, in_metres, keys
from spatial_analysis.methods.coverage import Reach
from spatial_analysis.studies.wifi_frames import Situation
from spatial_analysis.studies.wifi_reach import Points

MOST = 10_000


class BadDemandWeights(BadInput):
    """Bobot permintaan: bilangan 0-10.000 untuk reports, school, health, pier atau office."""

    code = "BAD_DEMAND_WEIGHTS"


@dataclass(frozen=True, slots=True)
class Demand:
    """Places (n, 2) in metres, what each is worth in people, its island and kind."""

    xy: Floats
    worth: Floats
    island: Ints
    kind: tuple[str, ...]


def _sources() -> dict[str, QuerySet[Any]]:
    facilities = Facility.objects.all()
    return {
        "health": facilities.filter(kind=FacilityKind.HEALTH),
        "office": facilities.filter(kind=FacilityKind.OFFICE),
        "pier": Pier.objects.all(),
        "reports": Report.objects.filter(
            geom__isnull=False, practice=False, main_report__isnull=True, at_sea=False
        ),
        "school": facilities.filter(kind=FacilityKind.SCHOOL),
    }


def weights_of(params: Mapping[str, Any]) -> dict[str, float]:
    """`demand` of a question: what one report, school, ... is worth in people.

    Raises BadDemandWeights.
    """
    given = params.get("demand") or {}
    if not isinstance(given, Mapping) or not set(given) <= set(_sources()):
        raise BadDemandWeights
    for value in given.values():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value <= MOST:
            raise BadDemandWeights
    return {kind: float(value) for kind, value in sorted(given.items()) if value}


def read_demand(weights: Mapping[str, float]) -> Demand:
    """Places of the kinds that count; those off every island are left out."""
    xy, worth, island, kinds = [np.zeros((0, 2))], [np.zeros(0)], [np.zeros(0, dtype=np.int64)], []
    for kind, rows in _sources().items():
        if kind in weights:
            shapes, columns = in_metres(rows, "island_id")
            xy.append(coordinates(shapes))
            worth.append(np.full(len(columns), weights[kind]))
            island.append(keys([row[0] for row in columns]))
            kinds += [kind] * len(columns)
    home = np.concatenate(island)
    ashore = home > 0
    return Demand(
        np.vstack(xy)[ashore],
        np.concatenate(worth)[ashore],
        home[ashore],
        tuple(kind for kind, inside in zip(kinds, ashore.tolist(), strict=True) if inside),
    )


@dataclass(frozen=True, slots=True)
class Visits:
    """Such places as rows below the population cells: served by how many today, by whom then."""

    demand: Demand
    standing: Ints
    reach: Reach

    @property
    def before(self) -> NDArray[np.bool_]:
        """(places,) True where somebody serves the place today."""
        return self.standing > 0

    def below(self, cells: sparse.csr_array[np.bool_]) -> sparse.csr_array[np.bool_]:
        """Reach of the cells with that of these places below it."""
        if not len(self.demand.worth):
            return cells
        return sparse.csr_array(sparse.vstack([cells, self.reach.matrix()]))

    def figures(self, sites: list[int]) -> dict[str, dict[str, int]]:
        """Of each kind: places in all, served before, served after `sites` are built."""
        chosen = np.zeros(self.reach.shape[1], dtype=bool)
        chosen[sites] = True
        after = self.before | self.reach.served(chosen)
        kinds = np.array(self.demand.kind, dtype=str)
        return {
            kind: {
                "all": int((kinds == kind).sum()),
                "before": int(self.before[kinds == kind].sum()),
                "after": int(after[kinds == kind].sum()),
            }
            for kind in sorted(set(self.demand.kind))
        }


def visits_of(
    seen: Situation,
    weights: Mapping[str, float],
    today: Callable[[Points], Reach],
    planned: Callable[[Points], Reach],
) -> Visits:
    """Read the places that `weights` name; hotspots and candidates reach them as they do homes."""
    demand = read_demand(weights)
    places = Points(demand.xy, demand.island, seen.enter(demand.xy, demand.island))
    return Visits(demand, today(places).times(seen.sites.working), planned(places))
