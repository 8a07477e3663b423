"""A newer WiFi plan drops sites of the one before: the planner is told, and posters lead on."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command
from django.test import Client

from layers.catalog.wifi import WifiHotspot, WifiStatus
from layers.catalog.wifi_dropped import DroppedHotspot
from spatial_analysis.models import WifiScenario
from tests.pages.planning_page import PAGE, compute, text_of

pytestmark = pytest.mark.django_db


def planned() -> set[str]:
    return set(
        WifiHotspot.objects.filter(status="planned", planned_from__gt="").values_list(
            "code", flat=True
        )
    )


def approve(planner: Client, name: str, **fields: str):
    """The answer to approving the scenario `name`, kept of a new placement unless it is there."""
    if not WifiScenario.objects.filter(name=name).exists():
        run = compute(planner, **fields)
        planner.post(f"{PAGE}/{run.pk}/simpan", {"nama": name})
    found = WifiScenario.objects.get(name=name)
    return planner.post(f"{PAGE}/skenario/{found.pk}/sahkan", fields)


@pytest.fixture
def wide(planner: Client) -> set[str]:
    """Codes of the planned sites of an approved plan of several sites."""
    assert approve(planner, "Luas", jumlah="3").status_code == 302
    assert len(planned()) > 1
    return planned()


def test_a_site_that_both_plans_hold_stays_the_same_row_with_its_posters(planner, wide) -> None:
    held = {row.code: row.pk for row in WifiHotspot.objects.filter(code__in=wide)}
    assert approve(planner, "Lebih", jumlah="4").status_code == 302
    assert planned() >= wide
    for code, pk in held.items():
        assert WifiHotspot.objects.get(code=code).pk == pk
    assert not DroppedHotspot.objects.exists()


def test_sites_without_posters_go_without_a_question_and_stay_known(planner, wide, client) -> None:
    assert approve(planner, "Hemat", jumlah="1").status_code == 302
    assert len(planned()) == 1 and planned() < wide
    assert set(DroppedHotspot.objects.values_list("code", flat=True)) == wide - planned()


def test_the_planner_is_told_of_posters_before_they_are_orphaned(
    planner, wide, client, tmp_path
) -> None:
    call_command("posters", tmp_path / "p.pdf", "--address", "https://kota.test", "--planned")
    asked = approve(planner, "Hemat", jumlah="1")
    assert asked.status_code == 200
    n = len(wide) - 1
    assert f"{n} titik rencana yang hilang sudah punya poster QR." in text_of(asked)
    assert planned() == wide and not DroppedHotspot.objects.exists()  # nothing was done yet
    words = text_of(planner.get(PAGE))
    assert f"{n} titik rencana hilang, {n} berposter" in words
    english = text_of(planner.get(PAGE, headers={"Accept-Language": "en"}))
    assert re.search(rf"drops {n} planned sites?, {n} with (a poster|posters)", english)
    assert approve(planner, "Hemat", tetap="1").status_code == 302
    assert len(planned()) == 1
    for code in wide - planned():
        told = client.get(f"/q/{code}", follow=True)
        assert told.redirect_chain[-1][0] == f"/wifi/{code}/" and told.status_code == 200
        assert "Di sini belum ada WiFi gratis." in text_of(told)
        assert "WiFi terdekat yang hidup" in text_of(told)
        near = WifiHotspot.objects.filter(status__in=(WifiStatus.WORKS, WifiStatus.WEAK))
        assert any(f"/wifi/{row.code}/" in told.content.decode() for row in near)
        english = client.get(f"/wifi/{code}/", headers={"Accept-Language": "en"})
        assert "There is no free WiFi here yet." in text_of(english)


def test_a_dropped_site_that_is_planned_again_has_its_page_again(planner, wide, client) -> None:
    approve(planner, "Hemat", jumlah="1")
    (code, *_) = sorted(wide - planned())
    approve(planner, "Luas")
    assert planned() == wide and not DroppedHotspot.objects.exists()
    assert "belum ada WiFi gratis" not in text_of(client.get(f"/wifi/{code}/"))


def test_with_no_hotspot_that_works_the_page_leads_to_the_map(planner, wide, client) -> None:
    approve(planner, "Hemat", jumlah="1")
    (code, *_) = sorted(wide - planned())
    WifiHotspot.objects.exclude(status="planned").update(status="off")
    words = text_of(client.get(f"/wifi/{code}/"))
    assert "Saat ini tidak ada titik WiFi yang hidup." in words and "Lihat di peta" in words
    assert client.get("/q/nobody-ever").status_code == 404
