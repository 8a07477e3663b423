"""Played devices send through the door of real ones; what they say is seeded."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from gis_platform.management.commands.fake_sensors import Command
from gis_platform.neighbours.sensors.fake import Faked, readings_of
from layers.catalog.bin_readings import BinReading
from layers.catalog.bins import WasteBin
from layers.catalog.devices import Device, issue_key
from layers.catalog.places import Island
from layers.catalog.wifi import WifiHotspot, WifiStatus
from layers.catalog.wifi_health import WifiBeatDay, mark_silent
from tests.spatial_analysis import toy_city

NOON = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


def test_readings_are_seeded_have_gaps_and_end_with_a_silence() -> None:
    devices = [Faked("a", "wifi.heartbeat"), Faked("b", "wifi.heartbeat", NOON),
               Faked("c", "bin.fill_pct")]  # fmt: skip
    start, end = NOON - timedelta(hours=24), NOON + timedelta(hours=1)
    first = dict(readings_of(devices, start, end, seed=3))
    assert first == dict(readings_of(devices, start, end, seed=3))
    assert first != dict(readings_of(devices, start, end, seed=4))
    assert 270 < len(first["a"]) < 301  # of 301 beats some are lost
    assert max(one["observed_at"] for one in first["b"]) <= NOON.isoformat()
    assert all(0 <= one["value"] <= 100 for one in first["c"])


@pytest.fixture
def through_the_door(client: Client, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command's requests go to the page itself."""

    def post(_self: Command, _server: str, key: str, told: list[dict]) -> int:
        answer = client.post(
            "/api/v1/readings", json.dumps(told), content_type="application/json",
            headers={"Authorization": f"Device {key}"},
        )  # fmt: skip
        assert answer.status_code == 200
        results = [one["result"] for one in answer.json()["readings"]]
        assert "refused" not in results
        return results.count("stored")

    monkeypatch.setattr(Command, "post", post)
    return post


@pytest.mark.django_db
def test_the_first_of_them_is_silent_in_the_end(through_the_door, capsys) -> None:
    toy_city.build()
    WifiHotspot.objects.filter(code="east").update(status="works")
    big = Island.objects.get(code="big")
    WasteBin.objects.create(label="B1", capacity_l=100, island=big, geom=toy_city.at(0, 0))
    call_command("fake_sensors", "--wifi", "2", "--bins", "1", "--hours", "3")
    east, west = WifiHotspot.objects.order_by("code")
    assert (east.status, west.status == WifiStatus.UNKNOWN) == (WifiStatus.UNKNOWN, False)
    assert BinReading.objects.exists()
    assert WifiBeatDay.objects.filter(hotspot=west).exists()
    assert mark_silent(timezone.now()) == 0
    with pytest.raises(CommandError, match="has a device already"):
        call_command("fake_sensors")


@pytest.mark.django_db
def test_real_devices_keep_their_keys(through_the_door) -> None:
    toy_city.build()
    issue_key("west", at=NOON)
    before = Device.objects.get(code="west").key_hash
    WifiHotspot.objects.filter(code="east").update(status="works")
    call_command("fake_sensors", "--bins", "0", "--hours", "1")
    assert Device.objects.get(code="west").key_hash == before
    assert Device.objects.filter(code="east").exists()
