"""The goals of the incident methods, one line each: goal, ours, met or not; in one run."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import shapely

from spatial_analysis.methods.cube import add, count_cube, digest, subtract
from spatial_analysis.methods.density import Grid, kernel_density
from spatial_analysis.methods.density_cluster import dbscan
from spatial_analysis.methods.lattice import hex_counts, hex_lattice
from spatial_analysis.methods.local_g import local_g
from spatial_analysis.methods.multiple_tests import benjamini_hochberg
from spatial_analysis.methods.scan import ScanRules, scan_permutation
from spatial_analysis.methods.scan_windows import circles
from spatial_analysis.methods.weights import components_by_island, contiguity, distance_band
from spatial_analysis.methods.window_test import Call, binomial_window

SIDE_M, SEED = 10_000.0, 8271
TRUTH = Path(__file__).resolve().parents[2] / "shared" / "truth"
Row = tuple[str, str, str, bool | None]
LAND = shapely.box(0, 0, 5000, 5000)


def town(n: int, seed: int = SEED) -> np.ndarray:
    """70 % of `n` points in clumps (sigma 30 to 300 m), the rest anywhere; (n, 2) metres."""
    rng = np.random.default_rng(seed)
    centres, width = rng.uniform(0, SIDE_M, (400, 2)), rng.uniform(30, 300, 400)
    which = rng.integers(0, 400, int(n * 0.7))
    clumped = centres[which] + rng.normal(size=(len(which), 2)) * width[which, None]
    return np.vstack([clumped, rng.uniform(0, SIDE_M, (n - len(which), 2))])


def best_of(times: int, work: Callable[[], Any]) -> float:
    """Shortest of some runs, in seconds of processor time (all threads): others do not count."""
    spent = []
    for _ in range(times):
        began = process_time()
        work()
        spent.append(process_time() - began)
    return min(spent)


def _apart(queue: Any, work: Callable[..., Any], args: tuple[Any, ...]) -> None:
    began = perf_counter()
    work(*args)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    queue.put((perf_counter() - began, peak))


def in_its_own_process(work: Callable[..., Any], *args: Any) -> tuple[float, float]:
    """Seconds and peak resident MB of `work` in a fresh process (imports before the clock)."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    child = context.Process(target=_apart, args=(queue, work, args))
    child.start()
    told = queue.get(timeout=600)
    child.join()
    return float(told[0]), float(told[1])


def truth_rows() -> Iterator[Row]:
    """A1, A7, A17: published figures."""
    from spatial_analysis.truths.table import findings

    sets = {
        "A1 local G, Moran, Geary, rates as published": (
            "gi_getis_ord_1996", "moran_columbus", "rates_nc_sids"),
        "A7 scans as published, to six decimals, p": (
            "scan_new_mexico_brain", "scan_nyc_fever", "scan_pennsylvania_lung"),
        "A17 labels by hand; Mann-Kendall p to 1e-12": (
            "emerging_hotspot_labels", "mann_kendall"),
    }  # fmt: skip
    for goal, names in sets.items():
        found = [finding for name in names for finding in findings(TRUTH, name)]
        met = sum(finding.met for finding in found)
        said = f"{met} of {len(found)} figures" if found else "data sets are absent"
        yield goal, "all", said, met == len(found) if found else None


def calibration(runs: int) -> Iterator[Row]:
    """A2 and A3: false calls on nothing, and a planted window, with Gi* beside it."""
    lattice = hex_lattice([LAND], 100)
    near, m = contiguity(lattice), len(lattice)
    share = lattice.land_m2 / lattice.land_m2.sum()
    for mean in (0.05, 0.2, 1.0, 5.0):
        rng, ours, theirs = np.random.default_rng(int(mean * 100)), 0, 0
        for number in range(runs):
            counts = np.bincount(rng.choice(m, round(mean * m), p=share), minlength=m)
            test = binomial_window(counts, lattice.land_m2, near, side="hot", min_count=1)
            ours += bool((test.call == Call.HOT).any())
            theirs += number < 20 and _gi_calls(counts, lattice, near)
        said = f"{ours / runs:.1%} of {runs} (Gi* with BH: {theirs / min(runs, 20):.0%})"
        yield f"A2 maps of nothing with a false call, mean {mean:g}", "<= 7 %", said, (
            ours / runs <= 0.07)  # fmt: skip
    for expected in (10.0, 14.0):
        found = _power(lattice, near, expected, runs)
        yield f"A3 planted, 3 x, {expected:g} expected in its window", ">= 90 %", (
            f"{found:.0%} of {runs}"), found >= 0.9  # fmt: skip


def _gi_calls(counts: np.ndarray, lattice: Any, near: Any) -> bool:
    from scipy.special import ndtr

    p = ndtr(-local_g(counts / lattice.land_m2 * lattice.hex_m2, near).z)
    return bool((benjamini_hochberg(p) <= 0.05).any())


