"""Import a file of SP4N-LAPOR! (CSV or XLSX): preview, no doubles, nothing lost unsaid."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from layers.catalog.categories import Category
from layers.catalog.reports import sp4n, sp4n_import
from layers.errors import PlatformError
from layers.geography import city

REFUSED_ROWS, UNREADABLE, OTHER_COUNT = 1, 2, 3
SHOWN_FAULTS = 20


class Command(BaseCommand):
    """`manage.py import_sp4n FILE [--preview] [--good-rows] [--expect N] [--source NAME]`.

    Ends 0 when all rows are in; 1 when rows were refused (nothing is written without
    --good-rows); 2 when the file cannot be read; 3 when it does not hold --expect rows.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add file and switches."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--preview", action="store_true", help="write nothing")
        parser.add_argument("--good-rows", action="store_true", help="import those that are good")
        parser.add_argument("--expect", type=int, help="number of rows the file must hold")
        parser.add_argument("--source", default="", help="name of the source (default: the file's)")
        parser.add_argument(
            "--fallback", default="infrastruktur-rusak", help="category when words name none"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, show, import."""
        path: Path = options["file"]
        source = options["source"] or re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")
        try:
            reading = sp4n.read(path.read_bytes(), zone=ZoneInfo(city().time_zone))
        except (PlatformError, OSError) as error:
            raise CommandError(str(error), returncode=UNREADABLE) from None
        self._show(reading)
        expected = options["expect"]
        if expected is not None and reading.read != expected:
            told = f"The file holds {reading.read} rows, {expected} were expected."
            raise CommandError(told, returncode=OTHER_COUNT)
        if reading.faults and not options["good_rows"]:
            told = (
                f"{len(reading.faults)} faults; nothing was written (--good-rows takes the rest)."
            )
            raise CommandError(told, returncode=REFUSED_ROWS)
        if options["preview"]:
            self.stdout.write("preview: nothing was written")
            return
        self._take(reading, source, options["fallback"])
        if reading.faults:
            raise CommandError("Some rows were refused.", returncode=REFUSED_ROWS)

    def _show(self, reading: sp4n.Reading) -> None:
        refused = reading.read - len(reading.rows)
        self.stdout.write(f"rows {reading.read}: good {len(reading.rows)}, refused {refused}")
        for state in sp4n_import.LANDING:
            count = sum(row.status == state for row in reading.rows)
            self.stdout.write(f"  {state}: {count}")
        for fault in reading.faults[:SHOWN_FAULTS]:
            self.stderr.write(f"  {fault.sentence}")
        if len(reading.faults) > SHOWN_FAULTS:
            self.stderr.write(f"  and {len(reading.faults) - SHOWN_FAULTS} more")

    def _take(self, reading: sp4n.Reading, source: str, fallback: str) -> None:
        if not Category.objects.filter(pk=fallback).exists():
            raise CommandError(f"There is no category '{fallback}'.", returncode=UNREADABLE)
        try:
            done = sp4n_import.take(reading.rows, source=source, fallback=fallback)
        except PlatformError as error:
            raise CommandError(str(error), returncode=REFUSED_ROWS) from None
        self.stdout.write(
            f"source {source}: new {done.new}, changed {done.changed}, unchanged {done.unchanged}"
        )
        self.stdout.write(
            f"category guessed {done.guessed}, fallback {done.fallback}; "
            f"without place {done.without_place}"
        )
        for sentence in done.differing:
            self.stdout.write(f"  {sentence}")
