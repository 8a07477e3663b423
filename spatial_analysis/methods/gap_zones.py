"""Zones where people wait: neighbouring cells without service, joined into polygons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GapZone:
    """A zone of people who are not served; `cells` are numbers of the places given.

    nearest_m : metres from its people to the nearest site, on average by people; inf: no way
    """

    rank: int
    area: object
    people: float
    reason: str
    nearest_m: float
    cells: Ints
    shape: shapely.Geometry


def gap_zones(
    xy: Floats,
    people: Floats,
    served: NDArray[np.bool_],
    *,
    area: Sequence[object] | NDArray[np.generic],
    reason: Sequence[str],
    nearest_m: Floats,
    cell_m: float = 100.0,
    least_people: float = 1.0,
) -> list[GapZone]:
    """Join unserved cells that touch (also at a corner) inside one area; most people first.

    xy : (n, 2) centres of square cells of `cell_m` metres; people : (n,); served : (n,)
    area : (n,) name of the kelurahan (or island) a zone must not leave
    reason : (n,) why each cell is not served; a zone takes the reason of most of its people
    nearest_m : (n,) metres to the nearest site

    Zones of fewer than `least_people` are left out. Equal zones: the one with the smaller
    cell number first. O(n log n).
    """
    waiting = np.flatnonzero(~served & (people > 0))
    names = np.asarray(area)
    words = np.asarray(reason, dtype=object)
    part = _touching(xy[waiting], names[waiting], cell_m)
    groups = [waiting[part == number] for number in range(part.max(initial=-1) + 1)]
    groups = [cells for cells in groups if people[cells].sum() >= least_people]
    groups.sort(key=lambda cells: (-people[cells].sum(), cells[0]))
    zones = []
    for rank, cells in enumerate(groups, start=1):
        weight = people[cells]
        zones.append(
            GapZone(
                rank=rank,
                area=names[cells[0]],
                people=float(weight.sum()),
                reason=_most(words[cells], weight),
                nearest_m=_mean(nearest_m[cells], weight),
                cells=cells,
                shape=_squares(xy[cells], cell_m),
            )
        )
    return zones


def _touching(xy: Floats, area: NDArray[np.generic], cell_m: float) -> Ints:
    if not len(xy):
        return np.zeros(0, dtype=np.int64)
    pairs = cKDTree(xy).query_pairs(cell_m * 1.5, output_type="ndarray")
    pairs = pairs[area[pairs[:, 0]] == area[pairs[:, 1]]]
    links = sparse.csr_array(
        (np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(len(xy), len(xy))
    )
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def _squares(xy: Floats, cell_m: float) -> shapely.Geometry:
    half = cell_m / 2 + 0.5  # half a metre over, so that neighbours melt in spite of rounding
    boxes = shapely.box(xy[:, 0] - half, xy[:, 1] - half, xy[:, 0] + half, xy[:, 1] + half)
    return shapely.simplify(shapely.union_all(boxes), 2.0)


def _most(words: NDArray[np.object_], weight: Floats) -> str:
    names, at = np.unique(words.astype(str), return_inverse=True)
    return str(names[int(np.argmax(np.bincount(at, weights=weight)))])


def _mean(metres: Floats, weight: Floats) -> float:
    reached = np.isfinite(metres)
    if not reached.any():
        return float("inf")
    return float(np.average(metres[reached], weights=weight[reached]))
