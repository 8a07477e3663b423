"""Cases against others, and how wide a kernel should be."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_analysis.methods.bandwidths import (
    RULES,
    Window,
    bandwidth_cvl,
    bandwidth_likelihood,
)
from spatial_analysis.methods.density import BadBandwidth, Grid, ground_mass
from spatial_analysis.methods.relative_risk import BadLabels, relative_risk

GRID = Grid(0, 1000, 25, 40, 40)


def town(seed: int, planted: int):
    """300 places anywhere, every fourth a case; `planted` more cases round (750, 750)."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1000, (300, 2))
    more = rng.normal(750, 40, (planted, 2))
    case = np.append(np.arange(300) % 4 == 0, np.ones(planted, dtype=bool))
    return np.vstack([xy, more]), case


def test_where_cases_and_others_lie_alike_the_ratio_is_one():
    xy = np.repeat(town(1, 0)[0], 2, axis=0)
    case = np.tile([True, False], 300)
    risk = relative_risk(xy, case, GRID, 100, replications=19)
    assert risk.ratio == pytest.approx(np.ones((40, 40)))
    assert risk.share == pytest.approx(np.full((40, 40), 0.5))
    assert risk.p_map > 0.05


def test_a_planted_excess_is_high_where_it_is_and_no_chance():
    risk = relative_risk(*town(2, 90), GRID, 100, replications=19)
    row, column = np.unravel_index(int(np.nanargmax(risk.ratio)), risk.ratio.shape)
    assert np.hypot(column * 25 - 750, 1000 - row * 25 - 750) < 100
    assert risk.p[row, column] == risk.p_map == 0.05


def test_an_island_that_most_deals_leave_without_a_case_is_not_surely_low():
    land = np.zeros((40, 80), dtype=int)
    land[:, :40], land[:, 60:] = 1, 2
    rng = np.random.default_rng(1)
    xy = np.vstack([rng.uniform(0, 1000, (1500, 2)), rng.uniform((1500, 0), (2000, 1000), (15, 2))])
    case = np.arange(1515) < 20  # fifteen of 1515 on the small island: a case falls there seldom
    risk = relative_risk(xy, case, Grid(0, 1000, 25, 40, 80), 100, land=land,
                         island=np.repeat([1, 2], [1500, 15]), replications=39)  # fmt: skip
    assert (risk.share[:, 60:] == 0).all()
    assert risk.p_low[:, 60:].min() > 0.5
    assert risk.p[:, 60:].min() == 1.0


def test_many_reports_of_every_kind_are_no_excess():
    xy, case = town(3, 0)
    rng = np.random.default_rng(4)
    crowd = np.vstack([xy, rng.normal(250, 40, (80, 2))])
    mark = np.append(case, np.arange(80) % 4 == 0)
    risk = relative_risk(crowd, mark, GRID, 100, replications=19, seed=1)
    assert risk.p[30, 10] > 0.05


def test_labels_of_one_kind_are_refused():
    with pytest.raises(BadLabels):
        relative_risk(np.zeros((2, 2)), [True, True], GRID, 100)
    with pytest.raises(BadLabels):
        relative_risk(np.full((2, 2), 9e6), [True, False], GRID, 100)


def test_half_of_a_kernel_on_the_shore_lies_at_sea():
    land = np.zeros((40, 40), dtype=int)
    land[:, :20] = 1
    mass = ground_mass([[499.0, 500.0], [250.0, 500.0], [750.0, 500.0]], GRID, 50, land=land)
    assert mass[0] == pytest.approx(0.5 + 0.1, abs=0.02)  # the cell's centre is 12.5 m ashore
    assert mass[1] > 0.999
    assert mass[2] < 1e-5


def test_the_likely_width_of_clumps_is_about_that_of_a_clump():
    rng = np.random.default_rng(5)
    centres = rng.uniform(100, 900, (30, 2))
    xy = (centres[:, None] + rng.normal(0, 20, (30, 12, 2))).reshape(-1, 2)
    assert 8 < bandwidth_likelihood(xy, least_m=2, most_m=300) < 30
    assert RULES["scott"](xy) > 60


def test_limits_that_cannot_hold_a_width_are_refused():
    with pytest.raises(BadBandwidth):
        bandwidth_likelihood(town(1, 0)[0], least_m=5, most_m=5)
    with pytest.raises(BadBandwidth):
        bandwidth_cvl(town(1, 0)[0], 1e12, least_m=1, most_m=2)


def test_the_window_corrects_the_likelihood_at_the_edge():
    xy = np.random.default_rng(6).uniform(0, 1000, (150, 2))
    free = bandwidth_likelihood(xy, least_m=50, most_m=2000)
    held = bandwidth_likelihood(xy, least_m=50, most_m=2000, window=Window(GRID))
    assert held > free
