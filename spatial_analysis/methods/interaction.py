"""Do cases come close in place and time together more often than apart: Knox, near repeat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree
from scipy.special import pdtrc

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats, Ints, checked_islands, checked_points, frozen

VERSION = "1"


class BadBands(MethodError):
    """Bands must be finite, >= 0 and growing; times finite, one a place; shuffles enough."""


@dataclass(frozen=True, slots=True)
class Knox:
    """Pairs close in place, in time, in both; expected in both; chance by Poisson and shuffles."""

    pairs: int
    near_place: int
    near_time: int
    near_both: int
    expected: float
    p_poisson: float
    p: float
    params: dict[str, Any] = field(default_factory=dict)
    version: str = VERSION


@dataclass(frozen=True, slots=True)
class NearRepeat:
    """By band of distance (rows) and of time: observed pairs, mean of shuffles, ratio, p."""

    observed: Ints
    expected: Floats
    ratio: Floats
    p: Floats
    params: dict[str, Any] = field(default_factory=dict)
    version: str = VERSION


def knox(
    xy: ArrayLike,
    at: ArrayLike,
    *,
    within_m: float,
    within_t: float,
    island: ArrayLike | None = None,
    replications: int = 999,
    seed: int = 0,
) -> Knox:
    """Count pairs at most `within_m` apart and at most `within_t` apart in time.

    at : (n,) in any one unit, that of `within_t`. p by dealing the times anew among the places
    (one Philox stream a replication; ties count), beside the Poisson chance of strictly more
    pairs with mean N_place N_time / N, which is how published tools count it.
    The caller's arrays are not touched. O(pairs close in place x R). Raises BadBands.

    Source: Knox (1964), The detection of space-time interactions, doi:10.2307/2985220.
    """
    points, times = checked_points(xy), _times(at, xy)
    fine = np.isfinite([within_m, within_t]).all() and within_m > 0 and within_t >= 0
    if not fine or replications < 0:
        raise BadBands
    i, j, _ = _close(points, checked_islands(island, len(points)), within_m)
    both = int((np.abs(times[i] - times[j]) <= within_t).sum())
    n = len(points)
    near_time = _near_times(times, within_t)
    expected = len(i) * near_time / max(n * (n - 1) / 2, 1)
    as_many = sum(
        int((np.abs(dealt[i] - dealt[j]) <= within_t).sum()) >= both
        for dealt in _dealt(times, replications, seed)
    )
    return Knox(
        pairs=n * (n - 1) // 2,
        near_place=len(i),
        near_time=near_time,
        near_both=both,
        expected=float(expected),
        p_poisson=float(pdtrc(both, expected)),
        p=(1 + as_many) / (replications + 1),
        params={"within_m": within_m, "within_t": within_t, "replications": replications,
                "seed": seed},
    )  # fmt: skip


def near_repeat(
    xy: ArrayLike,
    at: ArrayLike,
    *,
    bands_m: ArrayLike,
    bands_t: ArrayLike,
    island: ArrayLike | None = None,
    replications: int = 199,
    seed: int = 0,
) -> NearRepeat:
    """How much likelier a second case is, by how near and how soon it follows the first.

    bands_m, bands_t : upper ends of the bands, growing; a pair falls in the first band that
    holds it (ends included). Ratio = observed / mean of the shuffles. Raises BadBands.

    Source: Johnson et al. (2007), Space-time patterns of risk, J. Quant. Criminology 23;
    Ratcliffe (2009), Near Repeat Calculator.
    """
    points, times = checked_points(xy), _times(at, xy)
    far, late = np.asarray(bands_m, dtype=np.float64), np.asarray(bands_t, dtype=np.float64)
    for ends in (far, late):
        fine = ends.ndim == 1 and len(ends) > 0 and np.isfinite(ends).all()
        if not fine or (np.diff(ends) <= 0).any() or ends[0] < 0 or replications < 1:
            raise BadBands
    i, j, apart = _close(points, checked_islands(island, len(points)), float(far[-1]))
    row = np.searchsorted(far, apart)

    def table(moment: Floats) -> Ints:
        column = np.searchsorted(late, np.abs(moment[i] - moment[j]))
        flat = np.bincount(row * (len(late) + 1) + column, minlength=len(far) * (len(late) + 1))
        return flat.reshape(len(far), -1)[:, :-1]

    observed = table(times)
    shuffled = np.array([table(dealt) for dealt in _dealt(times, replications, seed)])
    mean = shuffled.mean(axis=0)
    ratio = np.divide(observed, mean, out=np.full(mean.shape, np.nan), where=mean > 0)
    p = (1 + (shuffled >= observed).sum(axis=0)) / (replications + 1)
    params = {"bands_m": far.tolist(), "bands_t": late.tolist(), "replications": replications,
              "seed": seed}  # fmt: skip
    return NearRepeat(frozen(observed), frozen(mean), frozen(ratio), frozen(p), params)


def _times(at: ArrayLike, xy: ArrayLike) -> Floats:
    times = np.array(at, dtype=np.float64)
    if times.shape != (len(np.asarray(xy)),) or not np.isfinite(times).all():
        raise BadBands
    return times


def _close(points: Floats, islands: Ints, within_m: float) -> tuple[Ints, Ints, Floats]:
    """Pairs (i, j) of one island at most `within_m` apart, and their distances."""
    pairs = cKDTree(points).query_pairs(within_m * (1 + 1e-9), output_type="ndarray")
    i, j = pairs[:, 0], pairs[:, 1]
    squared = ((points[i] - points[j]) ** 2).sum(axis=1)
    keep = (squared <= within_m**2) & (islands[i] == islands[j])
    return i[keep], j[keep], np.sqrt(squared[keep])


def _near_times(times: Floats, within_t: float) -> int:
    """Pairs at most `within_t` apart in time, by their sorted order."""
    order = np.sort(times)
    ends = np.searchsorted(order, order + within_t, side="right")
    return int((ends - np.arange(len(order)) - 1).sum())


def _dealt(times: Floats, replications: int, seed: int) -> Iterator[Floats]:
    for stream in np.random.SeedSequence(seed).spawn(replications):
        yield np.random.Generator(np.random.Philox(stream)).permutation(times)
