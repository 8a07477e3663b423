"""Odd letters and numbers in addresses and forms: a sentence comes back, never a broken page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.test import Client

from gis_platform.neighbours.sensors import receive
from layers.gate.refusal import Refusal
from layers.gate.strict_json import loads
from layers.gate.whole import whole
from tests.neighbours.test_sensors import BEAT, key, results, send, spot  # noqa: F401

pytestmark = pytest.mark.django_db
SQUARED, THOUSANDS = "²", "9" * 5000


@pytest.mark.parametrize("text", [SQUARED, THOUSANDS, "-1", "1.0", "٣", "", None])
def test_what_is_no_plain_number_is_none(text):
    assert whole(text) is None


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("visitor", "/peta/?hal={}"),
        ("operator", "/ops/antrean?since={}"),
        ("operator", "/ops/panas/?hari={}"),
        ("operator", "/rute/?seperti={}"),
        ("planner", "/rencana/wifi?hitung={}"),
        ("planner", "/rencana/wifi/banding?kiri={}&kanan=1"),
    ],
)
@pytest.mark.parametrize("number", [SQUARED, THOUSANDS])
def test_a_number_that_is_none_breaks_no_page(client_of, role, address, number):
    assert client_of(role).get(address.format(number)).status_code in (200, 400, 404)


@pytest.mark.parametrize("address", ["/peta/?dari=%00", "/lapor/?wifi=%00", "/lacak/?nomor=%00"])
def test_the_letter_nul_in_a_query_is_refused_in_words(address):
    answer = Client().get(address)
    assert answer.status_code == 400
    assert "NUL" in answer.content.decode()


def test_the_letter_nul_in_a_form_is_refused_in_words(client_of):
    told = {"langkah": "tanya", "catatan": "apa\x00kah"}
    answer = client_of("operator").post("/ops/laporan/1/langkah", told)
    assert answer.status_code == 400


def test_json_that_is_to_be_stored_holds_no_nul():
    with pytest.raises(Refusal, match="NUL_BYTE"):
        loads(rb'{"note": "a\u0000b"}', storable=True)
    assert loads(rb'{"note": "a\\u0000b"}', storable=True) == {"note": "a\\u0000b"}


@pytest.mark.parametrize(
    "odd",
    [
        {"cause": []}, {"hours": 1e308}, {"hours": -5}, {"radius_m": 10**400}, {"note": "\x00"},
        {"starts_at": "2026-13-45T25:00:00Z"},
    ],
)  # fmt: skip
def test_an_odd_closure_is_refused_in_words(client_of, odd):
    shape = {"type": "Point", "coordinates": [0, 0]}
    body = json.dumps({"shape": shape, "cause": "flood"} | odd)
    answer = client_of("operator").post(
        "/rute/jalan/penutupan.json", body, content_type="application/json"
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("role", "address"),
    [("operator", "/rute/jalan/penutupan.json"), ("planner", "/api/analysis/runs")],
)
def test_a_form_where_json_belongs_is_refused_in_words(client_of, role, address):
    assert client_of(role).post(address, {"study": "wifi_placement"}).status_code == 400


def test_odd_readings_are_refused_one_by_one(spot, key):  # noqa: F811
    odd = [{"kind": ["x"], "value": 1}, {"kind": {}, "value": 1}, BEAT | {"value": 10**400}]
    assert results(send(key, [*odd, BEAT]))[:2] == ["UNKNOWN_KIND", "UNKNOWN_KIND"]
    assert results(send(key, [odd[2], BEAT])) == ["OUT_OF_RANGE", "known"]


def test_a_body_that_is_refused_counts_as_a_call(spot, key, monkeypatch):  # noqa: F811
    one_minute = SimpleNamespace(now=lambda: datetime(2026, 3, 2, 9, 30, 5, tzinfo=UTC))
    monkeypatch.setattr(receive, "timezone", one_minute)  # the calls are counted by the minute
    answers = [send(key, b"no JSON").status_code for _ in range(61)]
    assert answers[:60] == [400] * 60
    assert answers[60] == 429
