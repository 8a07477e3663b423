"""Published patterns of places: local G, Moran, rates, DBSCAN, heat, pairs, trends, labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy import sparse
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist
from scipy.special import ndtr

from spatial_analysis.methods.bandwidths import (
    Window,
    bandwidth_cvl,
    bandwidth_likelihood,
    bandwidth_scott,
)
from spatial_analysis.methods.density import Density, Edge, Grid, grid_over, kernel_density
from spatial_analysis.methods.density_cluster import dbscan, st_dbscan
from spatial_analysis.methods.emerging import classify_emerging
from spatial_analysis.methods.frame import Floats
from spatial_analysis.methods.interaction import knox
from spatial_analysis.methods.local_g import local_g
from spatial_analysis.methods.local_moran import geary, local_moran, moran
from spatial_analysis.methods.multiple_tests import benjamini_hochberg, benjamini_yekutieli
from spatial_analysis.methods.rates import empirical_bayes
from spatial_analysis.methods.trend import mann_kendall, sen_slope
from spatial_analysis.methods.weights import distance_band
from spatial_analysis.truths.finding import Finding, checks

EXACT = 1e-9
MARGIN = 12  # cells added outside, so that a spline has something to lean on at the edge
EDGES: tuple[Edge, ...] = ("diggle", "uniform", "none")
Rows = Sequence[Finding]


def links(path: Path) -> sparse.csr_array:
    """Weights from rows i, j, w."""
    table = pd.read_csv(path)
    n = int(table[["i", "j"]].to_numpy().max()) + 1
    return sparse.csr_array((table["w"].astype(float), (table["i"], table["j"])), shape=(n, n))


def _told(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.read_text())
    return told


def _farthest(ours: Any, theirs: Any) -> float:
    return float(np.abs(np.asarray(ours) - np.asarray(theirs)).max())


def _xy(table: pd.DataFrame) -> Floats:
    return table[["x", "y"]].to_numpy(dtype=np.float64)


@checks("gi_getis_ord_1996")
def getis_and_ord(folder: Path) -> Rows:
    """Gi and Gi* of 256 pixels at five distances."""
    table, expected = (pd.read_csv(folder / f"{f}.csv") for f in ("points", "expected_local_g"))
    line = partial(Finding, data_set="gi_getis_ord_1996")
    rows = []
    for band in (30, 60, 90, 120, 150):
        w = distance_band(_xy(table), band)
        star, other = (local_g(table["val"], w, star=yes).z for yes in (True, False))
        pixel = float(expected[f"GiStar_d{band}"][119])
        rows.append(line(method="local G, Gi*", what=f"pixel 120, {band} m", published=pixel,
                         ours=float(star[119]), within=EXACT))  # fmt: skip
        gap = max(_farthest(star, expected[f"GiStar_d{band}"]),
                  _farthest(other, expected[f"Gi_d{band}"]))  # fmt: skip
        rows.append(line(method="local G", what=f"all pixels, {band} m, largest difference",
                         published=0.0, ours=gap, within=EXACT))  # fmt: skip
        if band == 30:
            printed = float(star[119] * np.sqrt(255 / 256))
            rows.append(line(method="local G, Gi*", what="as printed in 1996", published=1.44795,
                             ours=printed, within=1e-5))  # fmt: skip
    return rows


@checks("moran_columbus")
def columbus(folder: Path) -> Rows:
    """Moran, Geary, local Moran, adjusted p of 49 neighbourhoods."""
    crime = pd.read_csv(folder / "columbus.csv")["CRIME"].to_numpy()
    w, told = links(folder / "neighbours.csv"), _told(folder / "expected_global.json")
    expected = pd.read_csv(folder / "expected_local.csv")
    line = partial(Finding, data_set="moran_columbus", within=EXACT)
    i, c, local = moran(crime, w, normal=True), geary(crime, w), local_moran(crime, w)
    p = 2 * ndtr(-np.abs(local_g(crime, w).z))
    gaps = {
        "local Moran": _farthest(local.ii, expected["Ii"]),
        "its z": _farthest(local.z, expected["Z_Ii"]),
        "Gi*, binary": _farthest(local_g(crime, w).z, expected["GiStar_B"]),
        "Gi*, rows": _farthest(local_g(crime, w, scale="row").z, expected["GiStar_W"]),
        "p by BH": _farthest(benjamini_hochberg(p), expected["p_BH_GiStar_B"]),
        "p by BY": _farthest(benjamini_yekutieli(p), expected["p_BY_GiStar_B"]),
    }
    return [
        line("Moran", what="I", published=told["moran_W_normality"]["I"], ours=i.statistic),
        line("Moran", what="z", published=told["moran_W_normality"]["z"], ours=i.z),
        line("Geary", what="C", published=told["geary_W"]["C"], ours=c.statistic),
        *(line("local statistics", what=f"{name}, largest difference", published=0.0, ours=gap)
          for name, gap in gaps.items()),
    ]  # fmt: skip


@checks("rates_nc_sids")
def carolina(folder: Path) -> Rows:
    """Rates drawn to their mean (Marshall), and the raw rate's Moran."""
    table = pd.read_csv(folder / "counties.csv")
    expected = pd.read_csv(folder / "expected_eb_rates.csv")
    told = _told(folder / "expected_global.json")
    w = links(folder / "neighbours_CC89.csv")
    smooth = empirical_bayes(table["SID74"], table["BIR74"])
    joined = int((np.asarray(w.sum(axis=1)).ravel() > 0).sum())  # their n: places with neighbours
    raw = moran(smooth.raw, w, scale="binary").statistic * joined / len(table)
    even = moran(smooth.deviate, w, scale="binary").statistic  # here their n: all places
    line = partial(Finding, data_set="rates_nc_sids", within=EXACT)
    return [
        line("empirical Bayes", what="mean rate", published=told["EBest_params"]["b"],
             ours=smooth.mean),
        line("empirical Bayes", what="all rates, largest difference", published=0.0,
             ours=_farthest(smooth.rate, expected["EBest"])),
        line("Moran", what="raw rate, I", published=told["moran_rate74_B"]["I"],
             ours=raw),
        line("Moran", what="rate by empirical Bayes, I", published=told["EBI_moran"],
             ours=even),
    ]  # fmt: skip


