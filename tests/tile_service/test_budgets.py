"""Budgets of a tile: which poorer tile is made, in which order, and when it stops."""

from __future__ import annotations

import pytest

from tile_service.serve import mvt
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.request import Tile

MOST_BYTES = 1000
TILE = Tile(name="a", token="pub", version="0", query={}, z=14, x=0, y=0)


class Scripted:
    """A pool that holds `rows` rows; `weights` are a row's bytes by the statement's name."""

    def __init__(self, held: int, **weights: float) -> None:
        self.rows, self.weights, self.asked = held, weights, []

    def query(self, face, name, params):
        self.asked.append(name)
        shown = min(self.rows, params[3])
        if name in {"rows", "lean"} and shown < self.rows:
            return None, self.rows, True
        return b"x" * int(self.weights[name] * shown), shown, name not in {"rows", "lean"}


def face(*, points: bool, **spec) -> PublishedFace:
    """A face whose rows are points or not."""
    names = ["rows", "lean", "overflow" if points else "sample"]
    held = {"most_rows": 20_000, "statements": dict.fromkeys(names, ""), **spec}
    return PublishedFace("a", "public", "feature", True, "", held, "1")


def fetch(pool: Scripted, **more):
    """Make the tile."""
    return mvt.fetch(pool, face(**more), TILE, None, MOST_BYTES)


def test_a_tile_within_its_budgets_is_made_once():
    pool = Scripted(300, rows=3)
    made = fetch(pool, points=True)
    assert (pool.asked, made.cut, len(made.plain)) == (["rows"], False, 900)


def test_too_many_bytes_cost_the_columns_that_are_not_drawn():
    pool = Scripted(300, rows=4, lean=3)
    made = fetch(pool, points=True)
    assert (pool.asked, made.cut, made.rows) == (["rows", "lean"], True, 300)


def test_points_that_are_still_too_many_become_clusters():
    pool = Scripted(300, rows=10, lean=5, overflow=2)
    made = fetch(pool, points=True)
    assert (pool.asked, made.cut, len(made.plain)) == (["rows", "lean", "overflow"], True, 600)


def test_too_many_points_become_clusters_at_once():
    pool = Scripted(20_001, rows=0.01, overflow=0.02)
    made = fetch(pool, points=True)
    assert (pool.asked, made.cut) == (["rows", "overflow"], True)


def test_more_rows_than_ever_fit_with_all_columns_are_drawn_with_few_at_once():
    pool = Scripted(300, rows=4, lean=3)
    made = fetch(pool, points=True, fits=[[0, 250, 330]])
    assert (pool.asked, made.cut, made.rows) == (["rows", "lean"], True, 300)


def test_more_rows_than_ever_fit_become_clusters_or_a_sample_at_once():
    pool = Scripted(400, overflow=2)
    made = fetch(pool, points=True, fits=[[0, 250, 330]])
    assert (pool.asked, made.cut, len(made.plain)) == (["rows", "overflow"], True, 800)
    pool = Scripted(400, sample=3)
    made = fetch(pool, points=False, fits=[[0, 250, 330]])
    assert (pool.asked, made.cut, made.rows) == (["rows", "sample"], True, 264)


def test_what_fits_is_known_from_the_zoom_on_at_which_it_was_weighed():
    spec = {"most_rows": 500, "fits": [[9, 300, 400], [14, 250, 330]]}
    assert [mvt.fitting(spec, z) for z in (8, 9, 13, 14, 20)] == [
        (500, 500), (300, 400), (300, 400), (250, 330), (250, 330)
    ]  # fmt: skip


def test_too_many_lines_stay_a_sample():
    pool = Scripted(20_001, rows=0.01, lean=0.01, sample=0.01)
    made = fetch(pool, points=False)
    assert (pool.asked, made.cut, made.rows) == (["rows", "sample"], True, 20_000)


def test_lines_of_too_many_bytes_become_a_sample_that_fits():
    pool = Scripted(3000, rows=3, lean=2, sample=2)
    made = fetch(pool, points=False)
    assert pool.asked == ["rows", "lean", "sample"]
    assert made.cut and len(made.plain) <= MOST_BYTES and made.rows == 450


@pytest.mark.parametrize(
    ("z", "window", "name"),
    [
        (5, None, "hex"), (13, None, "hex"), (14, None, "rows"),
        (5, (0, 86400), "hex_days_window"), (5, (3600, 86400), "hex_window"),
        (14, (0, 86400), "rows_window"),
    ],
)  # fmt: skip
def test_the_statement_follows_zoom_and_window(z, window, name):
    spec = {"gathered": "hex", "rows_from_zoom": 14, "days_below_zoom": 9}
    assert mvt.statement_name(spec, z, window) == name


def test_days_are_those_of_the_citys_clock():
    nine_hours = 9 * 3600
    spec = {"days_below_zoom": 9, "bucket_offset_s": nine_hours}
    assert mvt.in_days(spec, 5, (-nine_hours, 86400 - nine_hours))
    assert not mvt.in_days(spec, 5, (0, 86400))


def test_lines_and_areas_below_z12_are_drawn_from_their_low_shapes():
    spec = {"low_below_zoom": 12}
    assert [mvt.statement_name(spec, z, None) for z in (11, 12)] == ["low", "rows"]
