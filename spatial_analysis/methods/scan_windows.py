"""Circles of a scan: for every centre the places around it, nearest first, up to a largest size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats, Ints, checked_islands, frozen

SAME_M = 1e-6  # places this equally far enter a circle together


class BadScan(MethodError):
    """A scan needs places, counts >= 0 of their shape, expected ones where counted, limits > 0."""


@dataclass(frozen=True, slots=True)
class Circles:
    """Members of every circle; centre i holds `member[first[i]:first[i + 1]]`, nearest first.

    member : (k,) index of a place; distance_m : (k,) from the centre
    closes : (k,) True on the last of several equally far places: only there a circle may end
    """

    first: Ints
    member: Ints
    distance_m: Floats
    closes: np.ndarray

    def __len__(self) -> int:
        """Return the number of centres."""
        return len(self.first) - 1


def circles(
    place: ArrayLike,
    size: ArrayLike,
    *,
    island: ArrayLike | None = None,
    most_share: float = 0.5,
    radius_m: float = np.inf,
) -> Circles:
    """Circles around every place, of growing radius, on the centre's own island.

    place : (n, 2) metres, or (n, 3) metres from the earth's middle (order by chord)
    size : (n,) what a circle may hold `most_share` of in all: expected cases, or people
    radius_m : largest radius, its end included

    Places equally far (to a micrometre) enter together; a group that would pass a limit is
    left out whole. O(n² log n) time, O(n²) memory at most. Raises BadScan, BadIsland.
    """
    places = np.asarray(place, dtype=np.float64)
    weight = np.asarray(size, dtype=np.float64)
    if places.ndim != 2 or not len(places) or not np.isfinite(places).all():
        raise BadScan
    limits = 0 < most_share <= 1 and radius_m >= 0
    if weight.shape != (len(places),) or (weight < 0).any() or not limits:
        raise BadScan
    islands = checked_islands(island, len(places))
    limit = most_share * weight.sum() * (1 + 1e-12)
    parts = [_around(i, places, weight, islands, limit, radius_m) for i in range(len(places))]
    sizes = [len(part[0]) for part in parts]
    return Circles(
        frozen(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)),
        frozen(np.concatenate([part[0] for part in parts]).astype(np.int64)),
        frozen(np.concatenate([part[1] for part in parts])),
        frozen(np.concatenate([part[2] for part in parts])),
    )


def _around(
    centre: int, places: Floats, weight: Floats, islands: Ints, limit: float, radius_m: float
) -> tuple[Ints, Floats, np.ndarray]:
    """One centre's members, their distances, and where its circles may end."""
    near = np.flatnonzero(islands == islands[centre])
    far = np.sqrt(((places[near] - places[centre]) ** 2).sum(axis=1))
    keep = far <= radius_m
    order = np.lexsort((near[keep], np.round(far[keep] / SAME_M)))
    member, distance = near[keep][order], far[keep][order]
    closes = np.append(np.diff(distance) > SAME_M, True)
    fits = np.flatnonzero(closes & (np.cumsum(weight[member]) <= limit))
    end = int(fits[-1]) + 1 if len(fits) else 0
    return member[:end], distance[:end], closes[:end]
