"""Odd input to the pure methods: each answers, or says what is wrong in a sentence."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np
import pytest
from scipy import sparse

from spatial_analysis import methods
from spatial_analysis.methods.bin_fill import BadHistory, fit_fill
from spatial_analysis.methods.density import (
    BadGrid,
    BadLoads,
    Grid,
    grid_over,
    islands_of,
    kernel_density,
)
from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.interaction import BadBands, knox, near_repeat
from spatial_analysis.methods.network_density import BadNetwork, Streets, heat_on_network
from spatial_analysis.methods.placement import BadDemand, CannotPlace, Floor, Rules, place
from spatial_analysis.methods.placement_capacity import place_within
from spatial_analysis.methods.rates import BadRates, empirical_bayes, indirect_standardise
from spatial_analysis.methods.scan import ScanRules, scan_poisson
from spatial_analysis.methods.scan_windows import BadScan
from spatial_analysis.methods.weights import knn

GRID = Grid(0, 1000, 50, 20, 20)
SAME = np.full((7, 2), 500.0)
THREE = np.array([[0.0, 0.0], [1000.0, 0.0], [2000.0, 0.0]])
FEW = ScanRules(replications=3)


def errors() -> list[type[MethodError]]:
    for module in pkgutil.iter_modules(methods.__path__):
        importlib.import_module(f"{methods.__name__}.{module.name}")
    return sorted(MethodError.__subclasses__(), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", errors(), ids=lambda kind: kind.__name__)
def test_an_error_of_a_method_is_a_sentence_of_its_own(kind):
    said = str(kind.__new__(kind))
    assert said.endswith(".")
    assert said != str(MethodError())


def test_no_places_have_no_neighbours():
    assert knn(np.empty((0, 2)), 3).shape == (0, 0)


@pytest.mark.parametrize("rate", [empirical_bayes, indirect_standardise])
def test_rates_of_no_place_are_refused(rate):
    with pytest.raises(BadRates):
        rate([], [])


@pytest.mark.parametrize("weights", [[1.0], [np.nan] * 7, [-1.0] * 7])
def test_loads_that_are_no_loads_are_refused(weights):
    with pytest.raises(BadLoads):
        kernel_density(SAME, GRID, 150, weights=weights)


def test_a_grid_over_nowhere_is_refused():
    with pytest.raises(BadGrid):
        grid_over((0.0, 0.0, np.nan, 1.0), 10.0)


def test_a_city_of_many_islands_keeps_them_apart():
    mask = np.zeros((1, 800), dtype=np.uint16)
    mask[0, ::2] = np.arange(1, 401)
    found = dict(islands_of(mask))
    assert sorted(found) == list(range(1, 401))
    assert found[300] == (slice(0, 1), slice(598, 599))


def test_bands_without_end_and_no_shuffles_are_refused():
    for bands_t, replications in (([np.nan], 3), ([1.0], 0)):
        with pytest.raises(BadBands):
            near_repeat(SAME, np.zeros(7), bands_m=[10], bands_t=bands_t,
                        replications=replications)  # fmt: skip
    with pytest.raises(BadBands):
        knox(SAME, np.zeros(7), within_m=10, within_t=1, replications=-1)


def test_all_cases_at_one_place_and_moment_are_one_deal_like_any_other():
    found = knox(SAME, np.zeros(7), within_m=10, within_t=1, replications=9)
    assert (found.pairs, found.near_both, found.p) == (21, 21, 1.0)


def test_cases_where_none_can_be_are_refused():
    with pytest.raises(BadScan):
        scan_poisson(THREE, [5, 1, 1], [0, 1, 1], rules=FEW)
    assert scan_poisson(THREE, [0, 1, 1], [0, 1, 1], rules=FEW).replications == 3


def test_loads_of_other_places_are_refused_on_streets():
    road = Streets.of([[0, 1]], [100.0], 2)
    with pytest.raises(BadNetwork, match="one for each place"):
        heat_on_network(road, [0], [0.5], sigma_m=50, piece_m=20, weights=[1, 2])


def test_where_nobody_waits_nothing_is_placed_and_that_is_proven():
    everywhere = np.ones((3, 2), dtype=bool)
    for people, served in ((np.zeros(3), None), (np.ones(3), np.ones(3, dtype=bool))):
        plan = place(people, everywhere, Rules(count=1), served=served)
        assert (plan.sites, plan.objective, plan.proven) == ([], 0.0, True)
    plan = place(np.ones(3), np.zeros((3, 2), dtype=bool), Rules(count=1))
    assert (plan.sites, plan.proven) == ([], True)
    floor = Rules(count=1, floors=(Floor("pulau", (), 1),))
    with pytest.raises(CannotPlace):
        place(np.zeros(3), everywhere, floor)


def test_people_below_nought_are_refused_where_sites_fill_up():
    with pytest.raises(BadDemand):
        place_within(np.array([-5.0, 1.0]), sparse.csr_array(np.ones((2, 2))), Rules(count=1), 5)


def test_bins_that_were_always_equally_full_have_a_curve():
    model = fit_fill(np.zeros(40, dtype=int), np.full(40, 24.0), np.full(40, 50.0))
    told = model.at(np.array([0]), np.array([24.0]))
    assert told.median_pct[0] == pytest.approx(50, abs=1)
    assert told.low_pct[0] < 50 < told.high_pct[0]
    with pytest.raises(BadHistory):
        fit_fill(np.array([0, 5]), np.array([5.0, 5.0]), np.array([50.0, 6.0]), count=2)
