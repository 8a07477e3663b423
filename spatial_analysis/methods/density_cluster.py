"""Clusters of events that lie close together, in place and if wished in time (DBSCAN)."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial_analysis.methods.errors import MethodError
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
BLOCK = 1 << 17


class BadReach(MethodError):
    """`eps_m` must be finite and > 0, `min_pts` at least 1, `eps_s` finite and >= 0."""


class BadTimes(MethodError):
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
        raise BadTimes
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
    piled = np.zeros(len(points), dtype=bool)
    if least <= 1 or len(points) < least:
        return piled | (least <= 1)
    marks = np.concatenate([_marks(points[some]) for some in _blocks(len(points))])
    marks.sort()
    often = np.unique(marks[least - 1 :][marks[least - 1 :] == marks[: 1 - least]])
    del marks
    for some in _blocks(len(points)):
        piled[some] = np.isin(_marks(points[some]), often)
    maybe = np.flatnonzero(piled)  # equal places have equal marks, not conversely
    if len(maybe):
        held = points[maybe] + 0.0
        order = np.lexsort((held[:, 1], held[:, 0]))
        held = held[order]
        new = np.append(True, (held[1:] != held[:-1]).any(axis=1))
        uses = np.diff(np.append(np.flatnonzero(new), len(held)))
        piled[maybe[order]] = np.repeat(uses >= least, uses)
    return piled


def _marks(points: Floats) -> NDArray[np.uint64]:
    """One number a place (n,): equal places have equal ones, others hardly ever."""
    bits = (points + 0.0).view(np.uint64)  # -0.0 and 0.0 are one place
    mixed = bits[:, 0] * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(32)
    mixed += bits[:, 1]
    mixed *= np.uint64(0xC2B2AE3D27D4EB4F)
    return mixed ^ (mixed >> np.uint64(29))


def _blocks(n: int) -> list[slice]:
    """Slices of BLOCK places: what is made for some of them is dropped before the next."""
    return [slice(start, start + BLOCK) for start in range(0, n, BLOCK)]


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
        raise BadReach
    whole = slice(None)
    parts: list[tuple[int, Any]] = [(0, whole)] if len(xy) else []  # number of island, its places
    if island is not None and len(xy):
        islands = checked_islands(island, len(xy))
        numbers = np.unique(islands).tolist()
        many = len(numbers) > 1
        parts = [(k, np.flatnonzero(islands == k) if many else whole) for k in numbers]
    share = stacked_share(xy)  # before the engine is there: its memory comes back first
    work = _engine(engine, len(xy))
    core, grounds = np.zeros(len(xy), dtype=bool), []
    table: list[NDArray] = []  # a row a cluster: cores, island, x, y, time of the first core
    for number, here in parts:
        place, when = xy[here], at[here]
        ground = work(place, when, eps_m, eps_s)
        core[here] = ground.cores(min_pts)
        size, first = ground.parts()
        islands_of = np.full(len(size), number)
        table.append(np.column_stack([size, islands_of, place[first], when[first]]))
        grounds.append((here, ground, len(size)))
    rank = _ranked(np.concatenate(table)) if table else np.zeros(0, dtype=np.int64)
    if len(grounds) == 1:
        label, known = grounds.pop()[1].labels(rank), len(rank)
    else:
        label, known = np.full(len(xy), NOISE, dtype=np.int64), 0
    while grounds:  # a ground's memory comes back as soon as it has said its labels
        here, ground, found = grounds.pop(0)
        label[here] = ground.labels(rank[known : known + found])
        known += found
        del ground
    said = (f"stacked points: {share:.0%} share their exact place",) if share > 0.05 else ()
    return Clusters(frozen(label), frozen(core), known, params, said)


def _ranked(table: Floats) -> Ints:
    """Label of each cluster in the order promised by `Clusters`."""
    size, number, x, y, at = table.T
    rank = np.empty(len(table), dtype=np.int64)
    rank[np.lexsort((at, y, x, number, -size))] = np.arange(len(table))
    return rank


def _engine(engine: Engine, n: int) -> Any:  # Any: either class, same methods
    """The compiled engine where numba is there (or asked for) and n pays for starting it.

    Neither engine's libraries are loaded for the other: numba takes 110 MB, scipy's trees 40.
    """
    if engine == "compiled" or (engine == "auto" and n >= 5_000 and find_spec("numba")):
        from spatial_analysis.methods import density_cluster_grid

        return density_cluster_grid.Engine
    from spatial_analysis.methods import density_cluster_arrays

    return density_cluster_arrays.Engine
