"""Scans: the planted circle on numbers to add up, both engines alike, the same p for ever."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from spatial_analysis.methods.scan import (
    ScanRules,
    chance,
    scan_bernoulli,
    scan_permutation,
    scan_poisson,
)
from spatial_analysis.methods.scan_windows import BadScan, circles

ROAD = np.array([[0.0, 0], [100, 0], [200, 0], [300, 0]])  # four places, 100 m apart
QUICK = ScanRules(replications=99, seed=3)
TWO = ScanRules(replications=19, seed=3, engine="arrays")


def test_the_ratio_of_a_place_can_be_added_up():
    scan = scan_poisson(ROAD, [9, 1, 1, 1], [3, 3, 3, 3], rules=QUICK)
    best = scan.clusters[0]
    assert (best.members, best.cases, best.expected) == ((0,), 9, 3.0)
    assert best.statistic == pytest.approx(9 * log(9 / 3) + 3 * log(3 / 9), rel=1e-12)
    assert best.relative_risk == pytest.approx((9 / 3) / (3 / 9))


def test_places_equally_far_enter_a_circle_together():
    around = circles(ROAD, [1, 1, 1, 1], most_share=0.75)
    second = slice(around.first[1], around.first[2])
    assert around.member[second].tolist() == [1, 0, 2]
    assert around.closes[second].tolist() == [True, False, True]
    half = circles(ROAD, [1, 1, 1, 1], most_share=0.5)
    assert half.member[half.first[1] : half.first[2]].tolist() == [1]  # both or neither


def test_no_circle_joins_two_islands():
    island = [0, 0, 1, 1]
    around = circles(ROAD, [1, 1, 1, 1], island=island, most_share=1.0)
    for centre in range(4):
        members = around.member[around.first[centre] : around.first[centre + 1]]
        assert {island[i] for i in members} == {island[centre]}


def test_a_radius_includes_its_end():
    around = circles(ROAD, [1, 1, 1, 1], most_share=1.0, radius_m=100)
    assert np.diff(around.first).tolist() == [2, 3, 3, 2]


def test_the_permutation_scan_knows_both_margins():
    place = [0, 0, 0, 0, 1, 1, 2, 2]  # place 0 had all its four on day 0; the others later
    day = [0, 0, 0, 0, 1, 2, 1, 2]
    scan = scan_permutation(ROAD, place, day, 3, rules=ScanRules(replications=99, longest=1))
    best = scan.clusters[0]
    assert (best.members, best.start, best.end, best.cases) == ((0,), 0, 1, 4)
    assert best.expected == pytest.approx(4 * 4 / 8)
    assert best.statistic == pytest.approx(4 * log(4 / 2) + 4 * log(4 / 6))


def test_a_day_on_which_everybody_reports_is_no_cluster():
    place = np.repeat([0, 1, 2, 3], 6)
    day = np.tile([0, 0, 0, 0, 1, 2], 4)
    assert scan_permutation(ROAD, place, day, 3, rules=QUICK).clusters == ()


def test_a_kind_with_a_season_of_its_own_is_no_cluster():
    flood = np.zeros(20, dtype=int)  # floods come from place 0 and on day 0 alone
    litter = np.repeat([1, 2, 3], 10)
    place = np.concatenate([flood, litter])
    day = np.concatenate([np.zeros(20, dtype=int), np.tile(np.arange(5), 6)])
    kind = np.array(["flood"] * 20 + ["litter"] * 30)
    assert scan_permutation(ROAD, place, day, 5, rules=QUICK).clusters[0].statistic > 4
    assert scan_permutation(ROAD, place, day, 5, stratum=kind, rules=QUICK).clusters == ()


def test_a_share_that_is_higher_in_one_place_is_found():
    scan = scan_bernoulli(ROAD, [8, 1, 1, 2], [10, 10, 10, 10], rules=QUICK)
    best = scan.clusters[0]
    assert (best.members, best.cases, best.expected) == ((0,), 8, 3.0)
    assert best.p <= 0.05


def cases(seed: int, days: int = 20):
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 2000, (40, 2))
    where, when = rng.integers(0, 40, 300), rng.integers(0, days, 300)
    near = np.argsort(((places - places[7]) ** 2).sum(axis=1))[:4]
    return places, np.append(where, np.repeat(near, 5)), np.append(when, np.full(20, days - 2))


@pytest.mark.parametrize("alive", [True, False])
def test_both_engines_find_the_same_windows(alive):
    places, where, when = cases(1)
    found = [
        scan_permutation(places, where, when, 20, rules=ScanRules(
            replications=9, seed=5, alive=alive, longest=5, engine=engine))
        for engine in ("compiled", "arrays")
    ]  # fmt: skip
    for ours, plain in zip(found[0].clusters[:5], found[1].clusters[:5], strict=True):
        assert ours.statistic == pytest.approx(plain.statistic, rel=1e-9)
        assert ours.p == plain.p
    assert found[0].clusters[0].members == found[1].clusters[0].members


def test_both_engines_agree_on_shares_too():
    rng = np.random.default_rng(4)
    trials = rng.integers(5, 30, (40, 6))
    count, places = rng.binomial(trials, 0.3), cases(1)[0]
    one, other = (
        scan_bernoulli(places, count, trials, rules=ScanRules(replications=0, engine=engine))
        for engine in ("compiled", "arrays")
    )
    assert one.clusters[0].statistic == pytest.approx(other.clusters[0].statistic, rel=1e-9)
    assert one.clusters[0].members == other.clusters[0].members


def test_the_planted_days_are_found_and_are_no_chance():
    places, where, when = cases(1)
    rules = ScanRules(replications=99, alive=True, longest=7, radius_m=900)
    best = scan_permutation(places, where, when, 20, rules=rules).clusters[0]
    assert (best.start, best.end) in ((18, 20), (17, 20))
    assert 7 in best.members
    assert best.p == 0.01
    assert best.p_gumbel < 0.001


def test_the_same_seed_gives_the_same_p_on_one_worker_or_two():
    places, where, when = cases(2)
    p = {
        scan_permutation(
            places, where, when, 20, rules=ScanRules(replications=49, seed=8, workers=workers)
        ).clusters[1].p
        for workers in (1, 2)
    }  # fmt: skip
    assert len(p) == 1


def test_the_order_of_cases_changes_no_statistic():
    places, where, when = cases(3)
    turn = np.random.default_rng(0).permutation(len(where))
    rules = ScanRules(replications=0)
    one = scan_permutation(places, where, when, 20, rules=rules)
    other = scan_permutation(places, where[turn], when[turn], 20, rules=rules)
    assert [c.statistic for c in one.clusters] == [c.statistic for c in other.clusters]


def test_p_counts_ties_and_the_map_itself():
    assert chance(2.0, np.array([1.0, 2.0, 3.0]))[0] == pytest.approx(3 / 4)
    assert chance(2.0, np.array([]))[0] == 1.0


def test_drawing_ends_early_when_chance_is_plain():
    places, where, when = cases(6)
    calm = np.random.default_rng(1).permutation(when)
    rules = ScanRules(replications=999, stop_after=10, longest=3)
    scan = scan_permutation(places, where, calm, 20, rules=rules)
    assert scan.replications < 999
    assert scan.clusters[0].p == pytest.approx(10 / scan.replications)


@pytest.mark.parametrize("count", [[1.5, 1, 1, 1], [-1, 1, 1, 1], [1, 1, 1]])
def test_counts_that_are_none_are_refused(count):
    with pytest.raises(BadScan):
        scan_poisson(ROAD, count, [1, 1, 1, 1], rules=TWO)


def test_a_case_at_an_unknown_place_is_refused():
    with pytest.raises(BadScan):
        scan_permutation(ROAD, [4], [0], 2, rules=TWO)
    with pytest.raises(BadScan):
        scan_bernoulli(ROAD, [2, 0, 0, 0], [1, 1, 1, 1], rules=TWO)


def false_alarms(runs: int) -> int:
    """Random weeks in which a scan at 5 % called something."""
    rng = np.random.default_rng(12)
    places = rng.uniform(0, 2000, (30, 2))
    rules = ScanRules(replications=19, alive=True, longest=5, workers=1)
    called = 0
    for _ in range(runs):
        where, when = rng.integers(0, 30, 150), rng.integers(0, 30, 150)
        found = scan_permutation(places, where, when, 30, rules=rules).clusters
        called += bool(found and found[0].p <= 0.05)
    return called


def test_a_calm_city_gets_a_false_alarm_in_about_one_of_twenty_weeks():
    assert false_alarms(100) <= 12  # Binomial(100, 0.05): more than 12 in 2 of 1,000 tries
