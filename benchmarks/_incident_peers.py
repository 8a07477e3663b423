"""The incident methods beside scikit-learn, esda and scipy: seconds, memory, agreement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import shapely

from benchmarks._incident_clusters import (
    SEED,
    SIDE_M,
    compiled,
    kept,
    load,
    ours_clusters,
    theirs_clusters,
    town,
    tree_clusters,
    with_sklearn,
)
from benchmarks._measured_once import PEER_S, measured, of_peer
from benchmarks._own_process import Spent
from spatial_analysis.methods.density import Grid, kernel_density
from spatial_analysis.methods.lattice import hex_counts, hex_lattice
from spatial_analysis.methods.local_g import local_g
from spatial_analysis.methods.local_moran import local_moran, moran
from spatial_analysis.methods.multiple_tests import benjamini_hochberg
from spatial_analysis.methods.trend import mann_kendall
from spatial_analysis.methods.weights import contiguity
from spatial_analysis.methods.window_test import binomial_tails

SIGMA_M, CELL_M, HEX_M, FINE_HEX_M = 150.0, 10.0, 100.0, 30.0
MOST_FOR_PEERS, MOST_FOR_PAIRS = 1_000_000, 100_000
ASKED = 100  # places at which slow peers are asked for a density (all of them would take hours)


def ground(spacing_m: float = HEX_M) -> Any:
    """The lattice over the town's square."""
    return hex_lattice([shapely.box(0, 0, SIDE_M, SIDE_M)], spacing_m)


def load_only(path: str, *how: Any) -> tuple[Any, ...]:
    """Points of a file, with how to work."""
    return (np.load(path), *how)


def with_lattice(path: str, spacing_m: float) -> tuple[Any, ...]:
    """Points, lattice (part of nobody's time)."""
    return np.load(path), ground(spacing_m)


def ours_cells(given: Any) -> Any:
    """Bin, weights, Gi*."""
    xy, lattice = given
    return float(np.nanmax(local_g(hex_counts(lattice, xy).counts, contiguity(lattice)).z))


def with_esda(path: str, spacing_m: float) -> tuple[Any, ...]:
    """Points, lattice, neighbours as pairs; esda is imported."""
    import esda  # noqa: F401
    import libpysal  # noqa: F401

    return np.load(path), ground(spacing_m)


def theirs_cells(given: Any) -> Any:
    """Bin (ours: esda has none), libpysal's Graph, esda's G_Local."""
    xy, lattice = given
    return float(np.nanmax(esda_g(hex_counts(lattice, xy).counts, contiguity(lattice))))


def esda_graph(near: Any) -> Any:
    """Neighbours as libpysal's Graph."""
    import libpysal
    import pandas as pd

    links = near.tocoo()
    index = pd.MultiIndex.from_arrays([links.row, links.col], names=["focal", "neighbor"])
    return libpysal.graph.Graph(pd.Series(links.data, index=index, name="weight"), is_sorted=False)


def esda_g(counts: np.ndarray, near: Any) -> np.ndarray:
    """esda's Gi* (binary weights, where its formula holds)."""
    import esda

    return np.asarray(
        esda.G_Local(
            counts.astype(float), esda_graph(near), transform="B", star=True, permutations=0
        ).Zs
    )


def grid() -> Grid:
    """1000 x 1000 cells of 10 m."""
    side = int(SIDE_M / CELL_M)
    return Grid(0, SIDE_M, CELL_M, side, side)


def ours_heat(given: Any) -> Any:
    """Every cell of the grid, edge corrected."""
    return float(np.nanmax(kernel_density(given[0], grid(), SIGMA_M).values))


def places() -> np.ndarray:
    """Some cell centres away from the margin, (ASKED, 2)."""
    cells = np.random.default_rng(SEED).integers(100, 900, (ASKED, 2))
    return (cells + 0.5) * CELL_M


def theirs_heat(given: Any) -> Any:
    """scikit-learn's tree at ASKED places, to 1e-6."""
    from sklearn.neighbors import KernelDensity

    tree = KernelDensity(bandwidth=SIGMA_M, rtol=1e-6).fit(given[0])
    return float(np.exp(tree.score_samples(places())).sum())


def scipy_heat(given: Any) -> Any:
    """scipy's gaussian_kde at ASKED places (about as wide)."""
    from scipy.stats import gaussian_kde

    xy = given[0]
    return float(gaussian_kde(xy.T, bw_method=SIGMA_M / xy.std())(places().T).sum())


def said(spent: Spent | str) -> str:
    """Seconds and memory, or why there are none."""
    return spent if isinstance(spent, str) else f"{spent.wall_s:8.2f} s {spent.mb:6.0f} MB"


def row(what: str, n: int, ours: Spent | str, peer: str, theirs: Spent | str,
        scale: float = 1.0) -> None:  # fmt: skip
    """Print one line."""
    ratio, same = "", ""
    if isinstance(ours, Spent) and isinstance(theirs, Spent):
        ratio = f"{theirs.wall_s * scale / ours.wall_s:8.1f} x {theirs.mb / ours.mb:5.1f} x"
        same = "cores equal" if isinstance(ours.told, str) and ours.told == theirs.told else ""
        same = "DIFFERENT" if isinstance(ours.told, str) and not same else same
    if isinstance(theirs, Spent) and scale != 1:
        theirs = theirs._replace(wall_s=theirs.wall_s * scale)
    print(f"{what:<24}{n:>11,}  {said(ours)}  {peer:<22} {said(theirs):<21} "
          f"{ratio} {same}", flush=True)  # fmt: skip


