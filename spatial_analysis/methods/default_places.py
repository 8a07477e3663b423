"""Default places: exact points that stand for "no address" and so hold reports of everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats, Ints, checked_points, frozen

VERSION = "1"
LEAST = 5  # reports on one exact point, where hardly two others share theirs
EACH = 10  # so many more for every further report that nine of ten points hold
COMMON, FEW, RARE = 0.9, 0.99, 0.001
STEPS = 3.0  # how far round a point its neighbours lie, in steps of the source's own rounding
TIMES = 3  # a default place holds so many times what its fullest neighbour holds
WIDE = 0.5  # and reports of kinds at least this much as mixed as everywhere
AT_ONCE, STRIP = 500_000, 4_096  # points at once; by so many a strip is widened
Places = Callable[[slice | Ints], Floats]


class BadKinds(MethodError):
    """Every place needs its kind: as many kinds as places."""


@dataclass(frozen=True, slots=True)
class DefaultPlaces:
    """piled (n,) True on default places; `least` reports that it takes to be one here.

    busy : points with as many reports that are honest all the same; step_m : the rounding seen
    """

    piled: NDArray[np.bool_]
    least: int
    busy: int
    step_m: float


@dataclass(frozen=True, slots=True)
class DefaultPoints:
    """default (d,): numbers of the points that are default places; the rest as `DefaultPlaces`."""

    default: Ints
    least: int
    busy: int
    step_m: float


def default_places(xy: ArrayLike, kind: ArrayLike | None = None) -> DefaultPlaces:
    """Tell default places from busy ones by what the source itself does.

    Where coordinates are exact, hardly two reports share a point, and five make a pile. Where
    they are rounded, or addresses were looked up, many share one honestly. So a default place
    must hold

    - ten reports more for each that nine of ten points hold beyond their first,
    - three times what its fullest neighbour within three steps of rounding holds (a market whose
      surroundings are busy too is no default place), and
    - where more than one point in a hundred is shared, kinds at least half as mixed as those of
      all reports: a signal that fails thirty times is one kind, "no address" is every kind.
      Mixed is 1 / sum of squared shares (with one kind in all, this asks nothing).

    Nine in ten, not the highest: up to a tenth of the points may be default places (centroids of
    wards) without hiding one another. O(n log n).

    xy : (n, 2) metres; kind : (n,) names or numbers, None: all of one kind.

    Raises BadPoints, BadKinds. Source: own rule, measured on Boston's requests (DECISIONS.md);
    the mix is Hill's number of order 2, Hill (1973), doi:10.2307/1934352.
    """
    points = checked_points(xy) + 0.0
    kinds = np.zeros(len(points), int) if kind is None else np.asarray(kind)
    if kinds.shape != (len(points),):
        raise BadKinds
    if not len(points):
        return DefaultPlaces(frozen(np.zeros(0, dtype=bool)), LEAST, 0, 0.0)
    place, which, uses = distinct(points)
    _, code = np.unique(kinds, return_inverse=True)
    of_kind = np.bincount(code)

    def kinds_on(full: Ints) -> Floats:
        return _kinds_on(which, code, full, len(of_kind))

    found = default_points(place.__getitem__, uses, kinds_on, of_kind)
    piled = np.isin(which, found.default)
    return DefaultPlaces(frozen(piled), found.least, found.busy, found.step_m)


def default_points(
    place: Places, uses: Ints, kinds_on: Callable[[Ints], Floats], of_kind: Ints
) -> DefaultPoints:
    """Judge points that were counted already: the rule of `default_places`, a row a point.

    So that reports can be counted part by part and need not be held together. Places are asked
    for some at a time, kinds only of points that are full enough.

    place : numbers of points -> (m, 2) metres; the k > 0 points are distinct, by x, then y;
    uses : (k,) reports on each, >= 1; of_kind : (c,) reports of each kind in all;
    kinds_on : numbers (f,) of points -> (f, c) reports of each kind there.
    """
    shared = int(np.quantile(uses, COMMON, method="lower")) - 1
    least = LEAST + EACH * shared
    full = np.flatnonzero(uses >= least)
    step = _step(place, len(uses)) if len(full) else 0.0
    default = full[_alone(place, uses, full, STEPS * step)]
    if len(default) and np.quantile(uses, FEW, method="lower") > 1:
        mixed = _mix(kinds_on(default)) >= WIDE * _mix(of_kind[None].astype(float))[0]
        default = default[mixed]
    return DefaultPoints(frozen(default), least, len(full) - len(default), step)


def distinct(points: Floats) -> tuple[Floats, Ints, Ints]:
    """Points (k, 2) by x, then y; of each place (n,) its point; how many places share each."""
    order = np.lexsort((points[:, 1], points[:, 0]))
    ranked = points[order]
    new = np.append(True, (ranked[1:] != ranked[:-1]).any(axis=1))
    which = np.empty(len(points), dtype=np.int64)
    which[order] = np.cumsum(new) - 1
    return ranked[new], which, np.bincount(which)


def _step(place: Places, k: int) -> float:
    """Distance to the nearest other point that only one of a thousand points undercuts, metres.

    Exact, some points at a time: the distance to the next point by x, then y is never below the
    one that is sought, so whoever is nearer lies in a strip as wide.
    """
    if k < 2:
        return 0.0
    rank = int(RARE * (k - 1))
    far = _least(rank, (_gaps(place, k, start) for start in range(0, k, AT_ONCE)))
    far = far * (1 + 1e-9) + 1e-9
    return _least(rank, (_nearest(place, k, start, far) for start in range(0, k, AT_ONCE)))


def _least(rank: int, lots: Iterable[Floats]) -> float:
    """The number with `rank` smaller ones in all lots."""
    held = np.empty(0)
    for lot in lots:
        held = np.concatenate([held, lot])
        held = np.partition(held, rank)[: rank + 1] if len(held) > rank + 1 else held
    return float(held.max())


def _gaps(place: Places, k: int, start: int) -> Floats:
    """Of each point from `start` on, the distance to the nearer of its neighbours in order."""
    first, end = max(start - 1, 0), min(start + AT_ONCE, k)
    gaps = np.hypot(*np.diff(place(slice(first, end + 1)), axis=0).T)
    either = np.minimum(np.append(np.inf, gaps), np.append(gaps, np.inf))
    return either[start - first : end - first]


def _nearest(place: Places, k: int, start: int, far: float) -> Floats:
    """Distances to the nearest other point, of the points from `start` on that have one so far."""
    end = min(start + AT_ONCE, k)
    own = place(slice(start, end))
    low, high = start, end
    while low > 0 and place(slice(low, low + 1))[0, 0] >= own[0, 0] - far:
        low = max(low - STRIP, 0)
    while high < k and place(slice(high - 1, high))[0, 0] <= own[-1, 0] + far:
        high = min(high + STRIP, k)
    tree = cKDTree(place(slice(low, high)))
    nearest = tree.query(own, k=2, distance_upper_bound=far)[0][:, 1]
    return np.asarray(nearest[np.isfinite(nearest)])


def _alone(place: Places, uses: Ints, full: Ints, near_m: float) -> NDArray[np.bool_]:
    """Which of the full points hold TIMES what any other within `near_m` holds."""
    if not len(full):
        return np.zeros(0, dtype=bool)
    x = np.empty(len(uses))
    for start in range(0, len(uses), AT_ONCE):
        x[start : start + AT_ONCE] = place(slice(start, start + AT_ONCE))[:, 0]
    around = np.zeros(len(uses) + 1, dtype=np.int32)  # full points whose strip begins or ends
    np.add.at(around, np.searchsorted(x, x[full] - near_m), 1)
    np.add.at(around, np.searchsorted(x, x[full] + near_m, "right"), -1)
    some = np.flatnonzero(np.cumsum(around[:-1], out=around[:-1]) > 0)
    found = cKDTree(place(some)).query_ball_point(place(full), near_m)
    most = [max((uses[some[k]] for k in near if some[k] != own), default=0)
            for own, near in zip(full, found, strict=True)]  # fmt: skip
    return uses[full] >= TIMES * np.array(most, dtype=np.int64)


def _kinds_on(which: Ints, code: Ints, full: Ints, kinds: int) -> Floats:
    """Reports of each kind (f, kinds) on the full points."""
    held = np.flatnonzero(np.isin(which, full))
    table = np.zeros((len(full), kinds))
    np.add.at(table, (np.searchsorted(full, which[held]), code[held]), 1)
    return table


def _mix(table: Floats) -> Floats:
    """How many kinds, equally common, would be as mixed; of each row of counts."""
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    return np.asarray(1 / np.maximum((share**2).sum(axis=1), 1e-12))
