"""An operator's desk: verdict by key; a broken line is told, and nothing is doubled after it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

NEEDS_WORKER = False


@pytest.fixture
def tell(server, open_page):
    """Send a report by the form, with a place on land; returns its words."""
    lon, lat = server.sql(
        "SELECT ST_X(marker), ST_Y(marker) FROM layers_kelurahan ORDER BY code LIMIT 1"
    )[0]

    def make(category: str = "infrastruktur-rusak") -> str:
        words = f"Lubang di jalan {uuid4().hex[:8]}"
        page = open_page("/lapor/")
        page.select_option("select[name=category]", category)
        page.fill("textarea[name=words]", words)
        page.evaluate(
            "([lon, lat]) => { document.getElementById('id_lon').value = lon;"
            " document.getElementById('id_lat').value = lat; }", [lon, lat],
        )  # fmt: skip
        page.click("button.send")
        page.wait_for_url("**/lacak/**")
        page.close()
        return words

    return make


def desk_of(open_page) -> Page:
    page = open_page("/ops/", "operator")
    page.wait_for_selector("html[data-console=ready]")
    return page


def test_verdict_and_forward_need_three_keys_and_no_mouse(open_page, tell):
    words = tell()
    desk = desk_of(open_page)
    desk.keyboard.press("j")
    detail = desk.locator("#details article")
    expect(detail).to_contain_text(words)
    expect(detail).to_contain_text("Saran")
    desk.keyboard.press("v")
    expect(desk.locator("#details [data-step=teruskan]")).to_be_visible()
    desk.keyboard.press("Enter")
    expect(desk.locator("#queue")).not_to_contain_text(words)
    assert desk.watch.clean(), desk.watch


def escape_closes_one_thing_at_a_time(desk: Page) -> None:
    """A question first, then the details; the focus goes back to where it was."""
    details = desk.locator("#details")
    expect(details).to_be_focused()
    report = desk.get_attribute("#details article", "data-id")
    desk.press("#details summary", "Enter")  # unfolds, and forwards nothing
    expect(desk.locator("#details details")).to_have_attribute("open", "")
    desk.keyboard.press("i")
    expect(desk.locator("form.ask textarea")).to_be_focused()
    desk.keyboard.press("Escape")
    expect(desk.locator("form.ask")).to_be_hidden()
    expect(details).to_be_focused()
    desk.keyboard.press("Escape")
    expect(details).to_be_hidden()
    expect(desk.locator(f"#queue li[data-id='{report}'] a")).to_be_focused()


def test_a_question_is_asked_by_key_and_undone(open_page, tell):
    words = tell()
    desk = desk_of(open_page)
    desk.keyboard.press("j")
    expect(desk.locator("#details article")).to_contain_text(words)
    escape_closes_one_thing_at_a_time(desk)
    desk.keyboard.press("Enter")  # on the line that has the focus again
    expect(desk.locator("#details")).to_be_focused()
    expect(desk.locator("#details article")).to_contain_text(words)
    desk.keyboard.press("i")
    expect(desk.locator("form.ask textarea")).to_be_focused()
    desk.keyboard.type("Di gang yang mana?")
    desk.keyboard.press("Enter")
    row = desk.locator(f"#queue li:has-text('{words}')")
    expect(row).to_contain_text("perlu info")
    row.locator("a").click()
    expect(desk.locator("#details article")).to_contain_text("Di gang yang mana?")
    desk.locator("#details h2").click()
    desk.keyboard.press("u")
    expect(row).to_contain_text("baru")


def test_a_cut_line_is_told_and_what_came_meanwhile_is_there_once(open_page, tell):
    desk = desk_of(open_page)
    expect(desk.locator("[data-live-status]")).to_contain_text("tersambung")
    desk.context.set_offline(True)
    expect(desk.locator("[data-live-status]")).to_contain_text("terputus sejak", timeout=15_000)
    words = tell()
    assert words not in desk.locator("#queue").inner_text()
    desk.context.set_offline(False)
    row = desk.locator(f"#queue li:has-text('{words}')")
    expect(row).to_have_count(1, timeout=15_000)
    expect(desk.locator("[data-live-status]")).to_contain_text("tersambung", timeout=15_000)


def test_help_opens_by_key_and_the_counters_lead_to_their_queues(open_page):
    desk = desk_of(open_page)
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.locator("#keys")).to_be_hidden()
    desk.click(".counters a[href='?antrean=lewat-waktu']")
    expect(desk.locator("select[name=antrean]")).to_have_value("lewat-waktu")
    assert desk.locator("#queue li .late").count() > 0


def test_the_time_slider_moves_the_map_by_key_and_stands_in_the_address(open_page, server):
    """At an hour that does not end a bin of three hours: the preset cuts one in two."""
    desk = desk_of(open_page)
    now = datetime.now(UTC)
    desk.clock.set_fixed_time(now + timedelta(hours=(now.hour + 1) % 3 == 0))
    desk.click("[data-preset=d7]")
    expect(desk.locator("[data-preset=d7]")).to_have_attribute("aria-pressed", "true")
    desk.focus("[data-part=window_start]")
    desk.keyboard.press("ArrowRight")
    desk.wait_for_url(re.compile(r"waktu=2\d{3}"))
    tiles = "document.getElementById('map').cityMap.map.getSource('reports').tiles[0]"
    asked = parse_qs(urlsplit(desk.evaluate(tiles)).query)
    window = parse_qs(urlsplit(desk.url).query)["waktu"][0].split("/")
    assert [asked["from"][0], asked["to"][0]] == window
    held = server.sql(
        "SELECT count(*) FROM layers_report WHERE NOT practice AND geom IS NOT NULL"
        f" AND received_at >= '{window[0]}' AND received_at < '{window[1]}'"
    )[0][0]
    assert held > 0
    expect(desk.locator(".timeslider .inside")).to_have_text(f"{held} laporan")
    desk.reload()
    desk.wait_for_selector("#map[data-ready=true]")
    expect(desk.locator("[data-part=window_start]")).to_be_visible()
    assert parse_qs(urlsplit(desk.evaluate(tiles)).query) == asked
    desk.click("[data-preset=all]")
    desk.wait_for_function(f"() => !{tiles}.includes('from=')")
    assert desk.watch.clean(), desk.watch
