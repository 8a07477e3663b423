"""Published street patterns: crimes of Chicago along streets, deaths of Soho round a pump."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from spatial_analysis.methods.frame import Floats
from spatial_analysis.methods.network_density import Streets, heat_on_network, path_distances
from spatial_analysis.truths.finding import Finding, checks

Rows = Sequence[Finding]
SIX_DIGITS = 1e-6


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
    heat = heat_on_network(streets, on, part, sigma_m=60, piece_m=2)
    theirs = pd.read_csv(folder / "expected_heat_kde_at_points.csv")["heat60"].to_numpy()
    apart = np.abs(heat.at_places - theirs)
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
        line("heat along streets", what="largest; theirs is read from 10 ft pixels",
             published=0.0, ours=float((apart / theirs).max()), within=0.1),
        line("heat along streets", what="at the crimes, mean", published=float(theirs.mean()),
             ours=float(heat.at_places.mean()), within=0.02, relative=True),
    ]  # fmt: skip


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
