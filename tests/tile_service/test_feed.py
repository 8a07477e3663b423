"""The change feed: who hears of what, how soon, and what a listener missed."""

from __future__ import annotations

import json
import time

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from layers.catalog.cctv import CctvCamera
from layers.catalog.facilities import Facility
from layers.catalog.reports.models import Report
from layers.catalog.wifi import WifiHotspot
from tests.tile_service import toy
from tests.tile_service.conftest import committed
from tile_service.publish.serving import KEYWORDS
from tile_service.serve import sse, tokens

pytestmark = pytest.mark.django_db
KEY = tokens.key_from(settings.SECRET_KEY)


def token(faces: dict[str, str], seconds: int = 600) -> str:
    """A token for the feed."""
    return tokens.mint(KEY, faces, expires_at=int(time.time()) + seconds)


def heard(text: str) -> list[str]:
    """Slugs in the events of a stream, in order."""
    lines = [line for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")).get("layer", "resync") for line in lines]


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
    told = {slug for seq, slug, _ in server.app.hub.recent if seq > before}
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
        slow.cursor().execute("UPDATE layers_facility SET name = name")  # takes its outbox id first
        quick.cursor().execute("UPDATE layers_wifihotspot SET name = name")
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
    hub.tell([(seq, "facilities", "public") for seq in range(1, sse.LONGEST_WAIT + 2)])
    assert listener.events.qsize() == 1
    assert b"event: resync" in listener.events.get_nowait()


def test_who_missed_too_much_is_told_to_start_afresh():
    hub = sse.Hub()
    hub.tell([(seq, "facilities", "public") for seq in range(1, 2000)])
    late = hub.join(lambda slug, face: True, "5")
    assert b"event: resync" in late.events.get_nowait()
