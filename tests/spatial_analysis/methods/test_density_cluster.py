"""DBSCAN: the same cores and noise as everyone, one answer for border points, fast when dense."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_analysis.methods.density_cluster import (
    BadReach,
    BadTimes,
    dbscan,
    st_dbscan,
    stacked,
    stacked_share,
)
from tests.shared_data import shared

ENGINES = ("compiled", "arrays")


def same_partition(one: np.ndarray, two: np.ndarray) -> bool:
    """True when two labellings differ in their numbers only."""
    pairs = set(zip(one.tolist(), two.tolist(), strict=True))
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


def clumps(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres, sigma = rng.uniform(0, 10_000, (40, 2)), rng.uniform(30, 300, 40)
    which = rng.integers(0, 40, int(n * 0.7))
    dense = centres[which] + rng.normal(size=(len(which), 2)) * sigma[which, None]
    return np.vstack([dense, rng.uniform(0, 10_000, (n - len(which), 2))])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("eps", "min_pts", "name"), [(3, 10, "dbscan_eps3_min10"), (5, 20, "dbscan_eps5_min20")]
)
def test_wildfires_of_castile_have_the_known_cores_and_noise(engine, eps, min_pts, name):
    folder = shared("dbscan_clmfires")
    xy = pd.read_csv(folder / "events.csv")[["x", "y"]].to_numpy()
    expected = json.loads((folder / "expected.json").read_text())[name]
    labels = pd.read_csv(folder / "expected_labels.csv")
    found = dbscan(xy, eps, min_pts, engine=engine)
    core = labels[f"core_{eps}_{min_pts}"].to_numpy(dtype=bool)
    assert (found.core == core).all()
    assert ((found.label < 0) == (labels[f"label_{eps}_{min_pts}"] < 0)).all()
    assert same_partition(found.label[core], labels[f"label_{eps}_{min_pts}"].to_numpy()[core])
    assert found.n_clusters == expected["n_clusters"]
    assert np.bincount(found.label[core]).tolist() == expected["cluster_sizes_core"]


@pytest.mark.parametrize("engine", ENGINES)
def test_wildfires_that_also_lie_close_in_time(engine):
    folder = shared("dbscan_clmfires")
    table = pd.read_csv(folder / "events.csv", parse_dates=["date"])
    seconds = (table["date"] - pd.Timestamp("1998-01-01")).dt.total_seconds().to_numpy()
    expected = json.loads((folder / "expected.json").read_text())["st_dbscan"]
    found = st_dbscan(table[["x", "y"]].to_numpy(), seconds, 5, 14 * 86400, 5, engine=engine)
    assert found.n_clusters == expected["n_clusters"]
    assert int(found.core.sum()) == expected["n_core"]
    assert int((found.label < 0).sum()) == expected["n_noise"]


@pytest.mark.parametrize(("eps", "min_pts"), [(20, 5), (60, 20), (200, 50)])
def test_cores_and_noise_are_those_of_scikit_learn(eps, min_pts):
    cluster = pytest.importorskip("sklearn.cluster")
    xy = clumps(8000, seed=eps)
    theirs = cluster.DBSCAN(eps=eps, min_samples=min_pts).fit(xy)
    ours = dbscan(xy, eps, min_pts, engine="compiled")
    core = np.zeros(len(xy), dtype=bool)
    core[theirs.core_sample_indices_] = True
    assert (ours.core == core).all()
    assert ((ours.label < 0) == (theirs.labels_ < 0)).all()
    assert same_partition(ours.label[core], theirs.labels_[core])


@pytest.mark.parametrize("at_once", [1, 37, 400])
def test_rows_of_cells_worked_some_at_a_time_give_the_same_answer(monkeypatch, at_once):
    rng = np.random.default_rng(at_once)
    xy, at = clumps(1500, seed=5), rng.integers(0, 6, 1500) * 60.0
    expected = dbscan(xy, 80, 6, engine="arrays")
    timed = st_dbscan(xy, at, 150, 60, 6, engine="arrays")
    monkeypatch.setattr("spatial_analysis.methods.density_cluster_grid.AT_ONCE", at_once)
    assert (dbscan(xy, 80, 6, engine="compiled").label == expected.label).all()
    assert (st_dbscan(xy, at, 150, 60, 6, engine="compiled").label == timed.label).all()
    assert expected.n_clusters > 5 < timed.n_clusters


def test_two_towns_a_thousand_kilometres_apart_are_clustered_by_centimetres():
    near = np.random.default_rng(6).normal(size=(300, 2)) * 0.02
    xy = np.vstack([near, near + 1_000_000])
    found = dbscan(xy, 0.01, 5, engine="compiled")
    assert (found.label == dbscan(xy, 0.01, 5, engine="arrays").label).all()
    assert (found.label[found.core] >= 0).all() and found.core.sum() > 100
    with pytest.raises(OverflowError):
        dbscan(xy, 1e-7, 5, engine="compiled")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 8), st.integers(1, 6))
def test_both_engines_give_the_same_labels_also_on_a_grid_full_of_ties(seed, eps, min_pts):
    rng = np.random.default_rng(seed)
    xy = rng.integers(0, 25, (120, 2)).astype(float)
    at, island = rng.integers(0, 4, 120).astype(float), rng.integers(0, 2, 120)
    one = st_dbscan(xy, at, eps, 1, min_pts, island=island, engine="compiled")
    two = st_dbscan(xy, at, eps, 1, min_pts, island=island, engine="arrays")
    assert (one.label == two.label).all()
    assert (one.core == two.core).all()


def test_the_order_of_the_rows_changes_nothing():
    xy = clumps(6000, seed=3)
    shuffled = np.random.default_rng(4).permutation(len(xy))
    assert (dbscan(xy, 40, 8).label[shuffled] == dbscan(xy[shuffled], 40, 8).label).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_border_place_goes_to_its_nearest_core(engine):
    left = [[0.0, 0], [-1, 0], [0, 1], [0, -1]]
    right = [[2.1, 0], [3.1, 0], [2.1, 1], [2.1, -1]]
    found = dbscan([*left, *right, [1.1, 0.0]], 1.2, 5, engine=engine)
    assert np.flatnonzero(found.core).tolist() == [0, 4]
    assert found.label.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("engine", ENGINES)
def test_places_on_two_islands_are_never_one_cluster(engine):
    xy = np.column_stack([np.arange(20.0), np.zeros(20)])
    island = np.repeat([3, 5], 10)
    assert dbscan(xy, 2, 3, engine=engine).n_clusters == 1
    assert dbscan(xy, 2, 3, island=island, engine=engine).n_clusters == 2


def test_places_are_stacked_only_where_they_are_exactly_the_same(monkeypatch):
    monkeypatch.setattr("spatial_analysis.methods.density_cluster.BLOCK", 16)
    xy = np.vstack([np.tile([[0.0, 5.0]], (4, 1)), [[-0.0, 5.0]], np.arange(80.0).reshape(40, 2)])
    assert stacked(xy).tolist() == [True] * 5 + [False] * 40
    assert not stacked(xy, least=6).any()
    assert stacked(xy, least=1).all() and not stacked(xy[:3], least=5).any()


def test_the_geocoders_default_address_is_named():
    xy = np.vstack([np.tile([[7.0, 7.0]], (10, 1)), clumps(10, seed=1)])
    assert stacked_share(xy) == 0.5
    assert stacked(xy).sum() == 10
    assert "50%" in dbscan(xy, 5, 3).warnings[0]


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_has_no_clusters(engine):
    found = dbscan(np.empty((0, 2)), 5, 3, engine=engine)
    assert (found.n_clusters, len(found.label)) == (0, 0)


def test_a_reach_of_nothing_is_refused():
    with pytest.raises(BadReach):
        dbscan([[0.0, 0.0]], 0, 3)
    with pytest.raises(BadTimes):
        st_dbscan([[0.0, 0.0]], [1.0, 2.0], 5, 5, 3)
