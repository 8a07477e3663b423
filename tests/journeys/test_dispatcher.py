"""The dispatcher's morning: choose, compute, move, publish, take along. Clicks are counted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

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
    day = '"on" = (SELECT "on" FROM layers_roundplan ORDER BY id DESC LIMIT 1)'
    states = server.sql(f"SELECT state, count(*) FROM layers_roundplan WHERE {day} GROUP BY 1")
    assert dict(states)["published"] == 1, "a day has one plan for its crews"
    assert page.watch.clean(), (page.watch.console, page.watch.foreign)  # type: ignore[attr-defined]


def any_plan(server: Server) -> str:
    """Page of the newest plan that is still driven or may be."""
    found = server.sql("SELECT max(id) FROM layers_roundplan WHERE state <> 'replaced'")
    return f"/rute/{found[0][0]}/"


@pytest.mark.slow
def test_the_map_draws_what_the_list_says(open_page: Callable[..., Page], server: Server):
    page = open_page(any_plan(server), "operator")
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
def test_every_format_can_be_taken_along_and_the_sheet_prints(
    open_page: Callable[..., Page], server: Server
):
    page = open_page(any_plan(server), "operator")
    address = page.url.split("#")[0]
    kinds = {
        "rute.geojson": "application/geo+json", "rute.gpx": "gpx+xml", "rute.kml": "earth.kml+xml",
    }  # fmt: skip
    for name, kind in kinds.items():
        answer = page.request.get(address + name)
        assert answer.ok and kind in answer.headers["content-type"]
    page.goto(address + "cetak/")
    assert page.locator("article.paper").count() >= 1
    assert page.locator(".paper-map .drive").count() >= 1
    assert page.locator(".paper .qr svg").count() == page.locator(".paper-map").count()
    assert len(page.pdf(format="A4")) > 10_000


def told(page: Page, before: str) -> str:
    """What the page says of the change that was just made."""
    said = page.locator("#hand-said")
    expect(said).not_to_have_text(before, timeout=30_000)
    expect(page.locator("#rounds-list")).not_to_have_attribute("aria-busy", "true")
    return said.inner_text()


def open_round(page: Page) -> Locator:
    """A round with several stops, opened."""
    round_ = page.locator("details.round", has=page.locator("li.bin >> nth=3")).first
    if round_.get_attribute("open") is None:
        round_.locator("summary").click()
    return round_


def in_order(round_: Locator) -> list[str]:
    return [row.get_attribute("data-label") or "" for row in round_.locator("li.bin").all()]


@pytest.mark.slow
def test_stops_are_moved_by_keys_and_by_drag_locked_and_brought_back(
    open_page: Callable[..., Page], server: Server
):
    full = server.sql(
        "SELECT plan_id FROM layers_round JOIN layers_roundplan p ON p.id = plan_id"
        " JOIN layers_roundstop s ON s.round_id = layers_round.id WHERE p.state <> 'replaced'"
        " AND s.bin_id IS NOT NULL GROUP BY plan_id, layers_round.id HAVING count(*) > 3"
        " ORDER BY plan_id DESC LIMIT 1"
    )
    page = open_page(f"/rute/{full[0][0]}/", "operator")
    expect(page.locator("#rounds-list")).to_have_attribute("data-ready", "yes")
    round_ = open_round(page)
    number = round_.get_attribute("data-round")
    round_ = page.locator(f"details.round[data-round='{number}']")
    before = in_order(round_)
    round_.locator("[data-grip]").nth(1).focus()
    page.keyboard.press("ArrowUp")  # one key: second becomes first
    assert before[1] in told(page, "")
    assert in_order(round_)[:2] == [before[1], before[0]]
    assert page.evaluate("document.activeElement.closest('li').dataset.label") == before[1]
    page.keyboard.press("k")
    said = told(page, page.locator("#hand-said").inner_text())
    assert "terkunci" in said and round_.locator("li.locked").count() == 1
    page.keyboard.press("ArrowDown")
    refused = told(page, said)
    assert "buka kuncinya" in refused and in_order(round_)[0] == before[1]
    for _ in range(2):  # the lock, then the move
        page.click("#hand-undo")
        refused = told(page, refused)
    assert in_order(round_) == before

    grip = round_.locator("[data-grip]").nth(0).bounding_box()
    goal = round_.locator("li.bin").nth(1).bounding_box()
    assert grip is not None and goal is not None
    page.mouse.move(grip["x"] + 6, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(goal["x"] + 40, goal["y"] + goal["height"] - 4, steps=6)
    page.mouse.up()
    assert before[0] in told(page, refused)
    after = in_order(round_)
    assert after[0] == before[1] and sorted(after) == sorted(before)
    refusals = [line for line in page.watch.console if "409" in line]  # type: ignore[attr-defined]
    assert refusals == page.watch.console and len(refusals) == 1  # type: ignore[attr-defined]
    assert page.watch.foreign == []  # type: ignore[attr-defined]


@pytest.mark.slow
def test_the_desk_fits_a_phone_without_sideways_scroll(open_page: Callable[..., Page]):
    page = open_page("/rute/", "operator", phone=True)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0


def test_a_crew_finds_no_desk(open_page: Callable[..., Page]):
    page = open_page("/rute/", "kru")
    assert page.request.get("/rute/").status == 404
