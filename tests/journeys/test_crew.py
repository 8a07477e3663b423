"""A crew's shift on a phone: begin, prove, skip; never more than six taps a stop."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Server

NEEDS_WORKER = False
MOST_TAPS = 6
SLOW_MS = 30_000
CAMERA_TAPS = 2  # the shutter and "use this photo", in the phone's own camera


def photo() -> dict[str, object]:
    """A photo as the phone's camera hands it over."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "#557755").save(out, "JPEG")
    return {"name": "bukti.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def serve(page: Page) -> int:
    """Serve the next stop; returns the taps it took."""
    taps = 0
    page.click("text=Mulai")
    taps += 1
    done = page.get_by_role("button", name="Selesai")
    expect(done).to_be_visible()
    if page.locator("#foto").count():
        with page.expect_file_chooser() as chooser:
            page.click("text=Ambil foto bukti")
        chooser.value.set_files(photo())  # type: ignore[arg-type]
        taps += 1 + CAMERA_TAPS
    done.click()
    return taps + 1


@pytest.mark.slow
def test_a_stop_takes_at_most_six_taps_and_the_next_one_stands_there(
    open_page: Callable[..., Page], server: Server
):
    page = open_page("/kru/", "kru", phone=True)
    first = page.locator(".crew-label").inner_text()
    assert serve(page) <= MOST_TAPS
    expect(page.get_by_role("status").first).to_contain_text("Selesai")
    expect(page.locator(".crew-label")).not_to_have_text(first)
    expect(page.locator("#crew-outbox")).to_be_hidden(timeout=SLOW_MS)
    done = server.sql("SELECT label, photo FROM layers_roundstop WHERE state = 'done'")
    assert [label for label, _ in done] == [first]
    assert all(name for _, name in done)
    assert page.watch.clean(), (page.watch.console, page.watch.foreign)  # type: ignore[attr-defined]


@pytest.mark.slow
def test_skipping_is_two_taps_and_the_rest_is_ordered_anew(
    open_page: Callable[..., Page], server: Server
):
    page = open_page("/kru/", "kru", phone=True)
    skipped = page.locator(".crew-label").inner_text()
    waiting = server.sql("SELECT count(*) FROM layers_roundstop WHERE state = 'planned'")
    page.locator(".skip-stop > summary").click()
    page.click("text=Jalan tertutup atau terhalang")
    expect(page.locator(".crew-label")).not_to_have_text(skipped)
    said = page.get_by_role("status").first
    expect(said).to_contain_text("urutan dihitung ulang", timeout=SLOW_MS)
    expect(page.locator(".entries .skipped")).to_contain_text(skipped)
    now = server.sql("SELECT count(*) FROM layers_roundstop WHERE state = 'planned'")
    assert now[0][0] <= waiting[0][0] - 1


@pytest.mark.slow
def test_without_a_photo_the_stop_stays_open(open_page: Callable[..., Page], server: Server):
    page = open_page("/kru/", "kru", phone=True)
    if page.locator("text=Mulai").count():
        page.click("text=Mulai")
    before = server.sql("SELECT count(*) FROM layers_roundstop WHERE state = 'done'")
    page.get_by_role("button", name="Selesai").click()
    expect(page.get_by_role("button", name="Selesai")).to_be_visible()
    assert server.sql("SELECT count(*) FROM layers_roundstop WHERE state = 'done'") == before


def test_the_phone_page_fits_the_smallest_screen_and_its_buttons_are_large(
    open_page: Callable[..., Page],
):
    page = open_page("/kru/", "kru", phone=True)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    for button in page.locator(".crew-next button:visible, .crew-next summary").all():
        box = button.bounding_box()
        assert box is not None and box["height"] >= 44


def test_the_round_is_there_without_a_script(open_page: Callable[..., Page], browser, server):
    page = open_page("/kru/", "kru", phone=True)
    plain = browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    try:
        bare = plain.new_page()
        bare.goto(f"{server.address}/kru/")
        assert bare.locator(".crew-label").count() == 1
        assert bare.locator(".entries > li").count() > 1
    finally:
        plain.close()


def test_nobody_else_sees_the_round(open_page: Callable[..., Page]):
    mine = open_page("/kru/", "kru", phone=True).url.split("#")[0]
    for login in ("operator", "instansi"):
        page = open_page("/", login)
        for name in ("", "rute.gpx", "rute.geojson", "cetak/", "peta.json"):
            assert page.request.get(mine + name).status == 404


def test_the_files_and_the_sheet_are_there_to_take_along(open_page: Callable[..., Page]):
    page = open_page("/kru/", "kru", phone=True)
    mine = page.url.split("#")[0]
    for name in ("rute.gpx", "rute.geojson"):
        assert page.request.get(mine + name).ok
    page.goto(mine + "cetak/")
    assert page.locator(".qr svg").count() == 1
    assert page.locator(".paper-map .stop").count() >= 1
