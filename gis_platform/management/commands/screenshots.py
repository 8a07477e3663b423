"""Pictures of the four main jobs for the README, taken from a running demo."""

from __future__ import annotations

import io
import os
import shutil
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from PIL import Image

from gis_platform.management.commands.demo_people import PASSWORD

FOLDER = Path(settings.BASE_DIR) / "docs" / "pictures"
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
MOST_BYTES = 200_000
QUALITIES = (86, 78, 70, 60, 50, 40)
CHROMIUM = (
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)  # fmt: skip
DRAWN = (
    "() => { const map = document.querySelector('.map')?.cityMap?.map;"
    " return !map || (map.loaded() && map.queryRenderedFeatures().length > 0); }"
)
Page = Any  # a page of Playwright, which is a part for development only


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: its name, whose page it shows, and what to do there first."""

    name: str
    login: str
    path: str
    phone: bool = False
    first: Callable[[Page], None] | None = None


def plan_a_budget(page: Page) -> None:
    """Ask for the sites of a budget, and wait for the answer."""
    page.fill("input[name=anggaran]", "140000000")
    page.click("#plan button.primary")
    page.wait_for_load_state()
    page.wait_for_timeout(15_000)


def nearest_wifi(page: Page) -> None:
    """Ask for the nearest WiFi."""
    page.click("[data-nearest-wifi]:visible")
    page.wait_for_selector(".maplibregl-popup h3")


def open_a_plan(page: Page) -> None:
    """Open the newest plan of the day, if there is one."""
    link = page.evaluate(
        "() => [...document.links].map(a => a.pathname).find(p => /^\\/rute\\/\\d+\\/$/.test(p))"
    )
    if link:
        page.goto(link)


SHOTS = (
    Shot("public-map", "", "/peta/"),
    Shot("public-phone", "", "/peta/", phone=True, first=nearest_wifi),
    Shot("planner-wifi", "perencana", "/rencana/wifi", first=plan_a_budget),
    Shot("operator-desk", "operator", "/ops/"),
    Shot("operator-heat", "operator", "/ops/panas/"),
    Shot("dispatcher-routes", "operator", "/rute/", first=open_a_plan),
    Shot("crew-phone", "kru", "/kru/", phone=True),
)


def squeezed(png: bytes) -> bytes:
    """The picture as WebP under `MOST_BYTES`; raises CommandError if none fits."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in QUALITIES:
        out = io.BytesIO()
        image.save(out, "WEBP", quality=quality, method=6)
        if out.tell() < MOST_BYTES:
            return out.getvalue()
    raise CommandError("A picture stays larger than 200 kB.")


def sign_in(page: Page, login: str) -> None:
    """Sign a demo person in."""
    page.goto("/masuk/")
    page.fill("input[name=username]", login)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/masuk/" not in url)


class Command(BaseCommand):
    """`manage.py screenshots [--address http://localhost:8000] [--only NAME]`."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say where the demo runs."""
        port = os.environ.get("PORT", "8000")
        parser.add_argument("--address", default=f"http://localhost:{port}")
        parser.add_argument("--only", default="", help="take this picture alone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take every picture; a page that fails is named, the others are taken."""
        try:
            from playwright.sync_api import Error, sync_playwright
        except ImportError:
            raise CommandError("Playwright is missing: ./run setup installs it.") from None
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        if chromium is None:
            raise CommandError("Chromium is missing: ./run setup installs it.")
        FOLDER.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
            for shot in SHOTS:
                if options["only"] in ("", shot.name):
                    try:
                        self.take(browser, shot, options["address"])
                    except Error as fault:
                        self.stderr.write(f"{shot.name}: {str(fault).splitlines()[0]}")
            browser.close()

    def take(self, browser: Any, shot: Shot, address: str) -> None:
        """Open the page as its person and keep its picture."""
        context = browser.new_context(
            viewport=PHONE if shot.phone else WIDE, base_url=address, locale="id",
            has_touch=shot.phone, reduced_motion="reduce", color_scheme="light",
        )  # fmt: skip
        page = context.new_page()
        if shot.login:
            sign_in(page, shot.login)
        page.goto(shot.path)
        if shot.first:
            shot.first(page)
        page.wait_for_function(DRAWN, timeout=40_000)
        page.wait_for_timeout(1500)
        data = squeezed(page.screenshot())
        target = FOLDER / f"{shot.name}.webp"
        target.write_bytes(data)
        context.close()
        self.stdout.write(f"{target.relative_to(settings.BASE_DIR)}  {len(data) // 1024} kB")
