"""A visitor who holds a tile is told so again at once, until something changes."""

from __future__ import annotations

import pytest

from layers.catalog.wifi import WifiHotspot
from tests.tile_service import toy
from tests.tile_service.conftest import committed
from tests.tile_service.test_tiles import address, token_for
from tile_service.serve import unchanged, vector
from tile_service.serve.kept import HOT

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


def often(server, path: str = TILE, **more: str):
    """The answer of one who asks so often that it stands ready."""
    for _ in range(HOT + 1):
        answer = server.get(path, **({"accept_encoding": "gzip"} | more))
    return answer


def test_a_tile_asked_for_often_is_told_again_without_reading_its_address(server, tag, monkeypatch):
    first = often(server)
    monkeypatch.setattr(vector, "wanted_of", lambda *_: pytest.fail("the key was worked out"))
    again = server.get(TILE, accept_encoding="gzip")
    assert (again.status, again.headers, again.body) == (200, first.headers, first.body)
    assert again.headers["etag"] == tag
    assert len(again.body) == int(again.headers["content-length"]) > 0


def test_a_tile_that_stood_ready_is_fresh_after_a_change(server, tag):
    old = often(server)
    epoch = server.app.catalogue.epochs.get((SLUG, "public"), 0)
    committed(lambda: toy.make(WifiHotspot))
    server.wait_for_epoch(SLUG, "public", epoch)
    new = server.get(TILE, accept_encoding="gzip")
    assert new.status == 200
    assert new.headers["etag"] != old.headers["etag"]
    assert new.body != old.body


def test_a_tile_that_stands_ready_holds_no_bytes_of_its_own(server, tag):
    first = often(server)
    told = next(told for told in server.app.unchanged.told.values() if told.key)
    server.app.cache.drop(told.key)
    queries = server.app.queries
    again = server.get(TILE, accept_encoding="gzip")
    assert (again.body, again.headers) == (first.body, first.headers)
    assert server.app.queries == queries + 1


def test_news_that_came_while_a_tile_was_made_keep_it_from_standing_ready(server, tag):
    before = server.app.unchanged.news
    server.app.unchanged.forget()
    told = unchanged.Told({"status": 200})
    server.app.unchanged.keep(server.scope(TILE, {}, "GET"), told, before)
    assert server.app.unchanged.told == {}


@pytest.mark.parametrize(("accepted", "letter"), [("br", "b"), ("zstd, br", "z")])
def test_a_tile_of_which_a_smaller_encoding_may_come_does_not_stand_ready(
    server, tag, accepted, letter
):
    epoch = server.app.catalogue.epochs.get((SLUG, "public"), 0)
    committed(lambda: toy.make(WifiHotspot))
    server.wait_for_epoch(SLUG, "public", epoch)  # a tile that nobody made smaller yet
    server.get(TILE, accept_encoding=accepted)
    server.app.unchanged.forget()
    for kept in server.app.cache.kept.values():
        kept.asked = HOT  # and that nobody makes smaller meanwhile
    again = server.get(TILE, accept_encoding=accepted)
    assert again.headers["etag"].endswith(f'-{letter}"')
    assert server.app.unchanged.told == {}


def test_the_head_alone_and_tokens_are_answered_for_themselves(server, tag):
    often(server)
    head = server.get(TILE, accept_encoding="gzip", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    server.app.unchanged.forget()
    often(server, address(SLUG, token_for(SLUG, "staff"), 12, "now"))
    often(server, authorization="Bearer x")
    often(server, address(SLUG, "pub", 12, "0"))  # a version that never was
    assert server.app.unchanged.told == {}


def test_an_empty_tile_is_told_again(server, tag):
    empty = f"/t/{SLUG}/pub/now/12/0/0.mvt"
    server.app.unchanged.forget()
    first, again = server.get(empty), server.get(empty)
    assert (first.status, again.status, first.headers) == (204, 204, again.headers)
    assert len(server.app.unchanged.told) == 1
