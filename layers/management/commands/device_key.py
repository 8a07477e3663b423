"""Make the key of a wifi hotspot's router or of a bin's sensor; an older key ends at once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from layers.catalog.devices import issue_key
from layers.errors import NotFound


class Command(BaseCommand):
    """`manage.py device_key CODE...`: prints code and key, once; only its hash is kept."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Codes of wifi hotspots or labels of bins."""
        parser.add_argument("code", nargs="+")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them, one a line."""
        for code in options["code"]:
            try:
                self.stdout.write(f"{code} {issue_key(code, at=timezone.now())}")
            except NotFound:
                raise CommandError(f"{code}: no wifi hotspot and no bin is called so") from None
