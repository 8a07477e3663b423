"""Bring a city up: tables, data, rasters, tiles, analyses, demo people; each step with its time."""

from __future__ import annotations

import shutil
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from layers.errors import PlatformError
from spatial_analysis import study


class Command(BaseCommand):
    """`manage.py setup_city [--no-analyses]`."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the switches."""
        parser.add_argument("--no-analyses", action="store_true", help="leave the studies out")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every step; each is idempotent."""
        self.step("tabel / tables", lambda: call_command("migrate", verbosity=0))
        self.step("terjemahan / translations", self.translations)
        self.step("data kota / city data", lambda: call_command("load_city", settings.CITY_DIR))
        self.step("raster / rasters", lambda: call_command("load_rasters"))
        self.step("ubin / tiles", lambda: call_command("publish_layers"))
        if not options["no_analyses"]:
            for name, params in study.first_answers().items():
                ask = partial(self.answer, name, params)
                self.step(f"analisis / study {name}", ask)
        self.step(
            "laporan mingguan / weekly reports", lambda: call_command("weekly_report", weeks=4)
        )
        self.step("akun contoh / demo people", lambda: call_command("demo_people"))

    def step(self, label: str, work: Callable[[], Any]) -> None:
        """Say what is done, do it, say how long it took."""
        began = time.monotonic()
        work()
        self.stdout.write(f"    {label}: {time.monotonic() - began:.1f} s")

    def translations(self) -> None:
        """Compile the words of the pages; without gettext's msgfmt they stay Indonesian."""
        if shutil.which("msgfmt") is None:
            self.stdout.write("      msgfmt (package gettext) is missing: pages stay Indonesian")
            return
        kept_out = [".venv", "node_modules", "var"]
        call_command("compilemessages", locale=["en"], ignore_patterns=kept_out, verbosity=0)

    def answer(self, name: str, params: Mapping[str, Any]) -> None:
        """Answer a study with its first parameters; a refusal is told, not fatal."""
        try:
            run = study.perform(study.ask(name, params))
        except PlatformError as refusal:
            self.stdout.write(f"      {refusal}")
        else:
            self.stdout.write(f"      {run.sentence}")
