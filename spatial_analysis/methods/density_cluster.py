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
    points = checked_points(xy)
    if not len(points):
        return np.zeros(0, dtype=bool)
    _, which, count = np.unique(points, axis=0, return_inverse=True, return_counts=True)
    return count[which.ravel()] >= least


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
    work = _engine(engine, len(xy))
    core, part = np.zeros(len(xy), dtype=bool), np.full(len(xy), NOISE, dtype=np.int64)
    found = 0
    for number in np.unique(islands):
        here = np.flatnonzero(islands == number)
        core[here], own = work.cores(xy[here], at[here], eps_m, eps_s, min_pts)
        part[here] = np.where(own >= 0, own + found, NOISE)
        found += int(own.max(initial=-1)) + 1
    label = _numbered(xy, at, islands, part, core, found)
    for number in np.unique(islands):
        here = np.flatnonzero(islands == number)
        label[here] = work.borders(xy[here], at[here], eps_m, eps_s, core[here], label[here])
    share = stacked_share(xy)
    said = (f"stacked points: {share:.0%} share their exact place",) if share > 0.05 else ()
    return Clusters(frozen(label), frozen(core), found, params, said)


def _engine(engine: Engine, n: int) -> Any:  # Any: a module or the class below, same functions
    """The compiled engine where numba is there (or asked for) and n pays for starting it."""
    if engine == "compiled" or (engine == "auto" and n >= 5_000 and find_spec("numba")):
        from spatial_analysis.methods import density_cluster_grid

        return density_cluster_grid
    return _Arrays


def _numbered(
    xy: Floats, at: Floats, island: Ints, part: Ints, core: NDArray[np.bool_], found: int
) -> Ints:
    """Labels of the core points in the order promised by `Clusters`; others stay noise."""
    label = np.full(len(part), NOISE, dtype=np.int64)
    if not found:
        return label
    inner = np.flatnonzero(core)
    inner = inner[np.lexsort((at[inner], xy[inner, 1], xy[inner, 0], part[inner]))]
    first = inner[np.unique(part[inner], return_index=True)[1]]
    size = np.bincount(part[inner], minlength=found)
    order = np.lexsort((at[first], xy[first, 1], xy[first, 0], island[first], -size))
    rank = np.empty(found, dtype=np.int64)
    rank[order] = np.arange(found)
    label[inner] = rank[part[inner]]
    return label


class _Arrays:
    """The same steps on whole arrays, for machines without numba; memory grows with links."""

    @staticmethod
    def cores(
        xy: Floats, at: Floats, eps_m: float, eps_s: float, min_pts: int
    ) -> tuple[NDArray[np.bool_], Ints]:
        """Which places are core, and the number of the connected part of each core."""
        i, j = _links(xy, at, eps_m, eps_s)
        n = len(xy)
        core = np.bincount(i, minlength=n) + np.bincount(j, minlength=n) + 1 >= min_pts
        both = core[i] & core[j]
        graph = sparse.coo_array((np.ones(both.sum()), (i[both], j[both])), shape=(n, n))
        part = np.full(n, NOISE, dtype=np.int64)
        part[core] = connected_components(graph, directed=False)[1][core]
        _known, part[core] = np.unique(part[core], return_inverse=True)
        return core, part

    @staticmethod
    def borders(
        xy: Floats,
        at: Floats,
        eps_m: float,
        eps_s: float,
        core: NDArray[np.bool_],
        label: Ints,
    ) -> Ints:
        """Give each border place the label of its nearest core."""
        i, j = _links(xy, at, eps_m, eps_s)
        border, inner = np.concatenate([i, j]), np.concatenate([j, i])
        ask = ~core[border] & core[inner]
        border, inner = border[ask], inner[ask]
        step = xy[border] - xy[inner]
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
