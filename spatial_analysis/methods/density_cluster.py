"""Clusters of events that lie close together, in place and if wished in time (DBSCAN)."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from spatial_analysis.methods.frame import (
    Floats,
    Ints,
    checked_islands,
    checked_points,
    frozen,
)

VERSION = "1"
Engine = Literal["auto", "compiled", "arrays"]
NOISE = -1


class BadReach(ValueError):
    """`eps_m` must be finite and > 0, `min_pts` at least 1, `eps_s` finite and >= 0."""


class BadTimes(ValueError):
    """Times must be finite seconds, one for each place."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """label (n,): 0 is the cluster with most core points, -1 noise; core (n,) bool.

    Labels do not depend on the order of the input: clusters are numbered by core points
    (most first), then by island, then by the place of their first core point.
    """

    label: Ints
    core: NDArray[np.bool_]
    n_clusters: int
    params: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    version: str = VERSION


def dbscan(
    xy: ArrayLike,
    eps_m: float,
    min_pts: int,
    *,
    island: ArrayLike | None = None,
    engine: Engine = "auto",
) -> Clusters:
    """Cluster places with at least `min_pts` places (itself included) within `eps_m`.

    A border place goes to the cluster of its nearest core (then to the lower label), so
    the answer is unique. Islands are worked apart. Both engines give the same answer;
    the compiled one needs numba and takes about O(n) on a grid of cells of side eps/√2,
    whose full cells are all core; memory does not grow with density.

    xy : (n, 2) metres; eps_m > 0, its end included; island : (n,) numbers >= 0.

    Raises BadPoints, BadReach, BadIsland.

    Source: Ester et al. (1996), A density-based algorithm for discovering clusters;
    grid: Gunawan (2013), A faster algorithm for DBSCAN.
    """
    points = checked_points(xy)
    params = {"eps_m": eps_m, "min_pts": min_pts}
    return _clusters(points, np.zeros(len(points)), eps_m, 0.0, min_pts, island, engine, params)


def st_dbscan(
    xy: ArrayLike,
    at_s: ArrayLike,
    eps_m: float,
    eps_s: float,
    min_pts: int,
    *,
    island: ArrayLike | None = None,
    engine: Engine = "auto",
) -> Clusters:
    """Like `dbscan`; neighbours must also lie within `eps_s` seconds of each other.

    at_s : (n,) seconds on any clock. Source: Birant & Kut (2007), ST-DBSCAN,
    doi:10.1016/j.datak.2006.01.013 (without its third threshold).
    """
    points = checked_points(xy)
    seconds = np.asarray(at_s, dtype=np.float64)
    if seconds.shape != (len(points),) or not np.isfinite(seconds).all():
        raise BadTimes(BadTimes.__doc__)
    params = {"eps_m": eps_m, "eps_s": eps_s, "min_pts": min_pts}
    return _clusters(points, seconds, eps_m, eps_s, min_pts, island, engine, params)


def stacked_share(xy: ArrayLike, *, least: int = 5) -> float:
    """Share of places whose exact coordinates are used by `least` places or more.

    A high share means that a geocoder's default addresses, not events, will form clusters.
    """
    return float(stacked(xy, least=least).mean()) if len(checked_points(xy)) else 0.0


def stacked(xy: ArrayLike, *, least: int = 5) -> NDArray[np.bool_]:
    """True (n,) where `least` places or more share exactly these coordinates."""
    points = checked_points(xy) + 0.0  # -0.0 and 0.0 are one place
    bits = points.view(np.uint64)
    mixed = bits[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ bits[:, 1]
    _, which, count = np.unique(mixed, return_inverse=True, return_counts=True)
    maybe = np.flatnonzero(count[which] >= least)  # equal places have equal sums, not conversely
    piled = np.zeros(len(points), dtype=bool)
    if len(maybe):
        _, same, n = np.unique(points[maybe], axis=0, return_inverse=True, return_counts=True)
        piled[maybe] = n[same.ravel()] >= least
    return piled


def _clusters(
    xy: Floats,
    at: Floats,
    eps_m: float,
    eps_s: float,
    min_pts: int,
    island: ArrayLike | None,
    engine: Engine,
    params: dict[str, Any],
) -> Clusters:
    fine = np.isfinite(eps_m) and eps_m > 0 and np.isfinite(eps_s) and eps_s >= 0
    if not fine or min_pts < 1:
        raise BadReach(BadReach.__doc__)
    islands = checked_islands(island, len(xy))
    share = stacked_share(xy)  # before the engine is there: its memory comes back first
    work = _engine(engine, len(xy))
    core, part = np.zeros(len(xy), dtype=bool), np.full(len(xy), NOISE, dtype=np.int64)
    found, grounds = 0, []
    for number in np.unique(islands):
        here: Any = islands == number
        here = slice(None) if here.all() else np.flatnonzero(here)
        ground = work(xy[here], at[here], eps_m, eps_s)
        core[here], own = ground.cores(min_pts)
        part[here] = np.where(own >= 0, own + found, NOISE)
        found += int(own.max(initial=-1)) + 1
        grounds.append((here, ground))
    label = _numbered(xy, at, islands, part, core, found)
    for here, ground in grounds:
        label[here] = ground.borders(core[here], label[here])
    said = (f"stacked points: {share:.0%} share their exact place",) if share > 0.05 else ()
    return Clusters(frozen(label), frozen(core), found, params, said)


def _engine(engine: Engine, n: int) -> Any:  # Any: either class, same methods
    """The compiled engine where numba is there (or asked for) and n pays for starting it."""
    if engine == "compiled" or (engine == "auto" and n >= 5_000 and find_spec("numba")):
        from spatial_analysis.methods import density_cluster_grid

        return density_cluster_grid.Engine
    return _Arrays


def _numbered(
    xy: Floats, at: Floats, island: Ints, part: Ints, core: NDArray[np.bool_], found: int
) -> Ints:
    """Labels of the core points in the order promised by `Clusters`; others stay noise."""
    label = np.full(len(part), NOISE, dtype=np.int64)
    if not found:
        return label
    inner = np.flatnonzero(core)
    first = inner
    for values in (xy[:, 0], xy[:, 1], at):  # in each part, whoever is first by x, then y, then t
        least = np.full(found, np.inf)
        np.minimum.at(least, part[first], values[first])
        first = first[values[first] == least[part[first]]]
    first = first[np.unique(part[first], return_index=True)[1]]
    size = np.bincount(part[inner], minlength=found)
    order = np.lexsort((at[first], xy[first, 1], xy[first, 0], island[first], -size))
    rank = np.empty(found, dtype=np.int64)
    rank[order] = np.arange(found)
    label[inner] = rank[part[inner]]
    return label


class _Arrays:
    """The same steps on whole arrays, for machines without numba; memory grows with links."""

    def __init__(self, xy: Floats, at: Floats, eps_m: float, eps_s: float) -> None:
        self.xy = xy
        self.i, self.j = _links(xy, at, eps_m, eps_s)

    def cores(self, min_pts: int) -> tuple[NDArray[np.bool_], Ints]:
        """Which places are core, and the number of the connected part of each core."""
        i, j, n = self.i, self.j, len(self.xy)
        core = np.bincount(i, minlength=n) + np.bincount(j, minlength=n) + 1 >= min_pts
        both = core[i] & core[j]
        graph = sparse.coo_array((np.ones(both.sum()), (i[both], j[both])), shape=(n, n))
        part = np.full(n, NOISE, dtype=np.int64)
        part[core] = connected_components(graph, directed=False)[1][core]
        _known, part[core] = np.unique(part[core], return_inverse=True)
        return core, part

    def borders(self, core: NDArray[np.bool_], label: Ints) -> Ints:
        """Give each border place the label of its nearest core."""
        border = np.concatenate([self.i, self.j])
        inner = np.concatenate([self.j, self.i])
        ask = ~core[border] & core[inner]
        border, inner = border[ask], inner[ask]
        step = self.xy[border] - self.xy[inner]
        distance = step[:, 0] ** 2 + step[:, 1] ** 2
        order = np.lexsort((label[inner], distance, border))
        chosen, first = np.unique(border[order], return_index=True)
        result = label.copy()
        result[chosen] = label[inner[order][first]]
        return result


def _links(xy: Floats, at: Floats, eps_m: float, eps_s: float) -> tuple[Ints, Ints]:
    """Pairs within both reaches, each once."""
    pairs = cKDTree(xy).query_pairs(eps_m * (1 + 1e-9), output_type="ndarray")
    i, j = pairs[:, 0], pairs[:, 1]
    step = xy[i] - xy[j]
    near = (step[:, 0] ** 2 + step[:, 1] ** 2 <= eps_m**2) & (np.abs(at[i] - at[j]) <= eps_s)
    return i[near].astype(np.int64), j[near].astype(np.int64)
