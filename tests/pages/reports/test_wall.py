"""The room's screen: for operators, read-only, and with nothing on it that a guest may not read."""

from __future__ import annotations

import json
import re

import pytest

from layers.catalog.reports import figures, queue
from layers.catalog.reports.models import Report

pytestmark = pytest.mark.django_db
WORDS = "Lubang di depan rumah Bu Ani, telepon 0812 3456 7890"


def words_of(answer) -> str:
    """Visible words, white space as one blank."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize("address", ["/ops/wall/", "/ops/wall/isi"])
def test_operators_see_it_others_do_not_and_nobody_writes(address, client, client_of):
    assert client.get(address).status_code == 302
    assert client_of("planner").get(address).status_code == 404
    operator = client_of("operator")
    assert operator.get(address).status_code == 200
    assert operator.post(address).status_code == 405


def test_no_words_no_number_and_no_hidden_kind_stand_on_it(tell, client_of):
    seen = tell(words=WORDS, category="infrastruktur-rusak")
    hidden = [tell(category=kind, x=0.2) for kind in ("kriminalitas", "masalah-sosial")]
    answer = client_of("operator").get("/ops/wall/")
    told = words_of(answer)
    for secret in ("Bu Ani", "0812", seen.number, *(one.number for one in hidden)):
        assert secret not in answer.content.decode()
    assert "Infrastruktur rusak" in told and "Bawah" in told
    for one in hidden:
        assert one.category.label not in told


def test_its_counts_are_those_of_the_desk_and_of_the_performance_page(tell, client_of):
    for part in (0.2, 0.4, 0.6):
        tell(x=part)
    told = words_of(client_of("operator").get("/ops/wall/isi"))
    (came,) = figures.state_counts()
    assert f"{queue.counters(Report.objects.first().received_at).to_decide} belum" in told
    assert f"{came.total} laporan masuk" in told and came.total == 3


def test_reports_are_drawn_as_visitors_see_them(tell, client_of):
    page = client_of("operator").get("/ops/wall/").content.decode()
    config = json.loads(re.search(r'id="map-config"[^>]*>(.*?)</script>', page, re.S)[1])
    assert config["asVisitor"] == ["reports"]
    assert {one["slug"] for one in config["layers"]} >= {"reports", "wifi-hotspots", "waste-bins"}
    assert {slug for part in config["rotation"].values() for slug in part} >= set(config["shown"])


def test_it_speaks_english(tell, client_of):
    tell()
    english = client_of("operator").get("/ops/wall/", headers={"accept-language": "en"})
    told = words_of(english)
    assert "Work that waits" in told and "Newest reports" in told and "Stop changing" in told
