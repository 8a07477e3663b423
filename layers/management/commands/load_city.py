"""Load a city's folder into the tables: all or nothing, and twice is once."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from layers.city_folder.loading import Done, FolderHasFaults, load_city
from layers.geography import read_city


class Command(BaseCommand):
    """`manage.py load_city [FOLDER] [--until DAY] [--no-reports] [--force]`."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the folder and the switches."""
        parser.add_argument("folder", nargs="?", type=Path, default=Path(settings.CITY_DIR))
        parser.add_argument("--until", help="last day of the made year (default: now)")
        parser.add_argument("--no-reports", action="store_true", help="leave the reports out")
        parser.add_argument("--force", action="store_true", help="load unchanged parts as well")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say what became of each part."""
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        began = time.monotonic()
        try:
            done = load_city(
                folder,
                at=self._moment(folder, options["until"]),
                force=options["force"],
                reports=not options["no_reports"],
                told=self._tell,
            )
        except FolderHasFaults as faults:
            raise CommandError(f"{FolderHasFaults.__doc__}\n{faults}") from None
        changed = sum(item.rows is not None for item in done)
        took = time.monotonic() - began
        self.stdout.write(f"{folder.name}: {changed} of {len(done)} parts loaded in {took:.1f} s")

    def _tell(self, done: Done) -> None:
        shown = "unchanged" if done.rows is None else f"{done.rows} rows"
        self.stdout.write(f"  {done.name:14} {shown:>12}  {done.seconds:5.1f} s")

    @staticmethod
    def _moment(folder: Path, until: str | None) -> datetime | None:
        """The end of the day `until` in the city's own time, but never later than now."""
        if until is None:
            return None
        try:
            day = datetime.fromisoformat(until)
        except ValueError:
            raise CommandError(f"--until '{until}' is no day like 2026-08-17.") from None
        if day.tzinfo is None:
            zone = ZoneInfo(read_city(folder).time_zone)
            day = day.replace(hour=23, minute=59, second=59, tzinfo=zone)
        return min(day, timezone.now())
