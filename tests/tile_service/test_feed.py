"""The change feed: who hears of what, how soon, and what a listener missed."""

from __future__ import annotations

import json
import time
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import connection

from layers.catalog.cctv import CctvCamera
from layers.catalog.facilities import Facility
from layers.catalog.reports.models import Report
from layers.catalog.wifi import WifiHotspot
from tests.tile_service import toy
from tests.tile_service.conftest import Server, committed
from tile_service.models import TileEpoch
from tile_service.publish.serving import KEYWORDS
from tile_service.serve import numbering, sse, tokens
from tile_service.serve.feed import Change

pytestmark = pytest.mark.django_db
KEY = tokens.key_from(settings.SECRET_KEY)


def token(faces: dict[str, str], seconds: int = 600) -> str:
    """A token for the feed."""
    return tokens.mint(KEY, faces, expires_at=int(time.time()) + seconds)


def events(text: str) -> list[dict[str, Any]]:
    """Events of a stream in order, each with its `name`; without heartbeats."""
    found = []
    for block in text.split("\n\n"):
        parts = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in parts and parts.get("event") != "beat":
            name = {"name": parts.get("event", "message")}
            found.append(json.loads(parts["data"]) | name)
    return found


def heard(text: str) -> list[str]:
    """Slugs in the events of a stream, in order."""
    return [event.get("layer", event["name"]) for event in events(text)]


def test_a_new_report_is_told_within_two_seconds(server):
    stream = server.listen("/events?token=" + token({"reports": "staff"}))
    stream.wait_for("retry:")
    committed(lambda: toy.make(Report))
    took_s = stream.wait_for('"layer": "reports"', timeout_s=2)
    stream.close()
    assert took_s <= 2


def test_a_listener_hears_only_of_what_its_token_opens(server):
    visitor = server.listen("/events?token=pub")
    desk = server.listen("/events?token=" + token({"cctv": "public", "facilities": "public"}))
    for stream in (visitor, desk):
        stream.wait_for("retry:")
    committed(lambda: toy.make(CctvCamera))
    committed(lambda: toy.make(Facility))
    for stream in (visitor, desk):
        stream.wait_for("facilities")
        stream.close()
    assert "cctv" not in heard(visitor.text)
    assert {"cctv", "facilities"} <= set(heard(desk.text))


def test_a_write_that_changes_nothing_or_is_taken_back_is_not_told(server):
    before = server.app.hub.seq

    def nothing() -> None:
        WifiHotspot.objects.filter(pk=-1).update(name="x")

    def taken_back() -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            toy.make(WifiHotspot)
            cursor.execute("ROLLBACK")

    committed(nothing)
    committed(taken_back)
    committed(lambda: toy.make(Facility))
    server.wait_for_epoch("facilities", "public", before)
    time.sleep(0.4)
    told = {change.slug for change, _ in server.app.hub.recent if change.seq > before}
    assert "facilities" in told
    assert "wifi-hotspots" not in told


def test_who_comes_back_hears_what_was_missed(server):
    time.sleep(0.5)
    stream = server.listen("/events?token=pub")
    stream.wait_for("retry:")
    committed(lambda: toy.make(Facility))
    stream.wait_for("facilities")
    stream.close()
    last = max(int(line[4:]) for line in stream.text.splitlines() if line.startswith("id: "))
    committed(lambda: toy.make(WifiHotspot))
    server.wait_for_epoch("wifi-hotspots", "public", last)
    time.sleep(0.4)
    again = server.listen("/events?token=pub", last_event_id=str(last))
    again.wait_for("wifi-hotspots")
    again.close()
    assert heard(again.text) == ["wifi-hotspots"]


def test_a_bad_or_late_token_gets_no_stream(server):
    for bad in ("x", token({"reports": "staff"}, seconds=-5), ""):
        assert server.get(f"/events?token={bad}").status == 404
    assert server.get("/events?token=pub&all=1").status == 400


def test_changes_that_commit_out_of_order_are_all_numbered(server):
    given = connection.get_connection_params()
    keywords = {name: given[name] for name in KEYWORDS if given.get(name)}
    slow, quick = psycopg2.connect(**keywords), psycopg2.connect(**keywords)
    before = server.app.hub.seq
    try:
        slow.cursor().execute("UPDATE layers_facility SET name = name || '.'")
        quick.cursor().execute("UPDATE layers_wifihotspot SET name = name || '.'")
        quick.commit()
        server.wait_for_epoch("wifi-hotspots", "public", before)
        slow.commit()
        server.wait_for_epoch("facilities", "public", before)
    finally:
        slow.close()
        quick.close()
    epochs = server.app.catalogue.epochs
    assert epochs["facilities", "public"] > epochs["wifi-hotspots", "public"] > before


def test_a_slow_listener_is_told_to_start_afresh():
    hub = sse.Hub()
    listener = hub.join(lambda slug, face: True, "")
    listener.events.get_nowait()
    hub.tell([Change(seq, "facilities", "public") for seq in range(1, sse.LONGEST_WAIT + 2)])
    assert listener.events.qsize() == 1
    assert b"event: resync" in listener.events.get_nowait()[1]