@checks("dbscan_clmfires")
def wildfires(folder: Path) -> Rows:
    """Clusters, cores and noise of 8,488 fires, in place and in place and time."""
    table = pd.read_csv(folder / "events.csv", parse_dates=["date"])
    told, labels = _told(folder / "expected.json"), pd.read_csv(folder / "expected_labels.csv")
    line = partial(Finding, data_set="dbscan_clmfires")
    rows = []
    for eps, least in ((3, 10), (5, 20)):
        found, known = dbscan(_xy(table), eps, least), told[f"dbscan_eps{eps}_min{least}"]
        core = labels[f"core_{eps}_{least}"].to_numpy(dtype=bool)
        noise = labels[f"label_{eps}_{least}"].to_numpy() < 0
        other = int((found.core != core).sum() + ((found.label < 0) != noise).sum())
        method = f"DBSCAN, eps {eps}, {least}"
        rows += [line(method, what="clusters", published=known["n_clusters"],
                      ours=found.n_clusters),
                 line(method, what="places judged otherwise", published=0, ours=other)]  # fmt: skip
    seconds = (table["date"] - pd.Timestamp("1998-01-01")).dt.total_seconds().to_numpy()
    timed, known = st_dbscan(_xy(table), seconds, 5, 14 * 86400, 5), told["st_dbscan"]
    ours = {"clusters": timed.n_clusters, "cores": int(timed.core.sum()),
            "noise": int((timed.label < 0).sum())}  # fmt: skip
    return rows + [
        line("ST-DBSCAN", what=name, published=known[f"n_{key}"], ours=ours[name])
        for name, key in (("clusters", "clusters"), ("cores", "core"), ("noise", "noise"))
    ]


def read_between(density: Density, xy: Floats) -> Floats:
    """Density at places, by cubic splines between cells (sea counts as 0)."""
    at = np.array(density.grid.place(xy)) + MARGIN
    wide = np.pad(np.nan_to_num(density.values), MARGIN, mode="reflect", reflect_type="odd")
    heat = map_coordinates(wide, at, order=3)
    return np.asarray(heat, dtype=np.float64)


@checks("kde_redwood")
def redwood(folder: Path) -> Rows:
    """Heat of 62 seedlings in the unit square, three corrections at the edge."""
    grid = Grid(0, 0, 1 / 256, 256, 256)
    widths = _widths(folder, Window(Grid(0, 0, 1 / 128, 128, 128)), np.sqrt(2))
    return [*_heat(folder, grid, None, 0.1, 2e-4, 1e-4), *widths]


@checks("kde_chorley_larynx")
def chorley(folder: Path) -> Rows:
    """Heat of 58 cases inside a polygon: its edge is the coast."""
    rings = pd.read_csv(folder / "window_rings.csv")
    coast = shapely.Polygon(_xy(rings[rings["ring"] == 1]))
    fine, rough = _pixels(coast, 0.025), _pixels(coast, 0.049)
    across = float(pdist(shapely.get_coordinates(coast)).max())
    heat = _heat(folder, fine.grid, fine.land, 1.5, 4e-3, 2e-3)
    return [*heat, *_widths(folder, rough, across)]


