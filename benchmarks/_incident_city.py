"""The seeded city: planted groups found, false calls on random cities; Boston's default point."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from scipy.special import ndtr

from layers.city_folder.report_year import make_year
from layers.geography import city
from spatial_analysis.methods.cluster_test import Ground, cluster_strength
from spatial_analysis.methods.default_places import default_places
from spatial_analysis.methods.density import grid_over
from spatial_analysis.methods.density_cluster import dbscan, stacked
from spatial_analysis.methods.heat_bins import HeatGround
from spatial_analysis.methods.lattice import HexLattice, hex_counts, hex_lattice
from spatial_analysis.methods.local_g import local_g
from spatial_analysis.methods.multiple_tests import benjamini_hochberg
from spatial_analysis.methods.weights import contiguity
from spatial_analysis.methods.window_test import Call, binomial_window

END, DAYS = datetime(2026, 11, 22, 15, tzinfo=UTC), 90
EPS_M, MIN_PTS, HEX_M, ALPHA = 75.0, 8, 300.0, 0.05
HEAT_CELL_M = 50.0
SEEDS = (None, 1, 2, 3, 4)  # None: the seed of the city's own file
BOSTON = Path(__file__).resolve().parents[2] / "shared/geodata/reports-boston-311-2015"


@dataclass(frozen=True)
class People:
    """Where people live: cells (g, 2) metres, people, island; the lattice and its offset."""

    xy: np.ndarray
    people: np.ndarray
    island: np.ndarray
    lattice: HexLattice
    offset: np.ndarray


@lru_cache(maxsize=1)
def people() -> People:
    """The city's people by cell of 100 m, and on the lattice."""
    import geopandas as gpd

    folder = city().folder
    lands = gpd.read_file(folder / "islands.geojson").to_crs(city().metric_srid)
    shapes = lands.sort_values("code").geometry.to_numpy()
    cells = pd.read_csv(folder / "population_100m.csv")
    xy = cells[["east_m", "north_m"]].to_numpy(float)
    island = shapely.STRtree(shapes).nearest(shapely.points(xy)).astype(np.int64)
    lattice = hex_lattice(list(shapes), HEX_M)
    cell, n = hex_counts(lattice, xy, island).cell, cells["people"].to_numpy(float)
    held = cell >= 0
    offset = np.bincount(cell[held], weights=n[held], minlength=len(lattice))
    offset = 0.99 * offset + 0.01 * offset.sum() * lattice.land_m2 / lattice.land_m2.sum()
    return People(xy, n, island, lattice, offset)


def made(seed: int | None = None) -> list[Any]:
    """Reports of the last DAYS of a made year (None: of the city's own file)."""
    year = make_year(city().folder, until=END, seed=seed)
    return [row for row in year if row.received_at >= END - timedelta(days=DAYS)]


