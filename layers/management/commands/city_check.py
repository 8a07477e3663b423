"""Read a city's folder and list every fault with file and line; nothing is written."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from layers.city_folder.checks import check


class Command(BaseCommand):
    """`manage.py city_check [FOLDER]`: ends 0 when the folder can be loaded, else 1."""

    help = __doc__ or ""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the folder."""
        parser.add_argument("folder", nargs="?", type=Path, default=Path(settings.CITY_DIR))

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, list, judge."""
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        found = check(folder)
        for fault in found.faults.found:
            self.stdout.write(str(fault))
        if found.faults:
            raise CommandError(f"{len(found.faults.found)} faults in {folder}.", returncode=1)
        rows = sum(map(len, found.rows.values()))
        self.stdout.write(f"{folder}: {len(found.rows)} files, {rows} rows, no fault")
