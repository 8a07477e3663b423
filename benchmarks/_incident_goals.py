"""The goals of the incident methods, one line each: goal, ours, met or not; in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np
import shapely

from benchmarks import _incident_peers as peers
from benchmarks._incident_clusters import SIDE_M, town
from benchmarks._incident_cube import ground, through_the_cube
from benchmarks._incident_power import LAND, best_possible, power, scan_of_three_sizes
from benchmarks._measured_once import in_its_own_process
from spatial_analysis.methods.cube import add, count_cube, digest, subtract
from spatial_analysis.methods.density import Grid, kernel_density
from spatial_analysis.methods.density_cluster import dbscan
from spatial_analysis.methods.lattice import hex_counts, hex_lattice
from spatial_analysis.methods.local_g import local_g
from spatial_analysis.methods.multiple_tests import benjamini_hochberg
from spatial_analysis.methods.scan import ScanRules, scan_permutation
from spatial_analysis.methods.scan_windows import circles
from spatial_analysis.methods.weights import (
    components_by_island,
    contiguity,
    distance_band,
)
from spatial_analysis.methods.window_test import Call, binomial_window

SEED = 8271
TRUTH = Path(__file__).resolve().parents[2] / "shared" / "truth"
Row = tuple[str, str, str, bool | None]


def best_of(times: int, work: Callable[[], Any]) -> float:
    """Shortest of some runs, in seconds of processor time (all threads): others do not count."""
    spent = []
    for _ in range(times):
        began = process_time()
        work()
        spent.append(process_time() - began)
    return min(spent)


def truth_rows() -> Iterator[Row]:
    """A1, A7, A17: published figures."""
    from spatial_analysis.truths.table import findings

    sets = {
        "A1 local G, Moran, Geary, rates as published": (
            "gi_getis_ord_1996", "moran_columbus", "rates_nc_sids"),
        "all other sets for incidents, as published": (
            "dbscan_clmfires", "kde_chorley_larynx", "kde_redwood", "knox_burkitt",
            "network_chicago_crime", "snow_cholera", "ternate_islands"),
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
    for mean in (0.05, 0.2, 1.0, 5.0):
        ours, theirs = false_calls(mean, runs, seed=int(mean * 100))
        said = f"{ours:.1%} of {runs} (Gi* with BH: {theirs:.0%} of {min(runs, 20)})"
        yield f"A2 maps of nothing with a false call, mean {mean:g}", "<= 7 %", said, ours <= 0.07
    for expected in (10.0, 12.0, 14.0):
        found, most = power(expected, runs), best_possible(expected)
        wider = scan_of_three_sizes(expected)
        said = f"{found:.0%} of {runs} (best possible {most:.0%}; scan of 1, 7, 19 {wider:.0%})"
        yield f"A3 planted, 3 x, {expected:g} expected in its window", ">= 90 %", said, (
            found >= 0.9)  # fmt: skip


def false_calls(mean: float, runs: int, seed: int) -> tuple[float, float]:
    """Share of maps of nothing with a false hot cell: our test; Gi* with BH (20 maps at most)."""
    lattice = hex_lattice([LAND], 100)
    near, m = contiguity(lattice), len(lattice)
    share = lattice.land_m2 / lattice.land_m2.sum()
    rng, ours, theirs = np.random.default_rng(seed), 0, 0
    for number in range(runs):
        counts = np.bincount(rng.choice(m, round(mean * m), p=share), minlength=m)
        test = binomial_window(counts, lattice.land_m2, near, side="hot", min_count=1)
        ours += bool((test.call == Call.HOT).any())
        theirs += number < 20 and _gi_calls(counts, lattice, near)
    return ours / runs, theirs / min(runs, 20)


def _gi_calls(counts: np.ndarray, lattice: Any, near: Any) -> bool:
    from scipy.special import ndtr

    p = ndtr(-local_g(counts / lattice.land_m2 * lattice.hex_m2, near).z)
    return bool((benjamini_hochberg(p) <= 0.05).any())


def speed(n: int) -> Iterator[Row]:
    """A4: seconds and memory of binning and Gi* against esda, at `n` points."""
    lattice = peers.ground(peers.FINE_HEX_M)
    near, xy = contiguity(lattice), town(n)
    counts = hex_counts(lattice, xy).counts.astype(float)
    ours = best_of(3, lambda: local_g(counts, near))
    try:
        theirs = best_of(1, lambda: peers.esda_g(counts, near))
    except ImportError:
        yield "A4 local G against esda", ">= 10 x", "esda is not installed", None
    else:
        yield f"A4 local G, {len(lattice):,} cells, against esda", ">= 10 x", (
            f"{theirs / ours:.0f} x ({ours * 1000:.0f} ms)"), theirs / ours >= 10  # fmt: skip
    spent = in_its_own_process(
        peers.with_lattice, peers.ours_cells, peers.kept(n), peers.FINE_HEX_M
    )
    if spent:
        yield f"A4 bin, weights, Gi*, {n:,} points", "<= 1 s, <= 250 MB", (
            f"{spent.cpu_s:.2f} s, {spent.mb:.0f} MB"), (
            spent.cpu_s <= 1 and spent.mb <= 250)  # fmt: skip


def clusters(n: int) -> Iterator[Row]:
    """A5: DBSCAN beside scikit-learn, each in a process of its own."""
    peers.compiled()
    path, ours = peers.kept(n), {}
    for eps, least in ((10.0, 20), (50.0, 100)):
        mine = in_its_own_process(peers.load, peers.ours_clusters, path, eps, least)
        yours = in_its_own_process(peers.with_sklearn, peers.theirs_clusters, path, eps, least)
        ours[eps] = mine
        what = f"A5 DBSCAN {n:,}, {eps:g} m, {least}: of scikit-learn's"
        if mine is None or yours is None:
            yield what, "<= 1/4 time, <= 60 % MB", "no figure of scikit-learn: see above", None
            continue
        same, part = mine.told == yours.told, mine.mb / yours.mb
        yield what, "<= 1/4 time, <= 60 % MB", (
            f"1/{yours.cpu_s / mine.cpu_s:.0f}, {part:.0%} ({mine.mb:.0f} MB), cores "
            f"{'equal' if same else 'DIFFER'}"), (
            same and mine.cpu_s <= yours.cpu_s / 4 and part <= 0.6)  # fmt: skip
    near, far = ours[10.0], ours[50.0]
    if near and far:
        yield f"A5 DBSCAN {n:,}, eps x 5 costs", "<= 2 x", (
            f"{far.cpu_s / near.cpu_s:.1f} x ({far.cpu_s:.2f} s)"), (
            far.cpu_s <= 2 * near.cpu_s)  # fmt: skip


def heating(n: int) -> Iterator[Row]:
    """A6: seconds, error, mass, and nothing beyond the island."""
    xy, grid = town(n), Grid(0, SIDE_M, 10, 1000, 1000)
    spent = best_of(3, lambda: kernel_density(xy, grid, 150))
    found = kernel_density(xy, grid, 150)
    mass = abs(float(np.nansum(found.values) * grid.cell_m2) / found.n - 1)
    yield f"A6 heat, {n:,} points on 1000²", "<= 0.5 s, mass = n to 1e-6", (
        f"{spent:.2f} s, off by {mass:.0e}"), spent <= 0.5 and mass <= 1e-6  # fmt: skip
    gap = next(gap for what, _, gap in peers.agreement() if what.startswith("heat"))()
    yield "A6 heat beside the exact sum, of the peak", "<= 1e-3", f"{gap:.0e}", gap <= 1e-3
    halves = np.zeros((1000, 1000), dtype=int)
    halves[:, :495], halves[:, 505:] = 1, 2
    left = xy[xy[:, 0] < 4900][:100_000]
    strait = kernel_density(left, grid, 150, land=halves, island=np.ones(len(left), int))
    over = float(np.nanmax(strait.values[halves == 2]))
    sea = bool(np.isnan(strait.values[halves == 0]).all())
    yield "A6 heat over a strait of 100 m, and at sea", "0, none", (
        f"{over:g}, {'none' if sea else 'SOME'}"), over == 0 and sea  # fmt: skip


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
    """A12: places drawn on real islands; weights, clusters, circles, heat join none of them."""
    folder = TRUTH / "ternate_islands"
    if not folder.is_dir():
        yield f"A12 {draws:,} places: what joins two islands", "0", "data set is absent", None
        return
    lands, rng, joined = _islands(folder), np.random.default_rng(SEED), 0
    for _ in range(draws // 500):
        number = rng.integers(0, len(lands), 500)
        xy = np.array([_on(lands[k], rng) for k in number])
        for reach in (400.0, 2500.0):  # the narrowest strait is 556 m
            components_by_island(distance_band(xy, reach, number), number)  # raises where joined
            label = np.asarray(dbscan(xy, reach, 3, island=number).label)
            joined += sum(len(set(number[label == k])) > 1 for k in range(label.max() + 1))
        around = circles(xy, np.ones(len(xy)), island=number)
        owner = np.repeat(np.arange(len(xy)), np.diff(around.first))
        joined += int((number[around.member] != number[owner]).sum())
    yield f"A12 {draws:,} places on 7 islands: what joins two", "0", f"{joined}", joined == 0


def _islands(folder: Path) -> list[Any]:
    from pyproj import Transformer

    told = shapely.from_geojson((folder / "islands.geojson").read_text())
    frame = Transformer.from_crs(4326, 32652, always_xy=True)
    lands = shapely.transform(shapely.get_parts(told), frame.transform, interleaved=False)
    for land in lands:
        shapely.prepare(land)
    return list(lands)


def _on(land: Any, rng: np.random.Generator) -> np.ndarray:
    """A place on the land, often near its coast."""
    west, south, east, north = land.bounds
    while True:
        place = rng.uniform((west, south), (east, north))
        if shapely.contains_xy(land, *place):
            return place


def spread() -> Iterator[Row]:
    """A13: one run, two workers, shuffled and otherwise split parts: one digest."""
    from spatial_analysis.spread import counted_by, crew
    from tests.spatial_analysis import parts_town as toy

    rows = toy.made_rows(100_000)
    with TemporaryDirectory() as name, crew("2") as client:
        folder = Path(name)
        parts = toy.write_town(folder / "a", rows, lots=2).parts
        split = toy.write_town(folder / "b", rows.take(rows.x_mm.argsort()), lots=5).parts
        marks = {
            toy.mark_of(toy.PLAN, folder / "1", toy.counted(toy.PLAN, folder / "a", parts)),
            toy.mark_of(toy.PLAN, folder / "2", list(counted_by(
                client, toy.PLAN, folder / "a", parts[::-1], toy.EPSG))),
            toy.mark_of(toy.PLAN, folder / "3", list(counted_by(
                client, toy.PLAN, folder / "b", split, toy.EPSG))),
        }  # fmt: skip
    yield f"A13 1 run, 2 workers, {len(parts)} and {len(split)} parts", "one digest", (
        f"{len(marks)} digest"), len(marks) == 1  # fmt: skip


def cube_rows(inserts: int) -> Iterator[Row]:
    """A14: reports put in one lot after another and taken out again are the rebuilt cube."""
    rng = np.random.default_rng(SEED)
    shape = (12_000, 365, 9)
    keys = [rng.integers(0, size, inserts) for size in shape]
    grown = count_cube(*(key[:0] for key in keys), shape=shape)
    for lot in np.array_split(np.arange(inserts), 1000):
        grown = add(grown, count_cube(*(key[lot] for key in keys), shape=shape))
    less = subtract(grown, count_cube(*(key[:1000] for key in keys), shape=shape))
    rebuilt = count_cube(*(key[1000:] for key in keys), shape=shape)
    one = count_cube(*(key[:1] for key in keys), shape=shape)
    spent = best_of(5, lambda: add(rebuilt, one)) * 1000
    fine = digest(less) == digest(rebuilt)
    yield f"A14 cube after {inserts:,} in, 1,000 out; one report", "= rebuilt, <= 5 ms", (
        f"{'equal' if fine else 'DIFFERENT'}, {spent:.1f} ms"), fine and spent <= 5  # fmt: skip


def scaling(most: int, through_cube: int) -> Iterator[Row]:
    """A15: slope of log time over log points from 10⁵ on; 10⁸ reports through the cube."""
    sizes = [10**k for k in range(4, 8) if 10**k <= 10 * most]
    works = {
        "bin and Gi*": (peers.with_lattice, peers.ours_cells, (peers.HEX_M,)),
        "heat": (peers.load_only, peers.ours_heat, ()),
        "DBSCAN 30 m, 20": (peers.load, peers.ours_clusters, (30.0, 20)),
    }
    for name, (prepare, work, how) in works.items():
        spent = [in_its_own_process(prepare, work, peers.kept(n), *how) for n in sizes]
        seconds = np.maximum([one.cpu_s if one else np.nan for one in spent], 1e-3)
        slope = float(np.polyfit(np.log(sizes[-3:]), np.log(seconds[-3:]), 1)[0])
        last = spent[-1]
        yield f"A15 {name}: slope from {sizes[-3]:,} to {sizes[-1]:,}", "<= 1.1", (
            f"{slope:.2f} ({seconds[-1]:.1f} s, {last.mb if last else 0:.0f} MB)"), (
            slope <= 1.1)  # fmt: skip
    spent_ = in_its_own_process(ground, through_the_cube, through_cube)
    if spent_:
        yield f"A15 {through_cube:,} reports through the cube", "<= 300 MB", (
            f"{spent_.mb:.0f} MB, {spent_.cpu_s:.0f} s (their making too)"), (
            spent_.mb <= 300 and spent_.told == through_cube)  # fmt: skip


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


def goals(points: int, runs: int, through_cube: int, only: str = "") -> None:
    """Print the table; `points` bounds sizes, `runs` the random maps, `only` begins a goal."""
    print(f"\n{'goal':<62} {'wanted':<26} {'ours':<42} met")
    parts: dict[str, Callable[[], Iterator[Row]]] = {
        "A1 A7 A17": truth_rows, "A2 A3": partial(calibration, runs), "A4": partial(speed, points),
        "A5": partial(clusters, points), "A6": partial(heating, points), "A7": scanning,
        "A12": partial(islands, 10_000), "A13": spread, "A14": partial(cube_rows, 100_000),
        "A15": partial(scaling, points, through_cube), "A18": manners,
    }  # fmt: skip
    asked = [part for name, part in parts.items() if not only or only in name.split()]
    missed = 0
    for goal, wanted, ours, met in chain.from_iterable(part() for part in asked):
        said = "?" if met is None else "met" if met else "NOT"
        missed += met is False
        print(f"{goal:<62} {wanted:<26} {ours:<42} {said}", flush=True)
    print(f"{missed} not met at {points:,} points, {runs} random maps; seconds are processor time")
