"""Manners of every method for incidents: arguments stay as they were, results are read only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
import shapely

from spatial_analysis.methods.bandwidths import bandwidth_cvl, bandwidth_likelihood
from spatial_analysis.methods.cube import add, count_cube, subtract
from spatial_analysis.methods.default_places import default_places
from spatial_analysis.methods.density import Grid, kernel_density
from spatial_analysis.methods.density_cluster import dbscan, st_dbscan
from spatial_analysis.methods.emerging import classify_emerging, step_windows
from spatial_analysis.methods.interaction import knox, near_repeat
from spatial_analysis.methods.lattice import hex_counts, hex_lattice
from spatial_analysis.methods.local_g import local_g
from spatial_analysis.methods.local_moran import geary, local_moran, moran
from spatial_analysis.methods.multiple_tests import benjamini_hochberg
from spatial_analysis.methods.network_density import (
    Streets,
    heat_on_network,
    path_distances,
)
from spatial_analysis.methods.rates import empirical_bayes
from spatial_analysis.methods.relative_risk import relative_risk
from spatial_analysis.methods.scan import (
    ScanRules,
    scan_bernoulli,
    scan_permutation,
    scan_poisson,
)
from spatial_analysis.methods.trend import mann_kendall, sen_slope
from spatial_analysis.methods.weights import contiguity, distance_band, knn
from spatial_analysis.methods.window_test import binomial_window

RNG = np.random.default_rng(1)
LAND = shapely.box(0, 0, 1000, 1000)
LATTICE = hex_lattice([LAND], 100)
W = contiguity(LATTICE)
XY = RNG.uniform(0, 1000, (500, 2))
ISLAND = np.zeros(500, dtype=np.int64)
COUNTS = RNG.poisson(3, len(LATTICE)).astype(float)
OFFSET = np.full(len(LATTICE), 2.0)
LABEL = np.ones((10, 10), dtype=np.int64)
KEYS = np.arange(20)
STEPS = RNG.poisson(2, (len(LATTICE), 6)).astype(float)
ROAD = Streets.of([[0, 1]], [1000.0], 2)
FEW = ScanRules(replications=3)

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
CALLS: dict[str, Call] = {
    "hex_counts": (hex_counts, (LATTICE, XY, ISLAND), {}),
    "distance_band": (distance_band, (XY, 50, ISLAND), {}),
    "knn": (knn, (XY, 3, ISLAND), {}),
    "local_g": (local_g, (COUNTS, W), {"scale": "row"}),
    "gi": (local_g, (COUNTS, W), {"star": False}),
    "moran": (moran, (COUNTS, W), {}),
    "geary": (geary, (COUNTS, W), {}),
    "local_moran": (local_moran, (COUNTS, W), {}),
    "binomial_window": (binomial_window, (COUNTS, OFFSET, W), {}),
    "benjamini_hochberg": (benjamini_hochberg, (COUNTS / 100,), {}),
    "empirical_bayes": (empirical_bayes, (COUNTS, OFFSET), {}),
    "kernel_density": (kernel_density, (XY, Grid(0, 1000, 100, 10, 10), 250),
                       {"land": LABEL, "island": ISLAND + 1}),
    "default_places": (default_places, (np.round(XY, -2), ISLAND), {}),
    "dbscan": (dbscan, (XY, 50, 4), {"island": ISLAND, "engine": "compiled"}),
    "st_dbscan": (st_dbscan, (XY, XY[:, 0], 50, 9, 4), {"engine": "arrays"}),
    "count_cube": (count_cube, (KEYS, KEYS, KEYS), {"shape": (20, 20, 20)}),
    "scan_poisson": (scan_poisson, (XY[:20], COUNTS[:20], OFFSET[:20]), {"rules": FEW}),
    "scan_bernoulli": (scan_bernoulli, (XY[:20], COUNTS[:20], OFFSET[:20] * 9), {"rules": FEW}),
    "scan_permutation": (scan_permutation, (XY[:20], KEYS, KEYS % 5, 5), {"rules": FEW}),
    "mann_kendall": (mann_kendall, (COUNTS[:12],), {}),
    "sen_slope": (sen_slope, (COUNTS[:12],), {}),
    "step_windows": (step_windows, (STEPS, STEPS + 1, W), {}),
    "classify_emerging": (classify_emerging, (STEPS, STEPS > 2, STEPS < 1), {}),
    "knox": (knox, (XY, XY[:, 0]), {"within_m": 50, "within_t": 9, "replications": 9}),
    "near_repeat": (near_repeat, (XY, XY[:, 0]), {"bands_m": KEYS[1:4], "bands_t": KEYS[1:4],
                                                  "replications": 9}),
    "relative_risk": (relative_risk, (XY, XY[:, 0] > 500, Grid(0, 1000, 100, 10, 10), 250),
                      {"replications": 3}),
    "bandwidth_likelihood": (bandwidth_likelihood, (XY,), {"least_m": 20, "most_m": 300}),
    "bandwidth_cvl": (bandwidth_cvl, (XY, 1e6), {"least_m": 5, "most_m": 900}),
    "heat_on_network": (heat_on_network, (ROAD, KEYS * 0, KEYS / 20),
                        {"sigma_m": 50, "piece_m": 20, "weights": KEYS}),
    "path_distances": (path_distances, (ROAD, KEYS * 0, KEYS / 20), {}),
}  # fmt: skip


def fingerprint(values: Iterable[Any]) -> list[str]:
    arrays: list[Any] = []
    for value in values:
        if isinstance(value, np.ndarray):
            arrays.append(value)
        elif hasattr(value, "indptr"):
            arrays += [value.data, value.indices, value.indptr]
    return [hashlib.sha256(np.ascontiguousarray(a).tobytes()).hexdigest() for a in arrays]


@pytest.mark.parametrize("name", CALLS)
def test_a_method_leaves_its_arguments_as_they_were(name: str) -> None:
    method, given, named = CALLS[name]
    before = fingerprint([*given, *named.values()])
    method(*given, **named)
    assert fingerprint([*given, *named.values()]) == before


@pytest.mark.parametrize("name", ["hex_counts", "local_g", "binomial_window", "kernel_density",
                                  "dbscan", "count_cube", "local_moran", "mann_kendall",
                                  "step_windows", "near_repeat", "relative_risk",
                                  "heat_on_network"])  # fmt: skip
def test_a_result_cannot_be_edited(name: str) -> None:
    method, given, named = CALLS[name]
    result = method(*given, **named)
    arrays = [getattr(result, field) for field in result.__dataclass_fields__]
    arrays = [array for array in arrays if isinstance(array, np.ndarray)]
    assert arrays
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_cubes_that_are_added_stay_as_they_were() -> None:
    one = count_cube(KEYS, KEYS, KEYS, shape=(20, 20, 20))
    before = fingerprint([one.keys, one.counts])
    subtract(add(one, one), one)
    assert fingerprint([one.keys, one.counts]) == before