def _pixels(coast: shapely.Polygon, cell: float) -> Window:
    grid = grid_over(coast.bounds, cell)
    x = grid.west_m + (np.arange(grid.columns) + 0.5) * grid.cell_m
    y = grid.north_m - (np.arange(grid.rows) + 0.5) * grid.cell_m
    return Window(grid, shapely.contains_xy(coast, *np.meshgrid(x, y)).astype(int))


def _widths(folder: Path, window: Window, across: float) -> Rows:
    """Widths by three rules; the published ones are the best of 16 from the nearest pair on."""
    xy, told = _xy(pd.read_csv(folder / "points.csv")), _told(folder / "expected.json")
    near = cKDTree(xy).query(xy, k=2)[0][:, 1]
    tried = np.geomspace(near[near > 0].min(), across / 2, 16)
    limits = {"least_m": float(tried[0]), "most_m": float(tried[-1])}
    scott = bandwidth_scott(xy)
    likely = bandwidth_likelihood(xy, window=window, among=tried[tried < scott], **limits)
    area = told["window"]["area"]
    line = partial(Finding, "width of a kernel", folder.name, within=0.05, relative=True)
    return [
        line("Scott, mean of both axes", float(np.mean(told["bw_scott"])), scott),
        line("likelihood, best of 16", told["bw_ppl"], likely),
        line("Cronie & van Lieshout, best of 16", told["bw_CvL"],
             bandwidth_cvl(xy, area, among=tried, **limits)),
    ]  # fmt: skip


def _heat(
    folder: Path, grid: Grid, land: Any, sigma: float, at_points: float, in_all: float
) -> Rows:
    table, told = pd.read_csv(folder / "expected_density_at_points.csv"), folder / "expected.json"
    line = partial(Finding, data_set=folder.name)
    rows = []
    for edge in EDGES:
        heat = kernel_density(_xy(table), grid, sigma, land=land, edge=edge)
        total = float(np.nansum(heat.values) * grid.cell_m2)
        gap = float(np.abs(read_between(heat, _xy(table)) / table[edge] - 1).max())
        rows += [
            line(f"heat, edge {edge}", what="sum over the land", ours=total, within=in_all,
                 published=_told(told)[f"integral_over_window_{edge}"], relative=True),
            line(f"heat, edge {edge}", what="at the places, largest relative difference",
                 published=0.0, ours=gap, within=at_points),
        ]  # fmt: skip
    return rows


@checks("knox_burkitt")
def burkitt(folder: Path) -> Rows:
    """Close pairs of 188 cases."""
    table, told = pd.read_csv(folder / "burkitt.csv"), _told(folder / "burkitt.json")
    found = knox(_xy(table), table["t"], within_m=20, within_t=5, replications=1999, seed=1)
    spread = 4 * np.sqrt(0.2 * 0.8 / 1999)
    line = partial(Finding, "Knox", "knox_burkitt")
    return [
        line("pairs close in place", told["N_s"], found.near_place),
        line("pairs close in time", told["N_t"], found.near_time),
        line("pairs close in both", told["N_st"], found.near_both),
        line("p, Poisson", told["p_poisson_pysal"], found.p_poisson, EXACT),
        line("p, 1999 shuffles", told["p_sim_pysal_9999"], found.p, spread),
    ]


@checks("mann_kendall")
def rain_and_lynx(folder: Path) -> Rows:
    """Two published series."""
    rows = []
    for name, told in _told(folder / "expected.json").items():
        series = pd.read_csv(folder / f"{name}.csv")["x"]
        found, line = mann_kendall(series), partial(Finding, "Mann-Kendall", "mann_kendall")
        ours = {"S": found.s[0], "p": found.p[0], "tau_a": found.tau_a[0], "tau_b": found.tau_b[0],
                "var_S": found.variance[0], "sen_slope": sen_slope(series)[0]}  # fmt: skip
        rows += [line(f"{name} {key}", told[key], float(value), 1e-12, relative=True)
                 for key, value in ours.items()]  # fmt: skip
    return rows


@checks("emerging_hotspot_labels")
def histories(folder: Path) -> Rows:
    """Histories of cells named by hand."""
    rows = []
    for case in json.loads((folder / "cases.json").read_text()):
        z = np.array([case["z"]])
        found = classify_emerging(z, z >= 1.96, z <= -1.96)
        words = f"{found.pattern[0]} {found.side[0]} spot" if found.side[0] else "no pattern"
        rows.append(Finding("emerging places", "emerging_hotspot_labels", case["why"],
                            case["expected"], words))  # fmt: skip
    return rows