def _power(lattice: Any, near: Any, expected: float, runs: int) -> float:
    rng = np.random.default_rng(77)
    middle = int(np.argmin(np.hypot(*(lattice.centre - 2500).T)))
    planted = np.append(near[[middle]].indices, middle)
    risk = lattice.land_m2 / lattice.hex_m2 * (expected / len(planted))
    risk[planted] *= 3
    hits = 0
    for _ in range(runs):
        test = binomial_window(rng.poisson(risk), lattice.land_m2, near, side="hot")
        hits += bool((test.call[planted] == Call.HOT).any())
    return hits / runs


def _path(n: int) -> None:
    lattice = hex_lattice([shapely.box(0, 0, SIDE_M, SIDE_M)], 30)
    local_g(hex_counts(lattice, town(n)).counts, contiguity(lattice))


def speed(n: int) -> Iterator[Row]:
    """A4, A5, A6: seconds and memory against peers, at `n` points."""
    lattice = hex_lattice([shapely.box(0, 0, SIDE_M, SIDE_M)], 30)
    near, xy = contiguity(lattice), town(n)
    counts = hex_counts(lattice, xy).counts.astype(float)
    ours = best_of(3, lambda: local_g(counts, near))
    try:
        theirs = best_of(1, lambda: _esda(counts, near))
    except ImportError:
        yield "A4 local G against esda", ">= 10 x", "esda is not installed", None
    else:
        yield f"A4 local G, {len(lattice):,} cells, against esda", ">= 10 x", (
            f"{theirs / ours:.0f} x ({ours * 1000:.0f} ms)"), theirs / ours >= 10  # fmt: skip
    spent = best_of(2, lambda: local_g(hex_counts(lattice, xy).counts, near))
    _, mb = in_its_own_process(_path, n)
    yield f"A4 bin and Gi*, {n:,} points", "<= 1 s, <= 250 MB", f"{spent:.2f} s, {mb:.0f} MB", (
        spent <= 1 and mb <= 250)  # fmt: skip
    yield from _clusters(xy)
    grid = Grid(0, SIDE_M, 10, 1000, 1000)
    heat = best_of(3, lambda: kernel_density(xy, grid, 150))
    mass = float(np.nansum(kernel_density(xy, grid, 150).values) * grid.cell_m2)
    inside = kernel_density(xy, grid, 150).n
    yield f"A6 heat, {n:,} points on 1000²", "<= 0.5 s, mass = n to 1e-6", (
        f"{heat:.2f} s, off by {abs(mass / inside - 1):.0e}"), (
        heat <= 0.5 and abs(mass / inside - 1) <= 1e-6)  # fmt: skip


def _esda(counts: np.ndarray, near: Any) -> Any:
    import esda
    import libpysal

    links = near.tocoo()
    import pandas as pd

    adjacency = pd.Series(
        links.data, index=pd.MultiIndex.from_arrays([links.row, links.col],
                                                    names=["focal", "neighbor"]), name="weight",
    )  # fmt: skip
    graph = libpysal.graph.Graph(adjacency, is_sorted=False)
    return esda.G_Local(counts, graph, transform="B", star=True, permutations=0).Zs


def _clusters(xy: np.ndarray) -> Iterator[Row]:
    dbscan(xy[:5000], 30, 20, engine="compiled")
    spent = {eps: best_of(1, lambda e=eps: dbscan(xy, e, 2 * int(e), engine="compiled"))
             for eps in (10.0, 50.0)}  # fmt: skip
    yield f"A5 DBSCAN {len(xy):,}, eps x 5 costs", "<= 2 x", (
        f"{spent[50.0] / spent[10.0]:.1f} x ({spent[50.0]:.2f} s)"), (
        spent[50.0] <= 2 * spent[10.0])  # fmt: skip
    try:
        from sklearn.cluster import DBSCAN
    except ImportError:
        yield "A5 DBSCAN against scikit-learn", "<= 1/4", "scikit-learn is not installed", None
        return
    began = process_time()
    theirs = DBSCAN(eps=10, min_samples=20).fit(xy)
    took = process_time() - began
    core = np.zeros(len(xy), dtype=bool)
    core[theirs.core_sample_indices_] = True
    same = bool((dbscan(xy, 10, 20).core == core).all())
    yield f"A5 DBSCAN {len(xy):,}, eps 10, of scikit-learn's time", "<= 1/4, cores equal", (
        f"1/{took / spent[10.0]:.1f}, cores {'equal' if same else 'DIFFER'}"), (
        same and spent[10.0] <= took / 4)  # fmt: skip


def scanning() -> Iterator[Row]:
    """A7: 5,025 cases, 400 cells, 365 days, windows of at most 30 days that reach today."""
    rng = np.random.default_rng(SEED)
    side = np.arange(20) * 500.0
    place = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    where, when = rng.integers(0, 400, 5025), rng.integers(0, 365, 5025)
    rules = ScanRules(longest=30, alive=True, replications=999, seed=1)
    warm = ScanRules(longest=30, alive=True, replications=1)
    scan_permutation(place, where, when, 365, rules=warm)
    spent = best_of(1, lambda: scan_permutation(place, where, when, 365, rules=rules)) / 2
    said = "A7 alarm after each report, 999 random maps, 2 workers"
    yield said, "<= 3.75 s", f"{spent:.2f} s", spent <= 3.75


