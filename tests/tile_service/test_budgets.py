"""Budgets of a tile: which poorer tile is made, in which order, and when it stops."""

from __future__ import annotations

import pytest

from tile_service.serve import mvt
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.request import Tile

MOST_BYTES = 1000
TILE = Tile(name="a", token="pub", version="0", query={}, z=14, x=0, y=0)


class Scripted:
    """A pool whose answers (bytes, rows, cut) are given by the statement's name."""

    def __init__(self, **answers: tuple[int, int, bool]) -> None:
        self.answers, self.asked = answers, []

    def query(self, face, name, params):
        self.asked.append(name)
        size, rows, cut = self.answers[name]
        shown = min(rows, abs(params[3]))
        return b"x" * (size * shown // max(rows, 1)), shown, cut or shown < rows


def face(*, points: bool, **spec) -> PublishedFace:
    """A face whose rows are points or not."""
    names = ["rows", "lean", *(["overflow"] if points else [])]
    held = {"most_rows": 20_000, "statements": dict.fromkeys(names, ""), **spec}
    return PublishedFace("a", "public", "feature", True, "", held, "1")


def fetch(pool: Scripted, **more):
    """Make the tile."""
    return mvt.fetch(pool, face(**more), TILE, None, MOST_BYTES)


def test_a_tile_within_its_budgets_is_made_once():
    pool = Scripted(rows=(900, 300, False))
    made = fetch(pool, points=True)
    assert (pool.asked, made.cut, len(made.plain)) == (["rows"], False, 900)


def test_too_many_bytes_cost_the_columns_that_are_not_drawn():
    pool = Scripted(rows=(1200, 300, False), lean=(800, 300, False))
    made = fetch(pool, points=True)
    assert (pool.asked, made.cut, made.rows) == (["rows", "lean"], True, 300)


def test_points_that_are_still_too_many_become_clusters():
    pool = Scripted(
        rows=(3000, 300, False), lean=(1500, 300, False), overflow=(400, 200, True)
    )  # fmt: skip
    made = fetch(pool, points=True)
    assert (pool.asked, made.cut, made.rows) == (["rows", "lean", "overflow"], True, 200)


def test_too_many_points_become_clusters_at_once():
    pool = Scripted(rows=(900, 20_000, True), overflow=(400, 200, True))
    assert fetch(pool, points=True).rows == 200
    assert pool.asked == ["rows", "overflow"]


def test_more_rows_than_ever_fit_with_all_columns_are_drawn_with_few_at_once():
    pool = Scripted(rows=(900, 300, False), lean=(800, 300, False), overflow=(400, 200, True))
    made = fetch(pool, points=True, full_rows=250)
    assert (pool.asked, made.cut, made.rows) == (["rows", "lean"], True, 300)


def test_more_rows_than_any_tile_holds_become_clusters_past_every_other_budget():
    pool = Scripted(rows=(9, 0, True), lean=(9, 0, True), overflow=(400, 200, True))
    made = fetch(pool, points=True, full_rows=250)
    assert (pool.asked, made.cut, made.rows) == (["rows", "lean", "overflow"], True, 200)


def test_too_many_lines_stay_a_sample():
    pool = Scripted(rows=(900, 20_000, True))
    made = fetch(pool, points=False)
    assert (pool.asked, made.cut) == (["rows"], True)


def test_lines_of_too_many_bytes_become_a_sample_that_fits():
    pool = Scripted(rows=(9000, 3000, False), lean=(6000, 3000, False))
    made = fetch(pool, points=False)
    assert pool.asked == ["rows", "lean", "lean"]
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
