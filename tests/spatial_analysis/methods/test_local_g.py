"""Local G, Moran and Geary against published and recomputed values, digit by digit."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.special import ndtr

from spatial_analysis.methods.local_g import BadValues, local_g
from spatial_analysis.methods.local_moran import geary, local_moran, moran
from spatial_analysis.methods.multiple_tests import benjamini_hochberg, benjamini_yekutieli
from spatial_analysis.methods.rates import empirical_bayes, indirect_standardise
from spatial_analysis.methods.weights import BadWeights, distance_band
from tests.shared_data import shared


def links(path) -> sparse.csr_array:
    table = pd.read_csv(path)
    n = int(table[["i", "j"]].to_numpy().max()) + 1
    return sparse.csr_array((table["w"].astype(float), (table["i"], table["j"])), shape=(n, n))


@pytest.fixture(scope="module")
def columbus():
    folder = shared("moran_columbus")
    crime = pd.read_csv(folder / "columbus.csv")["CRIME"].to_numpy()
    expected = pd.read_csv(folder / "expected_local.csv")
    totals = json.loads((folder / "expected_global.json").read_text())
    return crime, links(folder / "neighbours.csv"), expected, totals


@pytest.mark.parametrize("band", [30, 60, 90, 120, 150])
def test_gi_and_gi_star_of_the_pixels_of_getis_and_ord(band):
    folder = shared("gi_getis_ord_1996")
    table = pd.read_csv(folder / "points.csv")
    expected = pd.read_csv(folder / "expected_local_g.csv")
    w = distance_band(table[["x", "y"]].to_numpy(), band)
    star = local_g(table["val"], w).z
    other = local_g(table["val"], w, star=False).z
    assert np.abs(star - expected[f"GiStar_d{band}"]).max() < 1e-9
    assert np.abs(other - expected[f"Gi_d{band}"]).max() < 1e-9


def test_the_published_pixel():
    folder = shared("gi_getis_ord_1996")
    table = pd.read_csv(folder / "points.csv")
    z = local_g(table["val"], distance_band(table[["x", "y"]].to_numpy(), 30)).z
    assert z[119] == pytest.approx(1.450780, abs=1e-6)
    assert z[119] * np.sqrt(255 / 256) == pytest.approx(1.44795, abs=1e-5)  # as printed in 1996


@pytest.mark.parametrize(
    ("column", "star", "scale"),
    [("Gi_W", False, "row"), ("Gi_B", False, "binary"),
     ("GiStar_B", True, "binary"), ("GiStar_W", True, "row")],
)  # fmt: skip
def test_local_g_of_columbus_for_binary_and_row_standardised_weights(columbus, column, star, scale):
    crime, w, expected, _ = columbus
    z = local_g(crime, w, star=star, scale=scale).z
    assert np.abs(z - expected[column]).max() < 1e-9


def test_p_values_of_columbus_adjusted_both_ways(columbus):
    crime, w, expected, _ = columbus
    p = 2 * ndtr(-np.abs(local_g(crime, w).z))
    assert np.abs(benjamini_hochberg(p) - expected["p_BH_GiStar_B"]).max() < 1e-9
    assert np.abs(benjamini_yekutieli(p) - expected["p_BY_GiStar_B"]).max() < 1e-9


def test_local_moran_of_columbus(columbus):
    crime, w, expected, _ = columbus
    local = local_moran(crime, w)
    for ours, theirs in (("ii", "Ii"), ("expected", "E_Ii"), ("variance", "Var_Ii"), ("z", "Z_Ii")):
        assert np.abs(getattr(local, ours) - expected[theirs]).max() < 1e-9


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("moran_W_randomisation", lambda x, w: moran(x, w)),
        ("moran_W_normality", lambda x, w: moran(x, w, normal=True)),
        ("moran_B_randomisation", lambda x, w: moran(x, w, scale="binary")),
        ("geary_W", lambda x, w: geary(x, w)),
    ],
)
def test_moran_and_geary_of_columbus(columbus, name, call):
    crime, w, _, totals = columbus
    result, expected = call(crime, w), totals[name]
    assert result.statistic == pytest.approx(expected.get("I", expected.get("C")), abs=1e-9)
    assert result.variance == pytest.approx(expected.get("VI", expected.get("VC")), abs=1e-9)
    assert result.z == pytest.approx(expected["z"], abs=1e-8)


def test_binary_gi_star_agrees_with_esda():
    esda = pytest.importorskip("esda")
    libpysal = pytest.importorskip("libpysal")
    rng = np.random.default_rng(8)
    xy, values = rng.uniform(0, 1000, (400, 2)), rng.poisson(4, 400).astype(float)
    w = distance_band(xy, 90)
    graph = libpysal.weights.WSP(w.tocsr()).to_W(silence_warnings=True)
    theirs = esda.G_Local(values, graph, transform="B", star=True, permutations=0).Zs
    assert np.abs(local_g(values, w).z - theirs).max() < 1e-12


def test_sparse_counts_are_named_in_a_warning():
    w = distance_band(np.arange(40.0).reshape(20, 2), 3)
    few = np.zeros(20)
    few[3] = 1
    assert "sparse counts" in local_g(few, w).warnings[0]
    assert local_g(few + 100.5, w).warnings == ()


def test_marshall_rates_of_north_carolina():
    folder = shared("rates_nc_sids")
    counties = pd.read_csv(folder / "counties.csv")
    expected = pd.read_csv(folder / "expected_eb_rates.csv")
    totals = json.loads((folder / "expected_global.json").read_text())["EBest_params"]
    smooth = empirical_bayes(counties["SID74"], counties["BIR74"])
    assert np.abs(smooth.rate - expected["EBest"]).max() < 1e-12
    assert smooth.spread == pytest.approx(totals["a"], rel=1e-9)
    assert smooth.mean == pytest.approx(totals["b"], rel=1e-12)


def test_expected_counts_sum_to_the_observed_ones():
    expected, ratio = indirect_standardise([2, 8], [100, 100])
    assert expected.tolist() == [5, 5]
    assert ratio.tolist() == [0.4, 1.6]


def test_a_figure_of_the_whole_map_needs_four_values_and_a_link():
    line = distance_band([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]], 1)
    apart = sparse.csr_array((4, 4))
    for whole in (moran, geary):
        assert np.isfinite(whole([1, 2, 3, 5], line).z)
        with pytest.raises(BadValues, match="four values"):
            whole([1, 2, 3], line[:3, :3])
        with pytest.raises(BadWeights, match="no place has a neighbour"):
            whole([1, 2, 3, 5], apart)


def test_values_that_do_not_vary_are_refused():
    w = distance_band(np.arange(6.0).reshape(3, 2), 3)
    with pytest.raises(BadValues):
        local_g([1, 1, 1], w)
    with pytest.raises(BadWeights):
        local_g([1, 2, 3, 4], w)
