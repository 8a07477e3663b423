"""Whoever guesses at report numbers is stopped; whoever holds a key is not."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from gis_platform import limits

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh():
    cache.clear()
    yield
    cache.clear()


def test_guesses_end_in_429_for_this_address_alone(tell, monkeypatch):
    monkeypatch.setattr(limits, "MOST_WRONG", 3)
    report, key = tell(follow_key="a" * 32), {"kunci": "a" * 32}
    guesser, other = Client(REMOTE_ADDR="192.0.2.7"), Client(REMOTE_ADDR="192.0.2.8")
    assert [guesser.get("/lacak/T-26-0000-0000-0/").status_code for _ in range(4)][2:] == [404, 429]
    page = f"/lacak/{report.number}/"
    refused = guesser.get(page)
    assert (refused.status_code, refused["Retry-After"]) == (429, "600")
    assert "sepuluh menit" in refused.content.decode()
    assert guesser.get(page, key).status_code == other.get(page).status_code == 200
