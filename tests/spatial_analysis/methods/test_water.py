"""Property: over random places of all islands no method joins two of them or walks on water."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import shape

from benchmarks._wifi_water import Waters, crossings, draw

TEN_M = 10.0


@pytest.fixture(scope="module")
def waters() -> Waters:
    """The sample city's islands, in its metric frame; the coasts as drawn to 10 m."""
    folder = settings.BASE_DIR / "fixtures" / "geodata" / "ternate"
    rows = json.loads((folder / "islands.geojson").read_text())["features"]
    change = Transformer.from_crs(4326, 32652, always_xy=True)
    lands = {
        number: shapely.simplify(
            shapely.transform(shape(row["geometry"]), change.transform, interleaved=False), TEN_M
        )
        for number, row in enumerate(rows, start=1)
    }
    return Waters.of(lands)


@hypothesis_settings(max_examples=12, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(12, 60))
def test_nothing_crosses_water(waters: Waters, seed: int, count: int) -> None:
    dice = np.random.default_rng(seed)
    found = crossings(waters, *draw(waters, count, dice), dice)
    assert {name: n for name, n in found.items() if n and name != "radio"} == {}


def test_the_draws_could_tell_a_mistake(waters: Waters) -> None:
    """A method that forgot the islands would be seen: a plain radius joins some of these places."""
    dice = np.random.default_rng(8271)
    xy, island = draw(waters, 120, dice)
    joined = sum(crossings(waters, xy, island, dice)["radio"] for _ in range(3))
    assert joined > 0
    forgotten = np.ones(len(xy), dtype=np.int64)
    assert crossings(waters, xy, forgotten, dice)["door"] > 0
