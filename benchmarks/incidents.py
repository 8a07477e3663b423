"""Clusters, local G and heat against scikit-learn and esda, in one run on a seeded town."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import shapely

from benchmarks._incident_goals import goals
from spatial_analysis.methods.density import Grid, kernel_density
from spatial_analysis.methods.density_cluster import dbscan
from spatial_analysis.methods.lattice import hex_counts, hex_lattice
from spatial_analysis.methods.local_g import local_g
from spatial_analysis.methods.weights import contiguity
from spatial_analysis.methods.window_test import binomial_window

SIDE_M, CLUMPS, SEED = 10_000, 400, 8271
SIZES = (10_000, 100_000)
SIGMA_M, CELL_M, HEX_M = 150.0, 20.0, 100.0
ASKED = 200  # places at which scikit-learn's density is asked (all of them would take hours)


def town(n: int) -> np.ndarray:
    """`n` points: 70 % in clumps (sigma 30 to 300 m), the rest anywhere; (n, 2) metres."""
    rng = np.random.default_rng(SEED)
    centres, width = rng.uniform(0, SIDE_M, (CLUMPS, 2)), rng.uniform(30, 300, CLUMPS)
    which = rng.integers(0, CLUMPS, int(n * 0.7))
    clumped = centres[which] + rng.normal(size=(len(which), 2)) * width[which, None]
    return np.vstack([clumped, rng.uniform(0, SIDE_M, (n - len(which), 2))])


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What `work` answers, and the seconds it took."""
    before = perf_counter()
    answer = work()
    return answer, perf_counter() - before


def line(what: str, n: int, ours_s: float, theirs_s: float, peer: str, note: str) -> None:
    """One row of the table."""
    print(f"{what:<22} {n:>7} {ours_s:>8.3f} s {theirs_s:>9.3f} s {theirs_s / ours_s:>8.1f} x"
          f"  {peer:<14} {note}")  # fmt: skip


def clusters(xy: np.ndarray, eps_m: float, min_pts: int) -> None:
    """DBSCAN; cores must be equal."""
    from sklearn.cluster import DBSCAN

    ours, mine = timed(lambda: dbscan(xy, eps_m, min_pts, engine="compiled"))
    theirs, yours = timed(lambda: DBSCAN(eps=eps_m, min_samples=min_pts).fit(xy))
    core = np.zeros(len(xy), dtype=bool)
    core[theirs.core_sample_indices_] = True
    equal = "cores and noise equal" if (core == ours.core).all() and (
        (theirs.labels_ < 0) == (ours.label < 0)).all() else "DIFFERENT"  # fmt: skip
    line(f"DBSCAN {eps_m:g} m, {min_pts}", len(xy), mine, yours, "scikit-learn", equal)


def heat(xy: np.ndarray) -> None:
    """Kernel density: the whole grid in our time, the peer's time at ASKED cells scaled up."""
    from sklearn.neighbors import KernelDensity

    side = int(SIDE_M / CELL_M)
    grid = Grid(0, SIDE_M, CELL_M, side, side)
    ours, mine = timed(lambda: kernel_density(xy, grid, SIGMA_M, edge="none"))
    cells = np.random.default_rng(SEED).integers(side // 10, side - side // 10, (ASKED, 2))
    at = np.column_stack([(cells[:, 1] + 0.5) * CELL_M, SIDE_M - (cells[:, 0] + 0.5) * CELL_M])
    tree = KernelDensity(bandwidth=SIGMA_M, rtol=1e-6).fit(xy)
    logs, yours = timed(lambda: tree.score_samples(at))
    error = np.abs(np.exp(logs) * len(xy) - ours.values[cells[:, 0], cells[:, 1]]).max()
    worst = error / ours.values.max()
    line(f"heat, {side}² cells", len(xy), mine, yours * side**2 / ASKED, "scikit-learn*",
         f"largest difference {worst:.1e} of the peak")  # fmt: skip


def cells(xy: np.ndarray) -> None:
    """Binning, weights and Gi*; binary weights, so that the peer's formula holds."""
    lattice = hex_lattice([shapely.box(0, 0, SIDE_M, SIDE_M)], HEX_M)

    def ours() -> Any:
        return local_g(hex_counts(lattice, xy).counts, contiguity(lattice))

    found, mine = timed(ours)
    counts, near = hex_counts(lattice, xy).counts.astype(float), contiguity(lattice)
    try:
        theirs, yours = timed(lambda: _esda(counts, near))
    except ImportError:
        print("Gi*: esda is not installed")
    else:
        note = f"{len(lattice)} cells, largest difference {np.abs(found.z - theirs).max():.0e}"
        line("Gi*", len(xy), mine, yours, "esda", note)
    test, spent = timed(lambda: binomial_window(counts, lattice.land_m2, near))
    hot, plain = int((test.call == "hot").sum()), int((found.z > 1.96).sum())
    said = f"{hot} hot cells at 5 % false calls (Gi* with z > 1.96 alone: {plain})"
    print(f"{'exact window test':<22} {len(xy):>7} {spent:>8.3f} s {'-':>11} {'-':>10}  {said}")


def _esda(counts: np.ndarray, near: Any) -> np.ndarray:
    import esda
    import libpysal

    graph = libpysal.weights.WSP(near.tocsr()).to_W(silence_warnings=True)
    return esda.G_Local(counts, graph, transform="B", star=True, permutations=0).Zs


def main(words: list[str] | None = None) -> None:
    """Print the table against peers, then the goals."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--points", type=int, nargs="*", default=list(SIZES))
    asked.add_argument("--goal-points", type=int, default=200_000, help="1000000: as the goals say")
    asked.add_argument("--runs", type=int, default=100, help="random maps (the goals say 200)")
    asked.add_argument("--goals-only", action="store_true")
    given = asked.parse_args(words if words is not None else [])
    if not given.goals_only:
        against_peers(given.points)
    goals(given.goal_points, given.runs)


def against_peers(sizes: list[int]) -> None:
    """Clusters, heat and local G beside named peers."""
    dbscan(town(6_000), 30, 20, engine="compiled")  # compile first: not part of any time
    print(f"{'what':<22} {'n':>7} {'ours':>10} {'peer':>11} {'ratio':>10}  peer")
    for n in sizes:
        xy = town(n)
        clusters(xy, 30, 20)
        clusters(xy, 100, 50)
        cells(xy)
        heat(xy)
    print(f"* its time at {ASKED} cells, scaled to all of them")


if __name__ == "__main__":
    main(sys.argv[1:])
