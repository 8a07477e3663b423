"""Keep the report of the week that is over (Monday to Sunday), once; or count one anew."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from layers.catalog.reports import weekly
from layers.errors import PlatformError


class Command(BaseCommand):
    """`manage.py weekly_report [--week 2026-W45] [--weeks 4] [--again]`."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the choices."""
        parser.add_argument("--week", help="year and number, 2026-W45; else the last one over")
        parser.add_argument("--weeks", type=int, default=1, help="so many, ending with that one")
        parser.add_argument(
            "--again", action="store_true", help="count anew; another version where figures differ"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Keep what is missing, and say each version with its hash."""
        now = timezone.now()
        try:
            last = weekly.Week.named(options["week"] or weekly.Week.over_by(now).name)
            for back in range(options["weeks"] - 1, -1, -1):
                found, made = weekly.issue(last.back(back), now, again=options["again"])
                told = "made" if made else "unchanged"
                self.stdout.write(f"{found.week} version {found.version} {told} {found.sha256}")
        except PlatformError as refusal:
            raise CommandError(refusal.said()) from None
