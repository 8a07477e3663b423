"""Published places: crimes along streets, deaths round a pump, islands and the sea between."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from scipy.spatial import cKDTree

from spatial_analysis.methods.frame import Floats, Ints
from spatial_analysis.methods.lattice import hex_lattice
from spatial_analysis.methods.network_density import Streets, heat_on_network, path_distances
from spatial_analysis.methods.weights import contiguity
from spatial_analysis.truths.finding import Finding, checks

Rows = Sequence[Finding]
SIX_DIGITS = 1e-6
UTM_52N = 32600 + 52  # the frame of the published areas
PIXEL_FT = 10.0


def _xy(path: Path) -> Floats:
    return pd.read_csv(path)[["x", "y"]].to_numpy(dtype=np.float64)


@checks("network_chicago_crime")
def chicago(folder: Path) -> Rows:
    """Ways between 116 crimes, and their heat along 503 streets (feet)."""
    told = json.loads((folder / "expected.json").read_text())
    nodes, edges = _xy(folder / "vertices.csv"), pd.read_csv(folder / "edges.csv").to_numpy()
    table = pd.read_csv(folder / "points.csv")
    length = np.hypot(*(nodes[edges[:, 1]] - nodes[edges[:, 0]]).T)
    streets = Streets.of(edges, length, len(nodes))
    on, part = table["seg"].to_numpy(), table["tp"].clip(0, 1).to_numpy()
    far = path_distances(streets, on, part)
    np.fill_diagonal(far, np.inf)
    nearest = far.min(axis=1)
    known = pd.read_csv(folder / "expected_nn_path.csv")["nn_path"]
    seen, along = _every_foot(length)
    heat = heat_on_network(
        streets, np.append(on, seen), np.append(part, along), sigma_m=60, piece_m=2,
        weights=np.append(np.ones(len(on)), np.zeros(len(seen))),
    )  # fmt: skip
    ours, around = heat.at_places[: len(on)], heat.at_places[len(on) :]
    theirs = pd.read_csv(folder / "expected_heat_kde_at_points.csv")["heat60"].to_numpy()
    apart = np.abs(ours - theirs)
    crimes, feet = (
        nodes[edges[e, 0]] + (nodes[edges[e, 1]] - nodes[edges[e, 0]]) * t[:, None]
        for e, t in ((on, part), (seen, along))
    )
    line = partial(Finding, data_set="network_chicago_crime")
    return [
        line("ways along streets", what="total length, ft", published=told["total_length_ft"],
             ours=float(length.sum()), within=SIX_DIGITS),
        line("ways along streets", what="mean nearest, ft", published=told["mean_nn_path"],
             ours=float(nearest.mean()), within=SIX_DIGITS),
        line("ways along streets", what="each nearest, largest difference", published=0.0,
             ours=float(np.abs(nearest - known).max()), within=SIX_DIGITS),
        line("ways along streets", what="mean of all pairs, ft", within=SIX_DIGITS,
             published=told["mean_pair_path"], ours=float(far[np.isfinite(far)].mean())),
        line("heat along streets", what="crimes in all", published=116.0, ours=heat.total,
             within=SIX_DIGITS),
        line("heat along streets", what="at the crimes, median relative difference",
             published=0.0, ours=float(np.median(apart / theirs)), within=0.02),
        line("heat along streets", what="largest, to ours within their pixel",
             published=0.0, ours=_beyond_pixel(crimes, feet, around, theirs), within=0.02),
        line("heat along streets", what="at the crimes, mean", published=float(theirs.mean()),
             ours=float(ours.mean()), within=0.02, relative=True),
    ]  # fmt: skip


def _every_foot(length: Floats) -> tuple[Ints, Floats]:
    """Places one foot apart on every street: street and part (k,)."""
    steps = np.ceil(length).astype(np.int64) + 1
    seen = np.repeat(np.arange(len(length)), steps)
    return seen, np.concatenate([np.linspace(0, 1, n) for n in steps])


def _beyond_pixel(crimes: Floats, feet: Floats, around: Floats, theirs: Floats) -> float:
    """Largest relative difference of theirs from our heat within the pixel that theirs is of.

    Theirs was read from square pixels of PIXEL_FT, so it is the heat of some place of the
    pixel, not of the crime; ours has converged (pieces of 10 and of 1 ft differ by 2e-4).
    """
    near = cKDTree(feet).query_ball_point(crimes, PIXEL_FT)
    low, high = (np.array([end(around[held]) for held in near]) for end in (np.min, np.max))
    return float(np.maximum(theirs / high - 1, 1 - theirs / low).clip(0).max())


@checks("snow_cholera")
def soho(folder: Path) -> Rows:
    """Deaths by nearest pump, and how far they lie from their middle (frame as given)."""
    table, pumps = pd.read_csv(folder / "addresses.csv"), _xy(folder / "pumps.csv")
    xy, deaths = table[["x", "y"]].to_numpy(), table["deaths"].to_numpy()
    far = np.hypot(*(xy[:, None] - pumps[None]).transpose(2, 0, 1))
    each = np.bincount(far.argmin(axis=1), weights=deaths, minlength=len(pumps))
    middle = (xy * deaths[:, None]).sum(axis=0) / deaths.sum()
    spread = float(np.sqrt((((xy - middle) ** 2).sum(axis=1) * deaths).sum() / deaths.sum()))
    line = partial(Finding, data_set="snow_cholera")
    return [
        line("nearest place", what="deaths nearest to pump row 8", published=266.0,
             ours=float(each[8])),
        line("nearest place", what="deaths by pump",
             published="0,6,1,5,17,37,36,0,266,6,15,0,3",
             ours=",".join(f"{n:.0f}" for n in each)),
        line("spread of places", what="standard distance", published=202.0638, ours=spread,
             within=5e-5),
        line("spread of places", what="from their middle to pump row 8", published=35.95,
             ours=float(np.hypot(*(middle - pumps[8]))), within=5e-3),
        line("heat along streets", what="deaths kept", published=392.0, within=SIX_DIGITS,
             ours=_street_heat(folder, xy, deaths)),
    ]  # fmt: skip


def _street_heat(folder: Path, xy: Floats, deaths: Floats) -> float:
    """Deaths on the network after each was moved to its nearest street."""
    lines = shapely.from_wkt(pd.read_csv(folder / "streets_wkt.csv")["wkt"].to_numpy())
    ends = np.array([line.coords[k] for line in lines for k in (0, -1)])
    places, node = np.unique(np.round(ends, 3), axis=0, return_inverse=True)
    streets = Streets.of(node.reshape(-1, 2), shapely.length(lines), len(places))
    points = shapely.points(xy)
    on = shapely.STRtree(lines).nearest(points)
    part = shapely.line_locate_point(lines[on], points, normalized=True)
    heat = heat_on_network(streets, on, part, sigma_m=60, piece_m=10, weights=deaths)
    return heat.total


@checks("ternate_islands")
def archipelago(folder: Path) -> Rows:
    """Areas of islands in their UTM zone, the sea between them, and that nothing joins them."""
    shapes = json.loads((folder / "islands.geojson").read_text())["features"]
    names = [shape["properties"]["name"] for shape in shapes]
    frame = Transformer.from_crs(4326, UTM_52N, always_xy=True)
    lands = [
        shapely.transform(shapely.geometry.shape(shape["geometry"]), frame.transform,
                          interleaved=False) for shape in shapes
    ]  # fmt: skip
    areas = pd.read_csv(folder / "expected_islands.csv").set_index("name")["utm52n_area_km2"]
    gaps = pd.read_csv(folder / "expected_coast_gap_m.csv", index_col=0)
    lattice = hex_lattice(lands, 400)
    links = contiguity(lattice).tocoo()
    apart = int((lattice.island[links.row] != lattice.island[links.col]).sum())
    line = partial(Finding, "islands apart", "ternate_islands")
    number = {name: k for k, name in enumerate(names)}
    far = {(a, b): shapely.distance(lands[number[a]], lands[number[b]])
           for a in gaps.index for b in gaps.columns}  # fmt: skip
    return [
        *(line(f"{name}, km²", float(areas[name]), lands[number[name]].area / 1e6, 1e-9,
               relative=True) for name in names),
        line("sea between all pairs, largest difference, m", 0.0,
             max(abs(far[a, b] - gaps.loc[a, b]) for a, b in far), 1e-3),
        line("land in the cells of the lattice, km²", sum(land.area for land in lands) / 1e6,
             float(lattice.land_m2.sum()) / 1e6, 1e-6),
        line("weights that join two islands", 0.0, float(apart)),
    ]  # fmt: skip
