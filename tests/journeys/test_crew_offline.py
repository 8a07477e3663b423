"""A crew's shift with the network cut, its phone killed while it sends: nothing lost or doubled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Server
from tests.journeys.phone import Phone, sign_in
from tests.journeys.test_crew import photo
from tests.journeys.wire import Wire, wire_to

NEEDS_WORKER = False
LABEL, BOX = ".crew-label", "#crew-outbox"
SHORT_ROUND, ENOUGH_STOPS = 6, 60
ANSWERED = 3  # acts whose answers still reach the phone before it is killed
SLOW_MS = 60_000
OF_ARCHIVE = (
    "() => document.getElementById('map').cityMap.map.queryRenderedFeatures()"
    ".filter((one) => one.source === 'archive' && one.sourceLayer === 'streets').length"
)


@dataclass
class Shift:
    """What the crew did, in order."""

    acts: int = 0
    done: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    with wire_to(server.address) as made:
        yield made


@pytest.fixture
def handset(browser: Browser, wire: Wire, server: Server, tmp_path: Path) -> Iterator[Phone]:
    """The crew's phone, signed in, its round (cut short for the test) kept."""
    server.sql(f"DELETE FROM layers_roundstop WHERE number > {SHORT_ROUND}")
    server.manage("publish_pmtiles", "--layers", "peta-dasar", "--max-zoom", "13")
    made = Phone(browser.browser_type, tmp_path / "profile", wire.address)
    sign_in(made.switch_on(), "kru")
    made.switch_off()  # cookies are on the disk when it ends well; else half a minute later
    made.switch_on().goto("/kru/")
    expect(made.page.locator("#crew")).to_have_attribute("data-kept", "yes", timeout=SLOW_MS)
    yield made
    made.switch_off()


def serve(page: Page, shift: Shift) -> None:
    """Begin and finish the stop that stands there."""
    label = page.locator(LABEL).inner_text()
    number = page.locator(".crew-number text").text_content()
    page.locator(".crew-next button.big", has_text="Mulai").click()
    done = page.locator(".crew-next button.big", has_text="Selesai")
    expect(done).to_be_visible(timeout=SLOW_MS)
    if page.locator("#foto").count():
        page.locator("#foto").set_input_files(photo())  # type: ignore[arg-type]
    done.click()
    expect(page.locator(".crew-number text", has_text=re.compile(rf"^{number}$"))).to_have_count(
        0, timeout=SLOW_MS
    )
    shift.acts += 2
    shift.done.append(label)


def skip(page: Page, shift: Shift) -> None:
    """Leave out the stop that stands there."""
    label = page.locator(LABEL).inner_text()
    number = page.locator(".crew-number text").text_content()
    page.locator(".skip-stop > summary").click()
    page.click("text=Jalan tertutup atau terhalang")
    expect(page.locator(".crew-number text", has_text=re.compile(rf"^{number}$"))).to_have_count(
        0, timeout=SLOW_MS
    )
    shift.acts += 1
    shift.skipped.append(label)


def finish_shift(page: Page, shift: Shift) -> None:
    """Serve every stop that is left."""
    for _ in range(ENOUGH_STOPS):
        if not page.locator(LABEL).count():
            return
        serve(page, shift)
    raise AssertionError("the round has no end")


