"""Public: what happens around me, the nearest WiFi, a download, all within nine clicks."""

from __future__ import annotations

import json
import re
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

NEEDS_WORKER = False
MOST_CLICKS = 9


class Clicks:
    """Clicks and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def __call__(self, selector: str) -> None:
        self.page.click(selector)
        self.count += 1


def ready(page: Page) -> None:
    page.wait_for_selector("#map[data-ready=true]", state="attached", timeout=30_000)


def drawn(page: Page, slug: str) -> int:
    """Features of a layer that are drawn now."""
    return page.evaluate(
        "slug => { const map = document.getElementById('map').cityMap.map;"
        " return map.queryRenderedFeatures().filter(f => f.source === slug).length; }",
        slug,
    )


def test_a_visitor_finds_reports_the_nearest_wifi_and_a_download(open_page):
    page = open_page("/peta/")
    ready(page)
    click = Clicks(page)
    page.wait_for_function(
        "() => document.getElementById('map').cityMap.map.queryRenderedFeatures()"
        ".some(f => f.source === 'reports')"
    )
    click("[data-nearest-wifi]:visible")
    page.wait_for_selector("#nearest li")
    metres = page.locator("#nearest li .num").all_text_contents()
    assert 1 <= len(metres) <= 5
    assert all(re.search(r"\d (m|km)", text) for text in metres)
    page.wait_for_selector(".maplibregl-popup h3")
    assert drawn(page, "wifi-hotspots") > 0
    page.keyboard.press("Escape")  # the popup has the focus, and gives it back
    expect(page.locator(".maplibregl-popup")).to_have_count(0)
    expect(page.locator("[data-nearest-wifi]:visible")).to_be_focused()
    page.press("#nearest li:last-child [role=button]", "Enter")
    expect(page.locator("#nearest li:last-child")).to_have_class("is-selected")
    click(".portal-head a.chip:has-text('WiFi')")
    page.wait_for_selector("#twin[data-layer='wifi-hotspots']")
    with page.expect_download() as waiting:
        click(".list-foot a:has-text('GeoJSON')")
    rows = json.loads(waiting.value.path().read_text())["features"]
    assert len(rows) == int(page.get_attribute("#twin", "data-count"))
    assert {row["properties"]["status"] for row in rows} <= {"works", "weak", "off", "planned"}
    assert click.count <= MOST_CLICKS
    assert page.watch.clean(), (page.watch.console, page.watch.foreign)


def test_the_filtered_set_is_the_same_on_the_map_and_in_the_list(open_page):
    page = open_page("/peta/?waktu=semua")
    ready(page)
    page.wait_for_selector("#twin")
    before = int(page.get_attribute("#twin", "data-count"))
    page.press("input[name=kategori][value=sampah]", "Space")
    page.wait_for_function(
        "before => Number(document.getElementById('twin').dataset.count) < before", arg=before
    )
    count = int(page.get_attribute("#twin", "data-count"))
    assert "kategori=sampah" in page.url
    expect(page.locator("input[name=kategori][value=sampah]")).to_be_focused()
    link = page.get_attribute(".list-foot a:has-text('GeoJSON')", "href")
    rows = page.request.get(link).json()["features"]
    assert len(rows) == count
    assert {row["properties"]["category"] for row in rows} == {"sampah"}


def test_the_time_slider_narrows_map_and_list_alike(open_page):
    page = open_page("/peta/?waktu=semua", phone=True)
    ready(page)
    page.wait_for_selector(".timeslider .inside:not(:empty)")
    high = page.locator("[data-part=window_end]")
    high.evaluate("one => { one.value = 30; one.dispatchEvent(new Event('input')); }")
    page.wait_for_url(re.compile(r"waktu=2\d{3}"))
    page.wait_for_function(
        "() => document.querySelector('.timeslider .inside').textContent.replace(/\\D/g, '')"
        " === document.getElementById('twin').dataset.count"
    )
    link = page.get_attribute(".list-foot a:has-text('GeoJSON')", "href")
    rows = page.request.get(link).json()["features"]
    assert len(rows) == int(page.get_attribute("#twin", "data-count")) > 0
    window = parse_qs(urlsplit(page.url).query)["waktu"][0].split("/")
    since, until = (datetime.fromisoformat(part) for part in window)
    received = [datetime.fromisoformat(row["properties"]["received_at"]) for row in rows]
    assert since <= min(received) and max(received) < until
    assert page.watch.clean(), page.watch


def test_pointing_at_a_line_rings_its_place_and_a_mark_finds_its_line(open_page):
    page = open_page("/peta/?daftar=wifi&lapis=wifi-hotspots")
    ready(page)
    first = page.locator("#twin > li").first
    first.locator(".row-link").click()
    page.wait_for_selector(".map-ring", state="attached")
    centre = page.evaluate("() => document.getElementById('map').cityMap.map.getCenter().toArray()")
    assert abs(centre[0] - float(first.get_attribute("data-lon"))) < 0.001
    assert abs(centre[1] - float(first.get_attribute("data-lat"))) < 0.001


def test_a_shared_address_opens_the_same_view(open_page):
    page = open_page("/peta/?lapis=waste-bins&waktu=30-hari#15/0.79/127.385")
    ready(page)
    shown = page.evaluate("() => document.getElementById('map').cityMap.shown()")
    zoom = page.evaluate("() => document.getElementById('map').cityMap.map.getZoom()")
    assert shown == ["waste-bins"]
    assert round(zoom) == 15
    page.click("[data-share]")
    page.wait_for_selector("#share-box img")
    assert "lapis=waste-bins" in page.inner_text("#share-box code")


def test_an_island_chip_brings_a_far_island_without_zooming_out(open_page):
    page = open_page("/peta/")
    ready(page)
    page.click(".island-chips [data-island]:last-child")
    page.wait_for_timeout(300)
    bounds = page.evaluate("() => document.getElementById('map').cityMap.map.getBounds().toArray()")
    last = page.evaluate(
        "() => JSON.parse(document.getElementById('map-config').textContent).islands.at(-1).bounds"
    )
    assert bounds[0][0] <= last[0] and bounds[1][0] >= last[2]


def test_the_light_version_opens_without_scripts_and_stays_small(open_page, server):
    page = open_page("/peta/?ringan=1", phone=True)
    sizes = page.evaluate(
        "() => performance.getEntriesByType('resource').concat("
        "performance.getEntriesByType('navigation')).reduce((n, e) => n + e.transferSize, 0)"
    )
    assert sizes <= 80_000
    assert page.locator(".rows > li").count() > 0
    assert page.locator("svg.picture circle").count() > 0


def test_a_phone_shows_the_map_or_the_list(open_page):
    page = open_page("/peta/", phone=True)
    ready(page)
    assert page.locator("#pane-list").is_hidden()
    page.click("[data-pane-button=list]")
    page.locator("#twin > li").first.wait_for(state="visible")
    assert page.locator("#pane-map").is_hidden()
    page.locator("#twin > li .row-link").first.click()
    page.wait_for_selector(".mappage[data-pane=map]")


def test_the_list_is_read_without_javascript(browser, server):
    context = browser.new_context(java_script_enabled=False, base_url=server.address)
    page = context.new_page()
    page.goto("/peta/?waktu=semua&daftar=laporan")
    assert page.locator("#twin > li").count() > 0
    page.goto("/peta/?daftar=wifi")
    assert page.locator("select[name=dari] option").count() > 10
    context.close()


def test_the_services_page_gives_a_line_that_draws_a_layer(open_page):
    page = open_page("/layanan/?lapisan=wifi-hotspots")
    line = page.locator("pre", has_text="maplibregl.Map").inner_text()
    page.evaluate(
        """async () => {
            window.maplibregl = await import("/static/vendor/maplibre-gl/maplibre-gl.mjs");
            maplibregl.setWorkerUrl("/static/vendor/maplibre-gl/maplibre-gl-worker.mjs");
            document.body.innerHTML = '<div id="map"></div>';
            document.getElementById("map").style.cssText = "width: 800px; height: 600px";
        }"""
    )
    page.evaluate(f"() => {{ {line}\n window.strangersMap = map; }}")
    page.evaluate("bounds => strangersMap.fitBounds(bounds)", [[127.28, 0.74], [127.41, 0.87]])
    page.wait_for_function(
        "() => strangersMap.loaded() && strangersMap.queryRenderedFeatures()"
        ".some((one) => one.source === 'wifi-hotspots')",
        timeout=30_000,
    )
    assert page.watch.clean(), (page.watch.console, page.watch.foreign)