def reports(seed: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places (n, 2) metres, islands, names of the planted groups, without the stacked ones."""
    rows = [row for row in made(seed) if row.kind != "duplicate"]
    frame = Transformer.from_crs(4326, city().metric_srid, always_xy=True)
    xy = np.column_stack(frame.transform([r.lon for r in rows], [r.lat for r in rows]))
    names = np.array([row.cluster for row in rows])
    keep = ~stacked(xy)
    near = np.array([np.argmin(((people().xy - place) ** 2).sum(axis=1)) for place in xy[keep]])
    return xy[keep], people().island[near], names[keep]


def again(xy: np.ndarray, island: np.ndarray) -> np.ndarray:
    """The clustering of the study."""
    return np.asarray(dbscan(xy, EPS_M, MIN_PTS, island=island).label)


def strong(xy: np.ndarray, island: np.ndarray, seed: int, draws: int = 99) -> Any:
    """Labels, and the chance of each cluster."""
    home = people()
    where = Ground(home.xy, home.people, home.island, 50.0)
    label = again(xy, island)
    found = cluster_strength(
        xy, label, where, again, reach_m=EPS_M, island=island, replications=draws, seed=seed
    )
    return label, found.p


def hot_cells(xy: np.ndarray, island: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cell of each place; hot cells by the exact test; by Gi* with normal p and BH."""
    home = people()
    counted, near = hex_counts(home.lattice, xy, island), contiguity(home.lattice)
    test = binomial_window(counted.counts, home.offset, near, side="hot")
    rate = counted.counts / np.maximum(home.offset, 1.0)
    gi = benjamini_hochberg(ndtr(-local_g(rate, near).z)) <= ALPHA
    return counted.cell, test.call == Call.HOT, gi


def planted(runs: int) -> None:
    """Print precision and recall of the planted groups, then false calls on random cities."""
    print(f"\n{'planted groups':<20} {'found':>7} {'recall':>7} {'precision':>10}   hot cells at "
          "a planted group: exact test, Gi* with BH")  # fmt: skip
    for seed in SEEDS:
        xy, island, names = reports(seed)
        label, p = strong(xy, island, seed=7)
        sure = np.isin(label, np.flatnonzero(p <= ALPHA))
        groups = sorted(set(names) - {""})
        recall = [float(sure[names == name].mean()) for name in groups]
        real = [k for k in np.flatnonzero(p <= ALPHA) if _planted_near(xy, label == k, names)]
        cell, exact, gi = hot_cells(xy, island)
        at_group = np.zeros(len(people().lattice), dtype=bool)
        at_group[cell[(names != "") & (cell >= 0)]] = True
        at_group |= contiguity(people().lattice) @ at_group > 0
        said = [f"{int((hot & at_group).sum())} of {int(hot.sum())}" for hot in (exact, gi)]
        print(f"seed {'of the city' if seed is None else seed!s:<13} "
              f"{sum(r > 0.5 for r in recall)} of {len(groups)} {np.mean(recall):>7.0%} "
              f"{len(real)} of {int((p <= ALPHA).sum()):<5}   {said[0]}, {said[1]}",
              flush=True)  # fmt: skip
    for what, share in false_calls(runs).items():
        print(f"{what:<62} {share:.1%} of {runs} random cities")


def _planted_near(xy: np.ndarray, member: np.ndarray, names: np.ndarray) -> bool:
    """Whether a planted report lies in the cluster."""
    return bool((names[member] != "").any())


def random_city(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """`n` reports where people live, nothing else: places and islands."""
    home = people()
    at = rng.choice(len(home.xy), n, p=home.people / home.people.sum())
    return home.xy[at] + rng.uniform(-50, 50, (n, 2)), home.island[at]


def false_calls(runs: int, n: int = 2500) -> dict[str, float]:
    """Share of random cities with a false hot cell, by test; with a false cluster (19 draws)."""
    rng = np.random.default_rng(82)
    told = np.zeros(3)
    for number in range(runs):
        xy, island = random_city(rng, n)
        _, exact, gi = hot_cells(xy, island)
        p = strong(xy, island, seed=number, draws=19)[1]
        told += np.array([exact.any(), gi.any(), (p <= ALPHA).any()])
    names = ("a false hot cell by the exact test", "a false hot cell by Gi* with BH",
             "a false cluster (p <= 0.05)")  # fmt: skip
    return dict(zip(names, told / runs, strict=True))


def boston_places() -> np.ndarray | None:
    """Boston's requests of 2015 in metres of UTM 19N (n, 2); None where they are not here."""
    table = boston_table()
    if table is None:
        return None
    frame = Transformer.from_crs(4326, 32619, always_xy=True)
    return np.column_stack(frame.transform(table["longitude"], table["latitude"]))


def boston_table() -> pd.DataFrame | None:
    """Places and kinds of Boston's requests of 2015; None where they are not here."""
    file = BOSTON / "boston_311_2015_a.csv"
    if not file.is_file():
        return None
    return pd.read_csv(file, usecols=["longitude", "latitude", "type"])


def boston() -> None:
    """Print the clusters of Boston's requests with and without the default point."""
    xy = boston_places()
    if xy is None:
        print("\nBoston's requests are not here")
        return
    print(f"\n{'Boston 2015, 75 m, 20':<34} {'requests':>9} {'clusters':>9} {'largest':>8} "
          f"{'second':>7}   reports of the largest on its fullest point")  # fmt: skip
    table = boston_table()
    kinds = None if table is None else table["type"].to_numpy()
    for what, aside in (("all", np.zeros(len(xy), dtype=bool)),
                        ("the default point set aside", stacked(xy, least=100)),
                        ("default places set aside, as we do", default_places(xy, kinds).piled),
                        ("every pile of 5 set aside", stacked(xy, least=5))):  # fmt: skip
        kept_ = ~aside
        found = dbscan(xy[kept_], 75, 20)
        sizes = np.sort(np.bincount(found.label[found.label >= 0]))[::-1]
        largest = int(np.argmax(np.bincount(found.label[found.label >= 0])))
        inside = xy[kept_][found.label == largest]
        most = np.unique(inside, axis=0, return_counts=True)[1].max()
        print(f"{what:<34} {int(kept_.sum()):>9,} {found.n_clusters:>9} {sizes[0]:>8} "
              f"{sizes[1]:>7}   {most} ({most / sizes[0]:.0%})", flush=True)  # fmt: skip


def boston_heat() -> None:
    """Print where Boston's heat is densest, with and without its default addresses."""
    xy, table = boston_places(), boston_table()
    if xy is None or table is None:
        return
    mm = np.rint(xy * 1000) / 1000
    piled = default_places(mm, table["type"].to_numpy()).piled
    point, uses = np.unique(mm[piled], axis=0, return_counts=True)
    default, (west, south) = point[np.argmax(uses)], xy.min(axis=0) - 500
    east, north = xy.max(axis=0) + 500
    grid = grid_over((west, south, east, north), HEAT_CELL_M)
    ground, home = HeatGround(grid, HEX_M), shapely.box(west, south, east, north)
    lattice = hex_lattice([home], HEX_M)
    here = int(np.argmin(((np.asarray(lattice.centre) - default) ** 2).sum(axis=1)))
    print(f"\n{'Boston 2015, heat of 300 m':<46} {'requests':>9} {'densest per km²':>16} "
          f"{'from the default point':>23} {'its cell':>9} {'Gi* z':>6}")  # fmt: skip
    for what, some in (("all", xy), ("default addresses set aside, as the study does", xy[~piled])):
        heat = np.nan_to_num(ground.density(ground.bins(some)).values) * 1e6
        row, column = np.unravel_index(int(np.argmax(heat)), heat.shape)
        place = np.array([grid.west_m + (column + 0.5) * HEAT_CELL_M,
                          grid.north_m - (row + 0.5) * HEAT_CELL_M])  # fmt: skip
        counts = hex_counts(lattice, some).counts
        z = local_g(counts, contiguity(lattice)).z
        print(f"{what:<46} {len(some):>9,} {heat.max():>16,.0f} "
              f"{np.hypot(*(place - default)):>21,.0f} m {int(counts[here]):>9} {z[here]:>6.1f}",
              flush=True)  # fmt: skip
