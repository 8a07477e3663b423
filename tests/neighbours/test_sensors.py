"""Readings of devices: whose key writes what, once, in any order; silence is unknown."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.gis.geos import Point
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis_platform.neighbours.sensors import parse
from layers.catalog import devices, wifi_health, wifi_uptime
from layers.catalog.bins import WasteBin
from layers.catalog.wifi import WifiHotspot
from layers.catalog.wifi_health import Beat, WifiBeatDay
from layers.geography import city

pytestmark = pytest.mark.django_db
READINGS = "/api/v1/readings"
BEAT = {"kind": "wifi.heartbeat", "value": 1}


@pytest.fixture
def spot() -> WifiHotspot:
    """A wifi hotspot that people wrote down as off."""
    return WifiHotspot.objects.create(
        code="park", name="Taman", status="off", geom=Point(*city().centre, srid=4326)
    )


@pytest.fixture
def key(spot: WifiHotspot) -> str:
    """The key of its router."""
    return devices.issue_key("park", at=timezone.now())


def send(key: str, rows: object, **more: object):
    """Post readings with a key."""
    body = rows if isinstance(rows, (str, bytes)) else json.dumps(rows)
    return Client().post(
        READINGS, body, content_type="application/json",
        headers={"Authorization": f"Device {key}"}, **more,
    )  # fmt: skip


def results(answer) -> list[str]:
    """stored, known or the code of each refusal."""
    return [row.get("code") or row["result"] for row in answer.json()["readings"]]


def test_a_beat_turns_a_hotspot_on_and_a_second_sending_changes_nothing(spot, key):
    row = BEAT | {"observed_at": timezone.now().isoformat()}
    assert results(send(key, [row])) == ["stored"]
    assert results(send(key, [row])) == ["known"]
    spot.refresh_from_db()
    assert spot.status == "works"
    assert WifiBeatDay.objects.count() == 1
    assert [line.source for line in spot.history.all()] == [wifi_health.BY_BEAT]


def test_a_router_that_only_knows_wget_beats_by_address(spot, key):
    answer = Client().get("/api/v1/beat/park", headers={"Authorization": f"Device {key}"})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    spot.refresh_from_db()
    assert spot.status == "works"
    other = Client().get("/api/v1/beat/other", headers={"Authorization": f"Device {key}"})
    assert (other.status_code, other.json()["title"]) == (403, "Key belongs to park.")


def test_without_internet_or_with_little_of_it_is_off_or_weak(spot, key):
    now = timezone.now()
    send(key, [BEAT | {"value": 0, "observed_at": now.isoformat()}])
    spot.refresh_from_db()
    assert spot.status == "off"
    later = (now + timedelta(minutes=4)).isoformat()
    send(key, [BEAT | {"kbit_s": 100, "observed_at": later}])
    spot.refresh_from_db()
    assert spot.status == "weak"


def test_a_late_reading_fills_history_not_the_present(spot, key):
    now = timezone.now()
    send(key, [BEAT | {"observed_at": now.isoformat()}])
    send(key, [BEAT | {"value": 0, "observed_at": (now - timedelta(hours=5)).isoformat()}])
    spot.refresh_from_db()
    assert spot.status == "works"
    found = wifi_uptime.between(now - timedelta(hours=6), now + timedelta(minutes=5), [spot.pk])
    assert found[spot.pk].down_h == pytest.approx(1 / 12)


def test_a_silent_device_makes_its_hotspot_unknown_never_off(spot, key):
    now = timezone.now()
    send(key, [BEAT | {"observed_at": now.isoformat()}])
    assert wifi_health.mark_silent(now + timedelta(minutes=20)) == 0
    assert wifi_health.mark_silent(now + timedelta(minutes=31)) == 1
    spot.refresh_from_db()
    assert spot.status == "unknown"
    assert not WifiHotspot.objects.working().exists()
    page = Client().get("/wifi/park/").content.decode()
    assert "tidak diketahui" in page


def test_each_key_writes_of_its_own_thing_alone(spot, key):
    WasteBin.objects.create(label="BS-1", capacity_l=240, geom=Point(*city().centre, srid=4326))
    assert results(send(key, [{"kind": "bin.fill_pct", "value": 40}])) == ["NOT_YOUR_KIND"]
    bin_key = devices.issue_key("bs-1", at=timezone.now())
    assert results(send(bin_key, [{"kind": "bin.fill_pct", "value": 40}, BEAT])) == [
        "stored", "NOT_YOUR_KIND",
    ]  # fmt: skip
    assert WasteBin.objects.get().fill_pct == 40


def test_a_bins_late_reading_is_kept_and_its_present_stays(key):
    held = WasteBin.objects.create(
        label="BS-2", capacity_l=240, geom=Point(*city().centre, srid=4326)
    )
    bin_key, now = devices.issue_key("BS-2", at=timezone.now()), timezone.now()
    rows = [
        {"kind": "bin.fill_pct", "value": fill, "unit": "%", "battery_pct": 90,
         "observed_at": (now - timedelta(hours=ago)).isoformat()}
        for fill, ago in ((70, 0), (40, 3), (140, 1))
    ]  # fmt: skip
    assert results(send(bin_key, rows)) == ["stored", "stored", "OUT_OF_RANGE"]
    assert results(send(bin_key, rows)) == ["known", "known", "OUT_OF_RANGE"]
    held.refresh_from_db()
    assert (held.fill_pct, held.battery_pct, held.readings.count()) == (70, 90, 2)


def test_a_changed_or_missing_key_opens_nothing(spot, key):
    devices.issue_key("park", at=timezone.now())
    assert send(key, [BEAT]).status_code == 401
    assert Client().post(READINGS, "[]", content_type="application/json").status_code == 401
    assert devices.Device.objects.get().key_hash != devices.hashed(key)


def test_too_much_is_refused_aloud(spot, key):
    assert send(key, [BEAT] * 501).status_code == 413
    assert send(key, b" " * 70_000).status_code == 413
    assert send(key, '{"kind": "wifi.heartbeat", "kind": "x"}').json()["code"] == "DUPLICATE_KEY"
    assert send(key, '[{"kind": "wifi.heartbeat", "value": NaN}]').json()["code"] == "NONFINITE"
    assert send(key, "7").json()["code"] == "NO_LIST"


def test_a_device_that_calls_too_often_is_told_when_to_come_back(spot, key):
    devices.Device.objects.update(
        minute=timezone.now().replace(second=0, microsecond=0), calls=devices.CALLS_A_MINUTE
    )
    answer = send(key, [BEAT])
    if timezone.now().replace(second=0, microsecond=0) == devices.Device.objects.get().minute:
        assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert not WifiBeatDay.objects.exists() or answer.status_code == 200


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"kind": "door.open", "value": 1}, "UNKNOWN_KIND"),
        ({"kind": "wifi.heartbeat", "value": 7}, "OUT_OF_RANGE"),
        ({"kind": "wifi.heartbeat", "value": "1"}, "OUT_OF_RANGE"),
        ({"kind": "bin.fill_pct", "value": 9, "unit": "litre"}, "UNKNOWN_UNIT"),
        ({"kind": "bin.fill_pct", "value": 9, "observed_at": "2026-01-01T10:00"}, "BAD_TIME"),
        ({"kind": "bin.fill_pct", "value": 9, "observed_at": "soon"}, "BAD_TIME"),
        ({"kind": "bin.fill_pct", "value": 9, "observed_at": "2020-01-01T10:00Z"}, "TOO_OLD"),
        (5, "NO_OBJECT"),
    ],
)
def test_each_fault_of_a_reading_has_a_code(row, code):
    (fault,) = parse.readings(json.dumps([row]).encode(), at=datetime(2026, 11, 2, tzinfo=UTC))
    assert isinstance(fault, parse.Fault)
    assert fault.code == code


def test_a_clock_that_runs_ahead_is_marked_and_set_to_ours():
    at = datetime(2026, 11, 2, 6, tzinfo=UTC)
    row = BEAT | {"observed_at": "2026-11-02T09:00:00+00:00"}
    (found,) = parse.readings(json.dumps(row).encode(), at=at)
    assert isinstance(found, parse.Reading)
    assert (found.at, found.marked) == (at, True)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_order_repeats_and_gaps_lead_to_one_final_state(spot, key, data):
    first = datetime(2026, 11, 1, 20, tzinfo=UTC)
    minutes = st.tuples(st.integers(0, 600), st.booleans())
    told = data.draw(st.lists(minutes, min_size=1, max_size=12))
    beats = [Beat(first + timedelta(minutes=m), up) for m, up in told]
    ends = []
    for sent in (beats, data.draw(st.permutations(beats + beats[:3]))):
        WifiBeatDay.objects.all().delete()
        WifiHotspot.objects.filter(pk=spot.pk).update(status="off")
        devices.Device.objects.update(heard_at=None)
        for beat in sent:
            device = devices.Device.objects.get()
            wifi_health.take_beats(device, [beat], at=first + timedelta(days=1))
        days = WifiBeatDay.objects.values_list("day", "heard", "up")
        ends.append([(day, bytes(heard), bytes(up)) for day, heard, up in days])
    assert ends[0] == ends[1]


def test_uptime_is_of_the_hours_known(spot, key):
    """Ten hours up and five off by its beats, the rest silent: two thirds of what is known."""
    start, _end = wifi_uptime.month_bounds(date(2026, 10, 1))
    device = devices.Device.objects.get()
    beats = [Beat(start + k * timedelta(minutes=5), k < 120) for k in range(180)]
    wifi_health.take_beats(device, beats, at=start + timedelta(hours=15))
    at = start + timedelta(hours=20)
    found = wifi_uptime.uptimes(date(2026, 10, 1), [spot.pk], at=at)[spot.pk]
    assert (found.up_h, found.down_h, found.unknown_h) == (10, 5, 5)
    assert wifi_uptime.uptime_share(spot, date(2026, 10, 1), at=at) == pytest.approx(2 / 3)
    later = wifi_uptime.uptime_share(spot, date(2026, 10, 1), at=start + timedelta(days=20))
    assert later is None, "15 of 480 hours say nothing about the month"


def test_where_no_device_speaks_peoples_word_counts(spot):
    """Written down: works from the 1st, off from the 11th of a month of 31 days."""
    zone_start, _end = wifi_uptime.month_bounds(date(2026, 10, 1))
    for on, status in ((date(2026, 10, 1), "works"), (date(2026, 10, 11), "off")):
        spot.history.create(status=status, on=on, source="kantor")
    found = wifi_uptime.uptimes(date(2026, 10, 1), [spot.pk], at=zone_start + timedelta(days=40))
    assert found[spot.pk].pct == pytest.approx(100 * 10 / 31, abs=0.05)
    assert wifi_uptime.refresh_shown(zone_start + timedelta(days=31)) == 1
    spot.refresh_from_db()
    assert spot.uptime_pct == pytest.approx(100 * 9 / 30, abs=0.1)
