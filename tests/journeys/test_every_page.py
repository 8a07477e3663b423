"""Every page, opened as everybody who may see it, wide and on a phone: silent, local, readable."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import URLPattern, get_resolver
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.conftest import PHONE, WIDE, Server, keep_picture, sign_in, watch

ROLES = ("", "operator", "perencana", "instansi", "kru", "admin")  # "" is a visitor
NO_PAGE = re.compile(r"\.(json|geojson|csv|svg|gpx|xlsx|pdf|js|mjs|webmanifest|xml)$")
NEEDS_WORKER = False
# Routes that are no page for anybody: they take forms, answer parts of pages, or lead elsewhere.
NO_PAGES = {
    "/akun/sesi/akhiri/", "/analisis/hitung/", "/api/analysis/runs", "/api/v1/readings",
    "/kinerja/mingguan.atom", "/kru/kirim/", "/ops/antrean", "/ops/kesehatan", "/ops/wall/isi",
    "/rencana/bak/hitung",
    "/rencana/wifi/banding", "/rencana/wifi/calon/berkas", "/rencana/wifi/calon/gambar",
    "/rencana/wifi/hitung", "/rencana/wifi/liputan", "/rute/hitung/",
    "/wfs", "/wms", "/wmts",
}  # fmt: skip
# Pages whose address holds a row: the statement finds one.
ROWS = {
    "/lacak/{}/": "SELECT number FROM layers_report WHERE published_at IS NOT NULL LIMIT 1",
    "/data/lapisan/{}/": "SELECT 'wifi-hotspots'",
    "/kinerja/mingguan/{}/": "SELECT max(week) FROM layers_weeklyreport",
    "/rute/{}/": "SELECT id FROM layers_roundplan ORDER BY id DESC LIMIT 1",
    "/rute/{}/cetak/": "SELECT id FROM layers_roundplan ORDER BY id DESC LIMIT 1",
    "/kru/{}/": "SELECT layers_round.id FROM layers_round JOIN layers_vehicle_crew "
    "USING (vehicle_id) ORDER BY layers_round.id DESC LIMIT 1",
    "/admin/layers/wifihotspot/{}/change/": "SELECT id FROM layers_wifihotspot LIMIT 1",
    "/admin/layers/island/{}/change/": "SELECT id FROM layers_island LIMIT 1",
    "/admin/layers/report/{}/change/": "SELECT id FROM layers_report LIMIT 1",
}
MORE = (
    "/peta/?ringan=1",
    "/peta/?daftar=wifi",
    "/peta/?lapis=reports,wifi-hotspots,waste-bins,hazard-zones",
    "/layanan/?lapisan=elevation",
    "/ogc?f=html",
    "/ogc/api?f=html",
    "/ogc/collections?f=html",
    "/ogc/collections/reports/items?f=html",
    "/ogc/collections/wifi-hotspots/queryables?f=html",
    "/ogc/tiles/WebMercatorQuad?f=html",
    "/admin/",
    "/admin/layers/wifihotspot/",
    "/admin/layers/wifihotspot/add/",
)


def plain_paths() -> list[str]:
    """Addresses of all routes without arguments that may be pages."""
    found: list[str] = []

    def walk(patterns: list, before: str) -> None:
        for pattern in patterns:
            text = before + str(pattern.pattern)
            if not isinstance(pattern, URLPattern):
                if not text.startswith("admin/"):
                    walk(pattern.url_patterns, text)
            elif not re.search(r"[<(^]", text) and not NO_PAGE.search(text):
                found.append("/" + text)

    walk(get_resolver().url_patterns, "")
    return sorted(set(found) - {"/", "/keluar/", "/bahasa/setlang/"})


PATHS = [*sorted(set(plain_paths()) - NO_PAGES), *MORE, *ROWS]


@pytest.fixture(scope="module")
def seat(browser: Browser, server: Server) -> Iterator[Callable[[str, bool], BrowserContext]]:
    """A signed-in browser for each person and size; wide ones read English in the dark."""
    seats: dict[tuple[str, bool], BrowserContext] = {}

    def take(login: str, phone: bool) -> BrowserContext:
        if (login, phone) not in seats:
            context = browser.new_context(
                viewport=PHONE if phone else WIDE, has_touch=phone, reduced_motion="reduce",
                base_url=server.address, locale="id" if phone else "en",
            )  # fmt: skip
            context.set_default_timeout(30_000)
            cookie = {"url": server.address}
            context.add_cookies(
                [
                    {"name": "theme", "value": "light" if phone else "dark", **cookie},
                    {"name": "django_language", "value": "id" if phone else "en", **cookie},
                ]
            )
            if login:
                sign_in(context, login)
            seats[login, phone] = context
        return seats[login, phone]

    yield take
    for context in seats.values():
        context.close()


def is_page(context: BrowserContext, path: str) -> bool:
    """True when this person gets a page there, and no redirect, refusal or file."""
    answer = context.request.get(path, max_redirects=0, fail_on_status_code=False)
    assert answer.status < 500, f"{path}: {answer.status}"
    html = answer.status == 200 and "text/html" in answer.headers.get("content-type", "")
    return html and "<html" in answer.text()  # parts that a page fetches are no pages


def address_of(path: str, server: Server) -> str:
    """The address with its row filled in."""
    if path not in ROWS:
        return path
    rows = server.sql(ROWS[path])
    assert rows, f"no row for {path}"
    return path.format(rows[0][0])


def viewer_of(address: str, phone: bool, seat: Callable[[str, bool], BrowserContext]) -> str:
    """Who opens the page. Others see the same but for the head line.

    On a phone the first who may; on a wide screen a visitor or else the last, an admin, whose
    head line is the widest, after everybody was seen to get an answer there.
    """
    may = (login for login in ROLES if is_page(seat(login, phone), address))
    viewers = list(islice(may, 1)) if phone else list(may)
    assert viewers, f"{address}: no page for anybody; name it in NO_PAGES"
    return viewers[0] if viewers[0] == "" else viewers[-1]


def faults_of_reading(page: Page) -> list[str]:
    """Serious and critical findings of axe."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])})"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.slow
@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_silent_local_and_readable(path: str, phone: bool, seat, server):
    address = address_of(path, server)
    login = viewer_of(address, phone, seat)
    page = seat(login, phone).new_page()
    seen = watch(page)
    page.goto(address)
    name = re.sub(r"[^a-z0-9]+", "-", f"{path} {login or 'umum'}".lower()).strip("-")
    keep_picture(page, f"{name}-{'phone' if phone else 'wide'}")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert seen.foreign == [], f"{login}: a request left this machine"
    assert seen.console == [], f"{login}: the console spoke"
    assert width <= (PHONE if phone else WIDE)["width"], f"{login}: sideways scroll {width}"
    assert faults_of_reading(page) == [], login
    page.close()


@pytest.mark.parametrize("phone", [False], ids=["wide"])
def test_the_routes_that_are_no_page_are_one_for_nobody(phone: bool, seat):
    assert set(plain_paths()) >= NO_PAGES
    asked = [(path, login) for path in sorted(NO_PAGES) for login in ROLES]
    assert [one for one in asked if is_page(seat(one[1], phone), one[0])] == []