def streets_come_out_of_the_archive(page: Page) -> None:
    """The map draws streets of the night's file, which lies on the phone."""
    for _ in range(SLOW_MS // 200):
        if page.evaluate(OF_ARCHIVE):
            return
        page.wait_for_timeout(200)
    raise AssertionError("the map stays without streets")


COPY = "async () => (await caches.match(location.pathname, {ignoreVary: true})).text()"
PUT_BACK = """async (text) => {
  const cache = await caches.open("crew-pages");
  const page = () => new Response(text, { headers: { "Content-Type": "text/html" } });
  for (const path of [location.pathname, "/kru/"]) await cache.put(path, page());
}"""
TWICE = "(button) => { button.click(); button.click(); }"


def serve_hastily(page: Page, wire: Wire, shift: Shift) -> None:
    """Serve a stop with two pages open and two taps on each button; then open an old copy."""
    label, old = page.locator(LABEL).inner_text(), page.evaluate(COPY)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#crew")).to_have_attribute("data-ready", "yes", timeout=SLOW_MS)
    big = ".crew-next button.big"
    page.locator(big, has_text="Mulai").evaluate(TWICE)
    expect(other.locator(big)).to_contain_text("Selesai", timeout=SLOW_MS)  # the other page knows
    page.locator("#foto").set_input_files(photo())  # type: ignore[arg-type]
    page.locator(big, has_text="Selesai").evaluate(TWICE)
    expect(other.locator(LABEL)).not_to_have_text(label, timeout=SLOW_MS)
    expect(page.locator(BOX)).to_be_hidden(timeout=SLOW_MS)
    other.close()
    page.evaluate(PUT_BACK, old)  # as if the network had gone before the page was taken anew
    wire.set("cut")
    page.reload()
    expect(page.locator(LABEL)).not_to_have_text(label, timeout=SLOW_MS)
    wire.set("whole")
    page.reload()
    shift.acts += 2
    shift.done.append(label)


def until(page: Page, true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(SLOW_MS // 50):
        if true():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came to that")


def kill_while_it_sends(handset: Phone, wire: Wire, server: Server, acts: int) -> Page:
    """Kill the phone with an act half sent, then with one that is kept and not answered yet."""

    def kept() -> int:
        return int(server.sql("SELECT count(*) FROM layers_stopevent")[0][0])

    already = kept()
    wire.set("stalling")
    handset.page.locator("[data-outbox-send]").click()
    until(handset.page, lambda: wire.questions_stalled > 0)
    handset.kill()
    assert kept() == already < acts
    wire.set("cut")
    handset.switch_on().goto("/kru/")  # from the phone alone
    expect(handset.page.locator(BOX)).to_be_visible(timeout=SLOW_MS)
    wire.set("holding", let_through=ANSWERED)
    handset.page.locator("[data-outbox-send]").click()
    until(handset.page, lambda: wire.answers_held > 0)
    assert already < kept() < acts
    handset.kill()
    wire.set("whole")
    handset.switch_on().goto("/kru/")
    until(handset.page, lambda: kept() == acts)
    return handset.page


@pytest.mark.slow
def test_a_whole_shift_without_network_arrives_once_and_whole(
    handset: Phone, wire: Wire, server: Server
):
    phone = handset.page
    of_round = f"FROM layers_roundstop WHERE round_id = {phone.url.rstrip('/').split('/')[-1]}"
    planned = server.sql(f"SELECT count(*) {of_round}")[0][0]
    before = Shift()
    serve_hastily(phone, wire, before)
    assert server.sql("SELECT count(*) FROM layers_stopevent") == [(before.acts,)]
    expect(phone.locator("#crew")).to_have_attribute("data-kept", "yes", timeout=SLOW_MS)
    wire.set("cut")
    phone.reload()  # the app opens from the phone alone, its map too
    expect(phone.locator("#map")).to_have_attribute("data-ready", "true", timeout=SLOW_MS)
    drawn = re.compile(r"^[1-9]\d*$")
    expect(phone.locator("#map")).to_have_attribute("data-rounds", drawn, timeout=SLOW_MS)
    assert int(phone.locator("#map").get_attribute("data-rounds") or 0) > planned
    streets_come_out_of_the_archive(phone)
    shift = Shift()
    serve(phone, shift)
    skip(phone, shift)
    phone.reload()  # the phone was off for a moment: what it knew it still knows
    expect(phone.locator(BOX)).to_have_attribute("data-count", str(shift.acts), timeout=SLOW_MS)
    finish_shift(phone, shift)
    expect(phone.locator(".crew-next h2")).to_have_text("Semua perhentian selesai")
    expect(phone.locator(BOX)).to_have_attribute("data-count", str(shift.acts), timeout=SLOW_MS)
    assert len(before.done) + len(shift.done) + len(shift.skipped) == planned
    assert server.sql("SELECT count(*) FROM layers_stopevent") == [(before.acts,)]

    wire.set("losing")  # the first answers never reach the phone: it must send again
    phone.locator("[data-outbox-send]").click()
    for _ in range(SLOW_MS // 200):
        if wire.answers_lost:
            break
        phone.wait_for_timeout(200)
    expect(phone.locator("[data-outbox-line]")).to_contain_text("menunggu jaringan")
    assert wire.answers_lost > 0
    acts = before.acts + shift.acts
    phone = kill_while_it_sends(handset, wire, server, acts)
    expect(phone.locator(BOX)).to_be_hidden(timeout=2 * SLOW_MS)

    events = server.sql("SELECT stop_id, send_key, state FROM layers_stopevent")
    assert len(events) == len({key for _, key, _ in events}) == acts
    done = server.sql("SELECT label, photo, kind FROM layers_roundstop WHERE state = 'done'")
    assert sorted(label for label, _, _ in done) == sorted(before.done + shift.done)
    assert all(name for _, name, kind in done if kind != "tip")
    skipped = server.sql("SELECT label, skip_reason FROM layers_roundstop WHERE state = 'skipped'")
    assert skipped == [(shift.skipped[0], "Jalan tertutup atau terhalang")]
    assert phone.watch.foreign == []  # type: ignore[attr-defined]
