"""A telephone: a browser whose memory lies on disk, that can be killed and switched on again."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, BrowserType, Page

from tests.journeys.conftest import PASSWORD, PHONE, QUIET, chromium, watch

GONE_S = 20


class Phone:
    """Chromium with the profile `folder`, on the pages of `address`; `page` is what it shows."""

    page: Page

    def __init__(self, kind: BrowserType, folder: Path, address: str) -> None:
        self._kind, self._folder, self._address = kind, folder, address
        self._context: BrowserContext | None = None

    def switch_on(self) -> Page:
        """Start the browser; what it kept before it still has."""
        self._context = self._kind.launch_persistent_context(
            self._folder, executable_path=chromium(), args=QUIET, viewport=PHONE, has_touch=True,
            locale="id", base_url=self._address, reduced_motion="reduce",
        )  # fmt: skip
        self._context.set_default_timeout(20_000)
        self.page = self._context.pages[0]
        self.page.watch = watch(self.page)  # type: ignore[attr-defined]
        return self.page

    def switch_off(self) -> None:
        """End the browser as a person does: it writes down what it holds."""
        if self._context is not None:
            self._context.close()
            self._context = None

    def kill(self) -> None:
        """End the browser as the system does when memory is short: at once, without a word."""
        os.kill(self._process(), signal.SIGKILL)
        gone_by = time.monotonic() + GONE_S
        while self._process():
            assert time.monotonic() < gone_by, "the browser outlived its end"
            time.sleep(0.05)
        self._context = None

    def _process(self) -> int:
        """Number of the browser's first process; 0 when there is none."""
        mine = f"--user-data-dir={self._folder}".encode()
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = entry.read_bytes().split(b"\0")
            except OSError:  # it ended while we looked
                continue
            if mine in words and not any(word.startswith(b"--type=") for word in words):
                return int(entry.parent.name)
        return 0


def sign_in(page: Page, login: str) -> None:
    """Sign in on the page, as a person does."""
    page.goto("/masuk/")
    page.fill("input[name=username]", login)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(re.compile(r"^(?!.*/masuk/)"))
