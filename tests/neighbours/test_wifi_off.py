"""A "WiFi mati" report: from the hotspot's page to its status, its uptime and back."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from layers.catalog import devices, wifi_health, wifi_uptime
from layers.catalog.reports.models import Report
from layers.catalog.reports.move import move
from layers.catalog.reports.states import Actor
from layers.catalog.wifi import WifiHotspot
from layers.catalog.wifi_health import Beat, WifiOutage
from tests.spatial_analysis import toy_city

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Report:
    """Somebody reported the toy city's working hotspot from its own page."""
    toy_city.build()
    visitor = Client()
    page = visitor.get("/lapor/?wifi=west").content.decode()
    assert 'value="wifi-mati" selected' in page
    answer = visitor.post(
        "/lapor/",
        {"client_id": str(uuid4()), "follow_key": uuid4().hex, "category": "wifi-mati",
         "words": "Tidak ada sinyal sejak tadi pagi.", "wifi": "west"},
    )  # fmt: skip
    assert answer.status_code == 303
    return Report.objects.get()


def status() -> str:
    """The hotspot's."""
    return WifiHotspot.objects.get(code="west").status


def test_it_stands_at_the_hotspot_and_changes_nothing_before_a_verdict(told):
    spot = WifiHotspot.objects.get(code="west")
    assert told.geom.coords == pytest.approx(spot.geom.coords)
    assert WifiOutage.objects.get().hotspot == spot
    assert status() == "works"


def test_a_verdict_turns_the_hotspot_off_and_undoing_it_takes_that_back(told, person):
    operator = person("operator")
    move(told.pk, "sahkan", actor=Actor.OPERATOR, by=operator)
    assert status() == "off"
    assert "sudah diperiksa" in Client().get("/wifi/west/").content.decode()
    move(told.pk, "urungkan", actor=Actor.OPERATOR, by=operator)
    assert WifiOutage.objects.get().confirmed_at is None
    assert status() == "works"


def test_hours_until_it_is_fixed_count_as_off(told, person):
    now = timezone.now()
    WifiOutage.objects.update(
        told_at=now - timedelta(hours=3), confirmed_at=now - timedelta(hours=2),
        ended_at=now - timedelta(hours=1),
    )  # fmt: skip
    found = wifi_uptime.between(
        now - timedelta(hours=4), now, [WifiOutage.objects.get().hotspot_id]
    )
    assert next(iter(found.values())).down_h == pytest.approx(2, abs=0.2)


def test_its_own_beat_after_the_report_ends_it(told, person):
    move(told.pk, "sahkan", actor=Actor.OPERATOR, by=person("operator"))
    devices.issue_key("west", at=timezone.now())
    soon = timezone.now() + timedelta(minutes=1)
    wifi_health.take_beats(devices.Device.objects.get(), [Beat(soon, True)], at=soon)
    assert status() == "works"
    assert WifiOutage.objects.get().ended_at == soon


def test_an_unproven_report_is_no_outage(told, person):
    move(
        told.pk, "tidak_terbukti", actor=Actor.OPERATOR, by=person("operator"),
        reason="lain", note="Sudah dicek, sinyal ada.",
    )  # fmt: skip
    assert WifiOutage.objects.get().confirmed_at is None
    assert status() == "works"


@pytest.mark.parametrize(("who", "code"), [("visitor", 302), ("crew", 404), ("planner", 200)])
def test_only_the_desk_makes_keys(told, client_of, who, code):
    answer = client_of(who).post("/wifi/west/kunci")
    assert answer.status_code == code
    assert devices.Device.objects.exists() == (code == 200)
    if code == 200:
        assert devices.PREFIX in answer.content.decode()
        assert devices.PREFIX not in client_of("operator").get("/wifi/west/").content.decode()


def test_a_posters_code_leads_to_the_page(told):
    answer = Client().get("/q/west", follow=True)
    assert answer.redirect_chain[-1][0] == "/wifi/west/"
    assert "Laporkan WiFi mati" in answer.content.decode()
    assert Client().get("/q/nowhere").status_code == 404
