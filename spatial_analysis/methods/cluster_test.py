"""How likely is a cluster as strong as this by chance: random maps, clustered the same way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats, Ints, checked_islands, checked_points, frozen

VERSION = "1"
Clustering = Callable[[Floats, Ints], Ints]


class BadGround(MethodError):
    """The ground needs places with weights >= 0, some above, and an island for each."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where cases could lie: centres (g, 2) in metres, weight and island (g,), half width."""

    centre: Floats
    weight: Floats
    island: Ints
    half_m: float

    def __post_init__(self) -> None:
        """Refuse weights that no case could be drawn from."""
        fine = self.weight.shape == (len(self.centre),) == self.island.shape
        if not fine or not np.isfinite(self.weight).all() or (self.weight < 0).any():
            raise BadGround
        if self.weight.sum() <= 0:
            raise BadGround


@dataclass(frozen=True, slots=True)
class Strength:
    """Per cluster (k,): cases, expected, relative risk, log likelihood ratio, p over the map."""

    cases: Ints
    expected: Floats
    relative_risk: Floats
    statistic: Floats
    p: Floats
    params: dict[str, Any] = field(default_factory=dict)
    version: str = VERSION


def cluster_strength(
    xy: ArrayLike,
    label: ArrayLike,
    ground: Ground,
    again: Clustering,
    *,
    reach_m: float,
    island: ArrayLike | None = None,
    replications: int = 99,
    seed: int = 0,
    maxima: ArrayLike | None = None,
) -> Strength:
    """Compare each cluster with the strongest cluster of random maps.

    A cluster's ground is every place nearer than `reach_m` to one of its cases (the nearest
    cluster takes it). Cases are drawn anew on the whole ground in proportion to its weight,
    clustered by `again`, and the largest ratio of each random map is kept. So p answers:
    how often has a map without any cause a cluster as strong as this one, anywhere? It needs
    no correction for many clusters, and clusters chosen by looking at the data are no trap.
    O(replications x clustering).

    Parameters
    ----------
    xy : (n, 2) metres; label : (n,) cluster of each case, -1 = none; island : (n,)
    again : (points, islands) -> labels, the clustering that made `label`
    seed : one Philox stream a replication: the same p in any order or process
    maxima : (R,) largest ratio of each random map (`random_maxima`) where that is known already

    Raises BadPoints, BadGround, BadIsland.

    Source: Kulldorff (1997), A spatial scan statistic (likelihood ratio, maximum over the
    map); p = (1 + number as large) / (R + 1), Davison & Hinkley (1997), ch. 4.
    """
    points = checked_points(xy)
    labels = np.asarray(label, dtype=np.int64)
    islands = checked_islands(island, len(points))
    cases, expected, statistic = _ratios(points, labels, islands, ground, reach_m)
    n = len(points)
    if maxima is None and len(cases):
        maxima = random_maxima(
            n, ground, again, reach_m=reach_m, replications=replications, seed=seed
        )
    best = np.asarray([] if maxima is None else maxima, dtype=np.float64)
    beaten = (best[:, None] >= statistic[None]).sum(axis=0)
    inside = np.divide(cases, expected, out=np.full(len(cases), np.inf), where=expected > 0)
    outside = (n - cases) / np.maximum(n - expected, 1e-12)
    risk = np.divide(inside, outside, out=np.full(len(cases), np.inf), where=outside > 0)
    p = (1 + beaten) / (len(best) + 1)
    params = {"reach_m": reach_m, "replications": replications, "seed": seed, "n": n}
    return Strength(
        frozen(cases), frozen(expected), frozen(risk), frozen(statistic), frozen(p), params
    )


def random_maxima(
    n: int, ground: Ground, again: Clustering, *, reach_m: float, replications: int, seed: int
) -> Floats:
    """Largest ratio of a cluster in each of R random maps of `n` cases (R,).

    They hang on the number of cases and on the ground, not on where the cases lie; see
    `cluster_strength` for the parameters. O(replications x clustering).
    """
    best = np.zeros(replications)
    for k, stream in enumerate(np.random.SeedSequence(seed).spawn(replications)):
        drawn, where = _random_map(n, ground, np.random.Generator(np.random.Philox(stream)))
        ratios = _ratios(drawn, again(drawn, where), where, ground, reach_m)[2]
        best[k] = ratios.max(initial=0.0)
    return best


def _ratios(
    xy: Floats, label: Ints, island: Ints, ground: Ground, reach_m: float
) -> tuple[Ints, Floats, Floats]:
    """Cases, expected cases and log likelihood ratio of every cluster; excesses only."""
    found = int(label.max(initial=-1)) + 1
    cases = np.bincount(label[label >= 0], minlength=found).astype(np.int64)
    weight = np.zeros(found)
    for number in np.unique(island[label >= 0]):
        mine = np.flatnonzero((island == number) & (label >= 0))
        near = np.flatnonzero(ground.island == number)
        far, which = cKDTree(xy[mine]).query(ground.centre[near], distance_upper_bound=reach_m)
        held = np.isfinite(far)
        np.add.at(weight, label[mine[which[held]]], ground.weight[near[held]])
    n = len(xy)
    expected = n * weight / ground.weight.sum()
    return cases, expected, _likelihood(cases.astype(np.float64), expected, n)


def _likelihood(cases: Floats, expected: Floats, n: int) -> Floats:
    """Kulldorff's Poisson log likelihood ratio; 0 where there are no more than expected."""
    more = cases > expected
    low = np.maximum(expected, 1e-12)
    rest, rest_expected = np.maximum(n - cases, 0), np.maximum(n - expected, 1e-12)
    outside = np.where(rest > 0, rest * np.log(np.maximum(rest, 1) / rest_expected), 0.0)
    return np.where(more, np.maximum(cases, 1) * np.log(np.maximum(cases, 1) / low) + outside, 0.0)


def _random_map(n: int, ground: Ground, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """`n` cases drawn by weight, each anywhere in the square around its place."""
    at = rng.choice(len(ground.centre), n, p=ground.weight / ground.weight.sum())
    step = rng.uniform(-ground.half_m, ground.half_m, (n, 2))
    return ground.centre[at] + step, ground.island[at].astype(np.int64)