def test_who_missed_too_much_is_told_to_start_afresh():
    hub = sse.Hub()
    hub.tell([Change(seq, "facilities", "public") for seq in range(1, 2000)])
    late = hub.join(lambda slug, face: True, "5")
    assert b"event: resync" in late.events.get_nowait()[1]


# --- only what is touched -------------------------------------------------------------------


def tile_of(server: Any, slug: str, zoom: int, row: Any, east: int = 0) -> Any:
    """Answer for the public tile of a layer at `row`, or some columns east of it."""
    x, y = (int(part) for part in toy.column_and_row(row.geom.x, row.geom.y, zoom))
    version = server.app.catalogue.faces[slug, "public"].version
    return server.get(f"/t/{slug}/pub/{version}/{zoom}/{x + east}/{y}.mvt")


def test_only_the_touched_tiles_get_a_new_etag(server):
    here = committed(lambda: toy.make(WifiHotspot))
    far = committed(lambda: toy.make(WifiHotspot, geom=Point(here.geom.x + 0.1, here.geom.y)))
    server.wait_for_tile("wifi-hotspots", "public", 16, far)
    near_before, far_before = (tile_of(server, "wifi-hotspots", 14, row) for row in (here, far))
    queries = server.app.queries
    committed(lambda: WifiHotspot.objects.filter(pk=here.pk).update(name="baru"))
    deadline = time.monotonic() + 10
    while tile_of(server, "wifi-hotspots", 14, here).headers["etag"] == near_before.headers["etag"]:
        assert time.monotonic() < deadline
    assert tile_of(server, "wifi-hotspots", 14, far).headers["etag"] == far_before.headers["etag"]
    assert server.app.queries == queries + 1
    whole = tile_of(server, "wifi-hotspots", 10, here)
    assert b"baru" in whole.body


def test_the_event_names_the_touched_tiles(server):
    stream = server.listen("/events?token=pub")
    stream.wait_for("beat")
    made = committed(lambda: toy.make(Facility))
    stream.wait_for("facilities")
    stream.close()
    told = events(stream.text)[-1]
    x, y = (int(part) for part in toy.column_and_row(made.geom.x, made.geom.y, 14))
    assert [14, x, y] in told["tiles"]
    assert max(tile[0] for tile in told["tiles"]) == 14


def test_a_lost_notice_heals_by_the_next_poll(server):
    """The row is noted as a trigger would, but nobody is woken."""
    before = server.app.hub.seq

    def note_in_silence() -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO tile_service_outbox (slug, face) VALUES ('cctv', 'public')")

    committed(note_in_silence)
    server.wait_for_epoch("cctv", "public", before)


def test_a_page_that_opens_a_new_stream_goes_on_where_it_was(server):
    since = server.app.hub.seq
    committed(lambda: toy.make(Facility))
    server.wait_for_epoch("facilities", "public", since)
    time.sleep(0.4)
    again = server.listen(f"/events?token=pub&since={since}")
    again.wait_for("facilities")
    again.close()
    ahead = server.listen(f"/events?token=pub&since={since + 10_000}")
    ahead.wait_for("resync")  # the database was put back to an earlier day
    ahead.close()


def test_a_second_process_knows_the_same_numbers_and_one_alone_is_elected(server):
    made = committed(lambda: toy.make(WifiHotspot))
    server.wait_for_tile("wifi-hotspots", "public", 16, made)
    other = Server()
    try:
        other.get("/healthz")
        other.wait_for_epoch("wifi-hotspots", "public", 0)
        assert [server.app.feed.elected, other.app.feed.elected] == [True, False]
        mine = server.app.epochs.faces["wifi-hotspots", "public"]
        theirs = other.app.epochs.faces["wifi-hotspots", "public"]
        assert mine.tiles == theirs.tiles
    finally:
        other.close()


def test_old_changes_are_folded_and_a_new_process_still_knows_their_tiles(server, monkeypatch):
    monkeypatch.setattr(numbering, "KEPT_CHANGES", 1)
    monkeypatch.setattr(numbering, "FOLDED_AT_ONCE", 1)
    made = committed(lambda: toy.make(WifiHotspot))
    server.wait_for_tile("wifi-hotspots", "public", 16, made)
    for _ in range(3):
        later = committed(lambda: toy.make(Facility))
        server.wait_for_tile("facilities", "public", 16, later)
    assert committed(TileEpoch.objects.count) > 0
    other = Server()
    try:
        other.get("/healthz")
        tile = (16, *(int(part) for part in toy.column_and_row(made.geom.x, made.geom.y, 16)))
        there = other.app.epochs.of("wifi-hotspots", "public", *tile)
        assert there == server.app.epochs.of("wifi-hotspots", "public", *tile) > 0
    finally:
        other.close()


def test_no_read_after_an_event_is_stale(server):
    """Ten writes; after the event of each, the tile shows it."""
    row = committed(lambda: toy.make(WifiHotspot))
    for number in range(10):
        name = f"nama-{number}"
        committed(lambda name=name: WifiHotspot.objects.filter(pk=row.pk).update(name=name))
        server.wait_until_told()
        assert name.encode() in tile_of(server, "wifi-hotspots", 16, row).body
