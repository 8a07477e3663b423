"""Bins fill along curves that a reader can draw; sensors stop at 100; real bins in Edinburgh."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._bin_truth import emptyings
from spatial_analysis.methods.bin_fill import NEVER_H, BadHistory, FillModel, fit_fill
from tests.shared_data import shared

#  20 % at once, and 40 more after a day (ln 2 of the slope), +- 10.
PLAIN = FillModel(
    start=np.array([20.0]), slope=np.array([40 / np.log(2)]), spread=np.array([10.0]),
    prior=(50.0, 10.0), prior_spread=20.0, doubt=np.zeros((1, 2, 2)),
)  # fmt: skip
ONE = np.array([0])


def test_the_curve_says_sixty_after_a_day() -> None:
    told = PLAIN.at(ONE, np.array([24.0]))
    assert told.median_pct[0] == pytest.approx(60)
    assert told.high_pct[0] == pytest.approx(60 + 12.8155, abs=1e-3)  # 1.28155 spreads hold 80 %
    assert told.p_level[0] == pytest.approx(0.02275, abs=1e-5)  # 80 is two spreads up


def test_an_interval_never_leaves_the_scale_of_the_sensor() -> None:
    told = PLAIN.at(ONE, np.array([24.0 * 300]))
    assert (told.median_pct[0], told.high_pct[0]) == (100.0, 100.0)


def test_a_reading_is_certain_and_doubt_grows_with_the_hours_after_it() -> None:
    now = PLAIN.ahead(ONE, np.array([24.0]), np.array([50.0]), 0.0)
    later = PLAIN.ahead(ONE, np.array([24.0]), np.array([50.0]), np.array([24.0]))
    much = PLAIN.ahead(ONE, np.array([24.0]), np.array([50.0]), np.array([240.0]))
    assert now.high_pct[0] - now.low_pct[0] < 0.01
    assert later.median_pct[0] == pytest.approx(50 + 40 * np.log(1.5) / np.log(2))
    assert later.high_pct[0] - later.low_pct[0] > 0
    assert much.p_level[0] > later.p_level[0]


def test_a_sensor_at_its_end_means_full_or_more() -> None:
    told = PLAIN.ahead(ONE, np.array([24.0]), np.array([100.0]), 0.0, level_pct=100.0)
    assert told.p_level[0] > 0.99
    assert PLAIN.hours_to(ONE, np.array([24.0]), np.array([100.0])).tolist() == [[0.0, 0.0, 0.0]]


def test_hours_to_eighty_are_those_of_the_curve_with_early_and_late() -> None:
    early, middle, late = PLAIN.hours_to(ONE, np.array([24.0]), np.array([60.0]))[0]
    assert middle == pytest.approx(24 * (2 * np.sqrt(2) - 1) - 24, rel=1e-3)  # 20 more: x sqrt 2
    assert 0 < early < middle < late <= NEVER_H


def test_a_bin_nobody_watched_has_the_common_curve() -> None:
    assert PLAIN.at(np.array([-1]), np.array([24.0])).median_pct[0] == pytest.approx(
        50 + 10 * np.log(2)
    )


def test_fitting_finds_the_curves_that_made_the_numbers_although_the_sensor_stops() -> None:
    dice = np.random.default_rng(3)
    bins = np.repeat(np.arange(20), 120)
    hours = dice.uniform(2, 96, len(bins))
    start, slope = dice.normal(40, 8, 20), dice.normal(45, 6, 20)
    latent = start[bins] + slope[bins] * np.log1p(hours / 24) + dice.normal(0, 9, len(bins))
    seen = np.clip(latent, 0, 100)
    assert 0.2 < (seen == 100).mean() < 0.6  # many are cut off
    before = seen.copy()
    model = fit_fill(bins, hours, seen)
    assert np.abs(model.start - start).mean() < 3
    assert np.abs(model.slope - slope).mean() < 4
    assert model.spread.mean() == pytest.approx(9, abs=1)
    assert (seen == before).all()


@pytest.mark.parametrize("bad", [([0], [0.0], [50.0]), ([0], [5.0], [101.0]), ([-1], [5.0], [5.0])])
def test_emptyings_that_cannot_be_are_refused(bad: tuple[list, list, list]) -> None:
    with pytest.raises(BadHistory):
        fit_fill(*(np.array(column) for column in bad))


def test_real_bins_are_forecast_better_than_every_published_baseline() -> None:
    before, after = emptyings(shared("bins_edinburgh_a"))
    assert (len(before.bins), len(after.bins)) == (2997, 1782)
    told = fit_fill(before.bins, before.hours, before.fill_pct).at(after.bins, after.hours)
    truth = after.fill_pct
    assert np.abs(told.median_pct - truth).mean() < 16.5
    assert ((told.p_level - (truth >= 80)) ** 2).mean() < 0.36
    assert ((told.median_pct >= 80) != (truth >= 80)).mean() < 0.36  # as the baselines are scored
    inside = ((truth >= told.low_pct) & (truth <= told.high_pct)).mean()
    assert 0.75 <= inside <= 0.85
