"""Send the webhook messages that wait; for a timer, or `--forever` beside the worker."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from gis_platform.neighbours.webhooks.send import send_due
from layers.catalog.webhooks import forget_old


class Command(BaseCommand):
    """`manage.py send_webhooks [--forever]`."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the switch."""
        parser.add_argument("--forever", action="store_true", help="look again every 5 seconds")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, and say how many were taken."""
        while True:
            taken, failed = send_due(timezone.now())
            if taken or failed or not options["forever"]:
                self.stdout.write(f"{taken} sent, {failed} not taken")
            if not options["forever"]:
                forget_old(timezone.now())
                return
            time.sleep(5)