def against_peers(sizes: list[int]) -> None:
    """Print the table: peers up to 1,000,000 points, ours at every size."""
    print(f"{'what':<24}{'n':>11}  {'ours':<19}  {'peer':<22} {'its':<21} {'time':>8}   memory")
    compiled()
    for n in sizes:
        _against_peers(n)
    print(
        f"* their time at {ASKED} cells, scaled to all of them; ours is of all cells\n"
        f"peers are asked up to {MOST_FOR_PEERS:,} points ({MOST_FOR_PAIRS:,} for all pairs of a "
        f"cKDTree, which are held at once), and stopped after {PEER_S:.0f} s"
    )


def _against_peers(n: int) -> None:
    path, cells = kept(n), (SIDE_M / CELL_M) ** 2 / ASKED
    asked = n <= MOST_FOR_PEERS
    for how in ((10.0, 20), (50.0, 100)) if n > 200_000 else ((30.0, 20), (100.0, 50)):
        ours = measured(load, ours_clusters, path, *how)
        theirs = _peer(asked, "scikit-learn", with_sklearn, theirs_clusters, path, *how)
        row(f"DBSCAN {how[0]:g} m, {how[1]}", n, ours, *theirs)
        if n <= MOST_FOR_PAIRS:
            row("", n, ours, *_peer(True, "scipy cKDTree", load_only, tree_clusters, path, *how))
    for spacing in (HEX_M, FINE_HEX_M):
        theirs = _peer(asked, "esda Graph", with_esda, theirs_cells, path, spacing)
        ours = measured(with_lattice, ours_cells, path, spacing)
        row(f"bin, Gi*, {spacing:g} m cells", n, ours, *theirs)
    ours = measured(load_only, ours_heat, path)
    theirs = _peer(asked, "scikit-learn*", with_sklearn, theirs_heat, path)
    row("heat, 1000² cells", n, ours, *theirs, cells)
    if asked:
        theirs = _peer(True, "scipy gaussian_kde*", load_only, scipy_heat, path)
        row("", n, ours, *theirs, cells)


def _peer(asked: bool, name: str, *how: Any) -> tuple[str, Spent | str]:
    """A peer's name and figures; nothing at sizes at which it is not asked."""
    return (name, of_peer(*how)) if asked else ("", "")


def agreement() -> Iterator[tuple[str, str, Callable[[], float]]]:
    """What we and a peer both compute: name, peer, largest difference."""
    xy, lattice = town(20_000), ground()
    counts, near = hex_counts(lattice, xy).counts, contiguity(lattice)
    x = counts.astype(float)

    def g_star() -> float:
        return float(np.nanmax(np.abs(local_g(x, near).z - esda_g(counts, near))))

    def moran_i() -> float:
        import esda

        theirs = esda.Moran(x, esda_graph(near), transformation="R", permutations=0)
        return abs(moran(x, near).statistic - float(theirs.I))

    def local() -> float:
        import esda

        theirs = esda.Moran_Local(x, esda_graph(near), transformation="R", permutations=0).Is
        n = len(x)  # esda divides the variance by n - 1, we by n as its authors do
        return float(np.abs(local_moran(x, near).ii * (n - 1) / n - theirs).max())

    def tail() -> float:
        from scipy.stats import binom

        k = np.arange(0, 400)
        over, under = binomial_tails(k, 4000, np.full(400, 0.02))
        theirs = binom.sf(k - 1, 4000, 0.02), binom.cdf(k, 4000, 0.02)
        return float(max(np.abs(over - theirs[0]).max(), np.abs(under - theirs[1]).max()))

    def step_up() -> float:
        from scipy.stats import false_discovery_control

        p = np.random.default_rng(1).uniform(size=5000) ** 3
        return float(np.abs(benjamini_hochberg(p) - false_discovery_control(p)).max())

    def tau() -> float:
        from scipy.stats import kendalltau

        series = np.random.default_rng(2).poisson(4, 80) + np.arange(80) / 40 // 1
        return abs(mann_kendall(series).tau_b[0] - kendalltau(np.arange(80), series).statistic)

    def heat() -> float:
        some = np.random.default_rng(3).uniform(3000, 7000, (2000, 2))
        fine = kernel_density(some, grid(), SIGMA_M, edge="none")
        at = places()
        exact = np.array([
            np.exp(-((some - place) ** 2).sum(axis=1) / 2 / SIGMA_M**2).sum() for place in at
        ]) / (2 * np.pi * SIGMA_M**2)  # fmt: skip
        row_, column = (np.rint(a).astype(int) for a in fine.grid.place(at))
        return float(np.abs(fine.values[row_, column] - exact).max() / fine.values.max())

    yield "Gi*, binary weights", "esda", g_star
    yield "Moran's I", "esda", moran_i
    yield "local Moran (its n - 1)", "esda", local
    yield "binomial tails", "scipy", tail
    yield "Benjamini-Hochberg", "scipy", step_up
    yield "Kendall's tau-b", "scipy", tau
    yield "heat, of the peak", "the exact sum (to 1e-3)", heat


def print_agreement() -> None:
    """Print the largest differences from peers that compute the same."""
    print(f"\n{'the same by both':<26} {'peer':<26} largest difference")
    for what, peer, gap in agreement():
        try:
            print(f"{what:<26} {peer:<26} {gap():.1e}", flush=True)
        except ImportError:
            print(f"{what:<26} {peer:<26} not installed", flush=True)
