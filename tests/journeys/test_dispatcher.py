"""The dispatcher's morning: choose, compute, look, publish, take along. Clicks are counted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Server

CLICKS_TO_PUBLISH = 3


class Clicks:
    """Clicks of one person on one page."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def on(self, selector: str) -> None:
        """Click, and count it."""
        self.page.locator(selector).first.click()
        self.count += 1


def features(page: Page) -> list[dict]:
    """What the plan's map is given."""
    answer = page.request.get(page.url.split("#")[0].rstrip("/") + "/peta.json")
    return json.loads(answer.text())["features"]


def computed(page: Page) -> float:
    """Wait until the plan is there; returns the seconds it took."""
    began = time.monotonic()
    page.wait_for_url("**/rute/*/", timeout=60_000, wait_until="commit")
    page.wait_for_selector("#rounds-list")
    return time.monotonic() - began


@pytest.mark.slow
def test_a_dispatcher_plans_and_publishes_the_day_in_three_clicks(
    open_page: Callable[..., Page], server: Server
):
    page = open_page("/rute/", "operator")
    asked = int(page.locator("[data-count]").inner_text())
    assert asked > 0
    clicks = Clicks(page)
    clicks.on("text=Hitung rute")
    computed(page)
    clicks.on("text=Terbitkan ke regu")
    expect(page.get_by_role("status").first).to_contain_text("Rencana terbit")
    assert clicks.count <= CLICKS_TO_PUBLISH
    stops = [f["properties"] for f in features(page) if f["properties"]["what"] == "stop"]
    served = [s for s in stops if s["kind"] != "tip"]
    left = [f for f in features(page) if f["properties"]["what"] == "unserved"]
    assert len(served) + len(left) == asked
    assert all(f["properties"]["sentence"] for f in left)
    states = server.sql("SELECT state, count(*) FROM layers_roundplan GROUP BY 1 ORDER BY 1")
    assert dict(states)["published"] == 1
    assert page.watch.clean(), (page.watch.console, page.watch.foreign)  # type: ignore[attr-defined]


@pytest.mark.slow
def test_the_map_draws_what_the_list_says(open_page: Callable[..., Page]):
    page = open_page("/rute/", "operator")
    page.click("text=Hitung rute")
    computed(page)
    page.wait_for_selector("#map[data-rounds]", timeout=30_000)
    drawn = int(page.locator("#map").get_attribute("data-rounds") or 0)
    assert drawn == len(features(page))
    listed = page.locator(".entries > li:not(.ferry)").count()
    assert listed == sum(f["properties"]["what"] == "stop" for f in features(page))
    page.locator(".entries .stop-link").first.click()
    expect(page.locator(".map-ring")).to_be_visible()


@pytest.mark.slow
def test_a_choice_of_one_truck_and_few_stops_is_kept_when_going_back(
    open_page: Callable[..., Page],
):
    page = open_page("/rute/", "perencana")
    page.click("[data-all=no]")
    boxes = page.locator("input[name=perhentian]")
    for i in range(3):
        boxes.nth(i).check()
    expect(page.locator("[data-count]")).to_have_text("3")
    page.click("text=Hitung rute")
    computed(page)
    assert "dari 3 perhentian" in page.locator(".plan-bar").inner_text()
    page.click("text=Ubah pilihan")
    expect(page.locator("[data-count]")).to_have_text("3")


@pytest.mark.slow
def test_no_vehicle_chosen_is_answered_with_a_sentence(open_page: Callable[..., Page]):
    page = open_page("/rute/", "operator")
    for box in page.locator("input[name=kendaraan]").all():
        box.uncheck()
    page.click("text=Hitung rute")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Belum ada kendaraan", timeout=30_000)


@pytest.mark.slow
def test_every_format_can_be_taken_along_and_the_sheet_prints(open_page: Callable[..., Page]):
    page = open_page("/rute/", "operator")
    page.click("text=Hitung rute")
    computed(page)
    address = page.url.split("#")[0]
    for name, kind in (("rute.geojson", "application/geo+json"), ("rute.gpx", "gpx+xml")):
        answer = page.request.get(address + name)
        assert answer.ok and kind in answer.headers["content-type"]
    page.goto(address + "cetak/")
    assert page.locator("article.paper").count() >= 1
    assert page.locator(".paper-map .drive").count() >= 1
    assert len(page.pdf(format="A4")) > 10_000


@pytest.mark.slow
def test_the_desk_fits_a_phone_without_sideways_scroll(open_page: Callable[..., Page]):
    page = open_page("/rute/", "operator", phone=True)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0


def test_a_crew_finds_no_desk(open_page: Callable[..., Page]):
    page = open_page("/rute/", "kru")
    assert page.request.get("/rute/").status == 404
