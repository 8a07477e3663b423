"""Default places: told from busy ones by what the source itself does."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import _incident_city as seeded
from spatial_analysis.methods import default_places as default_places_module
from spatial_analysis.methods.default_places import BadKinds, default_places
from spatial_analysis.methods.frame import BadPoints
from tests.shared_data import shared

RNG = np.random.default_rng(3)


def pile(n: int, x: float, y: float = 0.0) -> np.ndarray:
    return np.tile([[x, y]], (n, 1))


def test_where_coordinates_are_exact_five_on_one_point_are_a_pile_and_four_are_not():
    exact = RNG.uniform(0, 5000, (200, 2))
    found = default_places(np.vstack([exact, pile(5, -9), pile(4, -99)]))
    assert np.flatnonzero(found.piled).tolist() == [200, 201, 202, 203, 204]
    assert (found.least, found.busy) == (5, 0)


def test_rounded_coordinates_are_no_default_places():
    rounded = np.round(RNG.uniform(0, 300, (4000, 2)), -1)  # some four on every point of a grid
    found = default_places(np.vstack([rounded, pile(200, 10_000)]))
    assert found.piled.sum() == 200
    assert (found.least > 15, found.step_m) == (True, 10.0)


def test_a_market_whose_surroundings_are_busy_too_is_no_default_place():
    villages = np.round(RNG.uniform(0, 200_000, (2000, 2)), -2)
    market = np.vstack([pile(n, 50_000 + 100 * k) for k, n in enumerate((40, 90, 45))])
    found = default_places(np.vstack([villages, market, pile(90, 150_050)]))
    assert np.flatnonzero(found.piled).tolist() == list(range(2175, 2265))
    assert found.busy == 3  # among them the market's own neighbours


def test_a_lamp_that_fails_thirty_times_is_one_kind_and_no_address_is_every_kind():
    places = np.repeat(RNG.uniform(0, 9000, (300, 2)), [2] * 60 + [1] * 240, axis=0)
    kinds = RNG.integers(0, 4, len(places))
    xy = np.vstack([places, pile(30, -50), pile(30, -500)])
    kinds = np.concatenate([kinds, np.zeros(30, int), np.arange(30) % 4])
    found = default_places(xy, kinds)
    assert np.flatnonzero(found.piled).tolist() == list(range(len(xy) - 30, len(xy)))
    assert found.busy == 1
    assert default_places(xy).piled.sum() == 60  # without kinds only the count speaks


def test_seventy_centroids_do_not_hide_one_another():
    centroids = np.repeat(RNG.uniform(0, 9000, (70, 2)), 20, axis=0)
    found = default_places(np.vstack([RNG.uniform(0, 9000, (900, 2)), centroids]))
    assert found.piled.sum() == 1400


def test_boston_loses_its_default_point_and_its_city_hall_but_no_busy_signal(monkeypatch):
    folder = shared("mann_kendall").parent.parent / "geodata" / "reports-boston-311-2015"
    monkeypatch.setattr(seeded, "BOSTON", folder)
    xy, kinds = seeded.boston_places(), seeded.boston_table()["type"].to_numpy()
    found = default_places(xy, kinds)
    uses = np.unique(xy[found.piled], axis=0, return_counts=True)[1]
    assert sorted(uses) == [34, 578]  # a third of all requests lie on points of five or more
    assert (found.least, found.busy) == (25, 8)
    for seed in range(5):  # a part of the year loses the same point and next to nothing else
        some = np.random.default_rng(seed).permutation(len(xy))[:1500]
        part = default_places(xy[some], kinds[some])
        default = (xy[some] == found_point(xy, found.piled)).all(axis=1)
        assert part.piled[default].all()
        assert part.piled.sum() - default.sum() <= 15


def found_point(xy: np.ndarray, piled: np.ndarray) -> np.ndarray:
    """The fullest of the piled points."""
    point, uses = np.unique(xy[piled], axis=0, return_counts=True)
    return np.asarray(point[np.argmax(uses)])


def test_in_the_seeded_city_every_report_at_the_phones_default_place_is_found():
    rows = [row for row in seeded.made() if row.kind != "duplicate"]
    xy = np.array([[row.lon, row.lat] for row in rows]) * 111_000
    found = default_places(xy, np.array([row.category for row in rows]))
    told = np.array([row.kind == "default_place" for row in rows])
    assert told.sum() > 20
    assert (found.piled == told).all()


def test_nothing_holds_no_default_place_and_kinds_must_fit():
    assert not len(default_places(np.empty((0, 2))).piled)
    assert not default_places([[1.0, 2.0]]).piled.any()
    with pytest.raises(BadKinds):
        default_places([[1.0, 2.0]], ["a", "b"])
    with pytest.raises(BadPoints):
        default_places([[np.nan, 2.0]])


def test_looked_at_a_few_at_a_time_the_verdict_is_the_same(monkeypatch):
    rng = np.random.default_rng(5)
    xy = np.vstack([rng.integers(0, 60, (900, 2)) * 10.0, pile(90, 905.0, 300), pile(40, 300, 905)])
    kind = np.arange(len(xy)) % 4
    whole = default_places(xy, kind)
    assert whole.piled.sum() == 130
    monkeypatch.setattr(default_places_module, "AT_ONCE", 37)
    monkeypatch.setattr(default_places_module, "STRIP", 5)
    some = default_places(xy, kind)
    assert (some.piled == whole.piled).all()
    assert (some.least, some.busy, some.step_m) == (whole.least, whole.busy, whole.step_m)
