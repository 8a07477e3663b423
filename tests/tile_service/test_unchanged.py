"""A visitor who holds a tile is told so again at once, until something changes."""

from __future__ import annotations

import pytest

from layers.catalog.wifi import WifiHotspot
from tests.tile_service import toy
from tests.tile_service.conftest import committed
from tests.tile_service.test_tiles import address, token_for
from tile_service.serve import unchanged, vector

pytestmark = pytest.mark.django_db
SLUG = "wifi-hotspots"
TILE = address(SLUG, "pub", 12, "now")


@pytest.fixture
def tag(server) -> str:
    """What a visitor holds of the tile, in gzip."""
    server.app.unchanged.forget()
    return server.get(TILE, accept_encoding="gzip").headers["etag"]


def same(server, tag: str, path: str = TILE, **more: str):
    return server.get(path, **{"accept_encoding": "gzip", "if_none_match": tag} | more)


def test_the_same_question_gets_the_same_answer_without_reading_its_address(
    server, tag, monkeypatch
):
    first = same(server, tag)
    monkeypatch.setattr(vector, "wanted_of", lambda *_: pytest.fail("the key was worked out"))
    again = same(server, tag)
    assert (again.status, again.body) == (first.status, first.body) == (304, b"")
    assert again.headers == first.headers
    assert {"etag", "cache-control", "vary", "access-control-allow-origin"} <= set(again.headers)


def test_a_change_is_heard_though_the_answer_stood_ready(server, tag):
    assert same(server, tag).status == same(server, tag).status == 304
    epoch = server.app.catalogue.epochs.get((SLUG, "public"), 0)
    committed(lambda: toy.make(WifiHotspot))
    server.wait_for_epoch(SLUG, "public", epoch)
    assert same(server, tag).status == 200


def test_any_other_question_is_answered_for_itself(server, tag):
    assert same(server, tag).status == 304
    assert same(server, tag, accept_encoding="identity").status == 200  # holds what it refuses
    assert same(server, '"0123456789abcdef-g"').status == 200
    assert same(server, tag, address(SLUG, "pub", 11, "now")).status == 200
    assert same(server, tag, TILE + "?x=1").status == 400
    assert same(server, tag, method="POST").status == 405
    carried = same(server, tag, authorization="Bearer x")
    assert carried.headers["cache-control"] == "private, no-cache"


def test_what_ends_by_the_clock_or_hangs_on_a_person_is_worked_out_each_time(server, tag):
    server.app.unchanged.forget()
    path = address(SLUG, token_for(SLUG, "staff"), 12, "now")
    held = server.get(path, accept_encoding="gzip").headers["etag"]
    assert same(server, held, path).status == 304
    assert same(server, tag, authorization="Bearer x").status == 304
    assert same(server, tag, origin="https://elsewhere.example").status == 304
    assert server.app.unchanged.told == {}


def test_the_answers_that_stand_ready_are_bounded(server, tag, monkeypatch):
    monkeypatch.setattr(unchanged, "MOST", 3)
    for zoom in range(10, 16):
        path = address(SLUG, "pub", zoom, "now")
        held = server.get(path, accept_encoding="gzip").headers["etag"]
        assert same(server, held, path).status == 304
    assert 0 < len(server.app.unchanged.told) <= 3
    server.app.unchanged.forget()
    assert same(server, tag, if_none_match=", ".join([tag] * 40)).status == 304
    assert server.app.unchanged.told == {}  # too long a question to be kept
