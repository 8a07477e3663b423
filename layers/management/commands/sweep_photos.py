"""Delete photos that a rolled-back transaction left on disk: older than a day, named by no row."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from layers import stray_photos


class Command(BaseCommand):
    """`manage.py sweep_photos [--dry-run]`: part of the nightly run."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the switch."""
        parser.add_argument("--dry-run", action="store_true", help="count them, delete none")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep, and say what was found."""
        dry = options["dry_run"]
        try:
            found = stray_photos.sweep(timezone.now(), dry_run=dry)
        except stray_photos.WrongDatabase as refusal:
            raise CommandError(refusal.said()) from None
        self.stdout.write(
            f"{found.files} files of photos: {found.named} have a row, {found.young} are younger "
            f"than a day, {found.stray} ({found.stray_bytes / 1e6:.1f} MB) without a row "
            f"{'would be' if dry else 'were'} deleted"
        )
        if found.rows_without_file:
            self.stderr.write(f"{found.rows_without_file} photos have a row and no file")
