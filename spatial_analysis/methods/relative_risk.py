"""Where cases are thicker on the ground than the others, and whether chance does the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial_analysis.methods.density import Edge, Grid, kernel_density
from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats, checked_islands, checked_points, frozen

VERSION = "1"
LEAST = 1e-7  # of the largest density: below it there is nobody, only noise of the transform
SAME = 1e-6  # shares this near each other are equal: what is left of that noise decides no tie


class BadLabels(MethodError):
    """Labels must be true (case) or false (other), one a place, with both kinds, some on land."""


@dataclass(frozen=True, slots=True)
class RelativeRisk:
    """On the grid (rows, columns), NaN where there is nobody: ratio, p of a high and of a low one.

    ratio : density of cases over that of the others, each scaled to 1 in all
    share : part of all places there that are cases
    p : (1 + dealt maps as high) / (R + 1); p_low : (1 + dealt maps as low) / (R + 1); equal
    shares count in both, so where most deals look like the map neither is small
    p_map : as p, for the highest share anywhere, over R largest values
    """

    ratio: Floats
    share: Floats
    p: Floats
    p_low: Floats
    p_map: float
    grid: Grid
    params: dict[str, Any] = field(default_factory=dict)
    version: str = VERSION


def relative_risk(
    xy: ArrayLike,
    case: ArrayLike,
    grid: Grid,
    sigma_m: float,
    *,
    land: NDArray | None = None,
    island: ArrayLike | None = None,
    edge: Edge = "diggle",
    replications: int = 99,
    seed: int = 0,
) -> RelativeRisk:
    """Compare cases with others (all other reports, controls) under one kernel.

    Both densities lose and regain the same land, so habits of reporting and the coast cancel.
    Chance: which places are cases is dealt anew (one Philox stream a replication).

    xy : (n, 2) metres; case : (n,) bool; the rest as in `kernel_density`

    Raises BadLabels and what `kernel_density` raises. O((R + 2) cells log cells).

    Source: Bithell (1990), An application of density estimation to geographical epidemiology;
    Kelsall & Diggle (1995), doi:10.1002/sim.4780142106 (one width for both).
    """
    points, mark = checked_points(xy), np.asarray(case)
    if mark.shape != (len(points),) or mark.dtype.kind != "b" or not 0 < mark.sum() < len(mark):
        raise BadLabels
    on = checked_islands(np.ones(len(points), int) if island is None else island, len(points))

    def heat(chosen: NDArray[np.bool_]) -> Floats:
        density = kernel_density(
            points[chosen], grid, sigma_m, land=land, island=on[chosen], edge=edge
        )
        return np.asarray(density.values)

    every = heat(np.ones(len(mark), dtype=bool))
    if not np.nan_to_num(every).any():
        raise BadLabels
    known = every > LEAST * np.nanmax(every)

    def share_of(chosen: NDArray[np.bool_]) -> Floats:
        return np.divide(heat(chosen), every, out=np.full(every.shape, np.nan), where=known)

    share = share_of(mark)
    as_high, as_low = (np.zeros(share.shape, dtype=np.int64) for _ in range(2))
    top = 0
    for stream in np.random.SeedSequence(seed).spawn(replications):
        dealt = share_of(np.random.Generator(np.random.Philox(stream)).permutation(mark))
        as_high += dealt >= share - SAME
        as_low += dealt <= share + SAME
        top += bool(np.nanmax(dealt) >= np.nanmax(share) - SAME)
    rest = np.maximum(1 - share, LEAST)
    ratio = share / rest * (len(mark) - mark.sum()) / mark.sum()
    p, p_low = (
        np.where(np.isfinite(share), (1 + as_often) / (replications + 1), np.nan)
        for as_often in (as_high, as_low)
    )
    params = {"sigma_m": sigma_m, "edge": edge, "replications": replications, "seed": seed,
              "cases": int(mark.sum()), "others": int((~mark).sum())}  # fmt: skip
    return RelativeRisk(
        frozen(ratio), frozen(share), frozen(p), frozen(p_low), (1 + top) / (replications + 1),
        grid, params,
    )  # fmt: skip
