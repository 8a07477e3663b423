"""An emergency: a street is shut, and the nearest crews are told with the way round, or why not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Server

NEEDS_WORKER = False


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "cut_off"), [("id", "Terputus oleh penutupan jalan"), ("en", "Cut off by a road")]
)
def test_the_nearest_crews_obey_the_closure_in_force(
    open_page: Callable[..., Page], server: Server, language: str, cut_off: str
):
    depot = server.sql("SELECT st_x(geom), st_y(geom) FROM layers_vehicle WHERE code = 'truk-01'")
    page = open_page("/rute/jalan/", "operator", language=language)
    expect(page.locator("#roads")).to_have_attribute("data-ready", "yes", timeout=60_000)
    page.check("[name=mode][value=crews]")
    page.fill("[name=tempat]", "{},{}".format(*depot[0]))
    page.click("#crews-form button.primary")
    truck = page.locator("#crews-list li[data-code=truk-01]")
    expect(truck).to_contain_text("1 min")  # it stands there
    page.check("[name=mode][value=close]")
    page.fill("[name=corners]", "{},{}".format(*depot[0]))
    page.fill("[name=radius_m]", "150")
    page.click("[data-preview-button]")
    page.click("[data-close-button]:not([disabled])")
    expect(page.locator("#closures-list li")).to_have_count(1)
    page.check("[name=mode][value=crews]")
    page.click("#crews-form button.primary")
    expect(page.locator("#crews-list .badge", has_text=cut_off).first).to_be_visible()
    page.click("#closures-list button")
    expect(page.locator("#closures-list li")).to_have_count(0)
    page.click("#crews-form button.primary")
    expect(truck).to_contain_text("1 min")
    assert page.watch.clean(), (page.watch.console, page.watch.foreign)  # type: ignore[attr-defined]