def islands(draws: int) -> Iterator[Row]:
    """A12: two shores 200 m apart; nothing may join them."""
    rng, joined = np.random.default_rng(SEED), 0
    for _ in range(draws // 100):
        island = rng.integers(0, 2, 100)
        xy = np.column_stack([rng.uniform(0, 500, 100) + 700 * island, rng.uniform(0, 500, 100)])
        components_by_island(distance_band(xy, 400, island), island)  # raises where joined
        label = np.asarray(dbscan(xy, 400, 3, island=island).label)
        joined += sum(len(set(island[label == k])) > 1 for k in range(label.max() + 1))
        around = circles(xy, np.ones(100), island=island)
        owner = np.repeat(np.arange(100), np.diff(around.first))
        joined += int((island[around.member] != island[owner]).sum())
    yield f"A12 {draws:,} places: weights, clusters, circles over water", "0", f"{joined}", (
        joined == 0)  # fmt: skip


def cube_rows(inserts: int) -> Iterator[Row]:
    """A13 and A14: the same digest in any order; one report more, one less."""
    rng = np.random.default_rng(SEED)
    shape = (12_000, 365, 9)
    keys = [rng.integers(0, size, inserts) for size in shape]
    whole = count_cube(*keys, shape=shape)
    turn = rng.permutation(inserts)
    same = digest(count_cube(*(key[turn] for key in keys), shape=shape)) == digest(whole)
    yield "A13 same digest with shuffled input", "equal", "equal" if same else "DIFFERENT", same
    gone = slice(0, 1000)
    rest = count_cube(*(key[1000:] for key in keys), shape=shape)
    less = subtract(whole, count_cube(*(key[gone] for key in keys), shape=shape))
    one = count_cube(*(key[:1] for key in keys), shape=shape)
    spent = best_of(5, lambda: add(rest, one)) * 1000
    fine = digest(less) == digest(rest)
    yield f"A14 cube of {inserts:,} less 1,000 = rebuilt; one more report", "equal, <= 5 ms", (
        f"{'equal' if fine else 'DIFFERENT'}, {spent:.1f} ms"), fine and spent <= 5  # fmt: skip


def scaling(most: int) -> Iterator[Row]:
    """A15: slope of log time over log points, from 10⁴ (the last step counts most)."""
    sizes = [10**k for k in range(4, 9) if 10**k <= most]
    lattice = hex_lattice([shapely.box(0, 0, SIDE_M, SIDE_M)], 100)
    grid = Grid(0, SIDE_M, 20, 500, 500)
    works: dict[str, Callable[[np.ndarray], Any]] = {
        "bin": lambda xy: hex_counts(lattice, xy),
        "heat": lambda xy: kernel_density(xy, grid, 150),
        "DBSCAN": lambda xy: dbscan(xy, 30, 20, engine="compiled"),
    }
    for name, work in works.items():
        spent = [best_of(2, lambda w=work, n=n: w(town(n))) for n in sizes]
        made = [best_of(2, lambda n=n: town(n)) for n in sizes]
        net = np.maximum(np.array(spent) - np.array(made), 1e-5)
        slope = float(np.polyfit(np.log(sizes[-2:]), np.log(net[-2:]), 1)[0])
        yield (
            f"A15 {name}: slope up to {sizes[-1]:,} points",
            "<= 1.1",
            f"{slope:.2f}",
            slope <= 1.1,
        )


def manners() -> Iterator[Row]:
    """A18: every method leaves its arguments as they were."""
    from tests.spatial_analysis.methods.test_manners import CALLS, fingerprint

    touched = []
    for name, (method, given, named) in CALLS.items():
        before = fingerprint([*given, *named.values()])
        method(*given, **named)
        if fingerprint([*given, *named.values()]) != before:
            touched.append(name)
    yield f"A18 methods of {len(CALLS)} that change an argument", "0", (
        f"{len(touched)} {' '.join(touched)}"), not touched  # fmt: skip


def goals(points: int, runs: int) -> None:
    """Print the table; `points` bounds sizes, `runs` the random maps."""
    print(f"\n{'goal':<62} {'wanted':<26} {'ours':<36} met")
    parts = (
        truth_rows(), calibration(runs), speed(points), scanning(), islands(10_000),
        cube_rows(min(points, 100_000)), scaling(points), manners(),
    )  # fmt: skip
    missed = 0
    for part in parts:
        for goal, wanted, ours, met in part:
            said = "?" if met is None else "met" if met else "NOT"
            missed += met is False
            print(f"{goal:<62} {wanted:<26} {ours:<36} {said}", flush=True)
    print(f"{missed} not met at {points:,} points, {runs} random maps; seconds are processor time")
